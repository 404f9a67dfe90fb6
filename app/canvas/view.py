"""How a tree is looked at: the moment of its search, the colours, the filters. What a page may wish, and hears back.

A `View` is also an address: `View.read` takes it from a URL's query, `query` puts it there.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

END = -1
"""As a moment: the end of the search, wherever that is while it still grows."""
NAMES = {"moment": "at", "colour": "colour", "filter": "filter", "query": "find", "by": "by"}
"""By field: what it is called in a URL."""
LONGEST = 200
"""Characters of a text to find, at most."""
MOST_EVENTS = 10**9


@dataclass(frozen=True, slots=True)
class View:
    """A wish: what is None stays as it is. What the canvas reports has no None but `folded`, which it doesn't tell.

    Nothing here is checked against a tree: the canvas leaves out what a tree hasn't got, such as nodes or colours.
    """

    moment: int | None = None
    """Index of the last event that has happened, from 0, the question alone; `END` for all of them."""
    colour: str | None = None
    """What the colours tell, by its name in `app.canvas.colours.COLOURS`; ``"reward"`` is where a canvas begins."""
    filter: tuple[float, float] | None = None
    """What is not dimmed, least and most, as a share of the colours' scale, 0 to 1: of a reward its value."""
    query: str | None = None
    """The text that is looked for in the steps."""
    by: str | None = None
    """What the slider of the moment runs by: ``"events"`` or ``"tokens"``."""
    folded: tuple[int, ...] | None = None
    """Nodes whose subtrees are folded away; those of the others aren't."""
    turn: int = 0
    """The same wish with another number is a new wish: for a button that may be pressed again."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "View":
        """The view that a URL asks for, whole: what it doesn't name, or names wrongly, is as in a fresh canvas."""
        given = {field: query.get(name, "") for field, name in NAMES.items()}
        return cls(
            moment=_moment(given["moment"]),
            colour=given["colour"] if given["colour"].isidentifier() and len(given["colour"]) < 30 else "reward",
            filter=_range(given["filter"]),
            query=given["query"][:LONGEST],
            by=_by(given["by"]),
        )

    def to_query(self) -> dict[str, str]:
        """What of the view goes into a URL: only what a fresh canvas wouldn't show."""
        low, high = self.filter or (0.0, 1.0)
        said = {
            "moment": "" if self.moment in (None, END) else str(self.moment),
            "colour": "" if self.colour in (None, "reward") else str(self.colour),
            "filter": "" if (low, high) == (0.0, 1.0) else f"{low:g}-{high:g}",
            "query": self.query or "",
            "by": self.by if self.by == "tokens" else "",
        }
        return {NAMES[field]: text for field, text in said.items() if text}

    def over(self, other: "View") -> "View":
        """This wish, with what it leaves open as in `other`."""
        return replace(other, **{f.name: v for f in fields(self) if (v := getattr(self, f.name)) is not None})

    @classmethod
    def heard(cls, said: Any) -> "View":
        """The view that the browser reports, whole; what it can't have said is as in a fresh canvas."""
        told = said if isinstance(said, Mapping) else {}
        moment, colour, limits, query, by = (told.get(name) for name in NAMES)
        low, high = limits if isinstance(limits, list | tuple) and len(limits) == 2 else (0, 1)
        return cls(
            moment=_moment(str(moment)),
            colour=colour if isinstance(colour, str) else "reward",
            filter=_range(f"{low}-{high}"),
            query=query[:LONGEST] if isinstance(query, str) else "",
            by=_by(by),
        )

    def as_json(self) -> dict[str, Any]:
        """What the browser is told: only what is wished."""
        return {f.name: v for f in fields(self) if f.name != "turn" and (v := getattr(self, f.name)) is not None}


FRESH = View(moment=END, colour="reward", filter=(0.0, 1.0), query="", by="events")
"""What a canvas shows of a tree that nobody has looked at yet."""


def _moment(text: str) -> int:
    known = text.isascii() and text.isdigit() and len(text) < 12
    return min(int(text), MOST_EVENTS) if known else END


def _by(said: object) -> str:
    return "tokens" if said == "tokens" else "events"


def _range(text: str) -> tuple[float, float]:
    """``0.2-0.9`` as numbers; everything where that is none."""
    low, _, high = text.partition("-")
    try:
        limits = float(low), float(high)
    except ValueError:
        return 0.0, 1.0
    ordered = all(map(math.isfinite, limits)) and 0 <= limits[0] <= limits[1] <= 1
    return limits if ordered else (0.0, 1.0)
