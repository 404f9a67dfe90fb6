"""How strategies look in every figure: one colour and one symbol each, told apart without colour too.

Colours are Okabe and Ito's (2008), chosen to be told apart with any colour vision, without its black
and yellow, which vanish on a dark or a light page; the lightest two a little darker than published.
"""

import pandas as pd

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

FURTHER = ["weighted-best-of-n", "mcts", "dvts", "best-of-n", "self-consistency"]
"""Whose looks a second line of one strategy takes, if they are free: the best told apart from beam's first."""
SPARE = [("#8C6BB1", "pentagon"), ("#A6761D", "hexagon"), ("#0B8A8F", "cross"), (GREY, "hourglass")]


Looks = dict[str, tuple[str, str]]


def looks(points: pd.DataFrame) -> Looks:
    """Colour and symbol of each line of a curve, in the order of LOOKS. The first line of a strategy has its own."""
    order = [*LOOKS]
    lines = points[["line", "strategy"]].drop_duplicates()
    place = lines["strategy"].map(lambda name: order.index(name) if name in order else len(order))
    lines = lines.assign(place=place).sort_values(["place", "line"])
    given: Looks = {}
    taken = {LOOKS[name] for name in lines["strategy"] if name in LOOKS}
    free = [look for look in [*(LOOKS[name] for name in FURTHER), *SPARE] if look not in taken]
    for line, strategy in zip(lines["line"], lines["strategy"], strict=True):
        own = LOOKS.get(strategy)
        if own and own not in given.values():
            given[line] = own
        else:
            given[line] = free.pop(0) if free else (GREY, "circle")
    return given


def faded(colour: str, opacity: float) -> str:
    """An rgba() of a #rrggbb colour."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"
