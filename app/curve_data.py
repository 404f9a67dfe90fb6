"""What the Curves page computes, remembered by the marks of its tables: a click must not count again."""

import pandas as pd

from app import data
from app.marked import Marked
from app.shelf import Shelf
from engine.measure.anytime import anytime_curve
from engine.measure.curves import X, Y, curve
from engine.measure.difficulty import bins, built, curves_by, pass_rates
from engine.measure.frame import priced
from engine.measure.lines import Line, area, lines, pareto
from engine.prices import Prices

POINTS: Shelf[pd.DataFrame] = Shelf(64, lambda _: 1)
LINES: Shelf[list[Line]] = Shelf(12, lambda _: 1)
"""A thousand resamples of each point: some megabytes a collection."""
PASS_RATE = "pass rate"
PARTS = 3


def trees(name: str) -> Marked:
    """The trees of a collection. Raises `UnknownRunError`."""
    version = data.collection_version(name)  # before the trees: they may be newer than their mark, never older
    return Marked(data.collection_frame(name), ("trees", version))


def pooled(name: str, like: Marked) -> Marked:
    """The trees of a collection, estimates from the largest pools among them, on the problems of `like`."""
    found = data.pooled_collection_frame(name)
    there = found[found["problem"].isin(like.rows["problem"].unique())]
    return Marked(there, ("pooled", like.mark))


def at_prices(of: Marked, prices: Prices) -> Marked:
    return of.changed(("prices", prices), lambda rows: priced(rows, prices)) if prices else of


def points(of: Marked, x: X, y: Y) -> Marked:
    rows = POINTS.take(("points", of.mark, x, y), None, lambda: curve(of.rows, x=x, y=y))
    return Marked(rows, ("points", of.mark, x, y))


def lines_of(of: Marked, x: X) -> list[Line]:
    return LINES.take((of.mark, x), None, lambda: lines(of.rows, x=x))


def areas(of: Marked, x: X, shown: list[str]) -> pd.DataFrame:
    """What the lines shown are worth where all of them were measured, see `engine.measure.lines.area`."""

    def measured() -> pd.DataFrame:
        return area([line for line in lines_of(of, x) if line.name in shown])

    return POINTS.take(("areas", of.mark, x, tuple(shown)), None, measured)


def front(of: Marked, x: X) -> Marked:
    rows = POINTS.take(("front", of.mark, x), None, lambda: pareto(lines_of(of, x)))
    return Marked(rows, ("front", of.mark, x))


def by_kind(name: str, of: Marked, split: str, x: X) -> Marked:
    """The curves of each part of the problems of a collection, parted by their pass rate or by what they were."""

    def counted() -> pd.DataFrame:
        easy = split == PASS_RATE
        kinds = bins(pass_rates(data.pooled_collection_frame(name)), PARTS) if easy else built(of.rows, split)
        return curves_by(of.rows, kinds, x=x)

    return Marked(POINTS.take(("parts", of.mark, split, x), None, counted), ("parts", of.mark, split, x))


def anytime_of(timelines: Marked, x: X) -> Marked:
    rows = POINTS.take(("anytime", timelines.mark, x), None, lambda: anytime_curve(timelines.rows, x=x))
    return Marked(rows, ("anytime", timelines.mark, x))
