"""The examples of one tree, for each set."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.exports.filters import Source
from engine.tree import Node

Examples = Iterator[dict[str, Any]]


def sft(source: Source) -> Examples:
    """Right solutions, whole, in the order they were found."""
    prompt = source.writing.prompt(source.tree)
    for node in source.tree.finished():
        right = source.right(node)
        source.report.unknown += right is None
        if right:
            yield source.example([node], prompt, completion=source.writing.text(node.steps()))


def preferences(source: Source) -> Examples:
    """Of each group of siblings a good one and a bad one, the hardest pairs first.

    By truth those are the hardest in which the bad one's reward is the highest in comparison; by reward those are first
    whose gap is widest. A conversation has no half turns, so there the steps before belong to both completions.
    """
    for parent in source.tree:
        for good, bad in _pairs(source, _distinct(parent)):
            ends = (_end(source, good, right=True), _end(source, bad, right=False))
            if ends[0] is None or ends[1] is None:
                continue
            before = [] if source.filters.chat else parent.steps()
            chosen, rejected = (source.writing.text(end.steps()[len(before) :]) for end in ends if end)
            prompt = source.writing.prompt(source.tree, before)
            yield source.example([good, bad], prompt, chosen=chosen, rejected=rejected)


def _distinct(parent: Node) -> list[Node]:
    """The steps tried after `parent`, each once, those that failed left out."""
    found: dict[str, Node] = {}
    for node in parent.children:
        if node.finish != "error":
            found.setdefault(node.text, node)
    return list(found.values())


def _pairs(source: Source, siblings: list[Node]) -> list[tuple[Node, Node]]:
    """The first `per_step` pairs. Gaps add up of both ends, so they are among the first of each side."""
    if len(siblings) < 2:
        return []
    told = [(node, source.good(node)) for node in siblings]
    source.report.unknown += sum(good is None for _, good in told)
    by_truth, most = source.filters.by == "truth", source.filters.per_step
    goods = [node for node, good in told if good is not None and (good or not by_truth)]
    bads = [node for node, good in told if good is not None and not (good and by_truth)]
    goods.sort(key=lambda node: _reward(node) if by_truth else -_reward(node))
    bads.sort(key=lambda node: -_reward(node) if by_truth else _reward(node))
    pairs = [(a, b) for a in goods[:most] for b in bads[:most] if by_truth or _gap(a, b) >= source.filters.gap]
    return sorted(pairs, key=lambda pair: _gap(*pair) if by_truth else -_gap(*pair))[:most]


def _reward(node: Node) -> float:
    """For the order alone: a missing reward is neither high nor low."""
    return 0.5 if node.reward is None else node.reward


def _gap(good: Node, bad: Node) -> float:
    return _reward(good) - _reward(bad)


def _end(source: Source, node: Node, *, right: bool) -> Node | None:
    """Where a completion that begins with `node` ends: there, or in the first solution below that is (not) right."""
    if not source.filters.whole:
        return node
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if at.finished and source.right(at) is right:
            return at
        waiting += reversed(at.children)
    return None


def steps(source: Source) -> Examples:
    """Every path to a leaf with the label of each step, up to the first whose label isn't known."""
    prompt = source.writing.prompt(source.tree)
    for leaf in source.tree.nodes[1:]:
        if leaf.children or leaf.finish == "error":
            continue
        path, labels = leaf.path(), _labels(source, leaf)
        if labels:
            known = path[: len(labels)]
            yield source.example(known, prompt, completions=[node.text for node in known], labels=labels)


def _labels(source: Source, leaf: Node) -> list[bool]:
    labels: list[bool] = []
    for node in leaf.path():
        good = source.good(node)
        if good is None:
            source.report.unknown += 1
            break
        labels.append(good)
        if source.filters.to_first_error and not good:
            break
    return labels


SETS: Mapping[str, Callable[[Source], Examples]] = {"sft": sft, "preferences": preferences, "steps": steps}
