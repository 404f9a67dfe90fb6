"""Word problems as a task: stories in English, answered step by step. See `protocol.Task`."""

import json
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from engine.protocol import ArbutusError, Writing
from engine.tasks.files import problems_in
from engine.tasks.words.checking import answer_in, explain, walk
from engine.tasks.words.problems import PROBLEM_SETS
from engine.tasks.words.story import ANSWER, Story, from_meta
from engine.tree import Problem

SYSTEM = (
    "Solve the word problem step by step: one short sentence a line, with its calculation, such as "
    "“Mia has 28 - 10 = 18 books left.” End with a line such as “Answer: 18 books”."
)


class WordProblems:
    """Stories with one number for an answer. A typed story has no key, and nobody can tell its steps' truth."""

    name = "word-problems"
    writing = Writing(separator="\n", step_tokens=32, steps=16)
    temperature = 0.6
    system = SYSTEM
    models: tuple[str, str] | None = ("words-policy", "words-prm")

    def problem_sets(self) -> Sequence[str]:
        return list(PROBLEM_SETS)

    def problems(self, name: str) -> list[Problem]:
        """A set by name, or a JSONL file of ``{"question": …, "answer": …}`` lines; the answer may be missing."""
        if name in PROBLEM_SETS:
            return PROBLEM_SETS[name]()
        if not name.endswith(".jsonl"):
            raise ArbutusError(f"got problems {name!r}, expected one of {', '.join(PROBLEM_SETS)}, or a .jsonl file")
        return problems_in(Path(name), '{"question": "Mia has …", "answer": 18}', _problem)

    def read(self, question: str) -> Problem:
        text = " ".join(question.split())
        if not text:
            raise ArbutusError("got an empty question, expected a story such as “Mia has 28 books. …”")
        return Problem(f"story-{blake2b(text.encode(), digest_size=4).hexdigest()}", text)

    def prompt(self, problem: Problem) -> str:
        return problem.question + self.writing.separator

    def answer(self, problem: Problem, steps: Sequence[str], known: Sequence[str] = ()) -> str | None:
        """The number after ``Answer:``, whatever it counts."""
        return answer_in(steps[-1]) if steps else None

    def correct(self, problem: Problem, steps: Sequence[str]) -> bool | None:
        """Whether the answer is the key's. The steps may be wrong for all that."""
        return None if problem.answer is None else self.answer(problem, steps) == problem.answer

    def label(self, problem: Problem, steps: Sequence[str]) -> bool | None:
        """Whether the story and the steps before it say what the last step says; the steps before being right."""
        story = _story(problem)
        return None if story is None else walk(story, steps) is not None

    def ends(self, problem: Problem, steps: Sequence[str]) -> bool:
        return steps[-1].startswith(ANSWER)

    def describe_step(self, problem: Problem, steps: Sequence[str]) -> str:
        story = _story(problem)
        return "" if story is None else explain(story, steps)


def _story(problem: Problem) -> Story | None:
    return _read(problem.question, json.dumps(problem.meta)) if problem.meta.get("facts") else None


@lru_cache(maxsize=1024)
def _read(question: str, meta: str) -> Story | None:
    return from_meta(question, json.loads(meta))


def _problem(row: Any, name: str) -> Problem:
    answer = row.get("answer")
    return Problem(name, " ".join(row["question"].split()), None if answer is None else str(int(answer)))
