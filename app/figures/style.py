"""How strategies look in every figure: one colour and one symbol each, told apart without colour too.

Colours are Okabe and Ito's (2008), chosen to be told apart with any colour vision, without its black
and yellow, which vanish on a dark or a light page; the lightest two a little darker than published.
"""

from collections.abc import Iterable

GREY = "#868E96"

LOOKS: dict[str, tuple[str, str]] = {
    "greedy": (GREY, "x"),
    "self-consistency": ("#E09600", "square"),
    "best-of-n": ("#4BA6DD", "triangle-up"),
    "weighted-best-of-n": ("#0072B2", "triangle-down"),
    "beam": ("#D55E00", "circle"),
    "dvts": ("#C46D9E", "diamond"),
    "mcts": ("#009E73", "star"),
}
"""Colour and plotly marker symbol of each strategy."""

SPARE = [("#8C6BB1", "pentagon"), ("#A6761D", "hexagon"), ("#0B8A8F", "cross"), (GREY, "hourglass")]


def looks(lines: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Colour and symbol of each line, given as (line, strategy): its strategy's own if it is the first of it."""
    given: dict[str, tuple[str, str]] = {}
    free = list(LOOKS.values())[1:] + SPARE
    lines = list(lines)
    for line, strategy in lines:
        own = LOOKS.get(strategy.replace(" ", "-"))
        if own and own not in given.values():
            given[line] = own
    for line, _ in lines:
        if line not in given:
            unused = [look for look in free if look not in given.values()]
            given[line] = unused[0] if unused else (GREY, "circle")
    return given


def faded(colour: str, opacity: float) -> str:
    """An rgba() of a #rrggbb colour."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"
