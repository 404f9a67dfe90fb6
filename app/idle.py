"""What the server does while nobody waits: it reads ahead, and clears garbage away.

On a thread of its own, a piece at a time: whoever clicks meanwhile waits for the end of one piece at most.
"""

import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread

from streamlit.runtime import Runtime

from app.ahead import pieces
from app.settling import clear_away
from app.visiting import visit
from engine.protocol import ArbutusError

log = logging.getLogger("arbutus")
QUIET = 2.0
"""Seconds without a page being made, until garbage is cleared away."""
PAUSE = 0.5
"""Seconds without a page being made, until something is read ahead."""


class Pages:
    """How many pages are being made, how many were, and when the last one was ready."""

    def __init__(self) -> None:
        self._change = Condition()
        self.made = 0
        self._now, self._ready = 0, time.monotonic()

    @contextmanager
    def making(self, *, seen: bool = True) -> Iterator[None]:
        """While a page is made; one that nobody waits to see doesn't count."""
        if not seen:
            yield
            return
        with self._change:
            self._now += 1
        try:
            yield
        finally:
            with self._change:
                self._now, self.made, self._ready = self._now - 1, self.made + 1, time.monotonic()
                self._change.notify_all()

    def wait_for_quiet(self, seconds: float) -> int:
        """Wait until for so long no page was made; how many were made by then."""
        with self._change:
            while self._now or (left := self._ready + seconds - time.monotonic()) > 0:
                self._change.wait(None if self._now else left)
            return self.made

    def wait_for_more(self, than: int) -> None:
        """Wait until more pages were made."""
        with self._change:
            self._change.wait_for(lambda: self.made > than)


PAGES = Pages()
_begun: list[Thread] = []
"""At most one."""


def begin() -> None:
    """Begin, once in the life of a server; where there is none, such as under a test of a page, nothing."""
    if not _begun and Runtime.exists() and type(Runtime.instance()) is Runtime:
        _begun.append(Thread(target=_forever, daemon=True, name="idle"))
        _begun[0].start()


def _forever() -> None:
    work(pieces(visit), PAGES)
    while True:
        PAGES.wait_for_more(PAGES.wait_for_quiet(QUIET))
        PAGES.wait_for_quiet(QUIET)
        clear_away()


def work(pieces: Iterator[Callable[[], object]], pages: Pages, quiet: float = PAUSE) -> None:
    """Read piece by piece, as long as nobody waits. Of what can't be read the page says so that shows it."""
    while True:
        pages.wait_for_quiet(quiet)
        clear_away()
        try:
            next(pieces)()
        except StopIteration:
            return
        except (ArbutusError, OSError):
            pass
        except Exception:  # only the head start is lost, but without this thread garbage would grow
            log.exception("reading ahead goes on without what failed here")
        gc.collect()  # of the trees that were read, or the next page would have to
