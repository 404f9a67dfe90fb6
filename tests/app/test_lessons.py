"""What the lessons say holds of the sample runs, in each language alike, and each opens without an error."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app import data
from app.canvas import END
from app.canvas.colours import offered
from app.lessons import catalogue, stage
from app.lessons.catalogue import LESSONS
from app.lessons.model import FigureView, Lesson, Question, TreeView
from app.lessons.place import SHOWN, Place
from app.lessons.reasons import SILENT, reason
from app.lessons.words import LANGUAGES, PartText, fill, lesson_text, minutes, placeholders, read, words
from engine.search import STRATEGIES

USUAL = next(iter(LANGUAGES))
SCRIPT = """
import streamlit as st
from app import pages
views = [st.Page(pages.VIEWS / f"{name}.py", url_path=name, default=name == "learn") for name in pages.PAGES]
st.navigation(views).run()
"""


def page() -> AppTest:
    """The page alone, among those that it leads to."""
    return AppTest.from_string(SCRIPT, default_timeout=120)


@pytest.fixture(autouse=True)
def samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARBUTUS_RUNS", raising=False)


@cache
def told(name: str) -> Lesson:
    return catalogue.builder(name)()


def views(name: str) -> list[TreeView | FigureView]:
    """All that a lesson shows, before its questions are answered and after."""
    parts = told(name).parts
    return [part.view for part in parts] + [part.revealed for part in parts if isinstance(part, Question)]


def everything(text: PartText) -> str:
    return "\n".join([text.text, *text.options, text.answer])


@pytest.mark.parametrize("name", LESSONS)
def test_what_a_lesson_claims_holds_of_the_sample_runs(name: str) -> None:
    assert told(name).claims
    assert not told(name).broken()


@pytest.mark.parametrize("name", LESSONS)
def test_the_trees_of_a_lesson_offer_its_colours_and_have_its_nodes_and_moments(name: str) -> None:
    for view in views(name):
        if isinstance(view, TreeView):
            tree = data.load_tree(view.run, view.problem)
            # Where there are no rewards, the first colour there is stands in for theirs.
            assert view.colour in ["reward", *offered(tree)]
            assert view.node is None or -1 <= view.node < len(tree)
            assert view.moment is None or -1 <= view.moment < len(tree.events)


@pytest.mark.parametrize("name", LESSONS)
def test_the_figures_of_a_lesson_can_be_shown_to_a_whole_room(name: str) -> None:
    for view in views(name):
        if isinstance(view, FigureView):
            figure = view.draw(words(USUAL))
            stage._enlarge(figure)
            assert figure.layout.height >= stage.LARGE
            assert {trace.textfont.size for trace in figure.data if getattr(trace, "text", None)} <= {18}


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_asks_before_it_tells_and_one_of_its_options_is_right(name: str) -> None:
    questions = [part for part in told(name).parts if isinstance(part, Question)]
    assert questions
    for part in questions:
        text = lesson_text(USUAL, name).parts[part.name]
        assert 0 <= part.right < len(text.options) > 1
        assert text.answer


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LESSONS)
def test_texts_have_the_parts_and_the_questions_of_their_lesson(name: str, language: str) -> None:
    texts = lesson_text(language, name).parts
    assert list(texts) == [part.name for part in told(name).parts]
    asking = {part.name for part in told(name).parts if isinstance(part, Question)}
    assert {part for part, text in texts.items() if text.options} == asking


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LESSONS)
def test_every_number_of_a_text_comes_from_the_runs(name: str, language: str) -> None:
    texts = lesson_text(language, name).parts
    for part, text in texts.items():
        usual = lesson_text(USUAL, name).parts[part]
        assert len(text.options) == len(usual.options)
        assert placeholders(everything(text)) == placeholders(everything(usual))
        assert "{{" not in fill(everything(text), told(name).facts, language)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_takes_three_to_five_minutes(name: str) -> None:
    assert 3 <= minutes(lesson_text("en", name)) <= 5


def test_languages_have_the_same_words() -> None:
    usual = words(USUAL).said
    for language in LANGUAGES:
        assert set(words(language).said) == set(usual)
        for key, said in words(language).said.items():
            assert named(said) == named(usual[key]), key


def named(said: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(said) if name}


@pytest.mark.parametrize("name", LESSONS)
def test_what_is_seen_is_there(name: str) -> None:
    views = [view for part in told(name).parts for view in (part.view, getattr(part, "revealed", part.view))]
    for view in views:
        if isinstance(view, TreeView):
            tree = data.load_tree(view.run, view.problem)
            assert -1 <= view.node < len(tree)
            assert -1 <= view.moment < len(tree.events)
        else:
            assert isinstance(view, FigureView)
            assert view.draw(words(USUAL)).data
            assert words(USUAL)(view.name)


def test_a_prm_has_one_colour_in_all_figures_of_its_lesson_and_in_every_language() -> None:
    views = [view for part in told("fooled").parts for view in (part.view, getattr(part, "revealed", part.view))]
    colours: dict[str, set[str]] = {"naive_prm": set(), "careful_prm": set()}
    for language in LANGUAGES:
        said = words(language)
        for view in (view for view in views if isinstance(view, FigureView)):
            for trace in view.draw(said).data:
                key = {said(key): key for key in colours}.get(str(trace.name))
                if view.name == "fooled_gap" and trace.name == said("solved_line"):
                    key = "naive_prm"
                if key and trace.marker.color:
                    colours[key].add(trace.marker.color.lower())
    assert [len(found) for found in colours.values()] == [1, 1]
    assert colours["naive_prm"] != colours["careful_prm"]


@pytest.mark.parametrize("name", LESSONS)
def test_figures_of_a_chinese_lesson_say_nothing_in_english_but_names(name: str) -> None:
    named = {*STRATEGIES, "token", "tokens", "prm", "flop", "flops", "bootstrap"}
    for part in told(name).parts:
        for view in {part.view, getattr(part, "revealed", part.view)}:
            if isinstance(view, FigureView):
                said = " ".join(written(view.draw(words("zh"))))
                plain = re.sub(r"%{[^}]*}|</?\w+>", " ", said).lower()
                left = set(re.findall(r"[a-z][a-z-]{2,}", plain)) - named
                assert not left, (view.name, left)


def written(figure: go.Figure) -> Iterator[str]:
    """What can be read on a figure, or where a pointer rests on it."""
    yield from (str(note.text) for note in figure.layout.annotations)
    yield from (str(figure.layout[axis].title.text) for axis in ("xaxis", "yaxis") if figure.layout[axis].title.text)
    for trace in figure.data:
        yield from (str(trace[key]) for key in ("name", "hovertemplate", "text") if trace[key] is not None)
        for said in trace.hovertext or ():
            yield said.partition("<br>")[2]  # the first line is a name, or the question of a problem


def test_what_the_answers_to_one_story_are_is_shown_with_the_story() -> None:
    for name in ("vote", "choosing"):
        about = {part.view.question for part in told(name).parts if isinstance(part.view, FigureView)} - {""}
        assert about and all(question.endswith("?") for question in about)
    app = page()
    app.query_params.update({"lesson": "choosing", "part": "spoilt", "lang": "zh"})
    app.run()
    spoilt = next(part.view for part in told("choosing").parts if part.name == "spoilt")
    assert isinstance(spoilt, FigureView) and spoilt.question
    assert any(spoilt.question[:60] in html.proto.body for html in app.get("html"))


def test_a_question_does_not_show_its_answer_before_it_is_given() -> None:
    for name in LESSONS:
        for part in told(name).parts:
            if isinstance(part, Question):
                same = part.view == part.revealed
                assert not same or name == "more-compute", (name, part.name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LESSONS)
def test_each_part_of_each_lesson_opens(name: str, language: str) -> None:
    app = page()
    for part in told(name).parts:
        app.query_params.clear()
        for key, value in (
            Place(name, list(lesson_text(language, name).parts).index(part.name), language).query().items()
        ):
            app.query_params[key] = value
        app.run()
        assert not app.exception
        assert not app.warning


@pytest.mark.parametrize("name", LESSONS)
def test_why_a_step_was_kept_or_dropped_is_told_in_every_language_with_the_numbers_of_the_log(name: str) -> None:
    for view in {part.view for part in told(name).parts}:
        for node in data.load_tree(view.run, view.problem) if isinstance(view, TreeView) else ():
            if not node.reason or any(re.fullmatch(pattern, node.reason) for pattern in SILENT):
                continue
            for language in LANGUAGES:
                why = reason(node, words(language))
                assert why, node.reason
                numbers = re.findall(r"\d+(?:\.\d+)?", why)
                assert set(numbers) <= set(re.findall(r"\d+(?:\.\d+)?", node.reason))


def test_a_dropped_step_says_which_reward_was_needed() -> None:
    said = words("zh")
    view = told("beams").parts[1].view
    assert isinstance(view, TreeView)
    tree = data.load_tree(view.run, view.problem)
    dropped = next(node for node in tree if node.reason.startswith("rank") and node.mark == "dropped")
    shown = stage.describe(tree, dropped, said, END, told=True)
    cut = re.search(r"was ([\d.]+)", dropped.reason)
    assert cut is not None and f"要有 {cut[1]} 才能留下" in shown
    assert "要有" not in stage.describe(tree, dropped, said, 7, told=True)  # before the cut


def test_a_step_is_described_as_it_stood_then_and_its_truth_waits_for_the_answer() -> None:
    part = told("step-rewards").parts[1]
    assert isinstance(part.view, TreeView)
    tree = data.load_tree(part.view.run, part.view.problem)
    node, said = tree.node(part.view.node), words(USUAL)
    written, end = part.view.moment - 1, len(tree.events) - 1
    assert f"{node.reward:.2f}" not in stage.describe(tree, node, said, written, told=True)
    assert f"{node.reward:.2f}" in stage.describe(tree, node, said, end, told=True)
    truth = said("truly_good" if node.label else "truly_wrong")
    assert truth in stage.describe(tree, node, said, end, told=True)
    assert truth not in stage.describe(tree, node, said, end, told=False)


def test_an_answer_is_kept_and_the_way_on_opens_with_it() -> None:
    app = page()
    for key, value in Place("one-pass", 2).query().items():
        app.query_params[key] = value
    app.run()
    assert "learn-next" not in {button.key for button in app.button}
    app.button(key="learn-option-0").click().run()
    assert "learn-next" in {button.key for button in app.button}
    assert app.query_params["answer"] == "0"
    app.button(key="learn-next").click().run()
    assert app.query_params["part"] == "pretence" and "answer" not in app.query_params
    app.button(key="learn-back").click().run()
    assert "learn-option-0" not in {button.key for button in app.button}


def test_runs_that_cannot_tell_a_lesson_are_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path))
    app = page()
    app.query_params["lesson"] = "one-pass"
    app.run()
    assert not app.exception
    assert "can't tell this lesson" in app.warning[0].value


def test_an_address_leads_to_its_place_and_one_that_leads_nowhere_to_the_beginning() -> None:
    place = Place("vote", 3, USUAL, presents=True)
    assert Place.read(place.query()) == place
    assert Place.read({"lesson": "vote", "part": "nowhere", "lang": "tlh"}) == Place("vote")
    assert Place.read({"lesson": "../../etc"}) == Place()


@pytest.mark.parametrize("answer", [0, 1, SHOWN])
def test_an_address_says_what_was_answered_where_something_was_asked(answer: int) -> None:
    place = Place("one-pass", 2, USUAL, answer=answer)
    assert Place.read(place.query()) == place
    asked = place.query()
    assert Place.read(asked | {"part": "puzzle"}).answer is None
    for wrong in ("9", "-1", "", "one"):
        assert Place.read(asked | {"answer": wrong}).answer is None


def test_the_browsers_language_is_taken_where_the_address_names_none() -> None:
    for language in LANGUAGES:
        assert Place.read({}, f"{language}-XX").language == language
    assert Place.read({}, "fr-FR").language == USUAL


@given(st.text())
def test_no_value_means_anything_in_markdown(value: str) -> None:
    written = fill("{{x}}", {"x": value}, "en")
    for mark in "*_`$[]<>:#|":
        assert written.count(f"\\{mark}") == written.count(mark) or mark == "_"
    assert fill("{{x:code}}", {"x": value}, "en").count("`") == 2


def test_a_file_of_texts_is_read_part_by_part() -> None:
    text = read("# A title\nA promise.\n\n## first\nOne.\n\nTwo.\n\n## asked\nWhich?\n\n- this\n- that\n\nThat one.\n")
    assert (text.title, text.promise) == ("A title", "A promise.")
    assert text.parts == {
        "first": PartText("One.\n\nTwo."),
        "asked": PartText("Which?", ("this", "that"), "That one."),
    }
