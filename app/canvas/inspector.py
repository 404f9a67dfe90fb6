"""The inspector: all that the log knows of one node, as HTML. What comes from the log is escaped."""

from collections import Counter
from collections.abc import Mapping
from html import escape
from pathlib import Path

from app.canvas import facts
from app.canvas.difference import difference
from app.canvas.losing import losing
from app.canvas.safe import WHOLE, shown
from app.canvas.scale import color
from app.canvas.swatch import swatch
from app.canvas.why import Rule, why
from app.maths.written import answered, has_formulas, written
from engine.repeats import twins
from engine.tree import Node, Tree, known_flops

HERE = Path(__file__).parent
RULE = "Equal rewards share the better rank; a step without a reward has none."
LONG, STORY = 90, 200
"""Characters from which a question is set smaller, and from which it is set as a text to read."""
ROWS = 24
"""Siblings listed at most; the selected one is always among them."""
ANSWERS, ANSWER = 8, 120
"""Answers listed at most, the chosen one always among them; and characters of each."""


def inspector(tree: Tree, node: Node, task: str = "", rule: Rule = Rule()) -> str:  # noqa: B008 - a tuple
    """The inspector of `node` in `tree`, which `rule` grew."""
    parts = [_head(tree, node), _reward(tree, node), _search_value(tree, node), _reasons(tree, node, task, rule)]
    parts += [_path(node), _siblings(node, twins(tree))]
    parts += [_votes(tree) if node is tree.root or node.finished else "", _figures(tree, node)]
    return f'<section class="arbutus-inspector">{"".join(parts)}</section>'


def headline(tree: Tree, budget: Mapping[str, float | None] | None = None) -> str:
    """The question, what came of it, why it ended (`budget`: the run's limits), and what it cost."""
    kind, word = _outcome(tree)
    repeats = len(twins(tree))
    steps = facts.count(len(tree) - 1, "step") + (f" ({facts.count(repeats, 'repeat')})" if repeats else "")
    said = [facts.stopped(tree, budget), steps, facts.count(len(tree.finished()), "solution")]
    said.append(facts.origin(tree) or facts.cost_words(tree.cost))
    if tree.closed is not None:
        answer = "" if tree.chosen is None and facts.origin(tree) else _answer(tree)
        said = [answer, escape(tree.closed.reason), *said]
    error = f'<p class="wrong">{shown(tree.closed.error)}</p>' if tree.closed and tree.closed.error else ""
    return (
        f'<div class="arbutus-head">{question(tree)}'
        f'<span class="chip {kind}">{word}</span><p>{" · ".join(filter(None, said))}</p>{error}</div>'
    )


def question(tree: Tree) -> str:
    """The question as a heading, whole: the longer, the smaller."""
    asked = tree.problem.question
    kind = "story" if len(asked) > STORY else "long" if len(asked) > LONG else ""
    return f'<h2 class="{kind}">{written(asked, WHOLE)}</h2>'


def _answer(tree: Tree) -> str:
    """The answer, and how many of the solutions give it."""
    if tree.chosen is None:
        return "No answer"
    answer, solutions = tree.chosen.answer, len(tree.finished())
    votes = sum(vote.votes for vote in facts.votes(tree) if vote.chosen)
    given = f", given by {votes:,} of {solutions:,} solutions" if votes and solutions > 1 else ""
    return f"Answer <b>{answered(answer or '–')}</b>{given}"


def _outcome(tree: Tree) -> tuple[str, str]:
    if tree.closed is None:
        return "", "still growing"
    if tree.closed.stopped == "error":
        return "wrong", "✗ failed"
    if tree.chosen is None and facts.origin(tree):
        return "", "no answer chosen"
    correct = tree.chosen.correct if tree.chosen else False
    return {True: ("right", "✓ solved"), False: ("wrong", "✗ not solved"), None: ("", "not graded")}[correct]


def invitation(tree: Tree, rule: Rule = Rule()) -> str:  # noqa: B008 - a tuple
    """What stands in the inspector's place while nothing is selected: the chosen path, and where to look."""
    text = "Click a step, or walk with the arrow keys, to see its reward and rank, what became of it and why."
    path = _path(tree.chosen, "The chosen path") if tree.chosen else ""
    return (
        f'<section class="arbutus-inspector"><p class="step">Pick a step</p><p class="why">{text}</p>'
        f"{losing(tree, rule)}{path}{_votes(tree)}</section>"
    )


def _head(tree: Tree, node: Node) -> str:
    if node.parent is None:
        asked = tree.problem.question
        kind = "step story" if len(asked) > LONG else "step"
        text = f'<p class="{kind}">{written(asked, WHOLE)}</p>'
        return f'<header><p class="eyebrow">Question</p>{text}{_source(asked)}</header>'
    chips = [f'<span class="chip">{escape(word)}</span>' for word in facts.status(tree, node)]
    if node.correct is not None:
        chips.append(f'<span class="chip {"right" if node.correct else "wrong"}">{_verdict(node.correct)}</span>')
    text = written(node.text, WHOLE) or "<em>an empty step</em>"
    return (
        f'<header><p class="eyebrow">Step {node.depth} <span>node {node.id}</span></p>'
        f'<p class="step">{text}</p>{_source(node.text)}<p class="chips">{"".join(chips)}</p></header>'
    )


def _source(text: str) -> str:
    """The text as the log has it, to unfold, where formulas are drawn in it."""
    if not has_formulas(text, WHOLE):
        return ""
    return f'<details class="source"><summary>As it is written</summary><p>{shown(text, WHOLE)}</p></details>'


def _verdict(correct: bool) -> str:
    return "✓ correct" if correct else "✗ wrong"


def _reward(tree: Tree, node: Node) -> str:
    if node.parent is None:
        return ""
    raw = f"<small>{escape(said)}</small>" if (said := facts.score_words(tree, node)) else ""
    if node.reward is None:
        return (
            '<div class="reward"><span class="number missing">–</span><p>No reward'
            f"<small>It is missing, not zero, and has no rank.</small>{raw}</p></div>"
        )
    place = facts.rank(node)
    where = f"{place} by reward" if place and place.of > 1 else "The only one here with a reward"
    if all(sibling.text == node.text for sibling in node.parent.children):
        where = "The only step tried here"
    return f'<div class="reward">{swatch(node.reward, "number")}<p>{where}{raw}</p></div>'


def _reasons(tree: Tree, node: Node, task: str, rule: Rule) -> str:
    said = []
    if node.reason:
        said.append(f"<b>{(node.mark or 'marked').capitalize()}:</b> {_sentence(why(tree, node, rule))}")
    if node is tree.chosen and tree.closed is not None:
        said.append(f"<b>Chosen:</b> {_sentence(tree.closed.reason)}")
    if node.error:
        said.append(f"<b>Error:</b> {shown(node.error)}")
    if found := facts.checked(tree, node, task):
        said.append(f"<b>Checked:</b> {shown(found)}")
    if known := facts.truth(tree, node, task):
        said.append(f"<b>The truth:</b> {shown(known)}")
    return "".join(f'<p class="why">{line}</p>' for line in said)


def _sentence(text: str) -> str:
    return shown(text.rstrip(". ")) + "."


def _search_value(tree: Tree, node: Node) -> str:
    if not tree.root.visits:
        return ""
    value = "no value yet" if node.value is None else f"mean value Q = <b>{node.value:.3f}</b>"
    return f'<p class="why">Visits N = <b>{node.visits:,}</b>, {value}</p>'


def _figures(tree: Tree, node: Node) -> str:
    rows: list[tuple[str, str]] = []
    if node.answer is not None:
        rows.append(("Answer", answered(node.answer)))
    if node.logprob is not None:
        rows.append(("Log-probability", facts.logprob(node.logprob, node.cost.policy_tokens)))
    if node.parent is not None and facts.origin(tree):
        rows += [("Tokens sampled", f"{node.cost.policy_tokens:,}")] if node.cost.policy_tokens else []
    elif node.parent is not None:
        cost = node.cost
        rows += [
            ("Tokens sampled", f"{cost.policy_tokens:,}"),
            ("Prompt tokens", f"{cost.prompt_tokens:,}"),
            ("PRM tokens", f"{cost.prm_tokens:,}"),
            ("Policy compute", facts.flops(known_flops(cost.policy_tokens, cost.policy_flops))),
            ("PRM compute", facts.flops(known_flops(cost.prm_tokens, cost.prm_flops))),
            ("Time", facts.seconds(cost.seconds)),
        ]
    rows.append(("Steps tried next", f"{len(node.children):,}"))
    return (
        f'<h3>Details</h3><dl class="figures">{"".join(f"<div><dt>{t}</dt><dd>{d}</dd></div>" for t, d in rows)}</dl>'
    )


def _path(node: Node, title: str = "The path so far") -> str:
    if node.parent is None:
        return ""
    items = "".join(f"<li>{_bar(step)}<span>{written(step.text)}</span></li>" for step in node.path())
    return f'<h3>{title}</h3><ol class="path">{items}</ol>'


def _bar(node: Node) -> str:
    if node.reward is None:
        return '<i class="bar missing">–</i>'
    share = min(max(node.reward, 0.0), 1.0)
    return f'<i class="bar"><i style="width:{share:.0%};background:{color(share)}"></i></i><b>{node.reward:.2f}</b>'


def _siblings(node: Node, twin_of: dict[Node, Node]) -> str:
    if node.parent is None or len(node.parent.children) < 2:
        return ""
    drawn = Counter(twin_of.get(s, s) for s in node.parent.children)
    if len(drawn) == 1:
        return f'<h3>The only step tried here</h3><p class="more">It was drawn {drawn.total()} times.</p>'
    here = twin_of.get(node, node)
    ranked = facts.by_reward(list(drawn))
    listed = ranked[:ROWS]
    if here not in listed:
        listed[-1] = here
    rows = "".join(_sibling(s, drawn[s], s is here) for s in listed)
    rewards = [s.reward for s in ranked]
    rule = "" if None not in rewards and len(set(rewards)) == len(rewards) else f'<p class="more">{RULE}</p>'
    more = len(ranked) - len(listed)
    rest = f'<p class="more">and {more:,} more, of lower reward or none</p>' if more else ""
    return (
        f"<h3>{len(ranked):,} steps tried here</h3>"
        "<table><thead><tr><th>Reward</th><th>Step</th><th>Became</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{rest}{rule}{_against(here, ranked)}"
    )


def _against(node: Node, ranked: list[Node]) -> str:
    """The step beside the best of the others, word by word."""
    other = next((s for s in ranked if s is not node and s.text != node.text), None)
    if other is None:
        return ""
    place = "the best" if other is ranked[0] else "the best of the others"
    said = difference(node.text, other.text)
    return f'<h3>Against {place} {swatch(other.reward)}</h3><p class="difference">{said}</p>'


def _votes(tree: Tree) -> str:
    """The answers with the solutions that give them, once there are several solutions."""
    ranked = facts.votes(tree)
    given = sum(vote.votes for vote in ranked)
    if given < 2:
        return ""
    listed = ranked[:ANSWERS]
    listed += [vote for vote in ranked[ANSWERS:] if vote.chosen]
    rows = "".join(_vote(vote, given) for vote in listed)
    more = len(ranked) - len(listed)
    rest = f'<p class="more">and {facts.count(more, "answer")} more</p>' if more else ""
    said = facts.count(len(ranked), "answer")
    return (
        f"<h3>{said} of {given:,} solutions</h3>"
        '<table class="votes"><thead><tr><th>Votes</th><th>Answer</th><th>Outcome</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>{rest}"
    )


def _vote(vote: facts.Votes, of: int) -> str:
    mark = (
        ""
        if vote.correct is None
        else f' <span class="{"right" if vote.correct else "wrong"}">' + (f"{_verdict(vote.correct)[0]}</span>")
    )
    row = ' class="here"' if vote.chosen else ""
    bar = f'<i class="bar"><i style="width:{vote.votes / of:.0%};background:currentColor"></i></i>'
    chosen = "chosen" if vote.chosen else ""
    given = f"{answered(vote.answer, ANSWER)}{mark}"
    return f"<tr{row}><td>{bar}<b>{vote.votes:,}</b></td><td>{given}</td><td>{chosen}</td></tr>"


def _sibling(node: Node, times: int, here: bool) -> str:
    mark = node.mark or ("failed" if node.finish in ("error", "length") else "")
    truth = (
        ""
        if node.correct is None
        else f' <span class="{"right" if node.correct else "wrong"}">{_verdict(node.correct)[0]}</span>'
    )
    row = ' class="here" aria-current="true"' if here else ""
    often = f' <small title="drawn {times} times">×{times}</small>' if times > 1 else ""
    return f"<tr{row}><td>{swatch(node.reward)}</td><td>{written(node.text)}{often}{truth}</td><td>{mark}</td></tr>"
