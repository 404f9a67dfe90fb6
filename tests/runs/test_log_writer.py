import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from engine.runs import Run, RunError, RunWriter, pack
from engine.tree import Cost, Grown, Problem, Scored, Tree, Visited
from tests.runs.killed import expected
from tests.runs.logs import a_tree, closed, everything, grown, info, seen, write_run


def test_a_folder_that_holds_a_run_is_not_written_over(tmp_path: Path) -> None:
    write_run(tmp_path / "run", {0: a_tree(0)})
    with pytest.raises(RunError, match=r"holds a run already; go on with it .--resume. or name another folder"):
        RunWriter.create(tmp_path / "run", info())


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"file"):
        RunWriter.create(tmp_path / "file" / "run", info())


def test_what_a_run_says_of_itself_must_be_numbers_and_text(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"run.json: can't write .* got a object"):
        RunWriter.create(tmp_path / "run", info(policy={"model": object()}))
    with pytest.raises(RunError, match=r"run.json: .*parameters"):
        RunWriter.create(tmp_path / "run", info(parameters={"n": math.nan}))
    assert not (tmp_path / "run").exists()


def test_a_tree_given_again_writes_only_what_is_new(tmp_path: Path) -> None:
    tree = a_tree(0, finished=False)
    with RunWriter.create(tmp_path / "run", info()) as writer:
        for _ in range(2):
            writer.write({0: tree})
        tree.apply(closed(2))
        for _ in range(2):
            writer.write({0: tree})
    assert (tmp_path / "run" / "events.jsonl").read_text().count("\n") == len(tree.events)
    assert (tmp_path / "run" / "index.jsonl").read_text().count("\n") == 1


def test_another_tree_for_the_same_problem_begins_it_again(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path / "run", info()) as writer:
        writer.write({0: a_tree(0), 1: a_tree(1, finished=False)})
        writer.write({0: a_tree(0, steps=4), 1: a_tree(1, steps=1)})
    assert everything(Run.open(tmp_path / "run")) == {0: seen(a_tree(0, steps=4)), 1: seen(a_tree(1, steps=1))}


def test_nothing_is_written_if_one_of_the_trees_is_refused(tmp_path: Path) -> None:
    over = a_tree(1)
    over.apply(grown(0))
    bad_visit = a_tree(1, finished=False)
    bad_visit.apply(Visited([0], math.inf))
    bad_cost = a_tree(1, finished=False)
    bad_cost.apply(Grown([0], [""], ["step"], [None], [None], [Cost(seconds=math.nan)]))
    bad_meta = Tree(Problem("a", "b", meta={"c": object()}))
    with RunWriter.create(tmp_path / "run", info()) as writer:
        for t, tree, complaint in [
            (1, over, "tree 1: got events after its end"),
            (1, bad_visit, "tree 1: got a visit of value inf"),
            (1, bad_cost, "tree 1: got Cost.*seconds=nan"),
            (1, bad_meta, "tree 1: can't write 'open': got a object"),
            (5, a_tree(5), "got tree 5, expected 0 to 4"),
        ]:
            with pytest.raises(RunError, match=complaint):
                writer.write({0: a_tree(0), t: tree})
        assert everything(Run.open(tmp_path / "run")) == {}
        writer.write({0: a_tree(0)})
    assert everything(Run.open(tmp_path / "run")) == {0: seen(a_tree(0))}


def test_an_event_after_the_end_is_refused_also_later(tmp_path: Path) -> None:
    tree = a_tree(0)
    with RunWriter.create(tmp_path / "run", info()) as writer:
        writer.write({0: tree})
        tree.apply(grown(0))
        with pytest.raises(RunError, match=r"after its end"):
            writer.write({0: tree})


def test_a_reward_that_is_no_number_is_missing_with_an_error(tmp_path: Path) -> None:
    tree = a_tree(0, finished=False)
    tree.apply(Scored([1, 2], [math.nan, 0.5], [1.0, -math.inf], [Cost(), Cost()]))
    tree.apply(Grown([0], [""], ["step"], [-math.inf], [None], [Cost()]))
    run = Run.open(write_run(tmp_path / "run", {0: tree}))
    _, first, second, third = run.tree(0)
    assert (first.reward, first.raw, first.error) == (None, 1.0, "the reward was nan")
    assert (second.reward, second.raw, second.error) == (0.5, None, None)
    assert third.logprob is None


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    tree = a_tree(0, finished=False)
    tree.apply(
        Grown([0] * 2, ["a\ud83d", "\U0001f353"], ["step"] * 2, [None] * 2, [None] * 2, [Cost()] * 2, {3: "\udcff!"})
    )
    run = Run.open(write_run(tmp_path / "run", {0: tree}))
    third, fourth = run.tree(0).nodes[3:]
    assert (third.text, third.error, fourth.text) == ("a\ufffd", "\ufffd!", "\U0001f353")


def test_numpy_numbers_and_read_only_mappings_are_written_as_plain_ones(tmp_path: Path) -> None:
    meta: Any = MappingProxyType({"level": np.int64(3)})
    tree = Tree(Problem("a", "b", meta=meta))
    tree.apply(grown(0))
    tree.apply(Scored([1], [np.float32(0.1)], [np.float64(0.3)], [Cost()]))  # type: ignore[list-item]
    assert seen(Run.open(write_run(tmp_path / "run", {0: tree})).tree(0)) == seen(tree)


def test_resuming_cuts_a_torn_line_and_repairs_the_index(tmp_path: Path) -> None:
    trees = {0: a_tree(0), 1: a_tree(1, finished=False), 2: a_tree(2)}
    folder = write_run(tmp_path / "run", trees)
    index = (folder / "index.jsonl").read_bytes()
    (folder / "index.jsonl").write_bytes(index[: len(index) // 2])
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b'{"t":1,"gr')
    writer, run = RunWriter.resume(folder)
    writer.close()
    assert run.open_trees().keys() == {1}
    assert (folder / "index.jsonl").read_bytes().count(b"\n") == 2
    assert (folder / "events.jsonl").read_bytes().endswith(b"\n")
    assert everything(Run.open(folder)) == {t: seen(tree) for t, tree in trees.items()}


def test_resuming_writes_open_trees_anew_and_leaves_closed_ones(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0), 1: a_tree(1, finished=False)})
    writer, run = RunWriter.resume(folder)
    with writer:
        tree = run.open_trees()[1]
        writer.write({1: tree})
        assert everything(Run.open(folder))[1] == seen(tree)
        tree.apply(closed(2))
        writer.write({1: tree})
    for _ in range(2):
        assert everything(Run.open(folder)) == {0: seen(a_tree(0)), 1: seen(a_tree(1))}
        (folder / "index.jsonl").unlink(missing_ok=True)


def test_resuming_what_is_no_run_makes_no_files(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"run.json: missing"):
        RunWriter.resume(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_packed_run_must_be_unpacked_to_go_on(tmp_path: Path) -> None:
    pack(write_run(tmp_path / "run", {}), tmp_path / "run.arbutus")
    with pytest.raises(RunError, match=r"unpack the run first"):
        RunWriter.resume(tmp_path / "run.arbutus")


@pytest.mark.skipif(sys.platform == "win32", reason="no locks there")
def test_a_run_that_is_being_written_cannot_be_resumed(tmp_path: Path) -> None:
    with (
        RunWriter.create(tmp_path / "run", info()),
        pytest.raises(RunError, match=r"still being written by another process"),
    ):
        RunWriter.resume(tmp_path / "run")


def test_a_full_disk_leaves_the_log_whole_and_writing_goes_on_when_there_is_room(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    tree = a_tree(0, finished=False)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    with RunWriter.create(tmp_path / "run", info()) as writer:
        writer.write({0: tree})
        size = (tmp_path / "run" / "events.jsonl").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 30, limit[1]))
        try:
            with pytest.raises(RunError, match=r"can't write: File too large; make room"):
                writer.write({0: tree, 1: a_tree(1)})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        assert (tmp_path / "run" / "events.jsonl").stat().st_size == size
        writer.write({0: tree, 1: a_tree(1)})
    assert everything(Run.open(tmp_path / "run")) == {0: seen(tree), 1: seen(a_tree(1))}


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_writer_loses_no_finished_tree(tmp_path: Path, seed: int) -> None:
    rng, told = Random(seed), set[int]()
    for _ in range(8):
        told |= finished_until_killed(tmp_path / "run", rng)
        run = Run.open(tmp_path / "run")
        assert told <= {summary.index for summary in run.summaries}
        assert all(seen(run.tree(t)) == seen(expected(t)) for t in told)
        writer, resumed = RunWriter.resume(tmp_path / "run")
        writer.close()
        assert everything(resumed) == everything(Run.open(tmp_path / "run"))
    assert told


def finished_until_killed(folder: Path, rng: Random) -> set[int]:
    """The trees whose writing had returned when the writer was killed, at a random moment."""
    command = [sys.executable, "-m", "tests.runs.killed", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.random() * 0.03)
        os.kill(process.pid, signal.SIGKILL)
        return {int(word) for word in process.stdout.read().split(b"\n")[:-1]}
