"""The What-if page without a browser and without a worker, and how a changed tree tells where it comes from."""

import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import changing, lineage, live, pages, places, worker
from engine import cli
from engine.runs import Run, RunWriter
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


def test_of_an_imported_run_rewards_alone_can_be_otherwise(runs: Path) -> None:
    write_run(runs / "foreign", [beam()], source={"format": "plain"}, policy={"id": "not known"}, prm=None)
    test = opened(run="foreign", node="1")
    assert test.radio[0].options == ["Another PRM"]
    assert any("Only rewards can be otherwise: this run was imported" in caption.value for caption in test.caption)
    assert [button for button in test.button if button.key == "whatif-go"]


def interrupted(runs: Path) -> tuple[Path, dict[str, Any]]:
    """A change of the sample tree that was stopped after its first words, and what the worker is to do with it."""
    shutil.copytree(SAMPLE / "dropped", runs / "dropped")
    folder = places.roots()[-1] / "whatif" / "stopped"
    job: dict[str, Any] = {
        "run": "dropped", "path": str(runs / "dropped"), "problem": Run.open(SAMPLE / "dropped").summaries[0].id,
        "change": {"kind": "more", "node": 0, "more": 3, "text": "", "prm": ""}, "pause": 0.0,
        "parameters": {}, "budget": {}, "prices": {}, "temperature": 0.8, "seed": 5,
    }  # fmt: skip
    worker.work({**job, "id": "1", "folder": str(folder), "command": "x"}, {})
    events = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "events.jsonl").write_bytes(b"".join(events[:3]))
    (folder / "index.jsonl").write_bytes(b"")
    return folder, {"id": "2", "folder": str(folder), "resume": str(runs / "dropped"), "pause": 0.0}


def test_an_interrupted_change_is_offered_and_goes_on_in_the_worker(runs: Path) -> None:
    folder, job = interrupted(runs)
    live.cancel(folder)
    told = " ".join(element.proto.body for element in opened().get("html"))
    assert "3 more children sampled; its search was interrupted" in told
    alone = opened(run=places.key_of(folder))
    assert {"go-on-" + places.key_of(folder), "discard-" + places.key_of(folder)} <= {b.key for b in alone.button}
    worker.work(job, {})
    made = Run.open(folder)
    assert made.is_complete and len(made.tree(0)) == len(Run.open(SAMPLE / "dropped").tree(0)) + 3
    assert "interrupted" not in " ".join(element.proto.body for element in opened().get("html"))


def test_an_address_that_came_too_late_leads_to_the_tree_that_goes_on_and_a_new_one_does_not(runs: Path) -> None:
    at = {"run": "one", "problem": Run.open(runs / "one").tree(0).problem.id, "node": "1"}
    test = opened()
    test.session_state["whatif-way"] = {}, at
    test.run()
    assert dict(test.query_params) == at
    test.run()
    assert "whatif-way" not in test.session_state
    test.query_params.clear()
    test.run()
    assert not test.query_params


def test_an_interrupted_change_whose_source_is_gone_can_only_be_discarded(runs: Path) -> None:
    folder, _ = interrupted(runs)
    shutil.rmtree(runs / "dropped")
    test = opened()
    assert any("isn't here, so it can't go on" in caption.value for caption in test.caption)
    test.button(key="discard-" + places.key_of(folder)).click().run()
    assert not test.exception and not folder.exists()


def test_a_changed_run_that_is_damaged_does_not_take_the_page_with_it(runs: Path) -> None:
    folder, _ = interrupted(runs)
    (folder / "events.jsonl").write_bytes(b'{"what": 1}\n{"t": 0}\n')
    test = opened()
    assert test.title[0].value.startswith("What if") and not test.warning


def test_what_is_still_being_written_is_not_called_interrupted(runs: Path) -> None:
    folder, _ = interrupted(runs)
    writer, _ = RunWriter.resume(folder)
    with writer:
        assert not [button for button in opened().button if button.key and button.key.startswith("go-on-")]
    assert [button for button in opened().button if button.key and button.key.startswith("go-on-")]


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
