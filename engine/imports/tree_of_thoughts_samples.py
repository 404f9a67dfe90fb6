"""Plain samples in the logs of Tree of Thoughts (Yao et al. 2023, arXiv:2305.10601): its baselines, without a search.

A record has a place in the log's task file, the whole outputs (`ys`), and what each was graded (`infos`). The question
isn't in it. Of the game of 24 it is known where the place is that of a published puzzle and an output takes up its
numbers; otherwise the question says that its words are not there.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.imports.draft import Draft, DraftError
from engine.imports.formats import Format
from engine.imports.game_of_24 import (
    TASK,
    answer_of,
    is_answer,
    is_right,
    known_set,
    label,
    puzzle_at,
    samples_id,
    steps_of,
)
from engine.tree import Problem

MARKS = 10
"""The best mark of a text."""


class Info(msgspec.Struct, omit_defaults=True):
    """What an output was graded: 0 or 1; of a crossword the shares of letters and words; of a text marks."""

    r: float | None = None
    r_game: bool | None = None
    r_letter: float | None = None
    r_word: float | None = None
    rs: list[float] | None = None


class Samples(msgspec.Struct):
    ys: list[str]
    infos: list[Info]
    idx: int | None = None


def read(samples: Samples) -> Draft:
    """One problem: a chain for each output, joined where they begin with the same steps."""
    if not samples.ys:
        raise DraftError("got no outputs (ys), expected at least one")
    if len(samples.ys) != len(samples.infos):
        raise DraftError(f"got {len(samples.infos)} results for {len(samples.ys)} outputs, expected one each")
    known = [msgspec.to_builtins(info) for info in samples.infos]
    graded = {name for info in known for name in info}
    puzzle = None if graded & {"r_game", "rs"} else puzzle_at(samples.idx, samples.ys)
    if puzzle is not None:
        draft = Draft(puzzle.question, id=puzzle.id)
    else:
        which = "A problem" if samples.idx is None else f"Problem {samples.idx}"
        draft = Draft(
            f"{which} of the log's task file (its words are not in the log)", id=samples_id(samples.idx, known)
        )
        draft.task = TASK
    draft.n = len(samples.ys)
    seen: dict[tuple[int, str], int] = {}
    for y, info in zip(samples.ys, samples.infos, strict=True):
        if puzzle is not None:
            _chain(draft, y, info, puzzle, seen)
        else:
            _whole(draft, y, info)
    return draft


def _chain(draft: Draft, y: str, info: Info, puzzle: Problem, seen: dict[tuple[int, str], int]) -> None:
    """An output in the game of 24: a line a step, and the answer's line ends it."""
    *steps, last = steps_of(y) or [y]
    node = 0
    for number, step in enumerate(steps, 1):
        if (node, step) not in seen:
            seen[node, step] = draft.add(node, step, label=label(puzzle, steps[:number]))
        node = seen[node, step]
    answer = answer_of(last) if is_answer(last) else None
    right = is_right(last, puzzle, info.r)
    end = draft.add(node, last, ends=True, answer=answer, correct=right, label=label(puzzle, [*steps, last]))
    _mark(draft, end, info)


def _whole(draft: Draft, y: str, info: Info) -> None:
    """An output that nobody parted into steps."""
    mark = info.r if info.rs else None
    if mark is not None and not 0 <= mark <= MARKS:
        raise DraftError(f"got a mark of {mark:g}, expected 0 to {MARKS}")
    reward = None if mark is None else mark / MARKS
    right = info.r_game if info.r_game is not None else None if info.rs or info.r is None else info.r == 1
    _mark(draft, draft.add(0, y.strip(), ends=True, reward=reward, raw=mark, correct=right), info)


def _mark(draft: Draft, node: int, info: Info) -> None:
    said = ", ".join(f"{name} {value}" for name, value in msgspec.to_builtins(info).items())
    draft.mark(node, "kept", f"an output; the log's grades: {said}" if said else "an output, not graded")


def _is_certain(record: Mapping[str, Any]) -> bool:
    return {"ys", "infos", "idx"} <= record.keys() and "steps" not in record


FORMAT = Format(
    name="tree-of-thoughts-samples",
    title="Tree of Thoughts: plain samples",
    source="Yao et al. 2023, arXiv:2305.10601",
    layout=Samples,
    read=read,
    is_certain=_is_certain,
    scores="The mark of a text, from 1 to 10, by the log's own grader; elsewhere there are none",
    rewards="mark / 10",
    truth="answers: as graded in the log; steps of whole numbers in the game of 24: by exact arithmetic",
    task="countdown",
    known_set=known_set,
)
