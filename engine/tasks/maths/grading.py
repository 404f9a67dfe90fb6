"""Whether two answers are equal: as text, as numbers, or as mathematics within a time limit.

The rule. Equal texts are equal. Two plain numbers are compared exactly. Words are compared as words,
without regard to capitals. The rest is compared by math-verify in a process of its own. What can't be
read as mathematics, is longer than `LONGEST`, or can't be compared within `SECONDS`, equals itself alone.
"""

import atexit
import json
import logging
import os
import queue
import re
import subprocess
import sys
import threading
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from engine.tasks.maths.numbers import equal_numbers

SECONDS = 5.0
STARTING = 120.0
LONGEST = 1000
WORDS = re.compile(
    r"(?:\\(?:text|mathrm|textbf|mbox)\s*\{(?P<wrapped>[A-Za-z ,.'-]*)\}|(?P<bare>[A-Za-z]{3,}(?:[ ,.'-]+[A-Za-z]+)*))"
)
ROOT = Path(__file__).resolve().parents[3]

log = logging.getLogger("arbutus")


@lru_cache(200_000)
def equal(expected: str, given: str) -> bool:
    """Whether `given` is equal to `expected`. Never hangs: see the rule above."""
    if expected == given:
        return True
    if max(len(expected), len(given)) > LONGEST:
        return False
    told = equal_numbers(expected, given)
    if told is not None:
        return told
    one, other = _words(expected), _words(given)
    if one is not None or other is not None:
        return one == other
    return GRADER.equal(expected, given)


def _words(text: str) -> str | None:
    """A text answer such as ``East`` or ``\\text{Evelyn}``, in small letters; None for anything else."""
    found = WORDS.fullmatch(text.strip())
    if not found:
        return None
    return " ".join((found["wrapped"] or found["bare"] or "").casefold().replace(".", "").split())


class Grader:
    """The worker, started when it is first needed and again after it had to be ended. Safe to share among threads."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._owner = 0
        self._hopeless: set[str] = set()

    def equal(self, expected: str, given: str) -> bool:
        """Ask the worker; False if it doesn't answer in time. What it can't compare at all is asked only once."""
        with self._lock:
            if self._hopeless & {expected, given}:
                return False
            told = self._ask(expected, given)
            if told is None:
                found = {text for text in (expected, given) if self._ask("1", text) is None}
                self._hopeless |= found
                for text in sorted(found):
                    log.warning(
                        "an answer can't be compared within %g s and equals no other: %.60r", self.seconds, text
                    )
            return bool(told)

    def _ask(self, expected: str, given: str) -> bool | None:
        try:
            process = self._running()
            assert process.stdin is not None
            process.stdin.write(json.dumps([expected, given]) + "\n")
            process.stdin.flush()
            return bool(json.loads(self._lines.get(timeout=self.seconds)))
        except (queue.Empty, OSError, ValueError):
            self._stop()
            return None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None or self._owner != os.getpid():
            self._stop()
            self._lines = queue.Queue()
            path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "engine.tasks.maths.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env=os.environ | {"PYTHONPATH": path},
            )
            self._owner = os.getpid()
            threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()
            self._lines.get(timeout=STARTING)
        return self._process

    def _stop(self) -> None:
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
            with suppress(OSError):
                self._process.stdin.close() if self._process.stdin else None
        self._process = None

    def close(self) -> None:
        """End the worker. It starts again when it is asked."""
        with self._lock:
            self._stop()


def _read(process: subprocess.Popen[str], lines: "queue.Queue[str]") -> None:
    assert process.stdout is not None
    with process.stdout as said:
        for line in said:
            lines.put(line)
    lines.put("")  # no JSON: whoever waits learns that the worker has ended


GRADER = Grader()
atexit.register(GRADER.close)
