"""A word problem as what it is made of: sentences, quantities that can be worked out, and a question.

A quantity is known by its derivations, as there may be several ways to it: two operands, an operation, and the
phrases in which the step can be said. An operand is a number of the story or a quantity derived before. So there is
exactly one set of true steps at any point of a solution, which is what labels are read from.
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
    """A number as the story has it, or the quantity `of`."""

    value: int
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a quantity follows from the story. `says`: the step in words, with ``{}`` where the sum stands.

    A quantity has the number of its first derivation, the one that goes along with the story. `gives`: the quantity
    of another way to one; None for a first.
    """

    left: Operand
    op: str
    right: Operand
    says: tuple[str, ...]
    gives: int | None = None

    @property
    def result(self) -> int:
        value = OPERATIONS[self.op](self.left.value, self.right.value)
        assert value is not None, f"{self} has no whole result"
        return int(value)

    @property
    def needs(self) -> list[int]:
        """The quantities that it builds on."""
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
    """A word problem: its sentences, the question last; all that can be derived; and which quantity is asked for."""

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

    def quantity(self, derivation: int) -> int:
        """What a derivation derives."""
        gives = self.derivations[derivation].gives
        return derivation if gives is None else gives

    def ways(self, quantity: int) -> list[int]:
        """The derivations of a quantity, the first first."""
        return [i for i in range(len(self.derivations)) if self.quantity(i) == quantity]

    def needed(self) -> list[int]:
        """The quantities that the answer needs along with the story: as many as a solution has steps."""
        return self._below(lambda quantity: [quantity])

    def useful(self) -> list[int]:
        """The quantities that some way to the answer needs."""
        return self._below(self.ways)

    def _below(self, ways: Callable[[int], Sequence[int]]) -> list[int]:
        found, waiting = {self.asked}, [self.asked]
        while waiting:
            needs = [q for way in ways(waiting.pop()) for q in self.derivations[way].needs]
            waiting += [q for q in needs if q not in found]
            found.update(needs)
        return sorted(found)

    def open(self, done: Iterable[int]) -> list[int]:
        """The derivations of quantities that aren't known where those `done` are, and for which all needed is."""
        known = set(done)
        return [
            i for i, d in enumerate(self.derivations) if self.quantity(i) not in known and known.issuperset(d.needs)
        ]


def to_meta(story: Story) -> dict[str, Any]:
    """What a problem carries of its story, as plain JSON: how its steps are checked."""

    def plain(operand: Operand) -> list[int]:
        return [operand.value] if operand.of is None else [operand.value, operand.of]

    return {
        "steps": len(story.needed()),
        "unit": story.unit,
        "asked": story.asked,
        "facts": [[plain(d.left), d.op, plain(d.right), list(d.says), d.gives] for d in story.derivations],
    }


def from_meta(question: str, meta: Mapping[str, Any]) -> Story | None:
    """The story behind a problem; None if it carries none, as one that was typed."""
    facts: Sequence[Any] | None = meta.get("facts")
    if not facts:
        return None
    derivations = [
        Derivation(Operand(*left), op, Operand(*right), tuple(says), gives) for left, op, right, says, gives in facts
    ]
    return Story((question,), tuple(derivations), int(meta["asked"]), str(meta["unit"]))
