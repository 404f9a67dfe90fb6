"""Labels of steps by Monte-Carlo rollouts, as a file: a line of provenance, then a line a step.

    {"labels": 1, "run": "…", "policy": {…}, "rollouts": 8, "seed": 0, "command": "…", …}
    {"question": "…", "steps": ["…", "…"], "rollouts": 8, "right": 3}

A step's soft label is ``right / rollouts``, its hard label whether any rollout was right (Wang et al. 2023,
arXiv:2312.08935). ``rollouts`` counts those that could be sampled; with none, the step has no label. A step
that ends a solution is its own one rollout, and so is one cut off at a length limit, which is never right.
The file is appended to as labels are made; a last line without its newline does not count.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from engine.measure.prm.keys import prefix_key
from engine.protocol import ArbutusError

VERSION = 1
SUFFIX = ".labels.jsonl"
"""How the names of such files end, by which they are found beside the runs."""
COLUMNS = {"key": "uint64", "rollouts": "Int64", "right": "Int64", "share": "float64"}


class Labels(NamedTuple):
    """What a file of labels holds."""

    about: dict[str, Any]
    """Its first line."""
    table: pd.DataFrame
    """COLUMNS, one row a step; `share` is NaN where nothing could be sampled."""

    def of(self, keys: "pd.Series[int]") -> pd.DataFrame:
        """The rows of these steps, in their order; missing where a step has no label."""
        found = self.table.drop_duplicates("key", keep="last").set_index("key").reindex(keys)
        return found.reset_index(drop=True)


def read_labels(path: Path) -> Labels:
    """The labels in a file. Raises `ArbutusError` naming the line that is not what it should be."""
    lines = whole_lines(path)
    if not lines:
        raise ArbutusError(f"{path}: got an empty file, expected labels; make them with `python -m engine label`")
    about = _checked_head(path, _decoded(path, 1, lines[0]))
    rows = [_row(path, number, line) for number, line in enumerate(lines[1:], 2)]
    return Labels(about, pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS))


def _row(path: Path, number: int, line: str) -> tuple[int, int, int, float | None]:
    value = _decoded(path, number, line)
    try:
        rollouts, right = int(value["rollouts"]), int(value["right"])
        key = prefix_key(value["question"], value["steps"])
        if not 0 <= right <= rollouts:
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError):
        expected = '{"question": "…", "steps": ["…"], "rollouts": 8, "right": 3}'
        raise ArbutusError(f"{path}:{number}: got {line[:80]}, expected a line like {expected}") from None
    return key, rollouts, right, right / rollouts if rollouts else None


def whole_lines(path: Path) -> list[str]:
    """The lines that have their newline. Raises `ArbutusError` if the file can't be read."""
    try:
        return path.read_text(encoding="utf-8").split("\n")[:-1]
    except (OSError, UnicodeDecodeError) as error:
        raise ArbutusError(f"{path}: can't be read: {error}") from None


def _decoded(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ArbutusError(f"{path}:{number}: not JSON ({error}); expected a line of labels") from None
    if not isinstance(value, dict):
        raise ArbutusError(f"{path}:{number}: got no object, expected a line of labels")
    return value


def _checked_head(path: Path, value: dict[str, Any]) -> dict[str, Any]:
    if value.get("labels") != VERSION:
        raise ArbutusError(
            f"{path}:1: got {json.dumps(value)[:80]}, expected labels of version {VERSION}; "
            "make them with `python -m engine label`"
        )
    return value
