"""A solution whose steps were judged, in words and as HTML. Pure: no page, no model. What was typed is escaped."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape

from app.canvas.scale import color
from app.parting import swatch
from engine.measure.prm.first_error import NONE
from engine.rewards import AGGREGATES, aggregate
from engine.solution import JudgedStep, Judgement, first_below, first_wrong

TRUTHS = {True: ("good", "✓ good"), False: ("wrong", "✗ wrong"), None: ("unknown", "? truth unknown")}
SAME = 0.0005
"""Rewards that are no further apart look the same as they are written."""


def sentence(steps: Sequence[JudgedStep], threshold: float) -> str:
    """Where the first wrong step is in truth, and where the PRM sees it."""
    true, seen = first_wrong(steps), first_below(steps, threshold)
    if seen is None:
        said = "A reward is missing, so it can't be told which step the PRM sees as the first wrong one."
    elif seen == NONE:
        said = f"The PRM sees no wrong step: no reward is below {threshold:.2f}."
    else:
        worth = _worth(steps[seen - 1])
        said = f"The PRM sees the first wrong step at <b>{seen}</b>: {worth} is below {threshold:.2f}."
    if true is None:
        return f"{said} Whether it is right nobody can tell: this question has no key."
    truth = "In truth every step is good." if true == NONE else f"In truth step <b>{true}</b> is the first wrong one."
    return f"{truth} {said}{_verdict(true, seen)}"


def _verdict(true: int, seen: int | None) -> str:
    if seen is None:
        return ""
    if seen == true:
        return " It finds it." if true else " So it is."
    if true == NONE:
        return " It takes a good step for a wrong one."
    if seen == NONE:
        return " It is fooled."
    return " It stops too early." if seen < true else " It sees it too late."


def _worth(step: JudgedStep) -> str:
    return "missing" if step.reward is None else f"{step.reward:.3f}"


def weighed(steps: Sequence[JudgedStep]) -> str:
    """What the solution as a whole is worth, in each way that a search may weigh it."""
    worth = {how: aggregate([step.reward for step in steps], how) for how in AGGREGATES}
    told = ", ".join(f"{how} {'missing' if value is None else f'{value:.3f}'}" for how, value in worth.items())
    return f"As searches weigh it as a whole: {told}."


def lined_up(before: Sequence[str], now: Sequence[str]) -> list[int | None]:
    """For each step of `now` the index of the step of `before` that it was; None if it is new.

    Steps with the same words are the same step; what stands between two of them was rewritten, one by one.
    """
    out: list[int | None] = [None] * len(now)
    for what, a, a_end, b, b_end in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if what in ("equal", "replace"):
            for i, j in zip(range(a, a_end), range(b, b_end), strict=False):
                out[j] = i
    return out


def judged_list(now: Judgement, threshold: float, before: Judgement | None = None) -> str:
    """The steps, each with its reward as a bar, its truth, and what it was before."""
    steps = now.steps
    was = lined_up([s.text for s in before.steps], [s.text for s in steps]) if before else [None] * len(steps)
    true, seen = first_wrong(steps), first_below(steps, threshold)
    rows = []
    for i, (step, at) in enumerate(zip(steps, was, strict=True), 1):
        marks = _marks(i, true, seen)
        earlier = before.steps[at] if before is not None and at is not None else None
        rows.append(_row(step, marks, threshold, _change(step, earlier) if before else ""))
    kept = {at for at in was if at is not None}
    gone = [s.text for i, s in enumerate(before.steps) if i not in kept] if before else []
    told = f'<p class="arbutus-quiet">Taken out: {"; ".join(f"<s>{escape(t)}</s>" for t in gone)}</p>' if gone else ""
    return f'<ol class="arbutus-judged">{"".join(rows)}</ol>{told}'


def _marks(i: int, true: int | None, seen: int | None) -> list[str]:
    marks = ["first wrong step in truth"] if i == true else []
    return marks + (["first wrong step, says the PRM"] if i == seen else [])


def _row(step: JudgedStep, marks: Sequence[str], threshold: float, change: str) -> str:
    kind, truth = TRUTHS[step.good]
    said = f" · {escape(step.said)}" if step.said else ""
    tags = "".join(f"<em>{mark}</em>" for mark in marks)
    why = f"<p>No reward: {escape(step.error or 'the PRM gave none')}.</p>" if step.reward is None else ""
    return (
        f"<li><div><code>{escape(step.text)}</code>{tags}"
        f'<p><b class="{kind}">{truth}</b>{said}</p>{why}</div>'
        f"<div>{_bar(step.reward, threshold)}{change}</div></li>"
    )


def _bar(reward: float | None, threshold: float) -> str:
    filled = "" if reward is None else f'<i style="width:{reward:.1%};background:{color(reward)}"></i>'
    line = f'<u style="left:{threshold:.1%}"></u>'
    return f'<div class="bar">{swatch(reward)}<span aria-hidden="true">{filled}{line}</span></div>'


def _change(now: JudgedStep, before: JudgedStep | None) -> str:
    """What the step was before."""
    if before is None:
        return '<p class="was">new</p>'
    rewrote = f", rewritten from <s>{escape(before.text)}</s>" if before.text != now.text else ""
    if before.reward is None or now.reward is None:
        moved = "" if before.reward == now.reward else f"before {_worth(before)} → now {_worth(now)}"
    elif abs(gap := now.reward - before.reward) < SAME:
        moved = "as before"
    else:
        by = f"{gap:+.3f}".replace("-", "−")
        moved = f"before {_worth(before)} → now {_worth(now)} ({by})"
    return f'<p class="was">{moved}{rewrote}</p>' if moved or rewrote else ""
