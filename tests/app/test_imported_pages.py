"""Every page opens on runs of other systems: tasks nobody knows, no costs, no rewards, no choice."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import pages
from app.pages import VIEWS
from engine.imports import FORMATS, About, import_file
from engine.runs import Run
from tests.imports.files import ALL, write
from tests.measure.logged import write_sweep


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Imported runs of each format on their own, all in one collection, and some beside runs that were made here."""
    root = tmp_path_factory.mktemp("imported")
    for name, record in ALL.items():
        file = write(root / f"{name}.jsonl", [record] * 2)
        import_file(file, root / "runs" / name, FORMATS[name])
        import_file(file, root / "runs" / "together" / name, FORMATS[name], About(prm="a judge"))
    write_sweep(root / "runs" / "mixed", seeds=1)
    import_file(root / "tree-of-thoughts.jsonl", root / "runs" / "mixed" / "tot", FORMATS["tree-of-thoughts"])
    return root / "runs"


def opened(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(VIEWS / f"{page}.py"), default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


@pytest.fixture(autouse=True)
def _roots(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page on its own has no navigation, so its links lead nowhere."""
    monkeypatch.setenv("ARBUTUS_RUNS", str(runs))
    monkeypatch.setattr(pages, "link", lambda *_, **__: None)


@pytest.mark.parametrize("run", ALL)
def test_its_trees_open(run: str) -> None:
    opened("tree", run=run, node="1")


@pytest.mark.parametrize("collection", ["together", "mixed"])
@pytest.mark.parametrize("unit", ["completions", "policy_tokens", "money"])
def test_curves_of_it_open_whatever_is_counted(collection: str, unit: str) -> None:
    opened("curves", collection=collection, x=unit, coverage="true", front="true")


@pytest.mark.parametrize("of", ["together", "mixed", "tree-of-thoughts", "search-and-learn"])
def test_the_prm_lab_opens(of: str) -> None:
    opened("prm_lab", of=of)


def test_start_says_that_they_were_imported() -> None:
    app = AppTest.from_file(str(VIEWS.parent / "main.py"), default_timeout=120).run()
    assert not app.exception, app.exception
    told = " ".join(element.proto.body for element in app.get("html"))
    assert ">Imported<" in told and "0 of 0 solved" not in told
    shown = [f"{format.title}: {name}.jsonl" for name, format in FORMATS.items()]
    assert sum(title in told for title in shown) >= 4, "as many as there are cards, but for those of collections"
    assert "no answers chosen, a right solution for 2 of 2" in told, "none was wrong"


@pytest.mark.parametrize("run", ALL)
def test_two_of_it_are_compared(run: str, runs: Path) -> None:
    other = {"with": f"together/{run}"}
    opened("compare", run=run, **other)
    opened("compare", run=run, problem=Run.open(runs / run).summaries[0].id, **other)


def test_curves_are_counted_at_first_in_what_files_tell_of() -> None:
    assert opened("curves", collection="together").session_state["x"] == "completions"


def test_the_prm_lab_says_of_a_run_without_prm_that_it_had_none() -> None:
    told = [element.value for element in opened("prm_lab", of="gsm8k").info]
    assert any("“gsm8k” is no run or collection that had a PRM" in said for said in told), told
