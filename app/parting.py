"""Where two trees part, in words and as HTML. Pure: no page, no browser. What comes from a log is escaped."""

from collections.abc import Callable, Sequence
from html import escape

from app.canvas.scale import color, ink
from engine.measure.align import FOLLOWED, Alignment, Pair, Seen

SIDES = "A", "B"
ROWS = 24
"""Partings that are listed at most."""


def sentence(laid: Alignment, names: tuple[str, str]) -> str:
    """Where the two searches part, in a sentence or two of HTML."""
    partings = laid.partings()
    if not partings:
        return _together(laid)
    first = partings[0]
    a, b = first.a.fate in FOLLOWED, first.b.fate in FOLLOWED
    before = "at the first step" if first.depth == 1 else f"at step {first.depth}, after {_code(first.prefix[-2])}"
    sides = [(SIDES[0], names[0], first.a), (SIDES[1], names[1], first.b)]
    does, does_not = sides if a and not b else sides[::-1]
    return (
        f"They part {before}: {side(does[0])} {escape(did(does[2]))} {_code(first.text)}{_worth(does[2])}, "
        f"{side(does_not[0])} {escape(did(does_not[2]))} it{_worth(does_not[2])}."
    )


def _together(laid: Alignment) -> str:
    ends = [tree.chosen.steps() if tree.chosen else None for tree in (laid.a, laid.b)]
    if not laid.shared:
        return "They have no step in common: from the first on each drew others."
    same = "Neither dropped what the other went on with: where both were, both went on with the same steps."
    if ends[0] is not None and ends[0] == ends[1]:
        return f"{same} Both chose the same solution."
    return f"{same} They differ in what they chose."


def did(seen: Seen) -> str:
    """What a search did with a step, as a verb."""
    return {
        "ended": "ended a solution with", "kept": "kept", "went on": "went on from", "dropped": "dropped",
        "failed": "failed at", "left": "left", "never drawn": "never drew",
    }[seen.fate]  # fmt: skip


def _worth(seen: Seen) -> str:
    return f" ({seen.reward:.3f})" if seen.reward is not None else ""


def _code(text: str) -> str:
    return f"<code>{escape(text) or 'an empty step'}</code>"


def side(letter: str) -> str:
    """The letter that stands for a run on the page."""
    return f'<b class="arbutus-side">{letter}</b>'


def swatch(reward: float | None) -> str:
    """A reward on the scale of all pages."""
    if reward is None:
        return '<span class="arbutus-swatch missing">–</span>'
    back = color(reward)
    return f'<span class="arbutus-swatch" style="background:{back};color:{ink(back)}">{reward:.3f}</span>'


def partings_table(partings: Sequence[Pair], address: Callable[[Pair], str]) -> str:
    """Every place where the searches part; each leads to its step."""
    rows = "".join(_parting(pair, address(pair)) for pair in partings[:ROWS])
    more = len(partings) - ROWS
    rest = f'<p class="arbutus-quiet">and {more:,} more, further down</p>' if more > 0 else ""
    head = f"<tr><th>Step</th><th>Its words</th><th>{side('A')}</th><th>{side('B')}</th></tr>"
    return (
        '<div class="arbutus-scroll"><table class="arbutus-pairs">'
        f"<thead>{head}</thead><tbody>{rows}</tbody></table></div>{rest}"
    )


def _parting(pair: Pair, address: str) -> str:
    cells = "".join(f"<td>{swatch(seen.reward)} <small>{escape(seen.fate)}</small></td>" for seen in (pair.a, pair.b))
    before = f"<small>after {escape(pair.prefix[-2])}</small>" if pair.depth > 1 else "<small>first step</small>"
    link = f'<a href="{escape(address)}" target="_self">{escape(pair.text) or "an empty step"}</a>'
    return f"<tr><td>{pair.depth}</td><td>{link}{before}</td>{cells}</tr>"


def step_cards(pair: Pair, links: tuple[str, str]) -> str:
    """What either search made of a step, beside each other."""
    cards = "".join(_card(*each) for each in zip(SIDES, (pair.a, pair.b), links, strict=True))
    title = escape(pair.text) if pair.prefix else "The question"
    if pair.gap is not None:
        same = pair.gap < 0.0005
        apart = f"Both drew it, {'with the same reward' if same else f'their rewards {pair.gap:.3f} apart'}."
    else:
        apart = "Both drew it." if pair.shared else "Only one of them drew it."
    where = f"Step {pair.depth}. {apart}" if pair.prefix else "Both begin here."
    return (
        f'<section class="arbutus-step"><p class="arbutus-eyebrow">{where}</p><h3>{title}</h3>'
        f'<div class="arbutus-two">{cards}</div></section>'
    )


def _card(letter: str, seen: Seen, link: str) -> str:
    node = seen.node
    if node is None:
        return f"<div><p>{side(letter)} never drew it.</p></div>"
    if node.parent is None:
        drawn = len({child.text for child in node.children})
        return f"<div><p>{side(letter)} drew {drawn:,} different first steps.</p></div>"
    times = f", drawn {len(seen.nodes)} times" if len(seen.nodes) > 1 else ""
    reason = f'<p class="arbutus-quiet">{escape(node.reason)}.</p>' if node.reason else ""
    return (
        f"<div><p>{side(letter)} {swatch(seen.reward)} <b>{escape(seen.fate)}</b>{times}</p>{reason}"
        f'<a href="{escape(link)}" target="_self">Open in Tree</a></div>'
    )
