"""Stories by chance: of a chosen number of steps, with things in them that the question doesn't need.

There are two kinds. A *tale* is told in order: somebody has things, and something happens to them again and again;
how many there were at first may have to be worked out from what others have. *Relations* are facts in any order
(Ana has 6 more than Tom), of which some lead to the answer. Difficulty is known by construction: the steps needed.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from engine.tasks.words import phrases
from engine.tasks.words.story import Derivation, Operand, Story

STEPS = range(2, 9)
MOST = 300
"""No quantity is larger."""


class _Relation(NamedTuple):
    """Somebody has `number` more or fewer than `other`, who has `base`; that makes `made`."""

    other: str
    base: Operand
    op: str
    number: Operand
    made: Operand


class _Change(NamedTuple):
    """A total that became another by so many more or fewer."""

    total: Operand
    op: str
    amount: Operand
    after: Operand


_CHANGED = {"+": phrases.MORE, "-": phrases.LEFT}
_TOGETHER = {"+": phrases.GAINED, "-": phrases.LOST}


class _Author:
    """A story being written: what has been said, and what can be derived from it."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.unused = list(phrases.PEOPLE)
        rng.shuffle(self.unused)
        self.hero, self.pronoun = self.unused.pop()
        self.items, self.other = rng.sample(phrases.ITEMS, 2)
        self.sentences: list[str] = []
        self.derivations: list[Derivation] = []
        self.template: list[str] = []
        self.spoken_of = ""
        self.last: _Change | None = None
        """The last change of the total."""
        self.related: dict[str, _Relation] = {}
        """By person, whom they are compared with."""

    def somebody(self) -> str:
        return self.unused.pop()[0]

    def words(self, **more: object) -> dict[str, object]:
        return {"N": self.hero, "items": self.items, "other": self.other, **more}

    def tell(self, sentence: str, **more: object) -> None:
        """Add a sentence. A pronoun may stand for whom the sentence before was about."""
        again = self.spoken_of == self.hero and self.rng.random() < 0.6
        words = self.words(P=self.pronoun if again else self.hero, **more)
        self.sentences.append(sentence.format_map(words))
        begins = sentence.startswith(("{P}", "{N}"))
        self.spoken_of = str(words["N"]) if begins else ""
        self.template.append(sentence)

    def derive(
        self, left: Operand, op: str, right: Operand, says: Sequence[str], gives: int | None = None, **more: object
    ) -> Operand:
        """Add a derivation; its quantity as an operand. Raises `_UnfitError` if it isn't one for a story."""
        words = self.words(**more)
        made = Derivation(left, op, right, tuple(_fill(frame, words) for frame in says), gives)
        if (op == "÷" and left.value % right.value) or not 1 <= made.result <= MOST:
            raise _UnfitError
        self.derivations.append(made)
        return Operand(made.result, len(self.derivations) - 1 if gives is None else gives)

    def change(self, total: Operand, op: str, amount: Operand) -> Operand:
        """The total after so many more or fewer; and another way to it, by this change and the one before together."""
        after = self.derive(total, op, amount, _CHANGED[op])
        before, self.last = self.last, _Change(total, op, amount, after)
        if before and before.after == total:
            sign = before.op if before.op == op or before.amount.value > amount.value else op
            big, small = (before.amount, amount) if before.amount.value > amount.value else (amount, before.amount)
            if before.op == op or big.value > small.value:
                says = _TOGETHER[op] if before.op == op else phrases.ON_BALANCE[sign]
                pair = (before.amount, "+", amount) if before.op == op else (big, "-", small)
                both = self.derive(*pair, says)
                self.derive(before.total, sign, both, _CHANGED[sign], after.of)
        return after

    def story(self, asked: Operand, unit: str) -> Story:
        assert asked.of is not None
        return Story(tuple(self.sentences), tuple(self.derivations), asked.of, unit, template="|".join(self.template))


class _UnfitError(Exception):
    """A quantity that is too large, too small or no whole number: the story is begun again."""


def _fill(frame: str, words: dict[str, object]) -> str:
    for name, value in words.items():
        frame = frame.replace("{" + name + "}", str(value))
    return frame


def make_story(rng: Random, steps: int) -> Story:
    """A story whose answer needs `steps` steps, 2 to 8 of them."""
    while True:
        kind = _relations if steps <= 5 and rng.random() < 0.3 else _tale
        try:
            story = kind(_Author(rng), rng, steps)
        except _UnfitError:
            continue
        if len(story.needed()) == steps and _is_clear(story):
            return story


def _is_clear(story: Story) -> bool:
    """Whether no sentence says two different quantities."""
    meant: dict[str, int] = {}
    said = [(s, story.quantity(i)) for i, made in enumerate(story.derivations) for s in made.sentences()]
    return all(meant.setdefault(sentence, quantity) == quantity for sentence, quantity in said)


# Tales.


def _tale(author: _Author, rng: Random, steps: int) -> Story:
    ending = rng.choice((_how_many, _how_many, _sold, _packed, _compared, _together))
    left = steps - (ending is not _how_many)
    chain = min(left - 1, rng.choice((0, 0, 1, 2))) if left > 1 else 0
    total = _opening(author, rng, chain)
    left -= chain
    while left > 0:
        _distract(author, rng, 0.25)
        happening = rng.choice(_ONE_STEP + _TWO_STEPS if left > 1 else _ONE_STEP)
        total = happening(author, rng, total)
        left -= 2 if happening in _TWO_STEPS else 1
    _distract(author, rng, 0.25)
    return ending(author, rng, total)


def _opening(author: _Author, rng: Random, chain: int) -> Operand:
    """How many there are at first: said, or to be worked out from what `chain` others have."""
    if not chain:
        total = Operand(rng.randint(5, 80))
        author.tell(rng.choice(phrases.OPENINGS), k=total.value)
        return total
    people = [author.somebody() for _ in range(chain)] + [author.hero]
    told: list[tuple[str, dict[str, object]]] = [("{N} has {k} {items}.", {"N": people[0]})]
    total = Operand(rng.randint(4, 40))
    told[0][1]["k"] = total.value
    for person, other in zip(people[1:], people, strict=False):
        total, relation = _relate(author, rng, total, person, other)
        told.append(relation)
    rng.shuffle(told)
    for sentence, words in told:
        author.tell(sentence, **words)
    return total


def _relate(
    author: _Author, rng: Random, base: Operand, person: str, other: str
) -> tuple[Operand, tuple[str, dict[str, object]]]:
    """`person` has more, fewer, or so many times as many as `other`: the quantity, and the sentence to tell."""
    op = rng.choice("++--××÷")
    word, number = rng.choice(phrases.TIMES) if op == "×" else ("", 2 if op == "÷" else rng.randint(2, 20))
    made = author.derive(base, op, Operand(number), phrases.HAS, N=person)
    if op in "+-":
        _through(author, _Relation(other, base, op, Operand(number), made), person)
    return made, (rng.choice(phrases.RELATIONS[op]), {"N": person, "X": other, "k": number, "times": word})


def _through(author: _Author, now: _Relation, person: str) -> None:
    """Another way to what `person` has: by the difference to somebody further, where the one between differs too."""
    before = author.related.get(now.other)
    author.related[person] = now
    if before is None:
        return
    if before.op == now.op:
        pair, sign = (before.number, "+", now.number), now.op
    elif before.number.value == now.number.value:
        return
    else:
        first = before.number.value > now.number.value
        pair = (before.number, "-", now.number) if first else (now.number, "-", before.number)
        sign = before.op if first else now.op
    difference = author.derive(*pair, phrases.DIFFERENCE[sign], N=person, X=before.other)
    author.derive(before.base, sign, difference, phrases.HAS, now.made.of, N=person)


def _gain(author: _Author, rng: Random, total: Operand) -> Operand:
    number = rng.randint(2, 50)
    author.tell(rng.choice(phrases.GAINS), k=number, X=author.somebody())
    return author.change(total, "+", Operand(number))


def _loss(author: _Author, rng: Random, total: Operand) -> Operand:
    number = rng.randint(2, max(2, min(50, total.value - 1)))
    author.tell(rng.choice(phrases.LOSSES), k=number, X=author.somebody())
    return author.change(total, "-", Operand(number))


def _growth(author: _Author, rng: Random, total: Operand) -> Operand:
    word, number = rng.choice(phrases.TIMES)
    author.tell(rng.choice(phrases.GROWTHS), times=word)
    return author.derive(total, "×", Operand(number), phrases.MORE)


def _group(author: _Author, rng: Random, sentence: str, says: Sequence[str], person: str) -> Operand:
    """So many boxes with so many things in each."""
    m, k = rng.randint(2, 9), rng.randint(2, 12)
    words: dict[str, Any] = {"m": m, "k": k, "boxes": rng.choice(phrases.BOXES), "X": person}
    author.tell(sentence, **words)
    return author.derive(Operand(m), "×", Operand(k), says, **words)


def _group_gain(author: _Author, rng: Random, total: Operand) -> Operand:
    part = _group(author, rng, *rng.choice(phrases.GROUP_GAINS), "")
    return author.change(total, "+", part)


def _group_loss(author: _Author, rng: Random, total: Operand) -> Operand:
    part = _group(author, rng, *rng.choice(phrases.GROUP_LOSSES), "")
    return author.change(total, "-", part)


def _sharing(author: _Author, rng: Random, total: Operand) -> Operand:
    word, number = rng.choice(phrases.SHARES)
    sentence, says = rng.choice(phrases.SHARINGS)
    other = author.somebody()
    author.tell(sentence, share=word, X=other)
    part = author.derive(total, "÷", Operand(number), says, X=other)
    return author.derive(total, "-", part, phrases.LEFT)


_ONE_STEP: tuple[Callable[..., Operand], ...] = (_gain, _gain, _loss, _loss, _growth)
_TWO_STEPS: tuple[Callable[..., Operand], ...] = (_group_gain, _group_loss, _sharing)


def _distract(author: _Author, rng: Random, chance: float) -> None:
    """Perhaps something that the question doesn't need."""
    while rng.random() < chance and len(author.unused) > 4:
        if rng.random() < 0.15:
            _group(author, rng, *phrases.GROUP_DISTRACTOR, author.somebody())
        else:
            author.tell(rng.choice(phrases.DISTRACTORS), k=rng.randint(2, 60), X=author.somebody())


# Endings.


def _how_many(author: _Author, rng: Random, total: Operand) -> Story:
    author.tell(rng.choice(phrases.HOW_MANY))
    return author.story(total, author.items)


def _sold(author: _Author, rng: Random, total: Operand) -> Story:
    told, question, says = phrases.SOLD
    price = rng.randint(2, 9)
    author.tell(rng.choice(told), k=price)
    author.tell(question)
    return author.story(author.derive(total, "×", Operand(price), says), "dollars")


def _packed(author: _Author, rng: Random, total: Operand) -> Story:
    told, question, says = phrases.PACKED
    sizes = [size for size in range(2, 13) if total.value % size == 0 and total.value > size]
    if not sizes:
        raise _UnfitError
    size, boxes = rng.choice(sizes), rng.choice(phrases.BOXES)
    author.tell(rng.choice(told), k=size, boxes=boxes)
    author.tell(question, boxes=boxes)
    return author.story(author.derive(total, "÷", Operand(size), says, boxes=boxes), boxes)


def _compared(author: _Author, rng: Random, total: Operand) -> Story:
    told, question, says = phrases.COMPARED
    other, number = author.somebody(), rng.randint(2, max(2, min(60, total.value - 1)))
    author.tell(told, X=other, k=number)
    _distract(author, rng, 0.2)
    author.tell(question, X=other)
    return author.story(author.derive(total, "-", Operand(number), says, X=other), author.items)


def _together(author: _Author, rng: Random, total: Operand) -> Story:
    question, says = phrases.TOGETHER
    other, number = author.somebody(), rng.randint(2, 60)
    author.tell(phrases.COMPARED[0], X=other, k=number)
    _distract(author, rng, 0.2)
    author.tell(question, X=other)
    return author.story(author.derive(total, "+", Operand(number), says, X=other), author.items)


# Relations.


def _relations(author: _Author, rng: Random, steps: int) -> Story:
    """A tree of who has how many compared with whom, told in any order; the hero is `steps` away from its root."""
    together = steps > 2 and rng.random() < 0.3
    people = [author.somebody()]
    having = {people[0]: Operand(rng.randint(4, 40))}
    told: list[tuple[str, dict[str, object]]] = [
        ("{N} has {k} {items}.", {"N": people[0], "k": having[people[0]].value})
    ]

    def relate(person: str, other: str) -> None:
        having[person], sentence = _relate(author, rng, having[other], person, other)
        told.append(sentence)

    depth = steps - together
    for i in range(depth):
        people.append(author.hero if i == depth - 1 else author.somebody())
        relate(people[-1], people[-2])
    for _ in range(rng.choice((0, 1, 1, 2))):
        relate(author.somebody(), rng.choice(people))
    rng.shuffle(told)
    for line, words in told:
        author.tell(line, **words)
    if not together:
        author.tell(rng.choice(phrases.HOW_MANY_HAS))
        return author.story(having[author.hero], author.items)
    question, says = phrases.TOGETHER
    other = rng.choice(people[:-1])
    author.tell(question, X=other)
    return author.story(author.derive(having[author.hero], "+", having[other], says, X=other), author.items)
