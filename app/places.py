"""Where runs are: the roots they are looked for below, and what was found there, by key.

A root is walked again only when a folder in it has changed since: many pages ask many times where a run is.
"""

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.runs import find_runs

REPOSITORY = Path(__file__).resolve().parent.parent
PACKED = ".arbutus"
YOUNG = 1_000_000_000
"""Nanoseconds in which a folder may change again without its time of change telling."""


def roots() -> list[Path]:
    """Where runs are looked for, in order; ARBUTUS_RUNS (separated like PATH) replaces the usual ones."""
    if named := os.environ.get("ARBUTUS_RUNS"):
        return [Path(part) for part in named.split(os.pathsep) if part]
    return [REPOSITORY / "sample_runs", REPOSITORY / "runs"]


def slug(name: str) -> str:
    """A name that is safe in a path and in a URL."""
    return re.sub(r"[^a-zA-Z0-9._-]+", "-", name).strip("-.")[:80] or "run"


def key_of(path: Path) -> str:
    """The key of a run or a folder: its place below its root, after the root's name if it isn't the first."""
    at, root = next((at, root) for at, root in reversed([*enumerate(roots())]) if path.is_relative_to(root))
    place = path.relative_to(root).as_posix().removesuffix(PACKED)
    if place == ".":
        return slug(root.name)
    return f"{slug(root.name)}/{place}" if at else place


@dataclass(frozen=True, slots=True)
class _Walked:
    """What was found below the roots, and when."""

    roots: tuple[Path, ...]
    folders: dict[str, int]
    """When each changed last, in ns; -1 for a root that isn't there."""
    at: int
    runs: dict[str, Path]

    def is_true(self, now: tuple[Path, ...]) -> bool:
        """Whether the same would be found again, as far as the folders tell."""
        if self.roots != now:
            return False
        return all(_changed(folder) == was < self.at - YOUNG for folder, was in self.folders.items())


_last: list[_Walked] = []
"""At most one."""


def runs() -> Mapping[str, Path]:
    """Where each run is, by key, in the order of roots and keys. Of two with one key the first counts.

    A run and its packed copy have one key. Nothing is found that lies outside of its root behind a link.
    """
    now = tuple(roots())
    for walked in _last:
        if walked.is_true(now):
            return walked.runs
    walked = _walk(now)
    _last[:] = [walked]
    return walked.runs


def _walk(now: tuple[Path, ...]) -> _Walked:
    at = time.time_ns()
    folders = {folder: _changed(folder) for root in now for folder in (str(root), *(f for f, _, _ in os.walk(root)))}
    found: dict[str, Path] = {}
    for root in now:
        for path in runs_below(root):
            found.setdefault(key_of(path), path)
    return _Walked(now, folders, at, found)


def runs_below(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    inside = root.resolve()
    return [path for path in sorted(find_runs(root)) if path.resolve().is_relative_to(inside)]


def _changed(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return -1
