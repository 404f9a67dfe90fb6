"""What a command gives back, and what a run logged but for what the clock says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from engine.runs import Run
from engine.tree import Tree

QUESTIONS = ("Make 24 from 4 5 6 10", "Make 10 from 2 3 5", "Make 7 from 3 4")


class Said(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Said]


def events(run: Path) -> list[Any]:
    """All that was searched, but for what the clock says."""
    opened = Run.open(run)
    return [_timeless(opened.tree(s.index)) for s in opened.summaries]


def _timeless(tree: Tree) -> Any:
    return [(n.text, n.finish, n.logprob, n.reward, n.mark, n.reason, n.correct, n.label) for n in tree]
