"""Questions with one answer as a task. See `protocol.Task`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from engine.protocol import ArbutusError, Writing
from engine.tasks.maths import datasets
from engine.tasks.maths.answers import answer_of, ends
from engine.tasks.maths.grading import equal
from engine.tasks.maths.records import problem_of
from engine.tree import Problem

SYSTEM = (
    "Solve the problem step by step. Keep each step short, and leave a blank line between two steps. "
    "Put the final answer within \\boxed{} in the last step."
)


@dataclass(eq=False)
class Maths:
    """Problems whose solutions end with an answer, which is compared with a key. `sets`: where each set comes from."""

    name: str
    sets: Mapping[str, str]
    last_number: bool = False
    """Whether the last number is the answer of a solution that doesn't say what its answer is."""
    writing: Writing = Writing(separator="\n\n", step_tokens=512, steps=40, solution_tokens=2048)
    temperature: float = 0.8
    system: str = SYSTEM
    models: tuple[str, str] | None = field(default=None, init=False)

    def problem_sets(self) -> Sequence[str]:
        return list(self.sets)

    def problems(self, name: str) -> list[Problem]:
        """A set by name, a file, or a data set on the hub (see `datasets.rows`), each problem with its key."""
        source = self.sets.get(name, name)
        found = [problem_of(row, at, f"{self.name}-{i}") for i, (at, row) in enumerate(datasets.rows(source))]
        if not found:
            raise ArbutusError(f"{name}: got no problems, expected one a row")
        ids = [problem.id for problem in found]
        if len(set(ids)) < len(ids):
            found = [Problem(f"{i}-{p.id}", p.question, p.answer, p.meta) for i, p in enumerate(found)]
        return found

    def read(self, question: str) -> Problem:
        """A question without a key: its solutions can't be graded."""
        if not question.strip():
            raise ArbutusError("got an empty question, expected one in words")
        return Problem(f"q-{blake2b(question.strip().encode(), digest_size=4).hexdigest()}", question.strip())

    def prompt(self, problem: Problem) -> str:
        return problem.question

    def answer(self, problem: Problem, steps: Sequence[str], known: Sequence[str] = ()) -> str | None:
        """The answer as it is written, or as an equal one in `known` is: so votes count answers, not spellings."""
        found = answer_of(self.writing.separator.join(steps), last_number=self.last_number)
        if found is None or found in known:
            return found
        return next((other for other in known if equal(other, found)), found)

    def correct(self, problem: Problem, steps: Sequence[str]) -> bool | None:
        if problem.answer is None:
            return None
        found = self.answer(problem, steps)
        return found is not None and equal(problem.answer, found)

    def label(self, problem: Problem, steps: Sequence[str]) -> bool | None:
        """Nobody can tell of a single step."""
        return None

    def ends(self, problem: Problem, steps: Sequence[str]) -> bool:
        return ends(steps, self.writing.separator)

    def describe_step(self, problem: Problem, steps: Sequence[str]) -> str:
        return ""


GSM8K = Maths("gsm8k", {"test": "openai/gsm8k/main:test", "train": "openai/gsm8k/main:train"}, last_number=True)
MATH = Maths("math", {"math-500": "HuggingFaceH4/MATH-500:test"})
AIME = Maths(
    "aime",
    {"aime-2024": "HuggingFaceH4/aime_2024:train"},
    writing=Writing(separator="\n\n", step_tokens=1024, steps=200, solution_tokens=16_384),
)
JSONL = Maths("jsonl", {})
