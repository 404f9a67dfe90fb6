"""The process that compares expressions: ``python -m engine.tasks.maths.worker``.

Questions come as JSON lines on standard input, ``["expected", "given"]``; answers go out as JSON lines on
standard output, true or false. Whoever asks sets the time: an expression that takes too long is
answered by ending this process. It limits its own memory.
"""

import json
import logging
import os
import sys
from functools import lru_cache
from typing import Any

MEMORY = 2 << 30


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    limit_memory()
    logging.disable(logging.CRITICAL)
    equal("1", "x")  # everything is imported before the first question
    answers.write('"ready"\n')
    answers.flush()
    for line in sys.stdin:
        expected, given = json.loads(line)
        try:
            found = equal(expected, given)
        except (Exception, RecursionError, MemoryError):
            found = False
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def limit_memory() -> None:
    """At most `MEMORY` bytes, where the system can say so."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        return


def equal(expected: str, given: str) -> bool:
    """Whether two expressions are equal as math-verify sees it."""
    from math_verify import verify

    return bool(verify(_parse(expected), _parse(given), timeout_seconds=None))


@lru_cache(10_000)
def _parse(text: str) -> Any:
    from math_verify import parse

    return parse(f"${text}$", parsing_timeout=None)


if __name__ == "__main__":
    main()
