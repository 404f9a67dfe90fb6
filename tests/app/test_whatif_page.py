"""The What-if page without a browser and without a worker, and how a changed tree tells where it comes from."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import changing, lineage, live, pages, places, worker
from engine import cli
from engine.runs import Run
from engine.whatif.changes import Change
from tests.app.trees import beam, write_run

PAGE = places.REPOSITORY / "app" / "views" / "whatif.py"
SAMPLE = places.REPOSITORY / "sample_runs" / "trees"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "samples"
    about: dict[str, Any] = {"policy": {"id": "countdown-policy"}, "prm": {"id": "countdown-prm"}}
    write_run(folder / "one", [beam()], **about)
    write_run(folder / "imported", [beam()], source={"format": "plain"}, task="imported", **about)
    write_run(folder / "elsewhere", [beam()], policy={"id": "some/model"}, prm={"id": "countdown-prm"})
    monkeypatch.setenv("ARBUTUS_RUNS", f"{folder}:{tmp_path / 'runs'}")
    monkeypatch.setattr(pages, "link", lambda *_, **__: None)  # a page drawn alone has no others to link to
    monkeypatch.setattr(live.Worker, "start", lambda _: None)
    return folder


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(str(PAGE), default_timeout=30)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def test_what_can_be_changed_at_a_step_depends_on_what_became_of_it() -> None:
    tree = beam()
    dropped = next(n for n in tree.nodes[1:] if n.mark == "dropped" and n.open)
    went_on = next(n for n in tree.nodes[1:] if n.children)
    end = tree.finished()[0]
    assert changing.possible(dropped)["go-on"] == "Force it to go on"
    assert list(changing.possible(went_on)) == ["more", "edit", "regenerate", "rescore"]
    assert list(changing.possible(end)) == ["edit", "rescore"]
    assert list(changing.possible(tree.root)) == ["more", "regenerate", "rescore"]


def test_the_form_offers_what_can_be_changed_at_the_node_of_the_address(runs: Path) -> None:
    node = next(n for n in beam().nodes[1:] if n.mark == "dropped" and n.open)
    test = opened(run="one", node=str(node.id))
    assert test.radio[0].options == list(changing.possible(node).values())
    test.radio[0].set_value("edit").run()
    assert not test.exception and test.text_area[0].value == node.text
    test.button(key="whatif-go").click().run()
    assert any("has already; change them" in error.value for error in test.error)


def test_a_run_that_cannot_be_changed_says_why(runs: Path) -> None:
    assert any("this run was imported" in warning.value for warning in opened(run="imported").warning)
    elsewhere = opened(run="elsewhere")
    assert any("'some/model' doesn't come with the engine" in warning.value for warning in elsewhere.warning)
    assert not [button for button in elsewhere.button if button.key == "whatif-go"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"run": HOSTILE}, "no run called"),
        ({"run": "one", "problem": HOSTILE}, "no problem called"),
        ({"run": "one", "node": "4711"}, "no node"),
        ({"run": "one", "node": "-3"}, "no node"),
    ],
)
def test_an_address_that_leads_nowhere_is_explained(runs: Path, query: dict[str, str], said: str) -> None:
    assert any(said in warning.value for warning in opened(**query).warning)


def test_the_command_that_a_change_records_makes_the_same_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Run.open(SAMPLE / "dropped").summaries[0].id
    job: dict[str, Any] = {
        "run": "trees/dropped", "path": str(SAMPLE / "dropped"), "problem": problem,
        "change": {"kind": "more", "node": 0, "more": 3, "text": "", "prm": ""}, "pause": 0.0,
        "parameters": {}, "budget": {}, "prices": {}, "temperature": 0.8, "seed": 5,
    }  # fmt: skip
    told = worker.change_command(tmp_path / "new", job)
    assert str(tmp_path) not in told and "trees/dropped" in told
    worker.work({**job, "id": "1", "folder": str(tmp_path / "new"), "command": told}, {})
    made = Run.open(tmp_path / "new")
    assert made.info.command == told and made.info.origin["run"] == "trees/dropped"

    words = shlex.split(told.removeprefix("python -m "))
    words[words.index("trees/dropped")], words[-1] = str(SAMPLE / "dropped"), str(tmp_path / "typed")
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code in (0, None)
    typed = Run.open(tmp_path / "typed")
    assert [(n.text, n.mark) for n in made.tree(0)] == [(n.text, n.mark) for n in typed.tree(0)]
    assert (made.info.temperature, made.info.seed) == (typed.info.temperature, typed.info.seed) == (0.8, 5)


def test_a_changed_run_finds_its_origin_by_key_or_by_name_and_time_and_misses_it_politely(runs: Path) -> None:
    info = json.loads((runs / "one" / "run.json").read_text())
    origin = {"run": "one", "started": info["started"]}
    found = lineage.source_of(origin)
    assert found is not None and found.key == "one"
    moved = lineage.source_of({**origin, "run": "somewhere/one"})
    assert moved is not None and moved.key == "one"
    assert lineage.source_of({**origin, "started": "another time"}) is None
    assert lineage.source_of({}) is None


def test_what_was_done_to_a_tree_is_told_and_escaped() -> None:
    origin = {"change": "edit", "words": "the step edited", "node": 3, "depth": 2, "step": HOSTILE, "answer": HOSTILE}
    said = lineage.words(origin) + lineage.before_and_now(origin, "24", True)
    assert "at step 2" in said and "<script>" not in said and "<b>24</b> ✓" in said
    assert lineage.before_and_now({"answer": "24", "correct": True}, "24", True).startswith("The answer is the same")


def test_the_words_of_a_change_are_those_of_its_command() -> None:
    assert Change("edit", 4, text="a b").options() == ["--node", "4", "--edit", "a b"]
    assert Change("rescore", prm="p").options() == ["--rescore", "p"]
