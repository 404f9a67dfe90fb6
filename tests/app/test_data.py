import subprocess
import sys
from pathlib import Path

import pytest

from app import data, places, upload
from engine.protocol import ArbutusError
from engine.runs import RunError, pack
from tests.imports.files import PLAIN, write
from tests.measure.logged import a_tree, write_run, write_sweep


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two roots: samples with a sweep, a single run and a broken one; and the user's own runs, none yet."""
    samples, runs = tmp_path / "samples", tmp_path / "runs"
    write_sweep(samples / "a-sweep", seeds=1)
    write_run(samples / "one", [a_tree("1-2-6-10", [True, False])], title="One tree")
    (samples / "broken").mkdir()
    (samples / "broken" / "run.json").write_text("{nope")
    runs.mkdir()
    monkeypatch.setenv("ARBUTUS_RUNS", f"{samples}:{runs}")
    return samples, runs


def test_runs_are_listed_by_short_keys_and_groups(roots: tuple[Path, Path]) -> None:
    refs = {ref.key: ref for ref in data.list_runs()}
    assert refs["a-sweep/beam-n4-s0"].group == "a-sweep"
    assert refs["one"].title == "One tree"
    assert refs["one"].group == ""
    assert len(refs) == 9


def test_a_broken_run_is_listed_with_its_error_and_without_the_machines_paths(roots: tuple[Path, Path]) -> None:
    broken = data.find("broken")
    assert broken.info is None
    assert broken.error is not None
    assert broken.error.startswith("broken/")
    assert str(roots[0]) not in broken.error


def test_the_users_own_runs_are_told_from_samples_by_the_name_of_their_root(roots: tuple[Path, Path]) -> None:
    write_run(roots[1] / "one", [a_tree("2-2", [True])])
    assert data.find("runs/one").path == roots[1] / "one"
    assert data.find("one").path == roots[0] / "one"


def test_a_packed_run_has_the_key_of_its_folder(roots: tuple[Path, Path]) -> None:
    pack(roots[0] / "one", roots[0] / "packed.arbutus")
    assert data.find("packed").path.name == "packed.arbutus"
    pack(roots[0] / "one", roots[0] / "one.arbutus")
    assert data.find("one").path.name == "one", "the folder counts before its packed copy"


@pytest.mark.parametrize("key", ["../secret", "/etc", "a-sweep/../../secret", "", ".", "..", "one/", "nope", "x" * 999])
def test_no_key_leads_out_of_the_roots(roots: tuple[Path, Path], key: str) -> None:
    write_run(roots[0].parent / "secret", [a_tree("1-1", [True])])
    with pytest.raises(data.UnknownRunError, match="there is no such run"):
        data.open_run(key)


def test_a_link_out_of_a_root_is_not_followed(roots: tuple[Path, Path]) -> None:
    write_run(roots[0].parent / "secret", [a_tree("1-1", [True])])
    (roots[0] / "way-out.arbutus").symlink_to(roots[0].parent / "secret" / "events.jsonl")
    assert "way-out" not in {ref.key for ref in data.list_runs()}


def test_a_run_is_opened_once_and_again_when_it_has_grown(roots: tuple[Path, Path]) -> None:
    first = data.open_run("one")
    assert data.open_run("one") is first
    events = roots[0] / "one" / "events.jsonl"
    events.write_bytes(events.read_bytes() + b"torn")
    assert data.open_run("one") is not first


def test_runs_with_one_title_are_told_apart_by_their_keys(roots: tuple[Path, Path]) -> None:
    write_run(roots[1] / "again", [a_tree("1-1", [True])], title="One tree")
    titles = {ref.key: ref.title for ref in data.list_runs()}
    assert titles["one"] == "One tree (one)"
    assert titles["runs/again"] == "One tree (runs/again)"


def test_sampling_strategies_of_a_collection_are_estimated_from_their_largest_runs(roots: tuple[Path, Path]) -> None:
    rows = data.pooled_collection_frame("a-sweep")
    sampled = rows[rows["strategy"] == "best-of-n"]
    assert set(sampled["run"]) == {"a-sweep/best-of-n-n16-s0"}
    assert sorted(set(sampled["n"])) == [1, 2, 4, 8, 16]
    assert sorted(set(rows.loc[rows["strategy"] == "beam", "n"])) == [1, 4, 16], "searches are as they were measured"


def test_a_tree_is_loaded_once(roots: tuple[Path, Path]) -> None:
    tree = data.load_tree("one", "1-2-6-10")
    assert len(tree) == 3
    assert data.load_tree("one", "1-2-6-10") is tree


def test_a_tree_that_is_not_there_is_a_named_error(roots: tuple[Path, Path]) -> None:
    with pytest.raises(RunError, match="no tree 'nope'"):
        data.load_tree("one", "nope")


def test_collections_are_folders_of_several_runs_and_their_frame_names_runs_by_key(roots: tuple[Path, Path]) -> None:
    assert {name: len(refs) for name, refs in data.collections().items()} == {"a-sweep": 7}
    rows = data.collection_frame("a-sweep")
    assert len(rows) == 7 * 6
    assert "a-sweep/beam-n4-s0" in set(rows["run"])
    with pytest.raises(data.UnknownRunError, match="no folder of several runs"):
        data.collection_frame("../a-sweep")


def test_runs_of_two_tasks_in_one_folder_are_two_collections(roots: tuple[Path, Path]) -> None:
    for n in (1, 4):
        write_run(roots[0] / "mixed" / f"puzzles-{n}", [a_tree("1-1", [True]), a_tree("2-2", [True])])
        write_run(roots[0] / "mixed" / f"stories-{n}", [a_tree("a", [True]), a_tree("b", [True])], task="word-problems")
    assert {"mixed (countdown)", "mixed (word-problems)"} < set(data.collections())
    for task in ("countdown", "word-problems"):
        runs = data.collection_frame(f"mixed ({task})")["run"].unique()
        assert [data.open_run(run).info.task for run in runs] == [task] * 2


def test_a_single_run_of_another_task_leaves_the_name_of_a_collection_alone(roots: tuple[Path, Path]) -> None:
    write_run(roots[0] / "a-sweep" / "story", [a_tree("a", [True]), a_tree("b", [True])], task="word-problems")
    assert {name: len(refs) for name, refs in data.collections().items()} == {"a-sweep": 7}


def test_a_run_that_breaks_leaves_the_rest_of_its_collection(roots: tuple[Path, Path]) -> None:
    (roots[0] / "a-sweep" / "greedy-n1-s0" / "run.json").write_text("{}")
    assert len(data.collection_frame("a-sweep")) == 6 * 6


def test_an_upload_is_kept_and_listed_and_a_second_one_gets_a_name_of_its_own(
    roots: tuple[Path, Path], tmp_path: Path
) -> None:
    file = tmp_path / "mine.arbutus"
    pack(roots[0] / "one", file)
    assert upload.keep("../../mine 1.arbutus", file.read_bytes()).key == "runs/uploads/mine-1"
    other = file.read_bytes()
    pack(roots[0] / "a-sweep" / "beam-n4-s0", file)
    assert upload.keep("mine 1.arbutus", file.read_bytes()).key == "runs/uploads/mine-1-1"
    assert upload.keep("mine 1.arbutus", other).key == "runs/uploads/mine-1", "the same file is kept once"
    assert "runs/uploads" not in data.collections()


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off"])
def test_an_upload_that_is_no_run_is_refused_by_name_and_leaves_nothing_behind(
    roots: tuple[Path, Path], content: bytes
) -> None:
    with pytest.raises(RunError, match=r"mine\.arbutus"):
        upload.keep("mine.arbutus", content)
    assert not list(roots[1].rglob("*.arbutus"))


def test_a_file_of_another_system_is_imported_and_kept_once(roots: tuple[Path, Path], tmp_path: Path) -> None:
    content = write(tmp_path / "file", [PLAIN]).read_bytes()
    ref = upload.keep("../my sums.jsonl", content)
    assert ref.key == "runs/uploads/my-sums" and ref.info is not None and ref.info.source["file"] == "my sums.jsonl"
    assert data.load_tree(ref.key, "sum").problem.question == PLAIN["question"]
    assert upload.keep("my sums.jsonl", content).key == ref.key, "the same file is kept once"
    assert upload.keep("my sums.jsonl", content + content).key == "runs/uploads/my-sums-1"
    pack(roots[0] / "one", tmp_path / "packed.arbutus")
    packed = (tmp_path / "packed.arbutus").read_bytes()
    assert upload.keep("my sums.arbutus", packed).key == "runs/uploads/my-sums-2", "a key names one run"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"[[[", b"\xff\xfe", b'{"question": 7}', b'{"arbutus": 1}'])
def test_a_file_that_is_not_understood_is_refused_by_name_and_leaves_nothing_behind(
    roots: tuple[Path, Path], content: bytes
) -> None:
    for format in (None, "plain", "prm800k"):
        with pytest.raises(ArbutusError, match=r"^mine\.json"):
            upload.keep("mine.json", content, format)
    assert not roots[1].exists() or not [path for path in roots[1].rglob("*") if path.is_file()]


def test_roots_that_are_not_there_hold_no_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path / "nowhere"))
    assert data.list_runs() == []
    assert data.collections() == {}


def test_browsing_imports_neither_torch_nor_transformers() -> None:
    imports = "import sys, app.data, app.pages, engine.figures.curves, app.figures.spark"
    code = f"{imports}; sys.exit(bool({{'torch', 'transformers'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=places.REPOSITORY, check=False).returncode == 0
