"""All of a file, or nothing: what is left behind, what is skipped, and what a run made elsewhere says of itself."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from engine.imports import FORMATS, About, ForeignError, find_format, import_file, recognise
from engine.runs import Run, RunError
from tests.imports import files

PLAIN = FORMATS["plain"]


def plain(**change: Any) -> dict[str, Any]:
    return files.PLAIN | change


def test_all_bad_lines_are_told_at_once_and_nothing_is_left(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text("\n".join([json.dumps(plain()), "{", json.dumps(plain(question=7)), json.dumps(plain())]))
    with pytest.raises(ForeignError) as refused:
        import_file(file, tmp_path / "deep" / "run", PLAIN)
    said = str(refused.value)
    assert "line 2: expected JSON" in said and "line 3: got no record of plain JSON: expected `str`, got `int`" in said
    assert "--skip-bad" in said
    assert not list((tmp_path / "deep").iterdir())


def test_bad_lines_can_be_left_out_and_the_run_says_which(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text("\n".join([json.dumps(plain(id="a")), "{", json.dumps(plain(id="b"))]))
    run = import_file(file, tmp_path / "run", PLAIN, skip_bad=True)
    assert [s.id for s in run.summaries] == ["a", "b"] and run.is_complete
    assert run.info.source["records"] == 3 and run.info.source["skipped"][0].startswith("line 2: ")


def test_after_eight_bad_lines_it_says_that_there_may_be_more(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text(json.dumps(plain()) + "\n" + "{\n" * 100)
    with pytest.raises(ForeignError, match=r"line 9: .*\nThere may be more") as refused:
        import_file(file, tmp_path / "run", PLAIN)
    assert "line 10:" not in str(refused.value)


def test_a_file_of_which_nothing_can_be_understood_makes_no_run(tmp_path: Path) -> None:
    file = files.write(tmp_path / "some.jsonl", [files.THOUGHTS])
    with pytest.raises(ForeignError, match="of 1 records none can be understood: line 1"):
        import_file(file, tmp_path / "run", PLAIN, skip_bad=True)
    (tmp_path / "empty").touch()
    with pytest.raises(ForeignError, match="empty: got no record"):
        import_file(tmp_path / "empty", tmp_path / "run", PLAIN)
    assert not (tmp_path / "run").exists()


def test_a_run_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    file = files.write(tmp_path / "some.jsonl", [plain()])
    import_file(file, tmp_path / "run", PLAIN)
    before = sorted((p.name, p.read_bytes()) for p in (tmp_path / "run").iterdir())
    with pytest.raises(ForeignError, match="is there already"):
        import_file(file, tmp_path / "run", PLAIN)
    assert sorted((p.name, p.read_bytes()) for p in (tmp_path / "run").iterdir()) == before


def test_two_problems_with_one_id_are_both_found(tmp_path: Path) -> None:
    run = import_file(files.write(tmp_path / "some.jsonl", [plain()] * 3), tmp_path / "run", PLAIN)
    assert [s.id for s in run.summaries] == ["sum", "sum-2", "sum-3"]
    assert run.tree("sum-3").problem.question == plain()["question"]


def test_what_a_person_knows_of_a_file_is_said_in_the_run(tmp_path: Path) -> None:
    file = files.write(tmp_path / "log.json", [files.THOUGHTS], array=True)
    about = About("gpt-4", "gpt-4 itself", "tot-bfs", "A title", "A note", "python -m engine import …")
    info = import_file(file, tmp_path / "run", recognise(file), about).info
    assert (info.policy, info.prm) == ({"id": "gpt-4"}, {"id": "gpt-4 itself"})
    assert info.strategy == "tot-bfs" and info.title == "A title" and info.note == "A note"
    assert info.parameters == {"n": 1 + 1}


def test_a_format_that_is_not_certain_has_to_be_named(tmp_path: Path) -> None:
    for record in ({"question": "what?"}, [1], 7):
        file = files.write(tmp_path / "some.jsonl", [record])
        with pytest.raises(ForeignError, match="name its format: one of tree-of-thoughts, "):
            recognise(file)
    with pytest.raises(ForeignError, match="got the format 'csv', expected one of: tree-of-thoughts"):
        find_format("csv")
    (tmp_path / "some.jsonl").write_text("")
    with pytest.raises(ForeignError, match="empty file"):
        recognise(tmp_path / "some.jsonl")


def test_an_imported_run_resumes_packs_and_reads_as_any_other(tmp_path: Path) -> None:
    from engine.runs import RunWriter, pack

    import_file(files.write(tmp_path / "some.jsonl", [plain()] * 2), tmp_path / "run", PLAIN)
    pack(tmp_path / "run", tmp_path / "run.arbutus")
    packed = Run.open(tmp_path / "run.arbutus")
    assert packed.info.source["format"] == "plain" and packed.tree(1).problem.id == "sum-2"
    writer, run = RunWriter.resume(tmp_path / "run")
    writer.close()
    assert run.is_complete


def test_a_writer_may_forget_trees_that_are_closed_and_no_others(tmp_path: Path) -> None:
    from engine.runs import RunWriter
    from tests.runs.logs import a_tree, grown, info

    with RunWriter.create(tmp_path / "run", info()) as writer:
        whole, growing = a_tree(0), a_tree(1, finished=False)
        writer.write({0: whole, 1: growing})
        writer.forget([0, 1])
        growing.apply(grown(1))
        writer.write({1: growing})
    run = Run.open(tmp_path / "run")
    assert len(run.tree(0)) == len(whole) and len(run.tree(1)) == len(growing)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    long = plain(steps=[{"id": i, "text": "x" * 200_000} for i in range(4)], chosen=None)
    file = files.write(tmp_path / "long.jsonl", [long] * 50)
    assert file.stat().st_size > 40_000_000
    tracemalloc.start()
    try:
        import_file(file, tmp_path / "run", PLAIN)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


def test_a_disk_that_is_full_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.runs import writer

    def full(*_: object) -> None:
        raise RunError("can't write: no space left")

    monkeypatch.setattr(writer.RunWriter, "write", full)
    with pytest.raises(RunError, match="no space"):
        import_file(files.write(tmp_path / "some.jsonl", [plain()]), tmp_path / "run", PLAIN)
    assert [p.name for p in tmp_path.iterdir()] == ["some.jsonl"]
