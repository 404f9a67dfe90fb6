"""What the PRM lab reads: runs and collections that had a PRM, files of labels, and the quality counted from them."""

from math import isnan
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from app import data, places
from app.shelf import Shelf
from engine.measure.pool import CHANCES
from engine.measure.prm.first_error import Solutions, judged, solutions
from engine.measure.prm.labels import SUFFIX, Labels, read_labels
from engine.measure.prm.quality import Quality, quality_of, with_own_rows
from engine.measure.prm.reading import Reading, read
from engine.measure.prm.steps import distinct_steps, shared_steps
from engine.measure.prm.surprises import high_and_wrong, low_and_right
from engine.measure.prm.threshold import threshold_for
from engine.protocol import ArbutusError

EXACT = "exact labels"
"""The truth that comes from the task, as the page and the URL name it."""


def sources() -> dict[str, list[data.RunRef]]:
    """What can be looked at: the runs with a PRM behind each collection, those with most PRMs first, and each alone."""
    groups = {name: list(filter(_prm, refs)) for name, refs in data.collections().items()}
    names = sorted((name for name, refs in groups.items() if refs), key=lambda name: -len(prms(groups[name])))
    single = {ref.key: [ref] for ref in data.list_runs() if _prm(ref)}
    return {name: groups[name] for name in names} | {key: refs for key, refs in single.items() if key not in names}


def prms(refs: list[data.RunRef]) -> set[str]:
    """The PRMs that these runs used."""
    return {prm for ref in refs if (prm := _prm(ref))}


def _prm(ref: data.RunRef) -> str | None:
    return str(ref.info.prm.get("id")) if ref.info is not None and ref.info.prm else None


def label_files() -> dict[str, Path]:
    """The files of labels below the roots, by their key."""
    found: dict[str, Path] = {}
    for root in places.roots():
        for path in sorted(root.rglob(f"*{SUFFIX}")) if root.is_dir() else []:
            found.setdefault(places.key_of(path), path)
    return found


def labels(key: str) -> Labels | None:
    """The labels in a file, None for the exact ones. Raises `ArbutusError`."""
    if key == EXACT:
        return None
    path = label_files().get(key)
    if path is None:
        raise ArbutusError(f"got the labels {key[:80]!r}, but there is no such file")
    try:
        return LABELS.take(path, data.stamp(path), lambda: read_labels(path))
    except ArbutusError as error:
        raise ArbutusError(data.brief(error)) from error


class Chosen(NamedTuple):
    """What is looked at, as it is now: the mark of all that is counted or drawn from it."""

    runs: tuple[tuple[str, data.Stamp], ...]
    """Key and stamp of each run."""
    truth: str
    truth_stamp: data.Stamp
    shared: bool
    """Only the steps that every PRM rewarded."""


def chosen(refs: list[data.RunRef], truth: str, *, shared: bool) -> Chosen:
    path = label_files().get(truth)
    runs = {ref.key: data.stamp(ref.path) for ref in refs}
    return Chosen(tuple(runs.items()), truth, data.stamp(path) if path else (), shared)


def quality(of: Chosen) -> dict[str, Quality]:
    """The quality of each PRM that these runs used. Raises `ArbutusError` if one of them can't be read."""
    return QUALITIES.take(
        of, None, lambda: quality_of([_reading(*run) for run in of.runs], labels(of.truth), shared=of.shared)
    )


def steps(of: Chosen) -> pd.DataFrame:
    """The distinct steps of these runs."""

    def distinct() -> pd.DataFrame:
        found = distinct_steps([_reading(*run).steps for run in of.runs], labels(of.truth))
        return shared_steps(found) if of.shared else found

    return STEPS.take(of, None, distinct)


class Judged(NamedTuple):
    """What one PRM says of each distinct solution, and the steps that it is most wrong about."""

    steps: pd.DataFrame
    """Its distinct steps, numbered from 0."""
    judged: pd.DataFrame
    """Of `first_error.judged`; `end` is a row of `steps`."""
    high_and_wrong: pd.DataFrame
    low_and_right: pd.DataFrame


def judged_by(of: Chosen, prm: str) -> Judged:
    """What one PRM says of the solutions of these runs."""
    return JUDGED.take((of, prm), None, lambda: judge((found := steps(of))[found["prm"] == prm]))


def judge(steps: pd.DataFrame) -> Judged:
    """What one PRM says of its distinct steps."""
    own = with_own_rows(steps)
    return Judged(own, judged(solutions(own)), high_and_wrong(own), low_and_right(own))


class Threshold(NamedTuple):
    """Below which reward a PRM says that a step is wrong, and what that rests on."""

    value: float
    low: float
    """Of the thresholds that do as well, as far as the solutions tell."""
    high: float
    solutions: int
    """Logged ones that it was chosen on; 0 if there are too few to choose."""
    run: str
    """Their run's title; empty if there is none."""


ENOUGH = 1_000
"""Solutions that a threshold is well chosen on; more of them take longer to read."""
UNCHOSEN = Threshold(0.5, 0.5, 0.5, 0, "")
"""Below it a step is likelier wrong than right, if rewards are what they claim to be."""


def threshold(prm: str, task: str, question: str) -> Threshold:
    """The threshold for a solution to `question`, chosen on a run of whole solutions that the PRM rewarded.

    The smallest one with enough, else the largest. Solutions to the same question aren't counted.
    """
    pools = [
        ref for ref in data.list_runs()
        if ref.info is not None and ref.info.task == task and _prm(ref) == prm and ref.info.strategy in CHANCES
    ]  # fmt: skip
    if not pools:
        return UNCHOSEN
    enough = [ref for ref in pools if _solutions(ref) >= ENOUGH]
    ref = min(enough, key=_solutions) if enough else max(pools, key=_solutions)
    chosen = threshold_for(_of_run(ref.key, data.stamp(ref.path)), question)
    return UNCHOSEN if isnan(chosen.value) else Threshold(*chosen, ref.title)


def _solutions(ref: data.RunRef) -> float:
    """How many solutions a run of whole solutions holds, about."""
    assert ref.info is not None
    return ref.info.problems * float(ref.info.parameters.get("n", 1))


# Tables of many steps, which nobody changes here.

READINGS: Shelf[Reading] = Shelf(400_000, lambda reading: 100 + len(reading.steps))
"""By steps."""
QUALITIES: Shelf[dict[str, Quality]] = Shelf(16, lambda _: 1)
STEPS: Shelf[pd.DataFrame] = Shelf(4, lambda _: 1)
JUDGED: Shelf[Judged] = Shelf(4, lambda _: 1)
SOLUTIONS: Shelf[Solutions] = Shelf(8, lambda _: 1)
LABELS: Shelf[Labels] = Shelf(8, lambda _: 1)


def reading(ref: data.RunRef) -> Reading:
    """What of a run its PRM is measured by. Raises `RunError` if it can't be read."""
    return _reading(ref.key, data.stamp(ref.path))


def _reading(key: str, stamp: data.Stamp) -> Reading:
    return READINGS.take(key, stamp, lambda: read(key, data.open_run(key)))


def _of_run(key: str, stamp: data.Stamp) -> Solutions:
    return SOLUTIONS.take(key, stamp, lambda: solutions(distinct_steps([_reading(key, stamp).steps])))
