"""A word problem as what it is made of: sentences, quantities that can be worked out, and a question.

A quantity is known by its derivation: two operands, an operation, and the ways in which its step can be said. An
operand is a number of the story or a quantity derived before. So there is exactly one set of true steps at any
point of a solution, which is what labels are read from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OPERATIONS: dict[str, Callable[[int, int], int | None]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "×": lambda a, b: a * b,
    "÷": lambda a, b: a // b if b and a % b == 0 else None,
}
COMMUTE = "+×"
ANSWER = "Answer: "


@dataclass(frozen=True, slots=True)
class Operand:
    """A number as the story has it, or the result of derivation `of`."""

    value: int
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """A quantity that follows from the story. `says`: its step in words, with ``{}`` where the sum stands."""

    left: Operand
    op: str
    right: Operand
    says: tuple[str, ...]

    @property
    def result(self) -> int:
        value = OPERATIONS[self.op](self.left.value, self.right.value)
        assert value is not None, f"{self} has no whole result"
        return int(value)

    @property
    def needs(self) -> list[int]:
        """The derivations that it builds on."""
        return [operand.of for operand in (self.left, self.right) if operand.of is not None]

    def sums(self) -> list[str]:
        """``28 - 10 = 18``; of a sum or product either order."""
        pairs = [(self.left.value, self.right.value)]
        if self.op in COMMUTE and pairs[0][0] != pairs[0][1]:
            pairs.append((self.right.value, self.left.value))
        return [f"{a} {self.op} {b} = {self.result}" for a, b in pairs]

    def sentences(self) -> list[str]:
        """Every way to write the step."""
        return [frame.replace("{}", written) for frame in self.says for written in self.sums()]


@dataclass(frozen=True, slots=True)
class Story:
    """A word problem: its sentences, the question last; all that can be derived; and which derivation is asked for."""

    sentences: tuple[str, ...]
    derivations: tuple[Derivation, ...]
    asked: int
    unit: str
    """What the answer counts: ``books``, ``dollars``."""
    template: str = ""
    """The story without its numbers and names: which kinds of sentence follow each other."""

    @property
    def question(self) -> str:
        return " ".join(self.sentences)

    @property
    def answer(self) -> int:
        return self.derivations[self.asked].result

    @property
    def answer_step(self) -> str:
        return f"{ANSWER}{self.answer} {self.unit}"

    def needed(self) -> list[int]:
        """The derivations that the answer needs, in the order of the story: as many as a solution has steps."""
        found, waiting = {self.asked}, [self.asked]
        while waiting:
            new = [i for i in self.derivations[waiting.pop()].needs if i not in found]
            found.update(new)
            waiting += new
        return sorted(found)

    def open(self, done: Iterable[int]) -> list[int]:
        """The derivations that aren't done and for which everything needed is."""
        known = set(done)
        return [i for i, d in enumerate(self.derivations) if i not in known and known.issuperset(d.needs)]


def to_meta(story: Story) -> dict[str, Any]:
    """What a problem carries of its story, as plain JSON: how its steps are checked."""

    def plain(operand: Operand) -> list[int]:
        return [operand.value] if operand.of is None else [operand.value, operand.of]

    return {
        "steps": len(story.needed()),
        "unit": story.unit,
        "asked": story.asked,
        "facts": [[plain(d.left), d.op, plain(d.right), list(d.says)] for d in story.derivations],
    }


def from_meta(question: str, meta: Mapping[str, Any]) -> Story | None:
    """The story behind a problem; None if it carries none, as one that was typed."""
    facts: Sequence[Any] | None = meta.get("facts")
    if not facts:
        return None
    derivations = [Derivation(Operand(*left), op, Operand(*right), tuple(says)) for left, op, right, says in facts]
    return Story((question,), tuple(derivations), int(meta["asked"]), str(meta["unit"]))
