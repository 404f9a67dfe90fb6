"""The axes of a plotly figure as places on paper: what lies where, and which ticks are named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from re import sub
from typing import Any

from engine.figures.curves_info import amount

LINE = 15
"""Pixels from one line of small print to the next."""


@dataclass
class Axis:
    """One axis. `low` and `high`: its ends in its own units, powers of ten if it is logarithmic."""

    kind: str
    low: float
    high: float
    names: list[str]
    given: Any
    """plotly's axis, for what it says of ticks and titles."""
    share: tuple[float, float] = (0.0, 1.0)
    """Which part of the plot is its own."""
    start: float = 0.0
    end: float = 1.0
    """Pixels of `low` and of `high`."""

    def place(self, low: float, high: float) -> None:
        """Give it the pixels of the whole plot's two ends; of them it takes its share."""
        self.start = low + self.share[0] * (high - low)
        self.end = low + self.share[1] * (high - low)

    def at(self, value: Any) -> float | None:
        """The pixel of a value; None where it has no place."""
        if self.names and not isinstance(value, int | float):
            return self.of(self.names.index(str(value))) if str(value) in self.names else None
        if value is None or not isfinite(value) or (self.kind == "log" and value <= 0):
            return None
        return self.of(log10(value) if self.kind == "log" else float(value))

    def of(self, unit: float) -> float:
        """The pixel of a place in the axis's own units."""
        return self.start + (unit - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[tuple[float, list[str]]]:
        """Where ticks are, in the axis's own units, and their lines of text; those outside are left out."""
        given = self.given
        if given.showticklabels is False or given.visible is False:
            return []
        if given.tickvals is not None:
            said = given.ticktext if given.ticktext is not None else map(self._said, given.tickvals)
            units = [log10(v) if self.kind == "log" else float(v) for v in given.tickvals]
            named = list(zip(units, said, strict=False))
        elif self.names:
            named = list(enumerate(self.names))
        elif self.kind == "log":
            named = [(float(p), amount(10.0**p)) for p in range(ceil(self._least), floor(self._most) + 1)]
        else:
            named = [(value, self._said(value)) for value in self._round()]
        return [(unit, lines_of(text)) for unit, text in named if self._least - 1e-9 <= unit <= self._most + 1e-9]

    @property
    def title(self) -> str:
        return plain(self.given.title.text or "")

    @property
    def grid(self) -> bool:
        return self.given.showgrid is not False and not self.names

    @property
    def _least(self) -> float:
        return min(self.low, self.high)

    @property
    def _most(self) -> float:
        return max(self.low, self.high)

    def _said(self, value: float) -> str:
        given = self.given.tickformat
        return format(value, given) if given else f"{value:g}"

    def _round(self) -> list[float]:
        step = self.given.dtick or _step((self._most - self._least) / 5)
        return [i * step for i in range(ceil(self._least / step - 1e-9), floor(self._most / step + 1e-9) + 1)]


def axis_of(given: Any, values: Iterable[Any], *, bars: bool = False) -> Axis:
    """The axis for these values. `bars`: it begins at 0, where there is no range."""
    share = tuple(given.domain) if given.domain else (0.0, 1.0)
    seen = [v for v in values if v is not None]
    if given.type == "category" or (seen and all(isinstance(v, str) for v in seen)):
        names = list(dict.fromkeys(map(str, seen)))
        low, high, kind = -0.5, len(names) - 0.5, "category"
    else:
        names, kind = [], given.type if given.type == "log" else "linear"
        low, high = _ends(given, [float(v) for v in seen], kind, bars)
    if given.autorange == "reversed":
        low, high = high, low
    return Axis(kind, low, high, names, given, (share[0], share[1]))


def _ends(given: Any, seen: Sequence[float], kind: str, bars: bool) -> tuple[float, float]:
    if given.range is not None and None not in given.range:
        return float(given.range[0]), float(given.range[1])
    units = [log10(v) if kind == "log" else v for v in seen if isfinite(v) and (kind != "log" or v > 0)]
    low, high = (min(units), max(units)) if units else (0.0, 1.0)
    if bars:
        low, high = (low - 0.3, high) if kind == "log" else (min(0.0, low), max(0.0, high))
    room = 0.05 * (high - low) or 0.5
    return low - (0 if bars else room), high + room


def _step(rough: float) -> float:
    """The round number that is nearest above."""
    power = 10.0 ** floor(log10(rough))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough - 1e-12)


def lines_of(text: Any) -> list[str]:
    """The lines of a plotly text, without its marks."""
    return [plain(line) for line in str(text).split("<br>")]


def plain(text: str) -> str:
    """A text without tags, its entities as letters."""
    bare = sub(r"</?[a-zA-Z][^<>]*>", "", text)
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        bare = bare.replace(entity, letter)
    return bare
