"""What anybody can check of a step without the key: its sum, and where its numbers come from."""

import re
from collections.abc import Sequence

from engine.tasks.words import phrases
from engine.tasks.words.checking import answer_in
from engine.tasks.words.story import OPERATIONS

ALONE = re.compile(r"(?<![\d.,×÷*/=+-])(?<![-+×÷*/=] )(\d+) ([-+×÷]) (\d+) = (\d+)(?![\d.,]*\d)(?! ?[-+×÷*/=])")
"""A sum of two whole numbers that isn't part of a longer one."""
IN_WORDS = {word.split()[-1]: value for word, value in (*phrases.SHARES, *phrases.TIMES) if word[0].isalpha()}
"""Numbers that stories have as words: half, twice."""


def check(question: str, steps: Sequence[str]) -> str:
    """What is to be said of the last step's sum or answer, in a sentence or two; empty if it has neither."""
    step, before = steps[-1], steps[:-1]
    if (answer := answer_in(step)) is not None:
        return f"{_whence(int(answer), question, before).capitalize()}."
    found = ALONE.search(step)
    if found is None:
        return ""
    a, op, b, c = found.groups()
    true = OPERATIONS[op](int(a), int(b))
    is_ = "no whole number" if true is None else str(true)
    verdict = f"{a} {op} {b} is {is_}" + ("" if true == int(c) else f", not {c}")
    return f"{verdict}. {', '.join(_whence(int(n), question, before) for n in dict.fromkeys((a, b)))}."


def _whence(number: int, question: str, steps: Sequence[str]) -> str:
    places = [f"step {i}" for i, step in enumerate(steps, 1) if (sum_ := ALONE.search(step)) and int(sum_[4]) == number]
    if number in _told(question):
        places.insert(0, "the story")
    return f"{number} from {' or '.join(places) or 'nowhere'}"


def _told(question: str) -> set[int]:
    words = re.findall(r"[a-z]+", question.lower())
    return {int(n) for n in re.findall(r"\d+", question)} | {IN_WORDS[word] for word in words if word in IN_WORDS}
