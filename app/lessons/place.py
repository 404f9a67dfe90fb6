"""Where somebody is in the lessons: what the address says, and what it is to say."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.lessons.catalogue import LESSONS
from app.lessons.words import LANGUAGES, lesson_text


@dataclass(frozen=True, slots=True)
class Place:
    """A lesson (none: the list of them), a part of it counted from 0, a language, and whether it is presented."""

    lesson: str = ""
    part: int = 0
    language: str = "en"
    presents: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str], locale: str = "") -> "Place":
        """The place that a URL names; what it names wrongly is the first there is. `locale`: the browser's."""
        usual = next((tag for tag in LANGUAGES if locale.startswith(tag)), next(iter(LANGUAGES)))
        language = query.get("lang", usual)
        language = language if language in LANGUAGES else usual
        lesson = query.get("lesson", "")
        if lesson not in LESSONS:
            return cls(language=language)
        names = list(lesson_text(language, lesson).parts)
        part = query.get("part", "")
        at = names.index(part) if part in names else 0
        return cls(lesson, at, language, "present" in query)

    def query(self) -> dict[str, str]:
        """The place as a URL's query."""
        at = {"lesson": self.lesson, "part": list(self.texts)[self.part]} if self.lesson else {}
        return at | {"lang": self.language} | ({"present": "1"} if self.presents else {})

    @property
    def texts(self) -> Mapping[str, object]:
        return lesson_text(self.language, self.lesson).parts
