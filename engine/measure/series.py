"""A policy measured as it was trained, as `python -m engine train countdown-series` writes it. One row a measure.

``series.json``: ``policy`` and ``sha256`` of the whole policy's weights, ``problem_set``, ``temperature``, and
``points``, by growing training: ``chunks``, ``tokens``, ``flops`` (6 a parameter and token), ``loss``, whether this is
the ``whole`` policy, and ``measured``: strategy, n, problems, accuracy with its interval, and FLOPs a problem.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from engine.protocol import ArbutusError

COLUMNS = ["strategy", "n", "chunks", "tokens", "training_flops", "loss", "whole", "problems", "y", "low", "high"]


class Series(NamedTuple):
    """Whose training it is, on what it was measured, and the table with `COLUMNS`."""

    policy: str
    sha256: str
    problem_set: str
    temperature: float
    table: pd.DataFrame


def read_series(file: Path) -> Series:
    """Raises `ArbutusError` for a file that holds no such series."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        rows = [_row(point, measure) for point in told["points"] for measure in point["measured"]]
        table = pd.DataFrame(rows, columns=COLUMNS)
        return Series(told["policy"], told["sha256"], told["problem_set"], float(told["temperature"]), table)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArbutusError(
            f"{file}: got no series of trainings, expected what `engine train countdown-series` writes: {error}"
        ) from error


def _row(point: dict[str, Any], measure: dict[str, Any]) -> list[Any]:
    training = [point["chunks"], point["tokens"], point["flops"], point["loss"], point["whole"]]
    found = [measure["problems"], measure["accuracy"], measure["low"], measure["high"]]
    return [measure["strategy"], measure["n"], *training, *found]
