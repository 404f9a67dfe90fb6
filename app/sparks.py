"""The curves on the cards of collections, drawn again only when their runs have changed."""

from app import data
from app.figures.spark import spark
from app.shelf import Shelf
from engine import measure

DRAWN: Shelf[str] = Shelf(64, lambda _: 1)
"""By collection. They take longer to draw than all the rest of the Start page."""


def spark_of(name: str) -> str:
    """The curve of a collection as HTML, empty if it has no tree. Raises `UnknownRunError`."""

    def drawn() -> str:
        rows = data.collection_frame(name)
        return spark(measure.curve(rows, x="completions", draws=1)) if len(rows) else ""

    return DRAWN.take(name, data.collection_version(name), drawn)
