"""Tables that say what is in them: what is counted or drawn from one is found again by that, not by its rows.

To look at every row of a table takes longer than to draw it.
"""

from collections.abc import Callable, Hashable
from typing import NamedTuple
from uuid import uuid4

import pandas as pd
import plotly.graph_objects as go

from app.shelf import Shelf


class Marked(NamedTuple):
    """A table which nobody changes, and its mark. Two tables with equal marks hold the same."""

    rows: pd.DataFrame
    mark: Hashable

    def changed(self, how: Hashable, change: Callable[[pd.DataFrame], pd.DataFrame]) -> "Marked":
        """Another table made of this one; `how` names all that `change` depends on."""
        return Marked(change(self.rows), (self.mark, how))


FIGURES: Shelf[go.Figure] = Shelf(64, lambda _: 1)
"""Drawn lately, each a third of a megabyte or so. Who takes one doesn't change it."""


def figure(what: str, of: Hashable, draw: Callable[[], go.Figure]) -> go.Figure:
    """A figure as it was drawn, if it was; `what` it shows, and `of` which tables and choices: all it depends on.

    It has a `datarevision` of its own. Streamlit hands plotly a copy of each figure right after the figure; without
    a revision plotly takes the arrays of the copy for other ones and draws everything again.
    """
    return FIGURES.take((what, of), None, lambda: draw().update_layout(datarevision=uuid4().hex))
