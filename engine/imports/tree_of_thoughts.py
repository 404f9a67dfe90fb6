"""Logs of Tree of Thoughts (Yao et al. 2023, arXiv:2305.10601): breadth-first search, an array of problems.

A level has the candidates (`new_ys`, each the whole solution so far), their `values`, and those that were selected.
In its game of 24 a value is a sum over three answers of the model: 20 for "sure", 1 for "likely", 0.001 for
"impossible". Elsewhere it is a number of votes. A candidate that repeats another is given 0 without being asked about.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.imports.draft import Draft, DraftError
from engine.imports.formats import Format
from engine.imports.game_of_24 import TASK, answer_of, is_answer, is_right, known_set, label, puzzle_of
from engine.tree import Problem

SURE, ANSWERS = 20, 3
VOTES = "Its value in the log: of a text, how many of the model's votes found it the best of its level"
BREADTH = 200
"""Candidates selected at a level at most: each new one is compared with all of them."""


class Level(msgspec.Struct):
    x: str
    ys: list[str]
    new_ys: list[str]
    values: list[float]
    select_new_ys: list[str]


class Info(msgspec.Struct):
    """What a solution was graded: 0 or 1 in the game of 24, a mark of GPT-4's from 1 to 10 where there are `rs`."""

    r: float | None = None
    rs: list[float] | None = None


class Entry(msgspec.Struct):
    steps: list[Level]
    ys: list[str]
    infos: list[Info]
    idx: int | None = None


def read(entry: Entry) -> Draft:
    """One problem's search."""
    if not entry.steps:
        raise DraftError("got no steps, expected the levels of a search")
    question = entry.steps[0].x
    puzzle = puzzle_of(question)
    draft = Draft(puzzle.question, id=puzzle.id) if puzzle else Draft(question.strip(), id=f"task-{entry.idx}")
    if puzzle is None:
        draft.task = TASK
        draft.meta["scores"] = VOTES
    draft.n = max(len(level.select_new_ys) for level in entry.steps)
    ends = {"": 0}
    for number, level in enumerate(entry.steps, 1):
        last = number == len(entry.steps)
        ends = _level(draft, level, number, ends, puzzle, entry if last else None)
    if entry.ys and entry.ys[0] in ends:
        draft.choose(ends[entry.ys[0]], _why(entry))
    return draft


def _why(entry: Entry) -> str:
    """Why the first of the last level's candidates is the answer, and what it was marked."""
    last = entry.steps[-1]
    best = dict(zip(last.new_ys, last.values, strict=True)).get(entry.ys[0]) == max(last.values)
    marks = ", ".join(f"{mark:g}" for mark in entry.infos[0].rs or [])
    graded = f"; the log's grader gave it {marks} of 10" if marks else ""
    return f"{'the highest value' if best else 'the first selected'} of the last level{graded}"


def _level(
    draft: Draft, level: Level, number: int, ends: Mapping[str, int], puzzle: Problem | None, last: Entry | None
) -> dict[str, int]:
    """Add the candidates of a level. Returns the nodes of those selected, by their whole text."""
    if len(level.new_ys) != len(level.values):
        raise DraftError(
            f"got {len(level.values)} values for {len(level.new_ys)} candidates at level {number}, expected one each"
        )
    if len(level.select_new_ys) > BREADTH:
        raise DraftError(f"got {len(level.select_new_ys)} selected candidates, expected {BREADTH} at most")
    graded = _grades(last) if last else {}
    votes = sum(level.values)
    made: dict[str, int] = {}
    kept = list(level.select_new_ys)
    for y, value in zip(level.new_ys, level.values, strict=True):
        above = max((before for before in ends if y.startswith(before)), key=len, default=None)
        if above is None:
            raise DraftError(f"got a candidate at level {number} that begins like none of the level before")
        words = y[len(above) :].strip("\n")
        repeat = puzzle is not None and y in made
        answered = last is not None and (puzzle is None or is_answer(words))
        node = draft.add(
            ends[above],
            words,
            reward=None if repeat else _reward(value, votes, puzzle),
            raw=None if repeat else value,
            ends=answered,
            answer=answer_of(words) if answered and puzzle else None,
            correct=_correct(words, puzzle, graded.get(y)) if last is not None else None,
            label=label(puzzle, [line for line in y.split("\n") if line.strip()]),
            round=number,
        )
        _mark(draft, node, y, value, kept, level, repeat=repeat)
        made.setdefault(y, node)
    if missing := [y for y in level.select_new_ys if y not in made]:
        raise DraftError(f"got a selected candidate at level {number} that was not proposed: {missing[0][:60]!r}")
    return {y: made[y] for y in level.select_new_ys}


def _mark(draft: Draft, node: int, y: str, value: float, kept: list[str], level: Level, *, repeat: bool) -> None:
    of = f"the {len(level.select_new_ys)} selected of {len(level.new_ys)}"
    said = "the same as a candidate before it, not valued" if repeat else f"value {value:g}"
    if y in kept:
        kept.remove(y)
        draft.mark(node, "kept", f"{said}, among {of}")
    else:
        draft.mark(node, "dropped", f"{said}, not among {of}")


def _reward(value: float, votes: float, puzzle: Problem | None) -> float | None:
    most = SURE * ANSWERS if puzzle else votes
    if puzzle and value > most:
        raise DraftError(f"got a value of {value:g}, expected {most} at most: of {ANSWERS} answers {SURE} each")
    return value / most if most else None


def _grades(entry: Entry) -> dict[str, float | None]:
    if len(entry.ys) != len(entry.infos):
        raise DraftError(f"got {len(entry.infos)} results for {len(entry.ys)} solutions, expected one each")
    return {y: info.r for y, info in zip(entry.ys, entry.infos, strict=True)}


def _correct(words: str, puzzle: Problem | None, graded: float | None) -> bool | None:
    return None if puzzle is None else is_right(words, puzzle, graded)


def _is_certain(record: Mapping[str, Any]) -> bool:
    return {"steps", "ys", "infos"} <= record.keys()


FORMAT = Format(
    name="tree-of-thoughts",
    title="Tree of Thoughts",
    source="Yao et al. 2023, arXiv:2305.10601",
    layout=Entry,
    read=read,
    is_certain=_is_certain,
    scores="The model's own value: 20 for each “sure”, 1 for “likely”, 0.001 for “impossible”, of three answers",
    rewards="value / 60 in the game of 24, the share of the votes elsewhere; a repeated candidate has none",
    truth="answers: as graded in the log, those it didn't select by exact arithmetic; "
    "steps of whole numbers: by exact arithmetic",
    task="countdown",
    prm="its own values",
    known_set=known_set,
)
