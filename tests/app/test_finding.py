from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import finding, pages
from app.finding import counted, holding
from tests.measure.logged import a_tree, write_run

PROBLEMS = pd.DataFrame({"problem": ["a-1", "b-2", "c-3"], "question": ["Use 3 and 8", "Use 8 and 13", "Ask (3"]})


@pytest.mark.parametrize(
    ("words", "expected"),
    [("", ["a-1", "b-2", "c-3"]), (" use ", ["a-1", "b-2"]), ("B-2", ["b-2"]), ("(3", ["c-3"]), ("nothing", [])],
)
def test_a_problem_is_found_by_words_of_its_id_or_its_question(words: str, expected: list[str]) -> None:
    assert holding(PROBLEMS, words)["problem"].tolist() == expected


def test_the_list_says_how_many_were_found_among_how_many() -> None:
    assert counted(1200, 1200) == "Problem (1,200)"
    assert counted(12, 1200) == "Problem (12 of 1,200 found)"


def test_new_words_lead_to_the_first_problem_that_holds_them_and_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path))
    monkeypatch.setattr(finding, "LISTED", 3)
    monkeypatch.setattr(pages, "link", lambda *_, **__: None)
    write_run(tmp_path / "many", [a_tree(f"{i}-2-6-10", [True]) for i in (1, 2, 3, 11, 12)])
    app = AppTest.from_file(str(pages.VIEWS / "tree.py"), default_timeout=60)
    app.query_params["run"] = "many"
    app.run()
    app.text_input("tree-find").set_value("11-2").run()
    assert app.query_params["problem"] == "11-2-6-10"
    app.text_input("tree-find").set_value("12-").run()
    assert app.query_params["problem"] == "12-2-6-10" and "Problem (1 of 5 found)" in [s.label for s in app.selectbox]
    app.text_input("tree-find").set_value("2-6").run()
    app.button("tree-Previous").click().run()
    assert app.query_params["problem"] == "11-2-6-10" and app.button("tree-Previous").disabled is False
    app.button("tree-Next").click().run()
    assert app.query_params["problem"] == "12-2-6-10" and app.button("tree-Next").disabled
    app.text_input("tree-find").set_value("not there").run()
    assert app.query_params["problem"] == "12-2-6-10" and "Problem (0 of 5 found)" in [s.label for s in app.selectbox]
    assert not app.exception
