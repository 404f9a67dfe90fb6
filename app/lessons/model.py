"""What a lesson is made of: parts in their order, what each shows, and what must be true of the runs for it.

The texts are elsewhere, a file a lesson and language; here is what no language changes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go

from app.lessons.words import Words

NOWHERE = -1
"""As a node: none is selected. As a moment: the end of the search."""


@dataclass(frozen=True, slots=True)
class TreeView:
    """A tree of a sample run, looked at in one way."""

    run: str
    problem: str
    node: int = NOWHERE
    moment: int = NOWHERE
    """Index of the last event that has happened."""
    colour: str = "reward"


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure drawn from sample runs, in the words of a language."""

    name: str
    """The key of its title in the words, and the name of this drawing."""
    draw: Callable[[Words], go.Figure]
    question: str = ""
    """Of the one problem that it is about; empty where it is about many."""


View = TreeView | FigureView


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph and what is seen beside it."""

    name: str
    """In the address and in the files of texts."""
    view: View


@dataclass(frozen=True, slots=True)
class Question(Part):
    """A part that asks before it tells: the reader commits to an option, then sees what the runs say."""

    right: int
    """The option that the runs prove right, counted from 0."""
    revealed: View
    """What is seen once the answer is given."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson as the sample runs tell it."""

    parts: Sequence[Part]
    facts: Mapping[str, float | str]
    """What the texts name: numbers and steps, all read from runs."""
    claims: Mapping[str, bool] = field(default_factory=dict)
    """What the texts say beyond the numbers, each with whether it is so in these runs."""

    def broken(self) -> list[str]:
        """The claims that these runs don't bear out."""
        return [claim for claim, holds in self.claims.items() if not holds]
