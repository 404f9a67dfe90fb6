"""Make a change and log it: a run of one tree that begins with an old one. See `changes` for what there is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.models.registry import Asked, Kept, load_judge
from engine.prices import Prices
from engine.protocol import PRM, ArbutusError, Budget, Choice, Continuation, Expand, Policy, Score, Search, Strategy
from engine.repeats import twins
from engine.runner import describe_run, make_setting
from engine.runs import Run, RunInfo, RunWriter
from engine.scheduler import Job, Setting, run_searches
from engine.search import find_strategy
from engine.tasks import find_task
from engine.tree import Cost, Grown, Marked, Node, Scored, Step, Tree
from engine.whatif.branch import Branch
from engine.whatif.changes import (
    Change,
    ChangeError,
    carried_events,
    carry,
    check,
    missing_models,
    new_title,
    origin,
    with_seed,
)

LEAVES = 64
"""Paths that are rewarded in one round where the old search rewarded none: so that one can watch."""


class Recorded:
    """The policy as run.json tells of it, where nothing is sampled."""

    def __init__(self, about: Mapping[str, Any]) -> None:
        self.about, self.id = about, str(about.get("id", ""))

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        raise ArbutusError(f"the policy {self.id!r} isn't loaded: rewards alone were asked for")

    def describe(self) -> Mapping[str, Any]:
        return self.about


def change_run(
    run: Run,
    problem: str | int,
    change: Change,
    out: Path,
    *,
    name: str = "",
    asked: Asked | None = None,
    kept: Kept | None = None,
    parameters: Mapping[str, float | str] | None = None,
    seed: int | None = None,
    temperature: float | None = None,
    budget: Budget | None = None,
    prices: Prices | None = None,
    command: str = "",
    after_round: Callable[[Mapping[int, Tree]], None] = lambda _: None,
) -> Run:
    """Make `change` to one tree of `run`, log the new run to the folder `out`, and open it.

    `name`: what the old run is called in the new one's run.json; its folder's name if nothing is given. What is
    not given (`parameters`, the temperature, the seed) is the run's own; a budget is of what is spent anew.
    Raises `ChangeError` for a change that can't be made, `ArbutusError` for a model that isn't there.
    """
    old, info = run.tree(problem), run.info
    node = check(old, info, change)
    setting = setting_of(run, change, asked or Asked(), kept, parameters or {}, seed, temperature, budget, prices)
    start, setting = plan(old, node, change, setting, info)
    setting = replace(setting, budget=_beside(setting.budget, start))
    about = describe_run(setting, info.problem_set, [old.problem], command=command, title=new_title(info, change, node))
    known = name or run.path.name.removesuffix(".arbutus")
    carried = len(old) if change.kind == "rescore" else len(start) - (change.kind == "edit")
    about = _with(about, info, change, origin(info, known, old, change, carried))
    with RunWriter.create(out, about) as writer:

        def on_round(trees: Mapping[int, Tree]) -> None:
            writer.write(trees)
            after_round(trees)

        writer.write({0: start})
        for _ in run_searches([Job(0, old.problem, start=start)], setting, on_round=on_round):
            pass
    return Run.open(out)


def _with(about: RunInfo, info: RunInfo, change: Change, said: Mapping[str, Any]) -> RunInfo:
    about.origin = dict(said)
    about.note = ""
    if change.kind == "rescore":
        about.policy, about.device, about.dtype = info.policy, info.device, info.dtype
    return about


def _beside(budget: Budget, start: Tree) -> Budget:
    """A budget of completions is of new ones: those that are there already are none of them."""
    if budget.completions is None:
        return budget
    return replace(budget, completions=budget.completions + len(start.finished()))


# The models.


def setting_of(
    run: Run,
    change: Change,
    asked: Asked,
    kept: Kept | None,
    parameters: Mapping[str, float | str],
    seed: int | None,
    temperature: float | None,
    budget: Budget | None,
    prices: Prices | None,
) -> Setting:
    """The setting of a change: the run's own, but for what is given. Raises as `change_run`."""
    info = run.info
    loaded: tuple[Policy, PRM | None] | None = None
    rescored = change.kind == "rescore"
    kept = {} if kept is None else kept
    if rescored:
        loaded = Recorded(info.policy), load_judge(replace(asked, prm=change.prm), find_task(info.task), kept)
    else:
        asked = _named(info, change, asked)
    setting = make_setting(
        info.task,
        info.strategy,
        {**{k: v for k, v in info.parameters.items() if k in find_strategy(info.strategy).parameters}, **parameters},
        asked=asked,
        loaded=loaded,
        kept=kept,
        seed=with_seed(change, info.seed) if seed is None else seed,
        temperature=info.temperature if temperature is None else temperature,
        budget=budget,
        prices=prices or Prices(**info.prices),
        writing=info.writing or None,
    )
    if rescored:
        assert loaded is not None
        return replace(setting, strategy=replace(setting.strategy, needs_prm=True), prm=loaded[1])
    same_weights(info.policy, setting.policy)
    if setting.prm is not None and asked.prm == (info.prm or {}).get("id"):
        same_weights(info.prm or {}, setting.prm)
    return setting


def _named(info: RunInfo, change: Change, asked: Asked) -> Asked:
    """The models by name: those that were asked for, else the run's own. Raises `ChangeError` if one isn't here."""
    missing = missing_models(info, change)
    kind = "PRM" if "PRM" in missing.partition(" doesn't")[0] else "policy"
    if missing and not (asked.prm if kind == "PRM" else asked.policy):
        raise ChangeError(missing)
    policy = asked.policy or str(info.policy["id"])
    return replace(asked, policy=policy, prm=asked.prm or (str(info.prm["id"]) if info.prm else None))


def same_weights(recorded: Mapping[str, Any], model: Policy | PRM) -> None:
    """Raises `ChangeError` if a model of the run's name has other weights: it would go on as somebody else."""
    now = model.describe()
    before, after = recorded.get("sha256"), now.get("sha256")
    if recorded.get("id") == now.get("id") and before and after and before != after:
        raise ChangeError(
            f"the weights of {model.id!r} are others than those of the run ({str(after)[:12]} here, "
            f"{str(before)[:12]} there); run the problem again with these, or name a folder that has the old ones"
        )


# The searches.


class _Plan:
    """A search to run on the carried tree, and the rule of choice over what comes of it."""

    def __init__(self, strategy: Strategy, search: Callable[["_Plan", Tree, Mapping[str, Any]], Search]) -> None:
        self.strategy, self.search = strategy, search
        self.branch: Branch | None = None

    def run(self, tree: Tree, **parameters: Any) -> Search:
        return self.search(self, tree, parameters)

    def choose(self, tree: Tree, **how: Any) -> Choice:
        """As the run's strategy chooses among all solutions; and what it would choose of the new branch alone."""
        chosen, reason = self.strategy.choose(tree, **how)
        if self.branch is None:
            return chosen, reason
        alone, _ = self.strategy.choose(self.branch.inner, **how)
        answers = "finds no solution" if alone is None else f"answers {alone.answer or 'nothing'}"
        return chosen, f"{reason}; the new branch alone {answers}"

    def start_at(self, tree: Tree, node: Node, parameters: Mapping[str, Any]) -> Search:
        """The run's strategy from a step on."""
        self.branch = Branch(tree, node)
        return self.branch.search(self.strategy.search, parameters)


def plan(old: Tree, node: Node, change: Change, setting: Setting, info: RunInfo) -> tuple[Tree, Setting]:
    """The tree to begin with, and the setting with the search to run on it."""
    start, todo = _plan(old, node, change, setting, info)
    return start, replace(setting, strategy=replace(setting.strategy, search=todo.run, choose=todo.choose))


def _plan(old: Tree, node: Node, change: Change, setting: Setting, info: RunInfo) -> tuple[Tree, _Plan]:
    strategy, scored = setting.strategy, setting.prm is not None
    if change.kind == "rescore":
        by = (info.prm or {}).get("id", "no PRM")
        return Tree(old.problem), _Plan(strategy, lambda _, tree, __: _reenact(tree, old, str(by)))
    below = {child.id for child in node.children} if change.kind == "regenerate" else set[int]()
    start, ids = carry(old, below)
    at = start.node(ids[node.id])
    if change.kind == "more":
        return start, _Plan(strategy, lambda _, tree, __: _more(at, change.more, scored))
    if change.kind == "edit":
        at = _written(start, at, change.text.strip(), setting)

    def search(plan: _Plan, tree: Tree, parameters: Mapping[str, Any]) -> Search:
        if at.parent is not None:
            tree.keep({at: _why(node, change)})
        if scored and at.parent is not None:
            yield Score([at])
        if at.open:
            yield from plan.start_at(tree, at, parameters)

    return start, _Plan(strategy, search)


def _why(node: Node, change: Change) -> str:
    if change.kind == "edit":
        return f"written by hand in place of node {node.id}"
    if change.kind == "regenerate":
        return "everything after it is written again"
    before = f"; before: {node.reason}" if node.reason else ""
    return f"{'forced to go on' if node.mark == 'dropped' else 'gone on from'} by hand{before}"


def _more(node: Node, n: int, scored: bool) -> Search:
    """More children of one step, drawn as the search would have drawn them next."""
    yield Expand([node], n, score=scored)


def _written(tree: Tree, beside: Node, text: str, setting: Setting) -> Node:
    """A step that a person wrote, beside the one it stands for."""
    assert beside.parent is not None
    steps = [*beside.parent.steps(), text]
    ends = setting.task.ends(tree.problem, steps)
    known = list(dict.fromkeys(n.answer for n in tree.finished() if n.answer is not None))
    answer = setting.task.answer(tree.problem, steps, known) if ends else None
    tree.apply(Grown([beside.parent.id], [text], ["end" if ends else "step"], [None], [answer], [Cost()]))
    return tree.nodes[-1]


def _reenact(tree: Tree, old: Tree, by: str) -> Search:
    """The old search again, moment by moment, each reward asked of the new PRM; what it decided stays as it was.

    What the old search never rewarded is, at the end; but for steps that only repeat a sibling.
    """
    everything = {n.id: n.id for n in old}
    for event in carried_events(old, everything):
        if isinstance(event, Scored):
            yield Score(_ends([tree.node(i) for i in event.node]))
        elif isinstance(event, Marked):
            tree.apply(replace(event, reason=[f"{reason} (by {by})" for reason in event.reason]))
        else:
            tree.apply(event)
    repeats = {n.id for n in twins(old)}
    unread = [n for n in tree.nodes[1:] if n.reward is None and n.error is None and n.id not in repeats]
    rest = _ends([n for n in unread if n.finish != "error"])
    for i in range(0, len(rest), LEAVES):
        yield Score(rest[i : i + LEAVES])


def _ends(nodes: Sequence[Node]) -> list[Node]:
    """Those of `nodes` that no other of them lies behind: one pass of the PRM a path."""
    inner = {a for n in nodes for a in n.path()[:-1]}
    return [n for n in nodes if n not in inner]
