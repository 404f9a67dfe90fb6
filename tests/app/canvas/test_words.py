"""The canvas in another language: nothing of what it says is left in English, and nothing is lost on the way."""

import json
import re
from html.parser import HTMLParser

import pytest

from app.canvas import component
from app.canvas.colours import COLOURS
from app.canvas.pack import PREFIX
from app.canvas.words import ENGLISH, words
from app.lessons.words import LANGUAGES
from engine.tree import Problem, Tree

OTHERS = [language for language in LANGUAGES if language != ENGLISH]
SPOKEN = re.compile(r"[a-z]{2}")
"""What has words in it, rather than a number or a key."""


class Written(HTMLParser):
    """Every text of a page, and every attribute that people hear or read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attrs if name in ("aria-label", "title", "placeholder") and value}

    def handle_data(self, data: str) -> None:
        self.found.add(data.strip())


def calls(source: str) -> list[str]:
    """What stands between the brackets of each `say` and `sayMany`."""
    found = []
    for match in re.finditer(r"(?<!function )\bsay(?:Many)?\(", source):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(source[end], 0)
            end += 1
        found.append(source[match.end() : end])
    return found


def english() -> set[str]:
    """All that the canvas says: its page, its scripts, and the names of its colours."""
    page = Written((component.HERE / "canvas.html").read_text(encoding="utf-8")).found
    said = {text for text in page if SPOKEN.search(text)} | set(COLOURS.values())
    for module in component.MODULES:
        source = (component.HERE / "js" / f"{module}.js").read_text(encoding="utf-8")
        for call in calls(source):
            said |= {text for compared, text in re.findall(r'(== )?"([^"]+)"', call) if not compared}
        said |= set(re.findall(r'\bsaid: "([^"]+)"', source))
        said |= set(re.findall(r'^const [A-Z_]+ = "([a-z ]+)";', source, re.M)) if module == "phases" else set()
    return said


@pytest.mark.parametrize("language", OTHERS)
def test_all_that_the_canvas_says_has_words_in_every_language_and_no_word_is_left_over(language: str) -> None:
    said = english()
    assert said > {"Fit", "{n} kept", "roll out", "lowest so far", "Lowest reward so far", "Find in steps"}
    assert set(words(language)) == said


@pytest.mark.parametrize("language", OTHERS)
def test_a_phrase_keeps_its_values_in_every_language(language: str) -> None:
    for from_english, to in words(language).items():
        assert set(re.findall(r"\{\w+\}", from_english)) == set(re.findall(r"\{\w+\}", to)), from_english


def header(language: str) -> dict[str, object]:
    packed = component.packed_tree(Tree(Problem("p", "Make 24 from 4 5 6 10")), "key", 600, language=language)
    length = PREFIX.unpack_from(packed)[4]
    told: dict[str, object] = json.loads(packed[PREFIX.size : PREFIX.size + length])
    return told


def test_the_canvas_is_sent_the_words_of_a_language_and_none_for_english() -> None:
    assert header(ENGLISH)["words"] == {}
    assert header("zh")["words"] == words("zh") and header("zh")["language"] == "zh"
