"""Problems from a JSONL file, one a line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.protocol import ArbutusError
from engine.tree import Problem


def problems_in(path: Path, expected: str, make: Callable[[Any, str], Problem]) -> list[Problem]:
    """A problem for each line; `make` gets the line's value and a name for it.

    Raises `ArbutusError` naming file and line where one isn't what is `expected`.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ArbutusError(f"{path}: can't be read: {error}") from None
    problems = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                problems.append(make(json.loads(line), f"{path.stem}-{number}"))
            except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, ArbutusError) as error:
                raise ArbutusError(f"{path}:{number}: expected {expected}: {error}") from None
    if not problems:
        raise ArbutusError(f"{path}: got no problems, expected one a line")
    return problems
