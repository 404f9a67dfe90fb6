"""The Tree page and its address, without a browser: what the canvas reports, and what the address wishes."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import pages
from app.canvas import View
from app.canvas.component import Known
from app.pages import VIEWS
from tests.app import trees


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    trees.write_run(tmp_path / "beam", [trees.beam(seed=1)])
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path))
    monkeypatch.setattr(pages, "link", lambda *_, **__: None)
    app = AppTest.from_file(str(VIEWS / "tree.py"), default_timeout=120)
    _run(app, node="5", at="1")
    return app


def _run(app: AppTest, **view: str) -> Known:
    app.query_params.clear()
    app.query_params.update({"run": "beam", **view})
    app.run()
    assert not app.exception, app.exception
    known = app.session_state[f"tree-canvas:beam:{trees.beam(seed=1).problem.id}:canvas"]
    assert isinstance(known, Known)
    return known


def test_a_report_that_comes_with_an_older_address_is_not_undone_by_it(app: AppTest) -> None:
    has = _run(app, node="5", at="1")
    told, requests = has.wished_at, has.requests
    has.view, has.heard = View.heard({"moment": 2}), True
    _run(app)
    assert (app.query_params["node"], app.query_params["at"]) == ("5", "2")
    assert (has.node, has.view.moment) == (5, 2)
    assert (has.wished_at, has.requests) == (told, requests)


def test_an_address_that_comes_without_a_report_is_a_wish(app: AppTest) -> None:
    has = _run(app, node="5", at="1")
    told = has.wished_at
    _run(app, node="3", at="2")
    assert (has.node, has.view.moment) == (3, 2)
    assert has.wished_at > told


def test_what_the_slider_runs_by_and_what_widths_mean_stay_in_the_address(app: AppTest) -> None:
    has = _run(app, node="5", at="1", width="tokens")
    has.view, has.node, has.picked, has.heard = View.heard({"moment": 1, "by": "tokens"}), 3, True, True
    app.run()
    said = {name: "".join(value) for name, value in app.query_params.items()}
    assert {"node": "3", "at": "1", "by": "tokens", "width": "tokens"}.items() <= said.items()
