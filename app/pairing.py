"""Which two runs are worth comparing: those that differ in one thing, and whose outcomes differ by much."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import streamlit as st

from app import data
from engine.figures.curves_info import set_name
from engine.measure.pool import CHANCES
from engine.runs import RunInfo

KINDS = {
    "PRM": "One search, two reward models",
    "n": "One strategy, less compute and more",
    "strategy": "Two strategies of one size",
}
"""What a pair that is offered may differ in; the most telling pair of each kind in each world is."""
LEAST = 16
"""Candidates that both strategies of a pair have at least: a few passes against others tell little."""


UNKNOWN = "not known"
"""What an imported run says its policy is, if nobody said."""


class Offer(NamedTuple):
    """A pair of runs that tells something."""

    kind: str
    a: data.RunRef
    b: data.RunRef
    solved: tuple[int, int]
    of: int

    @property
    def worth(self) -> float:
        """How telling it is: the difference; where compute is compared, how much worse more of it is."""
        lost = (self.solved[0] - self.solved[1]) / self.of
        return lost if self.kind == "n" else abs(lost)


def differences(a: RunInfo, b: RunInfo) -> list[str]:
    """What of their settings is not the same in two runs, in words."""
    one, other = _settings(a), _settings(b)
    return [name for name, value in one.items() if other[name] != value]


def _settings(info: RunInfo) -> dict[str, object]:
    shape = {name: value for name, value in info.parameters.items() if name != "n"}
    shape = {name: value for name, value in shape.items() if (name, value) != ("aggregate", "last")}
    return {
        "strategy": info.strategy,
        "n": info.parameters.get("n", 1),
        "shape": shape,
        "PRM": info.prm and info.prm.get("sha256", info.prm.get("id")),
        "policy": info.policy.get("sha256", info.policy.get("id")),
        "temperature": info.temperature,
        "seed": info.seed,
        "budget": {unit: limit for unit, limit in info.budget.items() if limit is not None},
    }


def told(info: RunInfo, names: Sequence[str]) -> str:
    """The settings of a run that are named, in a few words."""
    said = {
        "strategy": info.strategy,
        "n": f"n = {info.parameters.get('n', 1)}",
        "PRM": str(info.prm["id"]) if info.prm else "no PRM",
        "policy": "a policy that is not known" if info.policy.get("id") in (None, UNKNOWN) else str(info.policy["id"]),
        "temperature": f"temperature {info.temperature:g}",
        "seed": f"seed {info.seed}",
    }
    return ", ".join(said[name] for name in said if name in names) or info.title or info.strategy


def partners(run: str, refs: Sequence[data.RunRef]) -> list[data.RunRef]:
    """The readable runs that share problems with a run, the most alike first."""
    own = next(ref for ref in refs if ref.key == run)
    assert own.info is not None
    ids = data.problem_ids(own)
    found = [
        ref for ref in refs
        if ref.key != run and ref.info is not None and ref.info.task == own.info.task
        and not ids.isdisjoint(data.problem_ids(ref))
    ]  # fmt: skip
    return sorted(found, key=lambda ref: len(differences(own.info, ref.info)) if own.info and ref.info else 9)


def offers(refs: Sequence[data.RunRef]) -> list[Offer]:
    """The pair of each kind in each world whose outcomes differ most; those of the sample runs if there are any."""
    samples = [ref for ref in refs if data.is_sample(ref)]
    usable = [ref for ref in samples or refs if ref.info is not None and ref.info.problems > 1 and not ref.info.source]
    stamps = tuple((ref.key, data.stamp(ref.path)) for ref in usable)
    return _offers(stamps, usable)


@st.cache_resource(max_entries=4, show_spinner=False)
def _offers(stamps: tuple[tuple[str, data.Stamp], ...], _refs: Sequence[data.RunRef]) -> list[Offer]:
    best: dict[tuple[str, str], Offer] = {}
    for offer in _pairs(_refs):
        assert offer.a.info is not None
        place = offer.kind, offer.a.info.task
        if place not in best or offer.worth > best[place].worth:
            best[place] = offer
    order = list(KINDS)
    return sorted(best.values(), key=lambda offer: (order.index(offer.kind), -offer.worth))


def _pairs(refs: Sequence[data.RunRef]) -> Iterator[Offer]:
    """Every pair of one problem set that differs in one thing."""
    outcomes = _outcomes(refs)
    for a, b in combinations(refs, 2):
        assert a.info is not None and b.info is not None
        if (a.info.task, a.info.problem_set) != (b.info.task, b.info.problem_set):
            continue
        kind = _kind(a.info, b.info)
        both = [p for p in outcomes[a.key] if p in outcomes[b.key]]
        if kind is None or not both:
            continue
        solved = {ref.key: sum(outcomes[ref.key][p] for p in both) for ref in (a, b)}
        first, second = sorted((a, b), key=_size if kind == "n" else lambda ref, at=solved: -at[ref.key])
        yield Offer(kind, first, second, (solved[first.key], solved[second.key]), len(both))


def _size(ref: data.RunRef) -> int:
    return int(ref.info.parameters.get("n", 1)) if ref.info else 0


def _kind(a: RunInfo, b: RunInfo) -> str | None:
    found = set(differences(a, b))
    sizes = [int(info.parameters.get("n", 1)) for info in (a, b)]
    if found == {"PRM"} and a.prm and b.prm and a.strategy not in CHANCES:
        return "PRM"
    if found == {"n"} and min(sizes) > 1:
        return "n"
    if "strategy" in found and found <= {"strategy", "shape"} and a.prm and min(sizes) >= LEAST:
        return "strategy"
    return None


def _outcomes(refs: Sequence[data.RunRef]) -> dict[str, dict[str, bool]]:
    """Of each run the problems whose answers can be graded, and which of them it solved."""
    rows = data.frame_of(refs).dropna(subset=["correct"])
    found: dict[str, dict[str, bool]] = {ref.key: {} for ref in refs}
    for run, problem, correct in zip(rows["run"], rows["problem"], rows["correct"].astype(np.bool_), strict=True):
        found[run][problem] = correct
    return found


def sentence(offer: Offer) -> str:
    """What came of a pair that is offered."""
    assert offer.a.info is not None and offer.b.info is not None
    first, second = (told(info, [offer.kind]) for info in (offer.a.info, offer.b.info))
    same = [name for name in ("strategy", "n", "PRM") if name != offer.kind]
    return (
        f"{first} solves {offer.solved[0]} of {offer.of}, {second} solves {offer.solved[1]} "
        f"({told(offer.a.info, same)}, {set_name(offer.a.info.problem_set)})."
    )
