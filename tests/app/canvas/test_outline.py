"""The outline and the switch to it, without a browser: what the address says, and what the session keeps."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import pages
from app.canvas import View
from app.canvas.component import Known, script
from app.canvas.outline import MODULES
from app.pages import VIEWS
from app.showing import FIRST, SHOWINGS, as_query
from tests.app import trees


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    trees.write_run(tmp_path / "beam", [trees.beam(seed=1), trees.beam(numbers=(1, 3, 4, 6), seed=2)])
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path))
    monkeypatch.setattr(pages, "link", lambda *_, **__: None)
    return AppTest.from_file(str(VIEWS / "tree.py"), default_timeout=120)


def opened(app: AppTest, **query: str) -> AppTest:
    app.query_params.clear()
    app.query_params.update({"run": "beam", **query})
    app.run()
    assert not app.exception, app.exception
    return app


def known(app: AppTest, key: str) -> Known | None:
    name = f"{key}:beam:{trees.beam(seed=1).problem.id}:canvas"
    try:
        has: Known = app.session_state[name]
    except KeyError:
        return None
    return has


def address(app: AppTest) -> dict[str, str]:
    return {name: "".join(value) for name, value in app.query_params.items()}


def test_only_the_view_that_the_address_names_is_drawn(app: AppTest) -> None:
    opened(app, view="outline", node="5")
    outline = known(app, "tree-outline")
    assert outline is not None and outline.node == 5
    assert known(app, "tree-canvas") is None


def test_an_address_with_an_unknown_view_shows_the_first(app: AppTest) -> None:
    opened(app, view="<b>")
    assert known(app, "tree-canvas") is not None
    assert known(app, "tree-outline") is None


def test_a_step_picked_in_the_outline_is_the_one_of_the_canvas_and_of_the_address(app: AppTest) -> None:
    opened(app, view="outline", node="5", at="2", colour="order")
    outline = known(app, "tree-outline")
    assert outline is not None
    outline.node, outline.picked, outline.heard = 7, True, True
    app.run()
    assert {"node": "7", "view": "outline", "at": "2", "colour": "order"}.items() <= address(app).items()
    app.segmented_control(key="tree-showing").set_value("canvas").run()
    canvas = known(app, "tree-canvas")
    assert canvas is not None and canvas.node == 7
    assert canvas.view == View(moment=2, colour="order", filter=(0.0, 1.0), query="", by="events")
    assert "view" not in address(app)


def test_the_next_problem_is_seen_in_the_same_view(app: AppTest) -> None:
    opened(app, view="outline", node="5")
    app.button(key="tree-Next").click().run()
    assert address(app) == {"run": "beam", "problem": "1-3-4-6-24", "view": "outline"}


def test_the_first_view_needs_no_name_in_the_address() -> None:
    assert {name: as_query(name) for name in SHOWINGS if name != FIRST} == {
        name: {"view": name} for name in list(SHOWINGS)[1:]
    }
    assert as_query(FIRST) == {}


def test_the_outline_is_one_script_that_writes_text_alone() -> None:
    joined = script(MODULES)
    assert joined.count("export default function") == 1
    assert "\nimport " not in joined
    assert "innerHTML" not in joined and "insertAdjacentHTML" not in joined
