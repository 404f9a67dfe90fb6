"""Prefix lists of OmegaPRM (Luo et al. 2024, arXiv:2406.06592), which OpenR wrote before it wrote trees.

Every state of a search is a text from the question on, and its estimate: the share of rollouts from it that ended
right. Three layouts: a question's list in one record; such a list alone, of which the first state is the question; and,
oldest, records that each have a question, a partial answer and its score. A state stands below the longest text that
came before it and that it begins with.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from engine.imports.answers import answer_in
from engine.imports.draft import Draft, DraftError
from engine.imports.formats import Format


class State(msgspec.Struct):
    solution_prefix: str
    mc_value: float | None = None


class Listed(msgspec.Struct):
    question: str
    reasoning_steps: list[State]
    final_answer: str | None = None


class Part(msgspec.Struct):
    question: str
    partial_answer: str
    mc_score: float | None = None


def read(records: list[Any]) -> Draft:
    """One question's states as a tree."""
    first = records[0]
    if isinstance(first, dict) and "partial_answer" in first:
        parts = msgspec.convert(records, type=list[Part])
        draft = Draft(parts[0].question)
        _tree(draft, [State(part.partial_answer, part.mc_score) for part in parts], "", whole=False)
        return draft
    if isinstance(first, dict) and "reasoning_steps" in first:
        listed = msgspec.convert(first, type=Listed)
    else:
        states = msgspec.convert(records, type=list[State])
        listed = Listed(states[0].solution_prefix, states)
    draft = Draft(listed.question, answer=listed.final_answer)
    states = listed.reasoning_steps
    if states and states[0].solution_prefix.strip() == listed.question.strip():
        if states[0].mc_value is not None:
            draft.meta["mc_value"] = states[0].mc_value
        states = states[1:]
    _tree(draft, states, listed.question.strip(), whole=True)
    return draft


def _tree(draft: Draft, states: Sequence[State], question: str, *, whole: bool) -> None:
    """Add the states. `whole`: the list has right rollouts too, each as a last state of value 1."""
    places = _places(states, question)
    inner = {parent for _, parent, _ in places}
    made: dict[int, int] = {-1: 0}
    for i, parent, words in places:
        value = states[i].mc_value
        solution = whole and i not in inner and value == 1
        made[i] = draft.add(
            made[parent],
            words,
            reward=value,
            raw=value,
            ends=solution,
            answer=(answer_in(words) or draft.answer) if solution else None,
            correct=True if solution else None,
        )


def _places(states: Sequence[State], question: str) -> list[tuple[int, int, str]]:
    """For each state its number, that of the state above it (-1: the question), and what it adds to that one.

    A state that was written twice with one score is one.
    """
    before: dict[str, int] = {question: -1}
    seen: set[tuple[str, float | None]] = set()
    found = []
    for i, state in enumerate(states):
        text = state.solution_prefix.strip()
        if (text, state.mc_value) in seen:
            continue
        seen.add((text, state.mc_value))
        above = max((t for t in before if len(t) < len(text) and text.startswith(t)), key=len, default=None)
        if above is None:
            raise DraftError(f"got a prefix that doesn't begin with the question: {text[:60]!r}")
        found.append((i, before[above], text[len(above) :].strip()))
        before.setdefault(text, i)
    return found


def _joins(first: Any, record: Any) -> bool:
    """Whether a record is of the question that the first began."""
    if not isinstance(first, dict) or not isinstance(record, dict):
        return False
    if {"question", "partial_answer"} <= first.keys():
        return "partial_answer" in record and record.get("question") == first["question"]
    question, prefix = first.get("solution_prefix"), record.get("solution_prefix")
    return isinstance(question, str) and isinstance(prefix, str) and prefix.startswith(question.strip())


def _is_certain(record: Mapping[str, Any]) -> bool:
    steps = record.get("reasoning_steps")
    listed = isinstance(steps, list) and bool(steps) and isinstance(steps[0], dict) and "solution_prefix" in steps[0]
    alone = {"solution_prefix", "mc_value"} <= record.keys()
    return listed or alone or {"question", "partial_answer", "mc_score"} <= record.keys()


FORMAT = Format(
    name="omegaprm-prefixes",
    title="OmegaPRM prefixes",
    source="Luo et al. 2024, arXiv:2406.06592, as OpenR (Wang et al. 2024, arXiv:2410.09671) wrote them first",
    layout=list[Any],
    read=read,
    is_certain=_is_certain,
    scores="A Monte-Carlo estimate: the share of rollouts from here that ended right",
    rewards="the estimate itself",
    truth="answers: a last state of value 1 is a rollout found right; of steps nothing is known but the estimate",
    task="math",
    joins=_joins,
)
