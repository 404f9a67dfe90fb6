"""What a search would have answered, had it been stopped at any of its events: for the replay to tell.

The answers are those of `engine.measure.anytime`, which asks the strategy's own rule of choice; most rules can be
followed along the log (`engine.search.following`), however long it is. Where the rule isn't known, nothing is said but
what the log itself says at its end; of a search that still runs, nothing at all.
"""

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from app.canvas.safe import visible
from app.canvas.why import Rule
from engine.measure.anytime import moments
from engine.protocol import ArbutusError
from engine.runs.info import RunInfo
from engine.search import STRATEGIES
from engine.search.following import following
from engine.tree import Closed, Grown, Scored, Tree

UNKNOWN = -1
"""As the event from which the answers are known: never."""
NONE = -1
"""As a node: no answer."""
LONGEST = 80
"""Characters of an answer that are told."""
MOST_WORK = 1_000_000
"""Solutions that a rule which can't be followed is shown, over all moments, for about a second: of longer searches only
the end is told."""

Changes = list[tuple[int, int]]
"""Event and node of each new answer, in order; node -1 for none."""
_kept: WeakKeyDictionary[Tree, tuple[int, Rule, tuple[int, Changes]]] = WeakKeyDictionary()


def choice_of(info: RunInfo) -> Rule:
    """By what a run chooses its answers: also one that took up the tree of another, for it chooses by its own rule."""
    return Rule(info.strategy, info.parameters)


def answers(tree: Tree, rule: Rule = Rule()) -> dict[str, Any]:  # noqa: B008 - a tuple
    """The columns of the answers, one entry a change: `answer_event`, `answer_node` and `answer_text`.

    Before the first there is none. `answer_node` is -1 where there is none again, `answer_text` an index into
    `answer_texts`. `answers_from` is the event from which they are known: 0, that of the end, or -1 for never.
    """
    known_from, changes = changes_of(tree, rule)
    texts: dict[str, int] = {}
    said = [texts.setdefault(_words(tree, node), len(texts)) for _, node in changes]
    return {
        "answers_from": known_from,
        "answer_event": np.array([event for event, _ in changes], dtype=np.int32),
        "answer_node": np.array([node for _, node in changes], dtype=np.int32),
        "answer_text": np.array(said, dtype=np.int32),
        "answer_texts": list(texts),
    }


def changes_of(tree: Tree, rule: Rule) -> tuple[int, Changes]:
    """The event from which the answers are known, and the changes; those of a batch come with its first event."""
    state = len(tree.events), rule
    if tree not in _kept or _kept[tree][:2] != state:
        _kept[tree] = *state, _changes(tree, rule)
    return _kept[tree][2]


def _changes(tree: Tree, rule: Rule) -> tuple[int, Changes]:
    if tree.closed is None:
        return UNKNOWN, []
    end = len(tree.events) - 1, NONE if tree.chosen is None else tree.chosen.id
    told = _before_the_end(tree, rule)
    if told is None:
        return end[0], _without_repeats([end])
    # By a rule that doesn't lead to what was chosen, the answers before weren't chosen either.
    follows = tree.closed.error or (told[-1][1] if told else NONE) == end[1]
    return (0, _without_repeats([*told, end])) if follows else (end[0], _without_repeats([end]))


def _without_repeats(told: Changes) -> Changes:
    before = [NONE, *(node for _, node in told)]
    return [change for change, last in zip(told, before, strict=False) if change[1] != last]


def _before_the_end(tree: Tree, rule: Rule) -> Changes | None:
    """Every moment and its answer; None if that can't be told."""
    if not tree.finished():
        return []
    if rule.strategy not in STRATEGIES:
        return None
    try:
        chooses = STRATEGIES[rule.strategy].rule(rule.parameters)
        if followed := following(tree, chooses):
            return [(event, NONE if node is None else node) for event, node in followed.follow(tree)]
        if _work(tree) > MOST_WORK:
            return None
        return [(m.event, NONE if m.chosen is None else m.chosen.id) for m in moments(tree, chooses)]
    except (ArbutusError, KeyError, TypeError, ValueError):  # parameters that this strategy hasn't got
        return None


def _work(tree: Tree) -> int:
    """Nodes that are grown again, and solutions that the rule is shown, over all moments."""
    work = finished = 0
    made = 1
    for event in tree.events:
        if isinstance(event, Grown):
            made += len(event.parent)
            finished += event.finish.count("end")
        if isinstance(event, Grown | Scored | Closed):
            work += finished
    return work + made


def _words(tree: Tree, node: int) -> str:
    answer = "" if node == NONE else visible(" ".join((tree.node(node).answer or "").split()))
    return answer if len(answer) <= LONGEST else f"{answer[: LONGEST - 1]}…"
