"""How strategies look in every figure: one colour and one symbol each, told apart without colour too.

The first colours are Okabe and Ito's (2008), chosen to be told apart with any colour vision, without its
black and yellow, which vanish on a dark or a light page; the lightest two a little darker than published.
There are more strategies than colours that anyone can tell apart: kin share a hue and differ in symbol, and
a line that finds its colour taken is dotted.
"""

from typing import NamedTuple

import pandas as pd

GREY = "#868E96"
ORANGE, SKY, BLUE, RED, PINK, GREEN = "#E09600", "#4BA6DD", "#0072B2", "#D55E00", "#C46D9E", "#009E73"
VIOLET, BROWN, TEAL, OLIVE, WINE, INDIGO = "#8C6BB1", "#A6761D", "#0B8A8F", "#7F8F1E", "#A8325A", "#5B6ABF"


class Look(NamedTuple):
    """Colour, plotly's marker symbol, and whether the line is dotted because another has this colour."""

    colour: str
    symbol: str
    dotted: bool = False


Looks = dict[str, Look]

LOOKS: dict[str, Look] = {
    "greedy": Look(GREY, "x"),
    "self-consistency": Look(ORANGE, "square"),
    "early-stop": Look(ORANGE, "diamond-wide", True),
    "best-of-n": Look(SKY, "triangle-up"),
    "weighted-best-of-n": Look(BLUE, "triangle-down"),
    "mixture": Look(SKY, "triangle-right", True),
    "beam": Look(RED, "circle"),
    "beam-vote": Look(RED, "hexagram", True),
    "lookahead": Look(WINE, "triangle-left"),
    "dvts": Look(PINK, "diamond"),
    "rebase": Look(VIOLET, "pentagon"),
    "particles": Look(TEAL, "hexagon"),
    "best-first": Look(BROWN, "bowtie"),
    "mcts": Look(GREEN, "star"),
    "uct": Look(GREEN, "star-square", True),
    "gumbel": Look(TEAL, "star-diamond", True),
    "ab-mcts": Look(INDIGO, "star-triangle-up"),
    "regenerate": Look(OLIVE, "cross"),
    "explore": Look(VIOLET, "hourglass", True),
    "compute-optimal": Look(INDIGO, "diamond-cross", True),
    "router": Look(BROWN, "circle-cross", True),
}
"""The looks of the strategies that have their own; all others take what is free."""

SYMBOLS = ("diamond-tall", "triangle-ne", "triangle-nw", "hexagon2", "octagon", "star-triangle-down", "square-x")
COLOURS = (BLUE, GREEN, PINK, SKY, ORANGE, VIOLET, WINE, TEAL, INDIGO, BROWN, OLIVE, RED)
"""In the order in which further lines take them: the best told apart from beam's first."""


def looks(points: pd.DataFrame) -> Looks:
    """How each line of a curve looks, in the order of LOOKS. The first line of a strategy has its own look.

    Further lines take colours that no other line has while there are some, then dotted ones, each with
    another symbol. `points`: with the columns `line` and `strategy`.
    """
    order = [*LOOKS]
    lines = points[["line", "strategy"]].drop_duplicates()
    place = lines["strategy"].map(lambda name: order.index(name) if name in order else len(order))
    lines = lines.assign(place=place).sort_values(["place", "line"])
    own = {name: LOOKS[name] for name in lines["strategy"] if name in LOOKS}
    taken = {look.colour for look in own.values()}
    free = [look for look in LOOKS.values() if look.colour not in taken and not look.dotted]
    free.sort(key=lambda look: COLOURS.index(look.colour) if look.colour in COLOURS else len(COLOURS))
    free += [Look(colour, symbol, True) for symbol in SYMBOLS for colour in COLOURS]
    given: Looks = {}
    for line, strategy in zip(lines["line"], lines["strategy"], strict=True):
        given[line] = own.pop(strategy) if strategy in own else free.pop(0) if free else Look(GREY, "circle", True)
    return given


def faded(colour: str, opacity: float) -> str:
    """An rgba() of a #rrggbb colour."""
    red, green, blue = rgb(colour)
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of a #rrggbb colour, 0 to 255."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue
