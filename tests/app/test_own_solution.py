"""A solution of one's own on the PRM lab, drawn without a browser."""

from pathlib import Path

import pytest
from msgspec import structs
from streamlit.testing.v1 import AppTest

from app import live, logged_solutions, own_address, places, prm_data
from app.onward import own_version
from engine.runs import RunInfo
from engine.tasks import find_task
from tests.app.trees import Grower
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
    chosen = prm_data.threshold("a-prm", "countdown", "Make 24 from 9 9")
    assert chosen.solutions == 6 and 0.4 < chosen.low < chosen.value < chosen.high <= 0.8
    assert prm_data.threshold("a-prm", "countdown", "another").solutions == 8


def opened(page: AppTest, **query: str) -> AppTest:
    """The page as an address opens it; what isn't named is not in the address."""
    for name in (own_address.QUESTION, own_address.STEPS, own_address.PRM):
        page.query_params[name] = query.get(name, [])
    return page.run()


def address(page: AppTest) -> dict[str, str]:
    named = (own_address.QUESTION, own_address.STEPS, own_address.PRM)
    values = {name: page.query_params.get(name) for name in named}
    return {name: value if isinstance(value, str) else value[0] for name, value in values.items() if value}


STEP = "10 - 4 = 6 (left: 5 6 6)"


def test_what_the_page_proposes_by_itself_is_not_in_its_address(page: AppTest) -> None:
    assert address(page) == {}


def test_what_is_typed_stands_in_the_address_and_is_there_again_when_that_is_opened(page: AppTest) -> None:
    page.selectbox(key="own-prm-countdown").set_value("countdown-prm-naive").run()
    page.text_area(key=steps_area(page)).set_value(STEP).run()
    said = address(page)
    chosen = page.selectbox(key="own-puzzle-tot-100").value
    assert chosen is not None and said == {
        "question": chosen.question,
        "steps": STEP,
        "prm": "countdown-prm-naive",
    }
    again = AppTest.from_file(str(PAGE), default_timeout=60)
    again.query_params["look"] = OWN
    opened(again, **said)
    assert not again.exception
    assert again.text_area(key=steps_area(again)).value == STEP
    assert again.selectbox(key="own-prm-countdown").value == "countdown-prm-naive"
    assert address(again) == said


@pytest.mark.parametrize("numbers", ["3 3 8 8", "1/2 4 6"])
def test_a_question_of_no_set_is_typed_again(page: AppTest, numbers: str) -> None:
    opened(page, question=f"Make 24 from {numbers}", steps=STEP)
    assert page.text_input(key="own-numbers").value == numbers
    assert page.text_area(key=steps_area(page)).value == STEP


def test_a_step_back_shows_what_the_address_says_then(page: AppTest) -> None:
    area = steps_area(page)
    proposed = page.text_area(key=area).value
    page.text_area(key=area).set_value(STEP).run()
    first = address(page)
    page.text_area(key=area).set_value(f"{STEP}\n{STEP}").run()
    opened(page, **first)
    assert page.text_area(key=area).value == STEP
    opened(page)
    assert page.text_area(key=area).value == proposed
    assert address(page) == {}


def test_an_address_that_is_late_does_not_undo_what_was_just_typed(page: AppTest) -> None:
    area = steps_area(page)
    page.text_area(key=area).set_value(STEP).run()
    late = address(page)
    page.text_area(key=area).set_value(f"{STEP}\n{STEP}").run()
    page.text_area(key=area).set_value(f"{STEP}\nx")
    opened(page, **late)
    assert page.text_area(key=area).value == f"{STEP}\nx"
    assert address(page)["steps"] == f"{STEP}\nx"


def test_a_solution_too_long_for_an_address_is_said_to_be_so(page: AppTest) -> None:
    page.text_area(key=steps_area(page)).set_value("x" * 1_900 + "\n" + "y" * 200).run()
    assert "too long for the page's address" in " ".join(caption.value for caption in page.caption)
    assert list(address(page)) == ["question"]


@pytest.mark.parametrize(
    "wrong", [{"question": "What?"}, {"prm": "no-such"}, {"question": "Make x from <b>", "steps": "<script>"}]
)
def test_an_address_that_says_nonsense_opens_without_an_error(page: AppTest, wrong: dict[str, str]) -> None:
    opened(page, **wrong)
    assert not page.exception


def test_a_step_of_a_tree_leads_to_ones_own_version_of_its_steps() -> None:
    grower = Grower()
    first = grower.expand([grower.tree.root], 1)[0]
    prm = {"id": "countdown-prm-naive"}
    info = RunInfo(
        task="countdown", problem_set="", problems=1, strategy="beam", parameters={}, seed=0, policy={}, prm=prm
    )
    assert own_version(grower.tree, first, info) == {
        "look": OWN, "question": grower.tree.problem.question, "steps": first.text,
        "prm": "countdown-prm-naive",
    }  # fmt: skip
    assert own_version(grower.tree, grower.tree.root, info) == own_version(grower.tree, None, info) == {}
    assert own_version(grower.tree, first, structs.replace(info, task="gsm8k")) == {}
    assert own_version(grower.tree, first, structs.replace(info, task="word-problems"))["task"] == "Word problems"
    first.text = "x" * 3_000
    assert own_version(grower.tree, first, info) == {}
