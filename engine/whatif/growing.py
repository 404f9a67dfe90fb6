"""Make a change and log it: a run of one tree that begins with an old one. See `changes` for what there is."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.models.registry import Asked, Kept
from engine.prices import Prices
from engine.protocol import Budget, Choice, Expand, Score, Search, Strategy
from engine.repeats import twins
from engine.runner import describe_run
from engine.runs import Run, RunInfo, RunWriter
from engine.scheduler import Job, Setting, run_searches
from engine.tree import Cost, Grown, Marked, Node, Opened, Problem, Scored, Tree
from engine.whatif import foreign
from engine.whatif.branch import Branch
from engine.whatif.changes import (
    Change,
    carried_events,
    carry,
    check,
    new_title,
    origin,
)
from engine.whatif.foreign import without_scores
from engine.whatif.setting import setting_of

LEAVES = 64
"""Paths that are rewarded in one round where the old search rewarded none: so that one can watch."""


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
    old, info = tree_of(run, problem), run.info
    node = check(old, info, change)
    setting = setting_of(info, old, change, asked or Asked(), kept, parameters or {}, seed, temperature, budget, prices)
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


def tree_of(run: Run, problem: str | int) -> Tree:
    """A tree of a run. What an imported one says of its scores isn't true of others."""
    tree = run.tree(problem)
    return tree if not run.info.source else tree_with(tree, without_scores(tree.problem))


def tree_with(tree: Tree, problem: Problem) -> Tree:
    """The same tree of another problem."""
    events = [replace(event, problem=problem) if isinstance(event, Opened) else event for event in tree.events]
    return Tree.replay(events)


def _with(about: RunInfo, info: RunInfo, change: Change, said: Mapping[str, Any]) -> RunInfo:
    about.origin = dict(said)
    about.note = ""
    if change.kind == "rescore":
        about.policy, about.device, about.dtype = info.policy, info.device, info.dtype
    if info.source:
        about.source = info.source | {"scores": "The PRM's raw output", "rewards": f"by {change.prm}"}
    return about


def _beside(budget: Budget, start: Tree) -> Budget:
    """A budget of completions is of new ones: those that are there already are none of them."""
    if budget.completions is None:
        return budget
    return replace(budget, completions=budget.completions + len(start.finished()))


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
        rewarded = {n.id for n in old if foreign.fits(info, n)}
        return Tree(old.problem), _Plan(strategy, lambda _, tree, __: _reenact(tree, old, str(by), rewarded))
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


def _reenact(tree: Tree, old: Tree, by: str, rewarded: Collection[int]) -> Search:
    """The old search again, moment by moment, each reward asked of the new PRM; what it decided stays as it was.

    What the old search never rewarded is, at the end; but for steps that only repeat a sibling. `rewarded`: the nodes
    that the PRM can read.
    """
    everything = {n.id: n.id for n in old}
    for event in carried_events(old, everything):
        if isinstance(event, Scored):
            if readable := [tree.node(i) for i in event.node if i in rewarded]:
                yield Score(_ends(readable))
        elif isinstance(event, Marked):
            tree.apply(replace(event, reason=[f"{reason} (by {by})" for reason in event.reason]))
        else:
            tree.apply(event)
    repeats = {n.id for n in twins(old)}
    unread = [n for n in tree.nodes[1:] if n.reward is None and n.error is None and n.id not in repeats]
    rest = _ends([n for n in unread if n.finish != "error" and n.id in rewarded])
    for i in range(0, len(rest), LEAVES):
        yield Score(rest[i : i + LEAVES])


def _ends(nodes: Sequence[Node]) -> list[Node]:
    """Those of `nodes` that no other of them lies behind: one pass of the PRM a path."""
    inner = {a for n in nodes for a in n.path()[:-1]}
    return [n for n in nodes if n not in inner]
