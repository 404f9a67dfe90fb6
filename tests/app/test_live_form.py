"""The widgets of the Live page, drawn without a browser and without a worker."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import live, places, worlds
from engine.budgets import UNITS
from engine.search import STRATEGIES

PAGE = places.REPOSITORY / "app" / "views" / "live.py"


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AppTest:
    monkeypatch.setattr(live.Worker, "start", lambda _: None)
    return AppTest.from_file(str(PAGE), default_timeout=30).run()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_parameter_that_is_a_word_is_chosen_from_a_list_and_a_number_is_typed(form: AppTest, strategy: str) -> None:
    form.selectbox(key="live-strategy").select(strategy).run()
    assert not form.exception
    for name, parameter in STRATEGIES[strategy].parameters.items():
        key = f"live-{strategy}-{name}"
        if parameter.choices:
            box = form.selectbox(key=key)
            assert (box.value, box.options) == (parameter.default, list(parameter.choices))
        elif parameter.read:
            assert form.text_area(key=key).value == parameter.default
        elif name != "n":
            assert form.number_input(key=key).value == parameter.default


@pytest.mark.parametrize("unit", UNITS)
def test_a_budget_in_any_unit_can_be_set_and_one_of_money_asks_for_prices(form: AppTest, unit: str) -> None:
    keys = [f"live-{name}" for name in UNITS]
    assert not [box for box in form.number_input if box.key in keys]
    form.selectbox(key="live-budget").select(unit).run()
    assert not form.exception
    assert [box.key for box in form.number_input if box.key in keys] == [f"live-{unit}"]
    assert form.number_input(key=f"live-{unit}").value > 0
    prices = [box.key for box in form.number_input if str(box.key).startswith("live-price-")]
    assert prices == ([f"live-price-{name}" for name in ("policy", "prompt", "prm")] if unit == "money" else [])


def test_a_task_is_chosen_only_where_the_models_of_several_are_there(
    form: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "POLICIES", ("countdown-policy",))
    assert [group.key for group in form.run().get("button_group")] == ["live-how-countdown"]


def test_each_task_has_its_own_problem_sets_words_and_reward_models(form: AppTest) -> None:
    assert form.selectbox(key="live-set-countdown").value == "tot-100"
    assert form.selectbox(key="live-prm-countdown").options[0].startswith("careful")
    form.button_group(key="task").set_value("word-problems").run()
    assert not form.exception
    assert form.selectbox(key="live-set-word-problems").value == "stories-100"
    story = form.selectbox(key="live-puzzle-stories-100").value
    assert story is not None and story.meta["steps"] == 4 and story.answer is not None
    assert not [box for box in form.selectbox if str(box.key).startswith("live-prm")]
    form.button_group(key="live-how-word-problems").set_value("Type").run()
    assert str(form.text_area(key="live-story").value).endswith("How many books does Mia have now?")
    assert not form.text_input
