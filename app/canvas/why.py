"""Why this step and not that one: the rule of the search in one sentence, with the numbers the log has.

A search writes a short reason beside each mark. Here it is read back, together with the reasons that were given in
the same round. Words that nobody here knows are left as they are, and a number the log doesn't have isn't said.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from app.canvas.facts import ordinal
from app.canvas.selecting import selection
from engine.rewards import chain_reward
from engine.runs.info import RunInfo
from engine.tree import Marked, Node, Tree


class Rule(NamedTuple):
    """The strategy that grew a tree and its parameters, where they are known."""

    strategy: str = ""
    parameters: Mapping[str, float | str] = {}


def rule_of(info: RunInfo) -> Rule:
    """The rule of a run; none where it took up the tree of another, whose rewards may since be others."""
    return Rule() if info.origin else Rule(info.strategy, info.parameters)


def why(tree: Tree, node: Node, rule: Rule = Rule()) -> str:  # noqa: B008 - a tuple
    """What became of `node` and why, without the full stop; the log's own words where no rule is known for them."""
    for pattern, tell in TOLD.items():
        if found := re.fullmatch(pattern, node.reason):
            return tell(tree, node, found, rule)
    return node.reason


N, X = r"(\d{1,9})", r"(no reward|\d{1,9}(?:\.\d{1,9})?)"
"""A count, and a reward, no longer than a search writes them."""
RANK = rf"rank {N} of {N} by (reward(?: \((last|min|prod|mean)\))?) {X}((?:, \d+ ahead)?)"
CUT = rf"; the cut of (.+) was {X}((?:, \d+ ahead)?)"


def _kept_by_rank(tree: Tree, node: Node, found: re.Match[str], rule: Rule) -> str:
    kept, of = int(found[7]), int(found[2])
    after = list(_beside(tree, node, 1, rf"{RANK}{CUT}", of).values())
    placed = f"{_placed(node, found, after[0][7] if after else '')}, with {_worth(found)}"
    if kept == of:
        return f"{placed}; there was room for {'all of them' if of > 1 else 'it'}"
    best = next((f"; the best that didn't had {_worth(m)}" for m in after if int(m[1]) == kept + 1), "")
    return f"{placed}; {_went_on(kept)}{best}"


def _dropped_by_rank(tree: Tree, node: Node, found: re.Match[str], rule: Rule) -> str:
    kept = _beside(tree, node, -1, rf"{RANK}; {N} kept", int(found[2]))
    room = f"; {_went_on(len(kept))}" if kept else ""
    cut, had = _ahead(found[8], found[9]), _worth(found)
    if found[5] == "no reward":
        told = f"{cut} was the least of these, and it has no reward, which ranks below every other"
    elif cut != had:
        told = f"{cut} was needed, it had {had}"
    else:
        told = f"{_tie(tree, node, list(kept), found)} the last of these, {had}"
    return f"{_placed(node, found, found[7])}{room}; {told}"


def _tie(tree: Tree, node: Node, kept: Sequence[int], found: re.Match[str]) -> str:
    """Three digits are the same: whether all are, as far as the rewards in the log tell."""
    how = found[4] or "last"
    if not kept or found[6] or chain_reward(tree.node(kept[-1]), how) != chain_reward(node, how):
        return "to three digits it had as much as"
    return "equals go by which was made first, and it had as much as"


def _placed(node: Node, found: re.Match[str], among: str) -> str:
    """Its place. Steps that end a solution are kept beside the beam and have none."""
    where = "" if among in ("", "the beam") else f" of {among}"
    if int(found[2]) == 1:
        return f"the only open candidate{where} for step {node.depth} by {found[3]}"
    return f"{ordinal(int(found[1]))} of {int(found[2]):,} open candidates{where} for step {node.depth} by {found[3]}"


def _worth(found: re.Match[str]) -> str:
    return _ahead(found[5], found[6])


def _ahead(reward: str, ahead: str) -> str:
    return f"{reward} ({ahead.removeprefix(', ')})" if ahead else reward


def _went_on(kept: int) -> str:
    return f"the best {kept:,} went on" if kept > 1 else "the best one went on"


def _beside(tree: Tree, node: Node, step: int, pattern: str, of: int) -> dict[int, re.Match[str]]:
    """By node, the reasons of the marks just before or after those of `node`, if all are ranks of the same `of`."""
    at = _marked_at(tree, node)
    event = tree.events[at + step] if at is not None and at + step < len(tree.events) else None
    if not isinstance(event, Marked):
        return {}
    told = {i: re.fullmatch(pattern, reason) for i, reason in zip(event.node, event.reason, strict=True)}
    found = {i: m for i, m in told.items() if m and int(m[2]) == of}
    return found if len(found) == len(told) else {}


def _marked_at(tree: Tree, node: Node) -> int | None:
    """Where in the log the node got the mark it has."""
    places = (i for i in range(len(tree.events) - 1, -1, -1) if _marks(tree.events[i], node))
    return next(places, None)


def _marks(event: object, node: Node) -> bool:
    return isinstance(event, Marked) and node.id in event.node


def _shared(tree: Tree, node: Node, found: re.Match[str], rule: Rule) -> str:
    """REBASE. Those that got samples are in one event, and those that got none in the next."""
    got, of = 0 if found[1] == "none" else int(found[1]), int(found[2])
    at = _marked_at(tree, node)
    event = None if at is None else tree.events[at if got else at - 1]
    pattern = rf"{N} of {N} samples, for {X}"
    told = [re.fullmatch(pattern, r) for r in event.reason] if isinstance(event, Marked) else []
    most = max((m for m in told if m and int(m[2]) == of), key=lambda m: int(m[1]), default=None)
    if of == 0:
        return f"the samples were used up when its turn came, with {_reward(found[3])}"
    said = f"{got or 'none'} of the {of:,} samples that were left, for its {_reward(found[3])}"
    if most is None:
        return said
    if int(most[1]) == got:
        return f"{said}: no step of its round got more"
    return f"{said}; the most, {most[1]}, went to a step with {most[3]}"


def _particles(tree: Tree, node: Node, found: re.Match[str], rule: Rule) -> str:
    before, after, of, had = int(found[1]), int(found[2]), int(found[3]), found[4]
    stood = f"{before} of {of} particles stood here, with {_reward(had)}"
    drawn = f"{after or 'none'} of the next {of}" + (" was" if after <= 1 else " were")
    return f"{stood}, and by a draw weighed by reward {drawn} drawn from it"


def _reward(words: str) -> str:
    return words if words == "no reward" else f"reward {words}"


def _waiting(tree: Tree, node: Node, found: re.Match[str], rule: Rule) -> str:
    """Best-first's queue at the end: all that was left in it is dropped at once."""
    at = _marked_at(tree, node)
    event = None if at is None else tree.events[at]
    told = [re.fullmatch(WAITING, r) for r in event.reason] if isinstance(event, Marked) else []
    rewards = sorted((float(m[1]) for m in told if m and m[1] != "no reward"), reverse=True)
    if len(told) < 2 or None in told or found[1] == "no reward":
        return node.reason
    place = rewards.index(float(found[1])) + 1
    tied = "tied " if rewards.count(float(found[1])) > 1 else ""
    best = "" if place == 1 else f"; the best of them had {rewards[0]:.3f}"
    return f"{tied}{ordinal(place)} of {len(told):,} steps still waiting when the search ended, with {found[1]}{best}"


def _repeat(tree: Tree, node: Node, found: re.Match[str], rule: Rule) -> str:
    twin = int(found[1])
    became = tree.nodes[twin].mark if twin < len(tree) else None
    return f"word for word the step of node {twin}, which stands for both" + (f" and was {became}" if became else "")


def _selected(tree: Tree, node: Node, found: re.Match[str], rule: Rule) -> str:
    """A tree search: the log's visits, and the terms of the last choice between `node` and its siblings."""
    terms = selection(tree, node, rule.strategy, rule.parameters)
    return f"{node.reason}; {terms}" if terms else node.reason


WAITING = rf"still waiting with {X} when the search ended"
TOLD: dict[str, Callable[[Tree, Node, re.Match[str], Rule], str]] = {
    rf"{RANK}; {N} kept": _kept_by_rank,
    rf"{RANK}{CUT}": _dropped_by_rank,
    rf"(none|\d{{1,9}}) of {N} samples, for {X}": _shared,
    rf"{N} became {N} of {N} particles, with {X}": _particles,
    WAITING: _waiting,
    rf"the same step as node {N}": _repeat,
    rf"{N} of {N} visits, mean {X}": _selected,
    rf"never visited(?:, with {X})?": _selected,
}
"""By the words in which a search gives its reason."""
