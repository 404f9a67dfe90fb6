"""A solution of one's own on the PRM lab, drawn without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import live, logged_solutions, places, prm_data
from engine.tasks import find_task
from tests.measure.logged import PRM, write_run
from tests.measure.prm.stepping import a_tree_of

PAGE = places.REPOSITORY / "app" / "views" / "prm_lab.py"
OWN = "Your own solution"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page as it opens on a solution of one's own; what is refused never gets to a worker."""
    monkeypatch.setattr(live.Worker, "start", lambda _: None)
    shown = AppTest.from_file(str(PAGE), default_timeout=60)
    shown.query_params["look"] = OWN
    return shown.run()


def steps_area(page: AppTest) -> str:
    return next(str(area.key) for area in page.text_area if str(area.key).startswith("own-steps"))


def test_the_page_proposes_a_logged_solution_that_is_wrong_somewhere(page: AppTest) -> None:
    assert not page.exception
    steps = str(page.text_area(key=steps_area(page)).value).splitlines()
    task = find_task("countdown")
    problem = page.selectbox(key="own-puzzle-tot-100").value
    assert problem is not None
    assert task.ends(problem, steps) and not task.correct(problem, steps)


def test_each_task_offers_the_prms_that_know_it(page: AppTest) -> None:
    assert [name.partition(":")[0] for name in page.selectbox(key="own-prm-countdown").options] == [
        "countdown-prm",
        "countdown-prm-naive",
    ]
    page.button_group(key="task").set_value("word-problems").run()
    assert not page.exception
    assert [name.partition(":")[0] for name in page.selectbox(key="own-prm-word-problems").options] == ["words-prm"]
    assert "Answer:" in page.text_area(key=steps_area(page)).value


@pytest.mark.parametrize(
    ("text", "error"), [("  \n ", "got no steps"), ("x\n" * 65, "got 65 steps"), ("x" * 3000, "got 3,000 characters")]
)
def test_what_cannot_be_scored_is_said_in_words(page: AppTest, text: str, error: str) -> None:
    page.text_area(key=steps_area(page)).set_value(text).run()
    page.button(key="own-score").click().run()
    assert not page.exception
    assert error in page.error[0].value


def test_a_question_the_task_cannot_read_is_said_in_words(page: AppTest) -> None:
    page.button_group(key="own-how-countdown").set_value("Type").run()
    page.text_input(key="own-numbers").set_value("3 x").run()
    page.button(key="own-score").click().run()
    assert not page.exception
    assert "bad number" in page.error[0].value


def test_an_own_question_without_a_logged_solution_begins_empty(page: AppTest) -> None:
    assert logged_solutions.proposed("countdown", "", "Make 24 from 3 3 8 8") == ""
    page.button_group(key="own-how-countdown").set_value("Type").run()
    assert page.text_area(key=steps_area(page)).value == ""


def test_the_threshold_proposed_is_chosen_on_solutions_to_other_questions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path))
    assert prm_data.threshold("a-prm", "countdown", "x") == prm_data.UNCHOSEN
    trees = [a_tree_of(f"{i} {i}", [[(0.9, True), (0.8, True)], [(0.9, True), (0.4, False)]]) for i in range(1, 4)]
    trees.append(a_tree_of("9 9", [[(0.9, True), (0.1, True)], [(0.9, True), (0.7, False)]]))
    write_run(tmp_path / "run", trees, "best-of-n", prm={**PRM, "id": "a-prm"}, parameters={"n": 2})
    value, count, _ = prm_data.threshold("a-prm", "countdown", "Make 24 from 9 9")
    assert (count, 0.4 < value <= 0.8) == (6, True)
    assert prm_data.threshold("a-prm", "countdown", "another").solutions == 8
