"""The widgets of the Live page, drawn without a browser and without a worker."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import data, live
from engine.search import STRATEGIES

PAGE = data.REPOSITORY / "app" / "views" / "live.py"


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
        elif name != "n":
            assert form.number_input(key=key).value == parameter.default
