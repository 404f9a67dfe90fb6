"""Where a search that didn't solve its problem lost it: the last good step it had, and what became of that.

A step is good if it is labelled good and so is every step before it; the question is good. What the labels don't tell
isn't said: a step with a child of which nothing is known may have been gone on with well.

Labels are those of the log, or others: `by_rollouts`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple, get_args

import pandas as pd

from engine.measure.prm.keys import prefix_key
from engine.measure.prm.labels import Labels
from engine.repeats import twins
from engine.runs import Run
from engine.tree import Node, Tree

Fate = Literal["found", "dropped", "none drawn", "left"]
"""Of the last good step: a solution that was found, and not chosen; dropped; gone on from, with no good step drawn;
or never gone on from, the search having gone on elsewhere or ended."""


Labelled = Callable[[Node], bool | None]
"""Whether a step that can be gone on from is good by itself; None where nobody knows."""


def in_the_log(node: Node) -> bool | None:
    """As the log has it."""
    return node.label


def by_rollouts(labels: Labels) -> Callable[[str], Labelled]:
    """By question: good is a step if any rollout from it was right (Wang et al. 2023, arXiv:2312.08935)."""
    known = labels.table.dropna(subset=["share"])
    right = dict(zip(known["key"].tolist(), (known["share"] > 0).tolist(), strict=True))
    return lambda question: lambda node: right.get(prefix_key(question, node.steps()))


class Lost(NamedTuple):
    node: Node
    """The deepest good step, of several the one with the highest reward, then the first; the question is one too."""
    fate: Fate
    drawn: int
    """Steps that were drawn after it, repeats not counted."""


def is_lost(tree: Tree) -> bool:
    """Whether the search ended by itself or its budget, and gave a wrong answer or none."""
    if tree.closed is None or tree.closed.stopped == "error":
        return False
    return tree.chosen is None or tree.chosen.correct is False


def lost(tree: Tree, label: Labelled = in_the_log) -> Lost | None:
    """Where `tree` lost its problem. None if it didn't, if it failed or isn't graded, or if the labels can't tell."""
    if not is_lost(tree):
        return None
    ends = list(_good_ends(tree, label))
    return max(ends, key=lambda end: (end.fate == "found", *_order(end.node)), default=None)


def first_bad(tree: Tree, label: Labelled = in_the_log) -> Node | None:
    """The first bad step of the answer; None if there is none, or the labels can't tell which it is."""
    for node in tree.chosen.path() if tree.chosen else []:
        if (good := _is_good(node, label)) is not True:
            return node if good is False else None
    return None


def losses(runs: Mapping[str, Run], labels: Labels | None = None) -> pd.DataFrame:
    """A row a run: its name, its ended trees (`problems`), how many are `not solved`, and of those how many had each
    `Fate`; `unknown`: failed, or the labels can't tell. Ungraded trees count as neither solved nor not.

    `labels`: from rollouts, in place of those in the logs.
    """
    names = ["run", "problems", "not solved", *get_args(Fate), "unknown"]
    of = by_rollouts(labels) if labels else lambda _: in_the_log
    return pd.DataFrame([[name, *_losses(run, of)] for name, run in runs.items()], columns=names)


def _losses(run: Run, of: Callable[[str], Labelled]) -> list[int]:
    wrong = [summary.index for summary in run.summaries if summary.correct is False]
    trees = map(run.tree, wrong)
    fates = Counter(found.fate if (found := lost(tree, of(tree.problem.question))) else "unknown" for tree in trees)
    return [run.finished, len(wrong), *(fates[fate] for fate in (*get_args(Fate), "unknown"))]


def _order(node: Node) -> tuple[int, float, int]:
    return node.depth, -1.0 if node.reward is None else node.reward, -node.id


def _good_ends(tree: Tree, label: Labelled) -> Iterator[Lost]:
    """The good steps after which no good one came."""
    repeats, waiting = twins(tree), [tree.root]
    while waiting:
        node = waiting.pop()
        drawn = [child for child in node.children if child not in repeats]
        good = [_is_good(child, label) for child in drawn]
        if True in good:
            waiting += [child for child, is_good in zip(drawn, good, strict=True) if is_good]
        elif None not in good:
            yield Lost(node, _fate(node, drawn), len(drawn))


def _fate(node: Node, drawn: list[Node]) -> Fate:
    if node.finished:
        return "found"
    if drawn:
        return "none drawn"
    return "dropped" if node.mark == "dropped" else "left"


def _is_good(node: Node, label: Labelled) -> bool | None:
    """A solution is as good as its answer. A step that failed or was cut off leads nowhere."""
    if node.finished:
        return node.correct
    return label(node) if node.open else False
