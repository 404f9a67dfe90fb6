"""A tree as text for the terminal: rewards as bars, what was kept, what was chosen."""

import re
from collections import Counter
from collections.abc import Mapping
from textwrap import wrap

from engine.budgets import UNITS
from engine.repeats import twins
from engine.tree import Node, Tree

BARS = " ▁▂▃▄▅▆▇█"
LEAST_ROOM = 24
"""Columns that a step gets at least, however deep it lies."""
BEFORE_TEXT = 8
"""Columns of a reward: its bar, its number, and the space after them."""
SIGN = re.compile(r" ([-+×÷*/=]) ")


def show(tree: Tree, *, all_nodes: bool = False, width: int | None = None) -> str:
    """The tree, a line a node. Unless `all_nodes`, dropped branches are counted rather than shown.

    So are repeats, beside the sibling they repeat ("×3"). What is longer than `width` columns goes on below
    its beginning, broken between words and never within a sum; None: lines are as long as they are.
    """
    chosen = {n.id for n in tree.chosen.path()} if tree.chosen else set()
    twin_of = {} if all_nodes else twins(tree)
    hidden = {n for n in tree if n.mark == "dropped" and n.id not in chosen and not all_nodes}
    lines = _broken(tree.problem.question, width)
    _show_children(tree.root, "", chosen, hidden, twin_of, lines, width)
    return "\n".join([*lines, "", *_broken(_ending(tree), width)])


def _show_children(
    node: Node,
    indent: str,
    chosen: set[int],
    hidden: set[Node],
    twin_of: Mapping[Node, Node],
    lines: list[str],
    width: int | None,
) -> None:
    shown = [c for c in node.children if c not in hidden]
    dropped = sum(c in hidden and c not in twin_of for c in node.children)
    times = Counter(twin_of.get(c, c) for c in node.children)
    for i, child in enumerate(shown):
        last = i == len(shown) - 1 and not dropped
        often = f" ×{times[child]}" if times[child] > 1 else ""
        below = indent + ("   " if last else "│  ")
        first, *more = _broken(_line(child, child.id in chosen) + often, width and width - len(below), BEFORE_TEXT)
        lines.append(f"{indent}{'└─' if last else '├─'} {first}")
        stem = "│" if child.children else ""
        lines += [f"{below}{stem:{BEFORE_TEXT}}{line}" for line in more]
        _show_children(child, below, chosen, hidden, twin_of, lines, width)
    if dropped:
        lines.append(f"{indent}└─ … {dropped} dropped")


def _broken(text: str, room: int | None, before: int = 0) -> list[str]:
    """`text` in lines of `room` columns; those after the first are shorter by `before`, where they begin."""
    if room is None or len(text) <= room:
        return [text]
    room = max(room, before + LEAST_ROOM)
    glued = SIGN.sub("\u00a0\\1\u00a0", text)
    lines = wrap(glued, room, subsequent_indent=" " * before, break_long_words=False, break_on_hyphens=False)
    return [line[before if i else 0 :].replace("\u00a0", " ") for i, line in enumerate(lines)]


def _line(node: Node, on_chosen_path: bool) -> str:
    if node.reward is None:
        reward = "·  –   "
    else:
        reward = f"{BARS[round(node.reward * 8)]} {node.reward:.3f}"
    verdict = {True: " ✓", False: " ✗", None: ""}[node.correct]
    visits = f" N={node.visits} Q={node.value:.3f}" if node.value is not None else ""
    star = "★ " if on_chosen_path else ""
    said = _in_one_line(node.text or node.error or node.finish)
    return f"{reward} {star}{said}{verdict}{visits}".rstrip()


def _in_one_line(text: str) -> str:
    return " ".join(filter(None, map(str.strip, text.split("\n")))) if "\n" in text else text


def _ending(tree: Tree) -> str:
    closed, cost = tree.closed, tree.cost
    spent = f"{cost.policy_tokens} policy tokens, {cost.prm_tokens} PRM tokens, {cost.seconds:.2f} s"
    if imported := tree.problem.meta.get("imported"):
        spent = f"imported from {imported}"
    if closed is not None and tree.chosen is not None and closed.stopped in UNITS:
        spent += f"; stopped at its limit of {UNITS[closed.stopped].words}"
    if closed is None:
        return f"unfinished; {spent}"
    if tree.chosen is None:
        return f"no answer: {closed.error or closed.reason}; {spent}"
    verdict = {True: "right", False: "wrong", None: "not graded"}[tree.chosen.correct]
    return f"{tree.chosen.answer} ({verdict}); {closed.reason}; {spent}"
