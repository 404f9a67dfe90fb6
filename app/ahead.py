"""Reads ahead while nobody waits: what Curves, PRM lab and Compare show first takes seconds to read the first time.

On a thread of its own, a run at a time, and only while no page is being made: whoever clicks meanwhile waits for one
run's reading at most. What is read lies on the shelves that the pages take it from.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock, Thread

from streamlit.runtime import Runtime

from app import curve_data, data, pairing, prm_data
from engine.figures.curves import plot_curves
from engine.protocol import ArbutusError

QUIET = 0.7
"""Seconds since the last page was made, until the next piece is read."""


class Pages:
    """How many pages are being made, and when the last one was ready."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made, self._ready = 0, time.monotonic()

    @contextmanager
    def making(self) -> Iterator[None]:
        with self._lock:
            self._made += 1
        try:
            yield
        finally:
            with self._lock:
                self._made, self._ready = self._made - 1, time.monotonic()

    def quiet(self, seconds: float) -> bool:
        with self._lock:
            return not self._made and time.monotonic() - self._ready >= seconds


PAGES = Pages()
_begun: list[Thread] = []
"""At most one."""


def begin() -> None:
    """Begin to read, once in the life of a server; where there is none, such as under a test of a page, nothing."""
    if not _begun and Runtime.exists() and type(Runtime.instance()) is Runtime:
        _begun.append(Thread(target=read, args=(pieces(), PAGES), daemon=True, name="reading ahead"))
        _begun[0].start()


def read(pieces: Iterator[Callable[[], object]], pages: Pages, quiet: float = QUIET) -> None:
    """Read piece by piece, as long as nobody waits. Of what can't be read the page says so that shows it."""
    while True:
        while not pages.quiet(quiet):
            time.sleep(quiet / 4)
        try:
            next(pieces)()
        except StopIteration:
            return
        except (ArbutusError, OSError):
            continue


def pieces() -> Iterator[Callable[[], object]]:
    """What the three pages show before anything is chosen: a piece is read in a fraction of a second."""
    for name in list(data.collections())[:1]:
        yield partial(curve_data.trees, name)
        for key in data.pools_of(name):
            yield partial(data.pool, key)
        yield partial(_curves, name)
    for refs in list(prm_data.sources().values())[:1]:
        for ref in refs:
            yield partial(prm_data.reading, ref)
        yield partial(prm_data.quality, prm_data.chosen(refs, prm_data.EXACT, shared=False))
    yield lambda: pairing.offers(data.list_runs())


def _curves(name: str) -> None:
    """The points of the first plot; it is drawn too, since plotly is slow to begin."""
    trees = curve_data.trees(name)
    curve_data.front(trees, "policy_tokens")
    pooled = curve_data.pooled(name, trees)
    curve_data.lines_of(pooled, "policy_tokens")
    plot_curves(curve_data.points(pooled, "policy_tokens", "accuracy").rows)
