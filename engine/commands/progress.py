"""How a run stands, in one line: problems, time, speed, cache and accuracy so far.

It is told of trees as they change and end, and adds up what is new of each: no tree is ever summed again.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import starmap
from operator import sub
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.live import Live
from rich.text import Text

from engine.commands.terminal import err
from engine.runs import Run
from engine.tree import Tree

WINDOW = 10.0
"""Seconds over which speed is told."""
EVERY = 30.0
"""Seconds between two lines where there is no terminal."""
LOOKS = 4
"""Drawings a second where there is one."""


class Amounts(NamedTuple):
    """What was made and spent, of a tree or of a run."""

    nodes: int = 0
    tokens: int = 0
    """Sampled, and read by the PRM."""
    cached: int = 0
    """Tokens of prefixes found in the cache."""
    computed: int = 0
    """Tokens of prefixes that were not."""

    @classmethod
    def of(cls, tree: Tree) -> "Amounts":
        cost = tree.cost
        return cls(len(tree) - 1, cost.tokens, cost.cached_tokens, cost.prompt_tokens)


class Watch:
    """Counts trees as a run makes them; see `engine.runner.execute` for who calls what.

    `title` and `runs`: of a sweep, which is many runs one after the other; `runs_done` is the caller's to count.
    """

    def __init__(self, title: str = "", runs: int = 0, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.title, self.runs, self.runs_done, self.clock = title, runs, 0, clock
        self.begin("", 0)

    def begin(self, label: str, total: int, past: Path | None = None) -> None:
        """A run of `total` problems begins. `past`: the folder that it goes on from, if there is a run in it."""
        self.label, self.total = label, total
        self.done = self.right = self.wrong = self.unanswered = self.ungraded = self.failed = self.broken = 0
        self.first_error = ""
        self._sum, self._seen = Amounts(), dict[int, Amounts]()
        if past and (past / "run.json").exists():
            self._go_on(Run.open(past))
        self.before, self.began = self.done, self.clock()
        self._moments = deque([(self.began, self._sum)])

    def _go_on(self, run: Run) -> None:
        for summary in run.summaries:
            self._count(summary.chosen is not None, summary.correct, summary.error)
        self._seen = {index: Amounts.of(tree) for index, tree in run.open_trees().items()}

    def after_round(self, trees: Mapping[int, Tree]) -> None:
        """These trees, by index, may have grown."""
        nodes, tokens, cached, computed = self._sum
        for index, tree in trees.items():
            now = Amounts.of(tree)
            before = self._seen.get(index, Amounts())
            self._seen[index] = now
            nodes, tokens = nodes + now.nodes - before.nodes, tokens + now.tokens - before.tokens
            cached, computed = cached + now.cached - before.cached, computed + now.computed - before.computed
            if tree.closed:
                del self._seen[index]
        self._sum = Amounts(nodes, tokens, cached, computed)
        self._moments.append((self.clock(), self._sum))
        while len(self._moments) > 2 and self._moments[1][0] < self._moments[-1][0] - WINDOW:
            self._moments.popleft()

    def on_tree(self, tree: Tree) -> None:
        """This tree has ended."""
        assert tree.closed is not None
        self._count(tree.chosen is not None, tree.chosen.correct if tree.chosen else None, tree.closed.error)
        errors = [node.error for node in tree if node.error]
        self.broken += len(errors)
        self.first_error = self.first_error or next(iter(errors), "")

    def _count(self, answered: bool, correct: bool | None, error: str | None) -> None:
        self.done += 1
        self.failed += error is not None
        self.first_error = self.first_error or error or ""
        if error is not None or not answered:
            self.unanswered += 1
        elif correct is None:
            self.ungraded += 1
        else:
            self.right, self.wrong = self.right + correct, self.wrong + (not correct)

    @property
    def graded(self) -> int:
        """Problems that count in the accuracy: as `engine.measure.frame` has it, those without an answer too.

        If there are answers and not one can be graded, nothing is known.
        """
        return 0 if self.ungraded and not self.right + self.wrong else self.right + self.wrong + self.unanswered

    def finish(self) -> None:
        """From here on, speed is told over the whole run."""
        self._moments = deque([(self.began, Amounts()), self._moments[-1]])

    def line(self) -> str:
        """How the run stands now; empty before there is one."""
        of_sweep = f"{self.title} {self.runs_done}/{self.runs}" if self.runs else ""
        of_run = [self.label, f"{self.done}/{self.total}", *self._times(), *self._facts()] if self.label else []
        return "  ".join(filter(None, [of_sweep, *of_run]))

    def _times(self) -> Iterator[str]:
        elapsed = self.clock() - self.began
        yield f"{_clock(elapsed)} elapsed"
        new = self.done - self.before
        if new and self.done < self.total:
            yield f"{_clock(elapsed / new * (self.total - self.done))} left"

    def _facts(self) -> Iterator[str]:
        (since, first), (until, last) = self._moments[0], self._moments[-1]
        if until > since:
            nodes, tokens, *_ = starmap(sub, zip(last, first, strict=True))
            yield f"{nodes / (until - since):,.0f} nodes/s"
            yield f"{tokens / (until - since):,.0f} tok/s"
        if read := self._sum.cached + self._sum.computed:
            yield f"cache {self._sum.cached / read:.0%}".replace("%", " %")
        if self.graded:
            yield f"{self.right} right of {self.graded} ({self.right / self.graded:.0%})".replace("%", " %")
        if self.failed:
            yield f"{self.failed} failed"
        if self.broken:
            yield f"{self.broken} steps without text or reward"

    def failures(self) -> str:
        """What went wrong in the run, with the first reason; empty if nothing did."""
        told = [f"{self.failed} of {self.done} searches failed"] if self.failed else []
        told += [f"{self.broken} steps have no text or no reward"] if self.broken else []
        return f"{' and '.join(told)}; the first because: {self.first_error}" if told else ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Shown(Watch):
    """A watch that prints its line now and then where there is no terminal to draw it on."""

    def __init__(
        self, title: str = "", runs: int = 0, *, console: Console = err, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(title, runs, clock=clock)
        self.console, self._told = console, self.began

    def after_round(self, trees: Mapping[int, Tree]) -> None:
        super().after_round(trees)
        if not self.console.is_terminal and self.clock() - self._told >= EVERY:
            self.tell()

    def tell(self) -> None:
        """Print the line, where it stays."""
        self._told = self.clock()
        if line := self.line():
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def watching(title: str = "", runs: int = 0, *, console: Console = err) -> Iterator[Shown]:
    """A watch whose line is drawn again and again, or printed where there is no terminal; the last one stays."""
    shown = Shown(title, runs, console=console)
    if console.is_terminal:
        with Live(console=console, refresh_per_second=LOOKS, get_renderable=lambda: Text(shown.line())):
            yield shown
            shown.finish()
        return
    try:
        yield shown
    finally:
        shown.finish()
        shown.tell()
