"""Another reward for every step of a tree that was imported. Steps, choice and truth stay as the file has them.

A step is rewarded if it and all steps before it are written as the task writes them: others no PRM of the task has
learned to read. Where the task's solutions end a step earlier than the file's, the PRM is told that they do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from engine.models.registry import Asked, Kept, load_judge
from engine.protocol import PRM, Chain, Policy, Search, Strategy, Task
from engine.runs import RunInfo
from engine.scheduler import Setting
from engine.tasks import find_task
from engine.tasks.countdown import rules
from engine.tree import Node, Problem, Reward, Tree

READS: Mapping[str, Callable[[str], bool]] = {"countdown": lambda step: rules.parse(step) is not None}
"""By task: whether a step is written as its own are; of other tasks every text is."""


class AsInFile:
    """A task whose truth is that of a tree; everything else is the task's own."""

    def __init__(self, task: Task, tree: Tree) -> None:
        self._task = task
        self._nodes: dict[tuple[str, ...], Node] = {}
        for node in tree:
            self._nodes.setdefault(tuple(node.steps()), node)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._task, name)

    def correct(self, _: Problem, steps: Sequence[str]) -> bool | None:
        return self._nodes[tuple(steps)].correct

    def label(self, _: Problem, steps: Sequence[str]) -> bool | None:
        return self._nodes[tuple(steps)].label


class Ending:
    """A PRM that is told where solutions of the task end, wherever those of the file do."""

    def __init__(self, prm: PRM, task: Task, problem: Problem) -> None:
        self.prm, self.task, self.problem, self.id = prm, task, problem, prm.id

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        ends = [chain.ended or self.task.ends(self.problem, chain.steps) for chain in chains]
        return self.prm.score([replace(chain, ended=end) for chain, end in zip(chains, ends, strict=True)])

    def describe(self) -> Mapping[str, Any]:
        return self.prm.describe()


def without_scores(problem: Problem) -> Problem:
    """An imported problem whose tree has other scores than its file."""
    return replace(problem, meta={name: value for name, value in problem.meta.items() if name != "scores"})


def setting_of(info: RunInfo, tree: Tree, prm: str, policy: Policy, asked: Asked, kept: Kept) -> Setting:
    """The setting in which an imported tree is rewarded again. Raises `ArbutusError` for a PRM that isn't there."""
    task = find_task(info.task)
    judge = load_judge(replace(asked, prm=prm), task, kept)
    return Setting(
        task=cast(Task, AsInFile(task, tree)),
        strategy=Strategy(info.strategy, "", info.source.get("from", ""), _nothing, _as_in_file(tree), {}),
        policy=policy,
        prm=Ending(judge, task, tree.problem),
        parameters=info.parameters,
        seed=info.seed,
        temperature=info.temperature,
    )


def _nothing(_: Tree, **__: Any) -> Search:
    return
    yield


def _as_in_file(old: Tree) -> Callable[..., tuple[Node | None, str]]:
    def choose(tree: Tree, **_: Any) -> tuple[Node | None, str]:
        why = old.closed.reason if old.closed else ""
        return (tree.node(old.chosen.id) if old.chosen else None), f"as in the file: {why}"

    return choose


def fits(info: RunInfo, node: Node) -> bool:
    """Whether a step can be rewarded: it and those before it are written as the task's are."""
    reads = READS.get(info.task, lambda _: True) if info.source else lambda _: True
    return all(map(reads, node.steps()))
