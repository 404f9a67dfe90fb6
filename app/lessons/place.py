"""Where somebody is in the lessons: what the address says, and what it is to say."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.lessons.catalogue import LESSONS
from app.lessons.words import LANGUAGES, lesson_text

SHOWN = -1
"""As an answer: none was given, and the right one was asked for."""
_SHOWN = "shown"
"""The same in an address."""


@dataclass(frozen=True, slots=True)
class Place:
    """A lesson (none: the list of them), a part of it counted from 0, a language, and whether it is presented.

    `answer`: what was answered where the part is a question, the option counted from 0; None: nothing yet.
    """

    lesson: str = ""
    part: int = 0
    language: str = "en"
    presents: bool = False
    answer: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], locale: str = "") -> "Place":
        """The place that a URL names; what it names wrongly is the first there is. `locale`: the browser's."""
        usual = next((tag for tag in LANGUAGES if locale.startswith(tag)), next(iter(LANGUAGES)))
        language = query.get("lang", usual)
        language = language if language in LANGUAGES else usual
        lesson = query.get("lesson", "")
        if lesson not in LESSONS:
            return cls(language=language)
        parts = lesson_text(language, lesson).parts
        part = query.get("part", "")
        part = part if part in parts else next(iter(parts))
        answers = {_SHOWN: SHOWN} | {str(i): i for i in range(len(parts[part].options))}
        answer = answers.get(query.get("answer", "")) if parts[part].options else None
        return cls(lesson, list(parts).index(part), language, "present" in query, answer)

    def query(self) -> dict[str, str]:
        """The place as a URL's query."""
        at = {"lesson": self.lesson, "part": list(self.texts)[self.part]} if self.lesson else {}
        answer = {} if self.answer is None else {"answer": _SHOWN if self.answer == SHOWN else str(self.answer)}
        return at | answer | {"lang": self.language} | ({"present": "1"} if self.presents else {})

    @property
    def texts(self) -> Mapping[str, object]:
        return lesson_text(self.language, self.lesson).parts
