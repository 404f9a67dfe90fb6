"""How a tree and a run show themselves in a notebook: HTML without scripts, which needs nothing from anywhere.

What comes from a log is escaped. Colours are those of either theme: text is never coloured, only bars are.
"""

from collections import Counter
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from engine.repeats import twins
from engine.tree import Node, Tree

if TYPE_CHECKING:
    from engine.runs import Run, Summary

MOST = 150
"""Steps of a tree shown at most."""
LONG = 280
"""Characters of a step shown at most."""
TREES = 8
"""Trees of a run listed at most."""
HIGH, LOW = "#17568f", "#b4480f"
QUIET = "opacity:.65"
BOX = "font:13px/1.45 system-ui,sans-serif;font-variant-numeric:tabular-nums;max-width:60em;overflow-wrap:anywhere"
APART = "unicode-bidi:isolate;"
"""Of words from a log: what turns the direction of writing in them ends with them."""


def tree_html(tree: Tree) -> str:
    """The tree as an outline that folds: what was chosen first, then level by level, `MOST` steps of it."""
    chosen = set(tree.chosen.path()) if tree.chosen else set()
    twin_of = twins(tree)
    shown = _shown(tree, chosen, twin_of)
    times = Counter(twin_of.get(node, node) for node in tree.nodes[1:])
    below = "".join(_item(node, shown, chosen, times) for node in tree.root.children if node in shown)
    more = len(tree) - 1 - len(shown) - len(twin_of)
    rest = f'<p style="margin:.3em 0;{QUIET}">and {more:,} more steps</p>' if more > 0 else ""
    return (
        f'<div style="{BOX}"><p style="margin:.2em 0;font-weight:600">{_text(tree.problem.question)}</p>'
        f'<p style="margin:.2em 0">{_ending(tree)}</p>'
        f'<ul style="list-style:none;margin:.4em 0;padding:0">{below}</ul>{rest}</div>'
    )


def _shown(tree: Tree, chosen: set[Node], twin_of: dict[Node, Node]) -> set[Node]:
    """The steps to show: parents come before children, and repeats are counted beside the step they repeat."""
    shown: set[Node] = set([node for node in tree if node in chosen][:MOST])
    level: list[Node] = list(tree.root.children)
    while level and len(shown) < MOST:
        shown.update([node for node in level if node not in twin_of and node not in shown][: MOST - len(shown)])
        level = [child for node in level if node in shown for child in node.children]
    return shown


def _item(node: Node, shown: set[Node], chosen: set[Node], times: Counter[Node]) -> str:
    children = [child for child in node.children if child in shown]
    hidden = len({child.text for child in node.children} - {child.text for child in children})
    line = _line(node, node in chosen, times[node])
    inner = "".join(_item(child, shown, chosen, times) for child in children)
    if hidden:
        inner += f'<li style="padding-left:1.2em;{QUIET}">and {hidden:,} more</li>'
    if not inner:
        return f'<li style="padding-left:1.2em">{line}</li>'
    unfolded = " open" if node in chosen or node.mark != "dropped" else ""
    below = f'<ul style="list-style:none;margin:0;padding-left:1.2em">{inner}</ul>'
    return f'<li><details{unfolded}><summary style="cursor:pointer">{line}</summary>{below}</details></li>'


def _line(node: Node, on_chosen_path: bool, times: int) -> str:
    verdict = {True: " ✓", False: " ✗", None: ""}[node.correct]
    often = f' <span style="{QUIET}">×{times}</span>' if times > 1 else ""
    visits = f' <span style="{QUIET}">N={node.visits} Q={node.value:.3f}</span>' if node.value is not None else ""
    words = _text(node.text or node.error or node.finish)
    weight = "font-weight:600;" if on_chosen_path else QUIET if node.mark == "dropped" else ""
    title = f' title="{escape(node.reason[:LONG])}"' if node.reason else ""
    star = "★ " if on_chosen_path else ""
    return f'{_bar(node.reward)} <span style="{APART}{weight}"{title}>{star}{words}{verdict}</span>{often}{visits}'


def _bar(reward: float | None) -> str:
    """A reward as a bar and its number; a dash where it is missing."""
    said = "–" if reward is None else f"{reward:.2f}"
    share = 0.0 if reward is None else min(max(reward, 0.0), 1.0)
    filled = f"background:{HIGH if share >= 0.5 else LOW};width:{share:.0%};height:100%;display:block"
    box = "display:inline-block;box-sizing:border-box;width:2.4em;height:.55em;"
    box += "border:1px dashed currentColor;opacity:.5" if reward is None else "background:rgba(128,128,128,.25)"
    return f'<span style="{box}"><span style="{filled}"></span></span> <code style="background:none">{said}</code>'


def _ending(tree: Tree) -> str:
    if tree.closed is None:
        return f"still growing, {len(tree) - 1:,} steps so far"
    verdict = {True: "right", False: "wrong", None: "not graded"}[tree.chosen.correct] if tree.chosen else ""
    answer = f"<b style='{APART}'>{_text(tree.chosen.answer or '–')}</b> ({verdict})" if tree.chosen else "no answer"
    why = _text(tree.closed.error or tree.closed.reason)
    solutions = len(tree.finished())
    return f"{answer}; {why}; {len(tree) - 1:,} steps, {solutions:,} solutions"


def run_html(run: "Run") -> str:
    """What a run was and did, and its first trees, as tables."""
    from engine.measure.summary import summarize_run

    info, told = run.info, summarize_run(run)
    knobs = " ".join(f"{name}={value}" for name, value in info.parameters.items())
    facts = {
        "strategy": f"{info.strategy} {knobs}".strip(),
        "problems": f"{info.task}, {info.problem_set}: {run.finished:,} of {len(run):,} done",
        "policy": str(told["policy"] or "–"),
        "PRM": str(told["prm"] or "–"),
        "right": _share(told, "accuracy"),
        "some solution right": _share(told, "coverage"),
        "tokens a problem": _spent(told),
        "failed": f"{told['failures']:,}",
        "imported from": str(info.source.get("file", "")),
    }
    rows = "".join(
        f'<tr><th style="text-align:left;font-weight:400;{QUIET}">{name}</th><td style="text-align:left">{_text(value)}'
        "</td></tr>"
        for name, value in facts.items()
        if value
    )
    title = f'<p style="margin:.2em 0;font-weight:600">{_text(info.title or run.path.name)}</p>'
    return f'<div style="{BOX}">{title}<table style="margin:0">{rows}</table>{_trees(run)}</div>'


def _share(told: dict[str, object], name: str) -> str:
    share, low, high = (told[key] for key in (name, f"{name}_low", f"{name}_high"))
    return "not known" if share is None else f"{share:.1%} (95 %: {low:.0%} to {high:.0%})"


def _spent(told: dict[str, object]) -> str:
    policy, prm = (told[f"mean_{name}"] for name in ("policy_tokens", "prm_tokens"))
    return "not known" if policy is None else f"{policy:,.0f} sampled" + ("" if not prm else f", {prm:,.0f} by the PRM")


def _trees(run: "Run") -> str:
    first = run.summaries[:TREES]
    rows: Iterable[str] = (
        f'<tr><td>{s.index}</td><td style="text-align:left">{_text(s.question[:90])}</td>'
        f'<td style="text-align:left">{_text(s.answer or "–")}</td><td>{_verdict(run, s)}</td><td>{s.nodes:,}</td></tr>'
        for s in first
    )
    head = "".join(f"<th>{name}</th>" for name in ("", "question", "answer", "", "nodes"))
    more = run.finished - len(first)
    rest = f'<p style="margin:.3em 0;{QUIET}">and {more:,} more; run.tree(number) or run.tree(id)</p>' if more else ""
    return f'<table style="margin:.5em 0"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>{rest}'


def _verdict(run: "Run", summary: "Summary") -> str:
    """Whether the chosen answer is right; a file that chooses none was not wrong."""
    silent = bool(run.info.source) and summary.chosen is None
    return {True: "✓", False: "✗", None: "·"}[None if silent else summary.correct]


def _text(text: str) -> str:
    return escape(text if len(text) <= LONG else text[: LONG - 1] + "…")
