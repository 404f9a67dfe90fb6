"""The texts of lessons: a Markdown file a lesson and language, and a file of the words around them.

A lesson's file opens with its title (``# …``) and what one will see. Then each part has its name as a heading
(``## name``) and its text; a question has its options as a list, and after them what the runs say. ``{{name}}``
stands for a value of the lesson, ``{{name:.0%}}`` for one written in this way, ``{{name:code}}`` for a step.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.protocol import ArbutusError

HERE = Path(__file__).parent
LANGUAGES = {"en": "English", "zh": "中文"}
"""The languages there are, each by its own name; the first is the usual one."""
PLACE = re.compile(r"\{\{(\w+)(?::([^{}]+))?\}\}")
WORDS_A_MINUTE, LOOKING = 180, 12
"""How fast people read, and the seconds that they look at what a part shows."""


@dataclass(frozen=True, slots=True)
class PartText:
    """What a part says. A plain part has no options and no answer."""

    text: str
    options: tuple[str, ...] = ()
    answer: str = ""


@dataclass(frozen=True, slots=True)
class LessonText:
    title: str
    promise: str
    """What one will see."""
    parts: Mapping[str, PartText]


@dataclass(frozen=True, slots=True)
class Words:
    """The words around the lessons, in one language."""

    language: str
    said: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        return self.said[key].format(**values)


@cache
def words(language: str) -> Words:
    return Words(language, tomllib.loads((HERE / language / "words.toml").read_text(encoding="utf-8")))


@cache
def lesson_text(language: str, lesson: str) -> LessonText:
    return read((HERE / language / f"{lesson}.md").read_text(encoding="utf-8"))


def read(text: str) -> LessonText:
    """The lesson in a file's text."""
    head, *parts = re.split(r"^## +", text, flags=re.M)
    title, promise = head.removeprefix("# ").split("\n", 1)
    named = (part.split("\n", 1) for part in parts)
    return LessonText(title.strip(), promise.strip(), {name.strip(): _part(body) for name, body in named})


def _part(body: str) -> PartText:
    before, *rest = re.split(r"^- +", body, flags=re.M)
    if not rest:
        return PartText(body.strip())
    last, _, answer = rest[-1].partition("\n\n")
    return PartText(before.strip(), tuple(option.strip() for option in (*rest[:-1], last)), answer.strip())


def minutes(text: LessonText) -> int:
    """How long a lesson in English takes to read and look at."""
    said = " ".join(f"{part.text} {' '.join(part.options)} {part.answer}" for part in text.parts.values())
    return round(len(said.split()) / WORDS_A_MINUTE + len(text.parts) * LOOKING / 60)


def placeholders(text: str) -> set[str]:
    """The names of the values that a text wants."""
    return {found[1] for found in PLACE.finditer(text)}


def fill(text: str, facts: Mapping[str, float | str], language: str) -> str:
    """The text with its values, as Markdown in which no value can mean anything but itself."""

    def value(found: re.Match[str]) -> str:
        name, form = found[1], found[2] or ""
        if name not in facts:
            raise ArbutusError(f"got the placeholder {name!r} in a lesson, expected one of: {', '.join(sorted(facts))}")
        return _written(facts[name], form, language)

    return PLACE.sub(value, text)


def _written(value: float | str, form: str, language: str) -> str:
    if isinstance(value, str):
        return f"`{value.replace('`', '´')}`" if form == "code" else re.sub(r"([^\w\s])", r"\\\1", value)
    written = format(value, form or ",")
    return written.replace("%", "\N{NO-BREAK SPACE}%") if language == "en" else written
