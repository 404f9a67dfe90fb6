"""Files of JSON as streams of records."""

import gzip
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.imports import stream as reading
from engine.imports.stream import ForeignError, records

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=4), values, min_size=1, max_size=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


def read(file: Path, data: str | bytes) -> list[tuple[int, Any, str]]:
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return [record[:3] for record in records(file)]


@settings(max_examples=40)
@given(
    st.lists(objects, min_size=1, max_size=6), st.sampled_from([None, 0, 2]), st.booleans(), st.sampled_from([7, 64])
)
def test_an_array_lines_and_objects_in_a_row_read_the_same(
    folder: Path, wanted: list[Any], indent: int | None, ascii: bool, chunk: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "CHUNK", chunk)
        array = json.dumps(wanted, indent=indent, ensure_ascii=ascii)
        lines = "\n\n".join(json.dumps(one, ensure_ascii=ascii) for one in wanted)
        spread = "\n".join(json.dumps(one, indent=1, ensure_ascii=ascii) for one in wanted)
        for text in (array, lines, spread, "\ufeff" + array, "\ufeff" + lines):
            assert [(value, problem) for _, value, problem in read(folder / "file", text)] == [(v, "") for v in wanted]


def test_every_record_knows_its_line(folder: Path) -> None:
    assert [line for line, *_ in read(folder / "file", '{"a": 1}\n\n{"a": 2}\n')] == [1, 3]
    assert [line for line, *_ in read(folder / "file", '[\n {"a":\n 1},\n\n {"a": 2}]')] == [2, 5]


def test_a_broken_line_is_one_record_with_a_problem(folder: Path) -> None:
    found = read(folder / "file", b'{"a": 1}\n{"a": \n{"a": "\xff"}\n{"a": 2}\n')
    assert [(line, value) for line, value, problem in found if not problem] == [(1, {"a": 1}), (4, {"a": 2})]
    (second, _, missing), (third, _, bytes) = found[1:3]
    assert (second, third) == (2, 3) and "expecting value" in missing and "not UTF-8" in bytes


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[{"a": 1},\n {"a": 2', 2, "expecting ',' delimiter"),
        ('[{"a": 1}\n {"a": 2}]', 2, "expected a comma or the end"),
        ('[{"a": 1}\n', 2, "the file ends"),
        ('[{"a": 1}] 7', 1, "after the end of the array"),
        ('{\n"a": 1,\n}', 3, "expected JSON"),
        ("what?", 1, "expecting value"),
        ("[" * 100_000, 1, "nested too deeply"),
        ('{"a":' * 100_000, 1, "nested too deeply"),
        ('[{"a": 1' + "0" * 10_000 + "}]", 1, "Exceeds the limit"),
    ],
)
def test_what_is_no_json_ends_the_stream_with_its_line(folder: Path, text: str, line: int, said: str) -> None:
    *_, (at, value, problem) = read(folder / "file", text)
    assert at == line and value is None and said.lower() in problem.lower()


def test_a_record_that_is_too_large_is_refused_and_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 1000)
    monkeypatch.setattr(reading, "CHUNK", 100)
    long = json.dumps({"a": "x" * 5000})
    for text in (long, f"[{long}]", f'{{"a": 1}}\n{long}'):
        *_, (_, value, problem) = read(folder / "file", text)
        assert value is None and "more than 1,000" in problem


@given(st.binary(max_size=60))
def test_no_bytes_at_all_upset_it(folder: Path, data: bytes) -> None:
    for line, _, _ in read(folder / "file", data):
        assert line >= 1


def test_a_file_that_is_not_there_is_an_error_in_words(folder: Path) -> None:
    with pytest.raises(ForeignError, match=r"missing\.json: can't be read"):
        list(records(folder / "missing.json"))


@pytest.mark.parametrize("array", [False, True])
def test_one_record_is_in_memory_at_a_time(folder: Path, array: bool) -> None:
    one = json.dumps({"text": "x" * 10_000})
    body = (",\n" if array else "\n").join([one] * 3000)
    (folder / "long").write_text(f"[{body}]" if array else body, encoding="utf-8")
    tracemalloc.start()
    try:
        assert sum(1 for _ in records(folder / "long")) == 3000
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()


def test_arrays_on_lines_of_their_own_are_records(tmp_path: Path) -> None:
    assert read(tmp_path / "file", "[1]\n[2, 3]\n") == [(1, [1], ""), (2, [2, 3], "")]
    assert [value for _, value, _ in read(tmp_path / "file", "[[1],\n[2]]")] == [[1], [2]]


LINES = '{"a": 1}\n{"a": "é"}\n'


def test_a_file_packed_by_gzip_reads_as_it_was(tmp_path: Path) -> None:
    for text in (LINES, '[{"a": 1},\n {"a": "é"}]'):
        assert read(tmp_path / "file.gz", gzip.compress(text.encode())) == read(tmp_path / "file", text)


def test_a_packed_file_that_is_cut_off_ends_with_a_problem(tmp_path: Path) -> None:
    whole = gzip.compress("".join(f'{{"a": {i}}}\n' for i in range(50_000)).encode())
    for data in (whole[: len(whole) // 2], whole[:20], whole[:-4], whole[:30] + b"garbage" + whole[37:]):
        found = read(tmp_path / "file.gz", data)
        assert "can't be unpacked further" in found[-1][2], data[:20]


def test_a_row_of_parquet_is_a_record_whatever_is_in_it(tmp_path: Path) -> None:
    table = pa.table({
        "text": ["a", None], "scores": [[[0.5, 0.25]], []], "at": [datetime(2024, 1, 2, tzinfo=UTC), None],
        "bytes": [b"\xff", b""],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "file.parquet")
    first, second = records(tmp_path / "file.parquet")
    assert first.value["scores"] == [[0.5, 0.25]] and json.dumps(first.value) and first.place == "row"
    assert (second.line, second.value["text"]) == (2, None)


def test_parquet_that_is_cut_off_is_one_problem(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": list(range(1000))}), tmp_path / "file")
    data = (tmp_path / "file").read_bytes()
    for cut in (data[:4], data[: len(data) // 2], data[:-1]):
        ((line, _, problem),) = read(tmp_path / "file", cut)
        assert line == 1 and "expected Parquet" in problem


def test_lines_may_end_as_on_windows_and_begin_with_a_mark_of_their_encoding(tmp_path: Path) -> None:
    wanted = [record[1] for record in read(tmp_path / "file", LINES)]
    assert [r[1] for r in read(tmp_path / "file", b"\xef\xbb\xbf" + LINES.replace("\n", "\r\n").encode())] == wanted
    for encoding in ("utf-16", "latin-1"):
        assert any("not UTF-8" in r[2] for r in read(tmp_path / "file", LINES.encode(encoding))), encoding
