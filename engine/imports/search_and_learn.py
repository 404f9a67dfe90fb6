"""Outputs of search-and-learn (Beeching et al. 2024): a problem a line, with its completions and their steps' scores.

Steps are parted by a blank line, and a PRM's scores come one a step. What was sampled, kept and dropped on the way is
not in the file: only the finished solutions are. A completion that ends with the separator has an empty last step,
whose score is left out; where the numbers of steps and scores differ otherwise, no score tells which step it is of,
and the steps are left without.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.imports.answers import answer_in
from engine.imports.draft import Draft, DraftError
from engine.imports.formats import Format
from engine.tasks.maths.grading import equal

SEPARATOR = "\n\n"


class Row(msgspec.Struct):
    problem: str
    completions: list[str]
    scores: list[list[float | None]] | None = None
    pred: str | None = None
    answer: str | None = None
    completion_tokens: list[int] | int | None = None
    unique_id: str | None = None
    level: int | str | None = None
    subject: str | None = None


def read(row: Row) -> Draft:
    """One problem: a chain for each completion, joined where they begin with the same steps and scores."""
    if not row.completions:
        raise DraftError("got no completions, expected at least one")
    scores = row.scores if row.scores is not None else [[] for _ in row.completions]
    if len(scores) != len(row.completions):
        raise DraftError(f"got {len(scores)} lists of scores for {len(row.completions)} completions, expected one each")
    draft = Draft(row.problem, id=row.unique_id or "", answer=row.answer, **_meta(row))
    draft.n = len(row.completions)
    seen: dict[tuple[Any, ...], int] = {}
    for i, (completion, of) in enumerate(zip(row.completions, scores, strict=True)):
        node = _chain(draft, completion, of, _tokens(row, i), seen)
        if draft.chosen is None and completion == row.pred:
            draft.choose(node, "the file's choice (pred)")
    return draft


def _meta(row: Row) -> dict[str, Any]:
    level = str(row.level).removeprefix("Level ").strip()
    known = {"level": int(level) if level.isdecimal() and len(level) < 4 else None, "subject": row.subject}
    return {name: value for name, value in known.items() if value is not None}


def _tokens(row: Row, i: int) -> int:
    counts = row.completion_tokens
    return max(0, counts[i]) if isinstance(counts, list) and i < len(counts) else 0


def _chain(
    draft: Draft,
    completion: str,
    scores: list[float | None],
    tokens: int,
    seen: dict[tuple[Any, ...], int],
) -> int:
    steps = completion.split(SEPARATOR)
    if len(steps) > 1 and not steps[-1].strip():
        steps = steps[:-1]
        scores = scores[: len(steps)] if len(scores) == len(steps) + 1 else scores
    told = scores if len(scores) == len(steps) else [None] * len(steps)
    error = f"got {len(scores)} scores for {len(steps)} steps" if scores and told is not scores else None
    node = 0
    for step, score in zip(steps[:-1], told, strict=False):
        key = (node, step, score)
        if key not in seen:
            seen[key] = draft.add(node, step, reward=score)
        node = seen[key]
    answer, correct = _graded(completion, draft.answer)
    return draft.add(
        node, steps[-1], reward=told[-1], ends=True, answer=answer, correct=correct, tokens=tokens, error=error
    )


def _graded(completion: str, key: str | None) -> tuple[str | None, bool | None]:
    """What a completion answers, and whether that is right. Right answers read as the key does, so that they vote as
    one; wrong ones are told apart as they are written, for comparing each with each would take hours.
    """
    answer = answer_in(completion)
    if key is None:
        return answer, None
    right = answer is not None and equal(key, answer)
    return key if right else answer, right


def _is_certain(record: Mapping[str, Any]) -> bool:
    return {"problem", "completions", "scores"} <= record.keys() and isinstance(record["completions"], list)


FORMAT = Format(
    name="search-and-learn",
    title="search-and-learn output",
    source="Beeching, Tunstall and Rush 2024, Scaling test-time compute with open models",
    layout=Row,
    read=read,
    is_certain=_is_certain,
    scores="The PRM's score of the step",
    rewards="the score itself",
    truth="answers: compared here with the file's key; of steps nothing is known",
    task="math",
    prm="its PRM",
)
