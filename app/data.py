"""Cached, lazy loading of logged runs: what all pages share. Loads no model, imports no torch.

A run is named by a key, short and stable enough for a URL: its folder below a root, such as
``tot-100-sweep/beam-n16-s0``. A key is only ever looked up among the runs found, never joined to a
path, so no key can lead out of the roots. Runs that can't be read are listed with their error.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG

import pandas as pd

from app import places
from app.places import key_of, roots
from app.settling import kept
from app.shelf import Shelf
from engine import measure
from engine.measure import anytime
from engine.measure.collection import largest_pools
from engine.measure.pool import CHANCES, POOLED, pooled_frame
from engine.protocol import ArbutusError
from engine.runs import Run, RunError, RunInfo
from engine.search import find_strategy
from engine.tree import Tree

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change (ns) and size (bytes) of each file of a run: what tells an old reading from a new one."""


Runs = tuple[tuple[str, Path, Stamp], ...]
"""Runs as they were at a time: key, place and stamp of each."""


class UnknownRunError(ArbutusError):
    """A key that names no run."""


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run as it is listed: where it is, what it is called, and why it can't be read, if it can't."""

    key: str
    path: Path
    title: str
    group: str
    """The collection it belongs to: the key of its folder, empty for a run directly below a root."""
    info: RunInfo | None
    error: str | None = None


def uploads() -> Path:
    """Where uploaded runs are put: below the last root, so that they are found like any other run."""
    return roots()[-1] / "uploads"


def list_runs() -> list[RunRef]:
    """All runs below the roots, in the order of roots and keys. The keys of the first root have no prefix."""
    refs = [_ref(key, path) for key, path in places.runs().items()]
    named = Counter(ref.title for ref in refs)
    return [replace(ref, title=f"{ref.title} ({ref.key})") if named[ref.title] > 1 else ref for ref in refs]


def is_sample(ref: RunRef) -> bool:
    """Whether the run came with the explorer: it is below the first root."""
    return ref.path.is_relative_to(roots()[0])


def find(key: str) -> RunRef:
    """The run with this key. Raises `UnknownRunError` if there is none."""
    return _ref(key, _path(key))


def open_run(key: str) -> Run:
    """The run with this key, opened. Raises `UnknownRunError`, or `RunError` if its log can't be read."""
    path = _path(key)
    with _brief_errors():
        return _open(path, stamp(path))


def load_tree(key: str, problem_id: str) -> Tree:
    """One tree of a run. Raises `UnknownRunError` or `RunError`."""
    path = _path(key)
    with _brief_errors():
        return _tree(path, stamp(path), problem_id)


def problem_ids(ref: RunRef) -> frozenset[str]:
    """The problems of a run whose trees have ended. Raises `RunError`."""
    with _brief_errors():
        return frozenset(summary.id for summary in _open(ref.path, stamp(ref.path)).summaries)


def frame_of(refs: Sequence[RunRef]) -> pd.DataFrame:
    """The trees of several runs as one table, in far less time than a table each. Raises `RunError`."""
    with _brief_errors():
        return measure.frame({ref.key: _open(ref.path, stamp(ref.path)) for ref in refs})


def frame(key: str) -> pd.DataFrame:
    """The trees of a run as a table, see `engine.measure.frame`. Raises `UnknownRunError` or `RunError`."""
    path = _path(key)
    with _brief_errors():
        return _frame(key, path, stamp(path))


def problems(key: str, name: str, picks: Callable[[pd.DataFrame], "pd.Series[bool]"]) -> pd.DataFrame:
    """Id and question of the trees of a run that `picks` picks; `name` says what it does. Raises as `frame`.

    Kept: of very many trees a page would fill and leave megabytes at every click.
    """
    at = stamp(_path(key))  # before the trees: they may be newer than their stamp, never older
    rows = frame(key)
    return TABLES.take(
        ("problems", key, name), at, lambda: rows.loc[picks(rows), ["problem", "question"]].reset_index(drop=True)
    )


def collections() -> dict[str, list[RunRef]]:
    """Folders that hold several readable runs over a problem set, by the key of the folder; the largest first.

    A folder with several runs of each of two tasks is two collections, named after the tasks too: what two worlds
    give is never drawn in one plot.
    """
    groups: dict[str, dict[str, list[RunRef]]] = {}
    uploaded = key_of(uploads())
    for ref in list_runs():
        if ref.group and ref.info is not None and ref.info.problems > 1 and ref.group != uploaded:
            groups.setdefault(ref.group, {}).setdefault(ref.info.task, []).append(ref)
    named: dict[str, list[RunRef]] = {}
    for group, of_task in groups.items():
        several = {task: refs for task, refs in of_task.items() if len(refs) > 1}
        named |= {group if len(several) == 1 else f"{group} ({task})": refs for task, refs in several.items()}
    return dict(sorted(named.items(), key=lambda item: -len(item[1])))


def collection_frame(name: str) -> pd.DataFrame:
    """The trees of all runs of a collection as one table; its `run` column holds keys. Unreadable runs are left out."""
    return _joined(name, collection_version(name))


def collection_version(name: str) -> Runs:
    """The runs of a collection as they are now: key, place and stamp of each. Raises `UnknownRunError`."""
    refs = collections().get(name)
    if refs is None:
        raise UnknownRunError(
            f"got the collection {name[:80]!r}, but there is no folder of several runs with that name"
        )
    return tuple((ref.key, ref.path, stamp(ref.path)) for ref in refs)


def pooled_collection_frame(name: str) -> pd.DataFrame:
    """Like `collection_frame`, but its sampling strategies are estimates from their largest runs, at every n.

    See `engine.measure.pool`. Raises `UnknownRunError`.
    """
    version = collection_version(name)

    def estimated() -> pd.DataFrame:
        rows = _joined(name, version)
        pools = [pool(key) for key in largest_pools(rows)]
        others = rows[~rows["strategy"].isin(list(CHANCES))].astype(dict(POOLED))
        return pd.concat([others, *pools], ignore_index=True)

    return TABLES.take(("estimated", name), version, estimated).copy(deep=False)


def pools_of(name: str) -> list[str]:
    """The keys of the runs that the sampling strategies of a collection are estimated from."""
    return largest_pools(collection_frame(name))


def pool(key: str) -> pd.DataFrame:
    """What the pool of a run says, see `engine.measure.pool`; nothing where it can't be read."""
    path = _path(key)
    at = stamp(path)

    def read() -> pd.DataFrame:
        with suppress(RunError):
            return pooled_frame(key, _open(path, at))
        return measure.frame([]).astype(dict(POOLED))

    return TABLES.take(("pooled", key, path), at, read).copy(deep=False)


def timelines(key: str) -> pd.DataFrame:
    """What the searches of a run would have answered at any moment, see `engine.measure.anytime`.

    Raises `UnknownRunError`, `RunError`, or `StrategyError` if the strategy isn't known here.
    """
    path = _path(key)
    with _brief_errors():
        return _timelines(key, path, stamp(path))


def brief(error: ArbutusError) -> str:
    """What went wrong, files named by their place below a root: a page doesn't show where things are on the machine."""
    said = str(error)
    for root in roots():
        said = said.replace(f"{root}{os.sep}", "")
    return said


@contextmanager
def _brief_errors() -> Iterator[None]:
    try:
        yield
    except RunError as error:
        raise RunError(brief(error)) from error


def stamp(path: Path) -> Stamp:
    """Name, time of change and size of the run's files; empty if it is gone."""
    try:
        at = path.stat()
        if S_ISREG(at.st_mode):
            return ((path.name, at.st_mtime_ns, at.st_size),)
        with os.scandir(path) as entries:
            files = sorted((entry.name, entry.stat()) for entry in entries if entry.is_file())
        return tuple((name, s.st_mtime_ns, s.st_size) for name, s in files)
    except OSError:
        return ()


def samples_stamp() -> int:
    """A number that changes when a sample run does."""
    return hash(tuple((path, stamp(path)) for path in places.runs_below(roots()[0])))


def _path(key: str) -> Path:
    if path := places.runs().get(key):
        return path
    raise UnknownRunError(f"got the run {key[:80]!r}, but there is no such run; the Start page lists those there are")


def _ref(key: str, path: Path) -> RunRef:
    group = key.rpartition("/")[0]
    try:
        with _brief_errors():
            info = _open(path, stamp(path)).info
    except RunError as error:
        return RunRef(key, path, key, group, None, str(error))
    return RunRef(key, path, info.title or key, group, info)


# None of these is ever changed here, so one is shared by all. Streamlit's own caches would take a copy of a table at
# every hit, and longer to look at the name of a run than it takes to open one.


RUNS: Shelf[Run] = Shelf(300_000, lambda run: 100 + run.finished)
TREES: Shelf[Tree] = Shelf(200_000, lambda tree: 100 + len(tree))
TABLES: Shelf[pd.DataFrame] = Shelf(400_000, lambda rows: 100 + len(rows))
"""By trees, nodes and rows: tens of megabytes each, whatever one looks at."""


def _open(path: Path, stamp: Stamp) -> Run:
    return RUNS.take(path, stamp, lambda: Run.open(path))


def _tree(path: Path, stamp: Stamp, problem_id: str) -> Tree:
    def read() -> Tree:
        return _open(path, stamp).tree(problem_id)

    return TREES.take((path, problem_id), stamp, lambda: kept(read))


def _frame(key: str, path: Path, stamp: Stamp) -> pd.DataFrame:
    rows = TABLES.take(("frame", key, path), stamp, lambda: measure.frame({key: _open(path, stamp)}))
    return rows.copy(deep=False)


def _timelines(key: str, path: Path, stamp: Stamp) -> pd.DataFrame:
    def read() -> pd.DataFrame:
        run = _open(path, stamp)
        return anytime.timelines(key, run, find_strategy(run.info.strategy).rule(run.info.parameters))

    return TABLES.take(("timelines", key, path), stamp, read).copy(deep=False)


def _joined(name: str, runs: Runs) -> pd.DataFrame:
    """The trees of several runs in one table; of those that can't be read, nothing."""

    def read() -> pd.DataFrame:
        found = {}
        for key, path, at in runs:
            with suppress(RunError):
                found[key] = _open(path, at)
        return measure.frame(found)

    return TABLES.take(("joined", name), runs, read).copy(deep=False)
