import zipfile
from pathlib import Path
from random import Random

import pytest

from engine.runs import Run, RunError, RunWriter, is_packed, pack, unpack
from engine.runs.files import CHUNK
from engine.tree import Cost, Grown, Problem, Tree
from tests.runs.logs import a_tree, closed, everything, seen, write_run


def wide(t: int, nodes: int) -> Tree:
    """A tree of long steps, all different: about 120 bytes a node."""
    rng = Random(t)
    tree = Tree(Problem(f"p{t}", "wide"))
    texts = [f"{rng.random()} {rng.random()} {rng.random()}" for _ in range(nodes)]
    tree.apply(Grown([0] * nodes, texts, ["step"] * nodes, [None] * nodes, [None] * nodes, [Cost()] * nodes))
    tree.apply(closed())
    return tree


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_run_larger_than_a_slice_packs_and_unpacks(tmp_path: Path) -> None:
    trees = {0: wide(0, 3000), 1: wide(1, 4000), 2: wide(2, 12_000), 3: a_tree(3), 4: wide(4, 5000)}
    folder = write_run(tmp_path / "run", trees)
    pack(folder, tmp_path / "run.arbutus")
    sizes = {name: len(data) for name, data in members_of(tmp_path / "run.arbutus").items()}
    assert sum(name.startswith("events/") for name in sizes) > 2
    assert max(sizes.values()) <= CHUNK
    packed = Run.open(tmp_path / "run.arbutus")
    assert everything(packed) == {t: seen(tree) for t, tree in trees.items()}
    assert list(packed.summaries) == list(Run.open(folder).summaries)
    unpack(tmp_path / "run.arbutus", tmp_path / "again")
    assert everything(Run.open(tmp_path / "again")) == everything(packed)


def test_each_tree_is_in_one_piece_and_in_one_slice(tmp_path: Path) -> None:
    trees = {t: a_tree(t, steps=4) for t in range(3)}
    with RunWriter.create(tmp_path / "run", Run.open(write_run(tmp_path / "other", {})).info) as writer:
        growing = {t: Tree(tree.problem) for t, tree in trees.items()}
        for i in range(1, len(trees[0].events)):
            for t, tree in growing.items():
                tree.apply(trees[t].events[i])
            writer.write(growing)
    pack(tmp_path / "run", tmp_path / "run.arbutus")
    unpack(tmp_path / "run.arbutus", tmp_path / "again")
    of = [line[:6] for line in (tmp_path / "again" / "events.jsonl").read_bytes().splitlines()]
    assert of == sorted(of)
    assert everything(Run.open(tmp_path / "again")) == {t: seen(tree) for t, tree in trees.items()}


def test_packing_twice_makes_the_same_file(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0), 1: a_tree(1, finished=False)})
    for name in ("a.arbutus", "b.arbutus"):
        pack(folder, tmp_path / name)
    assert (tmp_path / "a.arbutus").read_bytes() == (tmp_path / "b.arbutus").read_bytes()


def test_packed_runs_are_known_by_how_they_begin(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {})
    pack(folder, tmp_path / "any.name")
    assert is_packed(tmp_path / "any.name")
    assert not is_packed(folder)
    assert not is_packed(folder / "run.json")
    assert not is_packed(tmp_path / "nowhere")


def test_a_packed_run_never_has_news(tmp_path: Path) -> None:
    pack(write_run(tmp_path / "run", {0: a_tree(0, finished=False)}), tmp_path / "run.arbutus")
    assert not Run.open(tmp_path / "run.arbutus").refresh()


def test_unpacking_does_not_write_over_a_run(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0)})
    pack(folder, tmp_path / "run.arbutus")
    with pytest.raises(RunError, match=r"holds a run already"):
        unpack(tmp_path / "run.arbutus", folder)


def test_members_with_names_of_their_own_are_never_written(tmp_path: Path) -> None:
    pack(write_run(tmp_path / "run", {0: a_tree(0)}), tmp_path / "run.arbutus")
    evil = {"../evil": b"!", "/evil": b"!", "events/../../evil": b"!"}
    write_zip(tmp_path / "evil.arbutus", members_of(tmp_path / "run.arbutus") | evil)
    unpack(tmp_path / "evil.arbutus", tmp_path / "deep" / "in" / "folder")
    assert sorted(path.name for path in tmp_path.rglob("*") if "evil" in path.name) == ["evil.arbutus"]


def test_a_file_that_would_inflate_to_too_much_is_refused(tmp_path: Path) -> None:
    pack(write_run(tmp_path / "run", {0: a_tree(0)}), tmp_path / "run.arbutus")
    members = members_of(tmp_path / "run.arbutus")
    bomb = write_zip(tmp_path / "a.arbutus", members | {"run.json": b" " * (50 * CHUNK)})
    with pytest.raises(RunError, match=r"run.json inflates to 52428800 bytes, expected 1048576 at most"):
        Run.open(bomb)
    bomb = write_zip(tmp_path / "b.arbutus", members | {"pack.json": b'{"events":17179869185,"index":0}'})
    with pytest.raises(RunError, match=r"inflates to more than a packed run may"):
        Run.open(bomb)


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    pack(write_run(tmp_path / "run", {0: a_tree(0)}), tmp_path / "run.arbutus")
    members = members_of(tmp_path / "run.arbutus")
    honest = write_zip(tmp_path / "liar.arbutus", members | {"run.json": b" " * (50 * CHUNK)})
    size, lie = (50 * CHUNK).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    honest.write_bytes(honest.read_bytes().replace(size, lie))
    with pytest.raises(RunError, match=r"liar.arbutus"):
        Run.open(honest)


def test_a_packed_run_with_slices_missing_is_refused(tmp_path: Path) -> None:
    pack(write_run(tmp_path / "run", {0: a_tree(0)}), tmp_path / "run.arbutus")
    members = members_of(tmp_path / "run.arbutus")
    for name in ("run.json", "pack.json", "events/00000.jsonl", "index/00000.jsonl"):
        rest = {other: data for other, data in members.items() if other != name}
        with pytest.raises(RunError, match=r"lost.arbutus.*expected"):
            Run.open(write_zip(tmp_path / "lost.arbutus", rest))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello", b"PK\x05\x06" + b"\0" * 18])
def test_a_file_that_is_no_packed_run_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.arbutus").write_bytes(data)
    with pytest.raises(RunError, match=r"x.arbutus: .*not a packed run"):
        Run.open(tmp_path / "x.arbutus")


def test_a_run_of_another_version_is_refused_also_when_packed(tmp_path: Path) -> None:
    pack(write_run(tmp_path / "run", {}), tmp_path / "run.arbutus")
    members = members_of(tmp_path / "run.arbutus")
    later = members | {"run.json": members["run.json"].replace(b'"schema": 1', b'"schema": 9')}
    with pytest.raises(RunError, match=r"later.arbutus/run.json: got schema 9"):
        Run.open(write_zip(tmp_path / "later.arbutus", later))
