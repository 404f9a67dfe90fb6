"""Files that are taken along from the Tree page, without a browser."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import data, pages, places, taking_along
from tests.app.trees import beam, write_run

PAGE = places.REPOSITORY / "app" / "views" / "tree.py"


@pytest.fixture(autouse=True)
def _runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(tmp_path / "runs" / "one", [beam()])
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path / "runs"))


@pytest.mark.parametrize("what", taking_along.WHAT)
def test_every_file_that_is_offered_is_made_and_says_what_is_in_it(what: str) -> None:
    for how in {"nodes": [".csv", ".parquet"], "trees": [".csv"], "plain": [""]}.get(what, ["truth", "reward"]):
        made = taking_along.make("one", what, how)
        assert isinstance(made, taking_along.Made), made
        assert made.name.startswith(f"one-{what}.") and made.content and made.said[0].isdigit()
        if how == ".parquet":
            assert len(pd.read_parquet(io.BytesIO(made.content))) == len(data.load_tree("one", "4-5-6-10-24"))
        if made.name.endswith(".jsonl"):
            assert all(json.loads(line) for line in made.content.decode().splitlines())


def test_where_there_is_no_example_it_says_so_instead_of_giving_an_empty_file(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "bare", [])
    said = taking_along.make("bare", "sft", "truth")
    assert isinstance(said, str) and "got no example" in said and str(tmp_path) not in said


def test_the_tree_page_makes_a_file_when_it_is_asked_for() -> None:
    test = AppTest.from_file(str(PAGE), default_timeout=60)
    test.query_params["run"] = "one"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "link", lambda *_, **__: None)
        test.run()
        assert not test.exception
        test.selectbox(key="tree-take-what").set_value("steps").run()
        test.button(key="tree-take-make").click().run()
    assert not test.exception
    assert any("example" in caption.value and "from 1 tree" in caption.value for caption in test.caption)
