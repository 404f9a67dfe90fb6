"""Whatever is in a file, it is imported as a run that reads whole, or refused in words with nothing left behind."""

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.imports import FORMATS, import_file
from engine.measure.frame import frame
from engine.protocol import ArbutusError
from engine.render import show
from engine.runs import Run
from tests.imports import files

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([float("nan"), math.inf, -math.inf, 10**30, -1e308, 2**63]),
    st.sampled_from(
        ["", "\ud800", "<script>alert(1)</script>", "\u202eright to left", "🤷‍♀️", "\0", "\n\n", "Answer: 1/0"]
    ),
    st.text(max_size=5),
    st.lists(st.none() | st.integers() | st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none() | st.integers(), max_size=2),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value within a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, below in inner for place in places(below, (*path, key)))]


def put(record: Any, path: tuple[Any, ...], value: Any, how: str) -> Any:
    if not path:
        return value
    record = copy.deepcopy(record)
    at = record
    for key in path[:-1]:
        at = at[key]
    if how == "remove":
        del at[path[-1]]
    elif how == "twice" and isinstance(at, list):
        at.append(copy.deepcopy(at[path[-1]]))
    else:
        at[path[-1]] = value
    return record


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Any]:
    """A good record with up to three things in it changed, doubled or removed."""
    name = draw(st.sampled_from(list(FORMATS)))
    record = files.ALL[name]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(record)))
        record = put(record, place, draw(ODD), draw(st.sampled_from(["change", "remove", "twice"])))
    return name, record


def imported(folder: Path, name: str, data: bytes) -> Run | None:
    """The run, read back to the last node; None if the file was refused, which leaves nothing behind."""
    file, out = folder / "file.jsonl", folder / "run"
    file.write_bytes(data)
    try:
        run = import_file(file, out, FORMATS[name])
    except ArbutusError as error:
        assert "file.jsonl" in str(error) and len(str(error)) < 5000
        assert not out.exists() and not list(folder.glob(".run-*"))
        return None
    try:
        for summary in run.summaries:
            tree = run.tree(summary.index)
            show(tree, all_nodes=True)
            for node in tree:
                assert node.reward is None or 0 <= node.reward <= 1
                assert node.raw is None or math.isfinite(node.raw)
        assert len(frame([run])) == len(run)
        return run
    finally:
        for path in out.iterdir():
            path.unlink()
        out.rmdir()


@given(mutated())
def test_a_record_in_which_anything_is_changed_is_imported_or_refused(folder: Path, changed: tuple[str, Any]) -> None:
    name, record = changed
    imported(folder, name, json.dumps(record).encode())


@given(st.sampled_from(list(FORMATS)), st.data())
def test_a_file_that_is_cut_or_garbled_is_imported_or_refused(folder: Path, name: str, data: st.DataObject) -> None:
    whole = b"".join(json.dumps(files.ALL[name], ensure_ascii=False).encode() + b"\n" for _ in range(2))
    at = data.draw(st.integers(0, len(whole)))
    garbled = whole[:at] + data.draw(st.binary(max_size=4)) + whole[at + data.draw(st.integers(0, 4)) :]
    imported(folder, name, whole[:at])
    imported(folder, name, garbled)


@pytest.mark.parametrize("name", FORMATS)
def test_values_nested_a_hundred_thousand_deep_are_refused(name: str, folder: Path) -> None:
    for data in (b"[" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000):
        assert imported(folder, name, data) is None


def test_a_score_that_is_no_number_is_missing_and_says_what_it_was(folder: Path) -> None:
    record = files.ESTIMATED | {"reasoning_steps": {"text": "q", "children": [
        {"text": "s", "mc_value": float("nan"), "children": []}]}}  # fmt: skip
    file, out = files.write(folder / "nan.json", [record]), folder / "nan"
    node = import_file(file, out, FORMATS["omegaprm"]).tree(0).node(1)
    assert node.reward is None and node.raw is None and node.error == "the score was nan"


def test_a_step_of_a_megabyte_is_kept_whole(folder: Path) -> None:
    text = "x\u202e" * 500_000
    record = files.PLAIN | {"steps": [{"id": 1, "text": text}], "chosen": None}
    run = import_file(files.write(folder / "long.json", [record]), folder / "long", FORMATS["plain"])
    assert run.tree(0).node(1).text == text


def test_texts_that_would_keep_a_pattern_busy_for_days_are_read_at_once(folder: Path) -> None:
    gap, boxes = "answer is" + " " * 1_000_000 + "x", "\\boxed{" * 100_000
    shepherd = f"What? Step 1: a The answer is: x{' ' * 500_000}x "
    for name, record in (
        ("search-and-learn", files.FOUND | {"completions": [gap, boxes], "scores": [[0.1], [0.1]], "pred": None}),
        ("omegaprm", files.ESTIMATED | {"reasoning_steps": {"text": "q", "children": [
            {"text": text, "mc_value": 1.0, "children": []} for text in (gap, boxes)]}}),
        ("math-shepherd", {"input": f"{shepherd}ки", "label": f"{shepherd}+"}),
    ):  # fmt: skip
        assert imported(folder, name, json.dumps(record).encode()) is not None


def test_a_chain_that_is_too_long_is_refused_before_it_fills_memory(folder: Path) -> None:
    steps = [{"id": i, "text": "a", "parent": i - 1 if i else None} for i in range(50_000)]
    assert imported(folder, "plain", json.dumps(files.PLAIN | {"steps": steps, "chosen": None}).encode()) is None
    nested: Any = {"text": "end", "children": []}
    for _ in range(200):
        nested = {"text": "s", "children": [nested]}
    deep = imported(folder, "omegaprm", json.dumps(files.ESTIMATED | {"reasoning_steps": nested}).encode())
    assert deep is not None


def test_half_a_surrogate_pair_is_replaced_wherever_it_stands(folder: Path) -> None:
    record = {**files.PLAIN, "question": "why \ud83d?", "id": "\udc00", "why": "\ud800", "meta": {"\ud800": "\ud800"}}
    run = imported(folder, "plain", json.dumps(record).encode())
    assert run is not None
