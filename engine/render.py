"""A tree as text for the terminal: rewards as bars, what was kept, what was chosen."""

from engine.tree import Node, Tree

BARS = " ▁▂▃▄▅▆▇█"


def show(tree: Tree, *, all_nodes: bool = False) -> str:
    """The tree, a line a node. Dropped branches are counted rather than shown, unless `all_nodes`."""
    chosen = {n.id for n in tree.chosen.path()} if tree.chosen else set()
    lines = [tree.problem.question]
    _show_children(tree.root, "", chosen, all_nodes, lines)
    return "\n".join([*lines, "", _ending(tree)])


def _show_children(node: Node, indent: str, chosen: set[int], all_nodes: bool, lines: list[str]) -> None:
    shown = [c for c in node.children if all_nodes or c.mark != "dropped" or c.id in chosen]
    hidden = len(node.children) - len(shown)
    for i, child in enumerate(shown):
        last = i == len(shown) - 1 and not hidden
        lines.append(f"{indent}{'└─' if last else '├─'} {_line(child, child.id in chosen)}")
        _show_children(child, indent + ("   " if last else "│  "), chosen, all_nodes, lines)
    if hidden:
        lines.append(f"{indent}└─ … {hidden} dropped")


def _line(node: Node, on_chosen_path: bool) -> str:
    if node.reward is None:
        reward = "·  –   "
    else:
        reward = f"{BARS[round(node.reward * 8)]} {node.reward:.3f}"
    verdict = {True: " ✓", False: " ✗", None: ""}[node.correct]
    visits = f" N={node.visits} Q={node.value:.3f}" if node.value is not None else ""
    star = "★ " if on_chosen_path else ""
    return f"{reward} {star}{node.text or node.error or node.finish}{verdict}{visits}".rstrip()


def _ending(tree: Tree) -> str:
    closed, cost = tree.closed, tree.cost
    spent = f"{cost.policy_tokens} policy tokens, {cost.prm_tokens} PRM tokens, {cost.seconds:.2f} s"
    if closed is None:
        return f"unfinished; {spent}"
    if tree.chosen is None:
        return f"no answer: {closed.error or closed.reason}; {spent}"
    verdict = {True: "right", False: "wrong", None: "not graded"}[tree.chosen.correct]
    return f"{tree.chosen.answer} ({verdict}); {closed.reason}; {spent}"
