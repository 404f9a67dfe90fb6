"""What becomes an example, what is good, and what became of the trees."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.exports.prompts import Writing
from engine.measure.prm.keys import prefix_key
from engine.measure.prm.labels import Labels
from engine.tree import Node, Tree


@dataclass(frozen=True, slots=True)
class Filters:
    """What becomes an example, and how it is written."""

    by: Literal["truth", "reward"] = "truth"
    least: float = 0.5
    """By reward: from this reward on a step or a solution is good."""
    gap: float = 0.2
    """By reward: how much more than the rejected sibling the chosen one is rewarded, at least."""
    per_step: int = 1
    """Pairs of one group of siblings at most."""
    per_problem: int | None = None
    """Examples of one question at most, over all runs."""
    whole: bool = False
    """Pairs go on to the end of a solution below each sibling, rather than to the end of the step."""
    to_first_error: bool = False
    """Stepwise labels end with the first wrong step."""
    chat: bool = False
    """Prompts and completions are turns of a conversation."""
    source: bool = False
    """Examples say their run, problem and nodes, and the nodes' rewards."""
    labels: Mapping[int, float] | None = None
    """The truth of steps in place of the log's: by prefix, the share of rollouts that were right (`shares`)."""


def shares(labels: Labels) -> dict[int, float]:
    """By the key of a prefix, the share of its rollouts that were right; without those that have none."""
    known = labels.table.dropna(subset=["share"]).drop_duplicates("key", keep="last")
    return dict(zip(known["key"].tolist(), known["share"].tolist(), strict=True))


@dataclass(slots=True)
class Report:
    """What became of the trees."""

    trees: int = 0
    written: int = 0
    repeats: int = 0
    """Examples equal to one before."""
    over: int = 0
    """Examples beyond `per_problem`."""
    unknown: int = 0
    """Steps or solutions of which nobody can tell whether they are good."""
    problems: set[str] = field(default_factory=set)
    """Questions with an example."""

    def words(self) -> str:
        counts = _count(self.written, "example"), _count(len(self.problems), "problem"), _count(self.trees, "tree")
        said = ["{} of {} from {}".format(*counts)]
        left_out = {
            "equal to another": self.repeats,
            "beyond the limit of a problem": self.over,
            "for nobody can tell whether they are good": self.unknown,
        }
        said += [f"{count:,} left out, {why}" for why, count in left_out.items() if count]
        return "; ".join(said)


def _count(n: int, thing: str) -> str:
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


@dataclass(slots=True)
class Source:
    """A tree with all that its examples need."""

    run: str
    tree: Tree
    writing: Writing
    filters: Filters
    report: Report

    def good(self, node: Node) -> bool | None:
        """Whether a step is good, None if nobody can tell. A last step without a label is as good as its solution."""
        if self.filters.by == "reward":
            return self.rewarded(node)
        if self.filters.labels is not None:
            share = self.filters.labels.get(prefix_key(self.tree.problem.question, node.steps()))
            return None if share is None else share > 0
        return node.label if node.label is not None else node.correct

    def right(self, node: Node) -> bool | None:
        """Whether a finished solution is right, None if nobody can tell."""
        return self.rewarded(node) if self.filters.by == "reward" else node.correct

    def rewarded(self, node: Node) -> bool | None:
        return None if node.reward is None else node.reward >= self.filters.least

    def example(self, nodes: list[Node], prompt: str, **texts: Any) -> dict[str, Any]:
        """An example; with its origin if that is wanted."""
        made = self.writing.example(prompt, texts, chat=self.filters.chat)
        if self.filters.source:
            made |= {"run": self.run, "problem": self.tree.problem.id}
            made |= {"nodes": [node.id for node in nodes], "rewards": [node.reward for node in nodes]}
        return made


ORIGIN = {"run", "problem", "nodes", "rewards"}
"""Fields of an example that say where it comes from."""
