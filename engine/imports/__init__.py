"""Runs from the files of other systems: a file a format, and a small core that makes runs of what they read.

A format says what a record must look like and how it becomes a `Draft`; `importing` writes the log with its
provenance, or says by line what can't be understood and leaves nothing behind. docs/formats.md describes them all.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.imports import (
    gsm8k,
    llm_reasoners,
    math_shepherd,
    omegaprm,
    omegaprm_prefixes,
    plain,
    prm800k,
    search_and_learn,
    tree_of_thoughts,
    tree_of_thoughts_crosswords,
    tree_of_thoughts_samples,
)
from engine.imports.formats import Format
from engine.imports.importing import About, import_file
from engine.imports.stream import ForeignError, records

__all__ = ["FORMATS", "About", "ForeignError", "Format", "find_format", "import_file", "recognise"]

_ALL = (
    tree_of_thoughts,
    tree_of_thoughts_samples,
    tree_of_thoughts_crosswords,
    prm800k,
    omegaprm,
    omegaprm_prefixes,
    math_shepherd,
    llm_reasoners,
    search_and_learn,
    gsm8k,
    plain,
)
FORMATS: Mapping[str, Format] = {one.FORMAT.name: one.FORMAT for one in _ALL}


def find_format(name: str) -> Format:
    """The format called `name`. Raises `ForeignError` with the names there are."""
    if name not in FORMATS:
        raise ForeignError(f"got the format {name!r}, expected one of: {', '.join(FORMATS)}")
    return FORMATS[name]


def recognise(file: Path, name: str = "") -> Format:
    """The format that the first record of a file is of, where that is certain. Raises `ForeignError` where it isn't."""
    name = name or Path(file).name
    first = next(iter(records(Path(file))), None)
    if first is None:
        raise ForeignError(f"{name}: got an empty file, expected records in JSON")
    if first.problem:
        raise ForeignError(f"{name}:{first.line}: {first.problem}")
    found = [f for f in FORMATS.values() if isinstance(first.value, f.outer) and f.is_certain(first.value)]
    if len(found) != 1:
        if _is_problem(first.value):
            raise ForeignError(
                f"{name}: the first record is a problem without a solution, which makes no tree; "
                "search such a set with `python -m engine run --problems FILE`"
            )
        which = " and ".join(f.name for f in found) or "none that is known"
        raise ForeignError(f"{name}: the first record is of {which}; name its format: one of {', '.join(FORMATS)}")
    return found[0]


def _is_problem(record: Any) -> bool:
    """Whether a record has a question and its key, and nothing that somebody found."""
    return isinstance(record, dict) and bool({"question", "problem"} & record.keys()) and "answer" in record
