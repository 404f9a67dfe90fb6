"""What the PRM lab reads: runs and collections that had a PRM, files of labels, and the quality counted from them."""

from math import isnan
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from app import data, places
from engine.measure.pool import CHANCES
from engine.measure.prm.first_error import Solutions, judged, solutions, threshold_for
from engine.measure.prm.labels import SUFFIX, Labels, read_labels
from engine.measure.prm.quality import Quality, quality_of, with_own_rows
from engine.measure.prm.reading import Reading, read
from engine.measure.prm.steps import distinct_steps, shared_steps
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
        return _labels(path, data.stamp(path))
    except ArbutusError as error:
        raise ArbutusError(data.brief(error)) from error


def quality(refs: list[data.RunRef], truth: str, *, shared: bool) -> dict[str, Quality]:
    """The quality of each PRM that these runs used. Raises `ArbutusError` if one of them can't be read."""
    return _quality(_stamped(refs), truth, _truth_stamp(truth), shared)


def steps(refs: list[data.RunRef], truth: str, *, shared: bool) -> pd.DataFrame:
    """The distinct steps of these runs; `shared`: those that every PRM rewarded."""
    return _steps(_stamped(refs), truth, _truth_stamp(truth), shared)


class Verdicts(NamedTuple):
    """What one PRM says of each distinct solution."""

    steps: pd.DataFrame
    """Its distinct steps, numbered from 0."""
    judged: pd.DataFrame
    """Of `first_error.judged`; `end` is a row of `steps`."""


def verdicts(refs: list[data.RunRef], truth: str, prm: str, *, shared: bool) -> Verdicts:
    """Where one PRM has the first wrong step of each solution of these runs."""
    return _verdicts(_stamped(refs), truth, _truth_stamp(truth), shared, prm)


class Threshold(NamedTuple):
    """Below which reward a PRM says that a step is wrong, and what that rests on."""

    value: float
    solutions: int
    """Logged ones that it was chosen on; 0 if there are too few to choose."""
    run: str
    """Their run's title; empty if there is none."""


ENOUGH = 1_000
"""Solutions that a threshold is well chosen on; more of them take longer to read."""
UNCHOSEN = Threshold(0.5, 0, "")
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
    value, count = threshold_for(_of_run(ref.key, data.stamp(ref.path)), question)
    return UNCHOSEN if isnan(value) else Threshold(value, count, ref.title)


def _solutions(ref: data.RunRef) -> float:
    """How many solutions a run of whole solutions holds, about."""
    assert ref.info is not None
    return ref.info.problems * float(ref.info.parameters.get("n", 1))


Stamped = tuple[tuple[str, data.Stamp], ...]


def _stamped(refs: list[data.RunRef]) -> Stamped:
    return tuple({ref.key: data.stamp(ref.path) for ref in refs}.items())


def _truth_stamp(truth: str) -> data.Stamp:
    path = label_files().get(truth)
    return data.stamp(path) if path else ()


# Tables of many steps, which nobody changes here: resources, not copied on a hit.


@st.cache_resource(max_entries=256, show_spinner=False)
def _reading(key: str, stamp: data.Stamp) -> Reading:
    return read(key, data.open_run(key))


@st.cache_resource(max_entries=8, show_spinner=False)
def _of_run(key: str, stamp: data.Stamp) -> Solutions:
    return solutions(distinct_steps([_reading(key, stamp).steps]))


@st.cache_resource(max_entries=8, show_spinner=False)
def _labels(path: Path, stamp: data.Stamp) -> Labels:
    return read_labels(path)


@st.cache_resource(max_entries=16, show_spinner=False)
def _quality(runs: Stamped, truth: str, truth_stamp: data.Stamp, shared: bool) -> dict[str, Quality]:
    return quality_of([_reading(*run) for run in runs], labels(truth), shared=shared)


@st.cache_resource(max_entries=4, show_spinner=False)
def _steps(runs: Stamped, truth: str, truth_stamp: data.Stamp, shared: bool) -> pd.DataFrame:
    steps = distinct_steps([_reading(*run).steps for run in runs], labels(truth))
    return shared_steps(steps) if shared else steps


@st.cache_resource(max_entries=4, show_spinner=False)
def _verdicts(runs: Stamped, truth: str, truth_stamp: data.Stamp, shared: bool, prm: str) -> Verdicts:
    steps = _steps(runs, truth, truth_stamp, shared)
    own = with_own_rows(steps[steps["prm"] == prm])
    return Verdicts(own, judged(solutions(own)))
