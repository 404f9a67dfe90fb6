"""What may be changed in a tree, whether it can be, and what of the old tree is carried over. Loads no model.

Carried nodes keep their words, rewards, marks and moments. What they cost was paid by the run they come from: here
their cost is nothing, so that the new run's cost is that of the change alone.
"""

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from engine.models.registry import KNOWS, POLICIES, PRMS
from engine.protocol import ArbutusError, Writing
from engine.runs import RunInfo
from engine.search import STRATEGIES
from engine.tasks import TASKS
from engine.tree import Cost, Event, Grown, Marked, Node, Opened, Scored, Tree, Visited

Kind = Literal["more", "edit", "go-on", "regenerate", "rescore"]
MOST = 1024
"""Children that may be asked for at once."""


class ChangeError(ArbutusError):
    """A change that can't be made to this tree, and why."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be otherwise, and where."""

    kind: Kind
    node: int = 0
    """The node it begins at; of ``rescore`` none."""
    more: int = 0
    """Of ``more``: how many children."""
    text: str = ""
    """Of ``edit``: the words of the step that stands beside the node."""
    prm: str = ""
    """Of ``rescore``: the PRM's name."""

    def words(self) -> str:
        """What was done, in a few words."""
        return {
            "more": f"{self.more} more children sampled",
            "edit": "the step edited, and gone on from",
            "go-on": "gone on from",
            "regenerate": "everything after it written again",
            "rescore": f"all steps rewarded by {self.prm}",
        }[self.kind]

    def options(self) -> list[str]:
        """As the words of a command line."""
        at = [] if self.kind == "rescore" else ["--node", str(self.node)]
        return (
            at
            + {
                "more": ["--more", str(self.more)],
                "edit": ["--edit", self.text],
                "go-on": ["--go-on"],
                "regenerate": ["--regenerate"],
                "rescore": ["--rescore", self.prm],
            }[self.kind]
        )


def refusal(info: RunInfo) -> str:
    """Why nothing of a run can be changed; empty if something can."""
    if info.task not in TASKS:
        imported = "this run was imported, and " if info.source else ""
        return f"{imported}its task {info.task!r} isn't known here, so its steps can be neither asked for nor checked"
    if info.strategy not in STRATEGIES and not info.source:
        return f"its strategy {info.strategy!r} isn't known here, so nobody can go on with it or choose by its rule"
    return ""


def rewards_alone(info: RunInfo) -> str:
    """Why a run can be given other rewards but no other steps; empty if it can be given both."""
    if info.source:
        return "this run was imported: nobody knows how its steps were asked for, so none can be added in the same way"
    return ""


def missing_models(info: RunInfo, change: Change | None = None) -> str:
    """Which model of a run isn't one of the built-in ones and has to be named; empty if all are."""
    if change and change.kind == "rescore":
        return ""
    needed: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [("policy", info.policy, POLICIES)]
    if STRATEGIES[info.strategy].needs_prm:
        needed.append(("PRM", info.prm or {}, PRMS))
    for kind, about, own in needed:
        if about.get("id") not in own:
            return (
                f"the run's {kind} {about.get('id', 'unknown')!r} doesn't come with the engine; "
                f"say where it is: --{kind.lower()} FOLDER_OR_ID"
            )
    return ""


def prms_for(task: str) -> list[str]:
    """The built-in PRMs that know a task."""
    return [name for name in PRMS if KNOWS[name.partition("-")[0]] == task]


def check(tree: Tree, info: RunInfo, change: Change) -> Node:
    """The node that the change begins at. Raises `ChangeError` with what was got, what was expected, what to do."""
    if why := refusal(info):
        raise ChangeError(why)
    if change.kind != "rescore" and (why := rewards_alone(info)):
        raise ChangeError(f"{why}; another PRM can reward those it has")
    if tree.closed is None:
        raise ChangeError(f"the search of {tree.problem.id!r} hasn't ended; let it end, or resume its run, first")
    if not 0 <= change.node < len(tree):
        raise ChangeError(f"got node {change.node}, but the tree has nodes 0 to {len(tree) - 1}; `tree` prints them")
    node, writing = tree.node(change.node), writing_of(info)
    if change.kind == "edit":
        _check_edit(node, change.text, writing)
    elif change.kind in ("more", "go-on", "regenerate") and not node.open:
        raise ChangeError(f"got node {node.id}, which is {_ended(node)}; name a node that can go on, or edit this one")
    if change.kind == "more" and not 1 <= change.more <= MOST:
        raise ChangeError(f"got {change.more} more children, expected 1 to {MOST}")
    if change.kind == "go-on" and node.children:
        raise ChangeError(
            f"node {node.id} was gone on from already; sample more children of it (--more), "
            "or have everything after it written again (--regenerate)"
        )
    if change.kind != "rescore" and node.depth + (change.kind != "edit") > writing.steps:
        raise ChangeError(f"node {node.id} is step {node.depth}, and a solution has {writing.steps} steps at most")
    return node


def writing_of(info: RunInfo) -> Writing:
    """How the solutions of a run are written; one from before that was recorded wrote as its task does."""
    return replace(TASKS[info.task].writing, **info.writing)


def _ended(node: Node) -> str:
    return {"end": "the end of a solution", "length": "cut at a length limit", "error": "failed"}[node.finish]


def _check_edit(node: Node, text: str, writing: Writing) -> None:
    if node.parent is None:
        raise ChangeError("got node 0, the question, which is no step; name a step to edit")
    if not text.strip():
        raise ChangeError("got an empty step, expected the words of one")
    if writing.separator in text.strip():
        raise ChangeError(f"got {text!r}, which is several steps; edit one step at a time")
    if text.strip() == node.text:
        raise ChangeError(f"got the words that node {node.id} has already; change them, or go on from it")


def carry(tree: Tree, without: Collection[int] = ()) -> tuple[Tree, dict[int, int]]:
    """The tree as it was before it was closed, its costs nothing, without some nodes (and all below them).

    Gives the new ids of the nodes by their old ones too.
    """
    gone = set(without)
    for node in tree.nodes[1:]:
        if node.parent and node.parent.id in gone:
            gone.add(node.id)
    ids = {old: new for new, old in enumerate(n.id for n in tree if n.id not in gone)}
    new = Tree(tree.problem)
    for event in carried_events(tree, ids):
        new.apply(event)
    return new, ids


def carried_events(tree: Tree, ids: dict[int, int]) -> Iterator[Event]:
    """The events that made a tree, but for its end, of the nodes in `ids` and by their new ids, at no cost."""
    made = 1
    for event in tree.events:
        match event:
            case Grown():
                olds = range(made, made + len(event.parent))
                made += len(event.parent)
                if any(i in ids for i in olds):
                    yield _grown(event, olds, ids)
            case Scored() | Marked():
                if any(i in ids for i in event.node):
                    yield _of_some(event, ids)
            case Visited():
                yield Visited([ids[i] for i in event.path if i in ids], event.value)
            case Opened():
                made = 1


def _grown(event: Grown, olds: range, ids: dict[int, int]) -> Grown:
    rows = [row for row, old in enumerate(olds) if old in ids]

    def pick(column: list[Any]) -> list[Any]:
        return [column[row] for row in rows]

    return Grown(
        [ids[i] for i in pick(event.parent)],
        pick(event.text),
        pick(event.finish),
        pick(event.logprob),
        pick(event.answer),
        [Cost()] * len(rows),
        {ids[i]: said for i, said in event.error.items() if i in ids},
    )


def _of_some(event: Scored | Marked, ids: dict[int, int]) -> Scored | Marked:
    rows = [row for row, i in enumerate(event.node) if i in ids]
    node = [ids[event.node[row]] for row in rows]
    if isinstance(event, Marked):
        return Marked(node, [event.mark[row] for row in rows], [event.reason[row] for row in rows])
    errors = {ids[i]: said for i, said in event.error.items() if i in ids}
    reward, raw = [event.reward[row] for row in rows], [event.raw[row] for row in rows]
    return Scored(node, reward, raw, [Cost()] * len(rows), errors)


def origin(info: RunInfo, run: str, tree: Tree, change: Change, carried: int) -> dict[str, Any]:
    """What run.json says of where a run comes from. `carried`: how many nodes aren't its own, the question included."""
    node = tree.node(change.node)
    chosen = tree.chosen
    return {
        "run": run,
        "started": info.started,
        "problem": tree.problem.id,
        "change": change.kind,
        "words": change.words(),
        "node": None if change.kind == "rescore" else node.id,
        "depth": node.depth,
        "step": node.text,
        "carried": carried,
        "asked": asdict(change),
        "answer": chosen.answer if chosen else None,
        "correct": chosen.correct if chosen else None,
        "prm": info.prm.get("id") if info.prm else None,
    }


def new_title(info: RunInfo, change: Change, node: Node) -> str:
    """What a changed run is called."""
    at = "" if change.kind == "rescore" else f", step {node.depth}" if node.depth else ", the question"
    return f"What if{at}: {change.words()} ({info.title or info.strategy})"


def with_seed(change: Change, seed: int) -> int:
    """The seed that a change takes unless another is named: writing the same place again needs other random numbers."""
    return seed + 1 if change.kind == "regenerate" else seed
