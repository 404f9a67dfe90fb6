"""Arbutus' own plain JSON: one tree a record, its steps in a flat list. The format is in docs/formats.md."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from engine.imports.draft import Draft, DraftError, in_order, shown
from engine.imports.formats import Format

Id = int | str
Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class Step(msgspec.Struct, forbid_unknown_fields=True):
    id: Id
    text: str
    parent: Id | None = None
    """The step before; none for a first step."""
    reward: float | None = None
    score: float | None = None
    logprob: float | None = None
    tokens: Count = 0
    end: bool = False
    answer: str | None = None
    correct: bool | None = None
    label: bool | None = None
    kept: bool | None = None
    why: str = ""
    round: Count | None = None


class PlainTree(msgspec.Struct, forbid_unknown_fields=True):
    arbutus: int
    """The version of the format: 1."""
    question: str
    steps: list[Step]
    id: Id = ""
    answer: str | None = None
    chosen: Id | None = None
    why: str = ""
    meta: dict[str, Any] = {}


def read(tree: PlainTree) -> Draft:
    """One tree."""
    if tree.arbutus != 1:
        raise DraftError(f"got version {tree.arbutus}, expected 1")
    steps = {step.id: step for step in tree.steps}
    if len(steps) < len(tree.steps):
        raise DraftError("got two steps with the same id, expected an id of its own for each")
    draft = Draft(tree.question, id=str(tree.id), answer=tree.answer, **{f"{k}": v for k, v in tree.meta.items()})
    place: dict[Id, int] = {}
    for id in in_order({step.id: step.parent for step in tree.steps}):
        place[id] = _add(draft, steps[id], place)
    if tree.chosen is not None:
        if tree.chosen not in place:
            raise DraftError(f"got {shown(tree.chosen)} as the chosen step, but there is no such step")
        draft.choose(place[tree.chosen], tree.why or "the file's choice")
    elif tree.why:
        draft.why = tree.why
    return draft


def _add(draft: Draft, step: Step, place: Mapping[Id, int]) -> int:
    if not step.end and (step.answer is not None or step.correct is not None):
        raise DraftError(f"got an answer or a verdict at step {shown(step.id)}, expected “end”: true there too")
    node = draft.add(
        0 if step.parent is None else place[step.parent],
        step.text,
        reward=step.reward,
        raw=step.score,
        ends=step.end,
        answer=step.answer,
        correct=step.correct,
        label=step.label,
        logprob=step.logprob,
        tokens=step.tokens,
        round=step.round,
    )
    if step.kept is not None:
        draft.mark(node, "kept" if step.kept else "dropped", step.why)
    return node


def _is_certain(record: Mapping[str, Any]) -> bool:
    return "arbutus" in record and "steps" in record


FORMAT = Format(
    name="plain",
    title="plain JSON",
    source="docs/formats.md",
    layout=PlainTree,
    read=read,
    is_certain=_is_certain,
    scores="The score in the file",
    rewards="as in the file",
    truth="as in the file",
    task="imported",
)
