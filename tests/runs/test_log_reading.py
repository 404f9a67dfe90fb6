import tracemalloc
from pathlib import Path

import pytest

from engine.runs import Run, RunError, RunWriter, find_runs, pack, summarize
from engine.tree import Closed, Grown, Opened, Problem, Scored, Tree
from tests.runs.logs import a_tree, closed, everything, grown, info, seen, write_run


def append(folder: Path, text: str) -> None:
    with (folder / "events.jsonl").open("a") as file:
        file.write(text)


def test_a_tree_is_found_by_index_and_by_problem_id(tmp_path: Path) -> None:
    run = Run.open(write_run(tmp_path / "run", {1: a_tree(1), 2: a_tree(2, finished=False)}))
    assert seen(run.tree(1)) == seen(run.tree("p1")) == seen(a_tree(1))
    assert seen(run.tree("p2")) == seen(a_tree(2, finished=False))
    with pytest.raises(RunError, match=r"no tree 'p7'; 1 of 5 are finished"):
        run.tree("p7")
    with pytest.raises(RunError, match=r"no tree 4"):
        run.tree(4)


def test_a_run_knows_how_much_of_it_is_finished(tmp_path: Path) -> None:
    run = Run.open(write_run(tmp_path / "run", {0: a_tree(0), 1: a_tree(1, finished=False)}, problems=2))
    assert (len(run), run.finished, run.is_complete) == (2, 1, False)
    assert Run.open(write_run(tmp_path / "whole", {0: a_tree(0)}, problems=1)).is_complete


def test_a_run_without_any_tree_yet_is_empty(tmp_path: Path) -> None:
    run = Run.open(write_run(tmp_path / "run", {}))
    assert (list(run.summaries), run.open_trees(), run.refresh()) == ([], {}, False)


def test_refresh_reads_what_was_appended_and_nothing_twice(tmp_path: Path) -> None:
    trees = {0: a_tree(0, finished=False), 1: a_tree(1, finished=False)}
    with RunWriter.create(tmp_path / "run", info()) as writer:
        run = Run.open(tmp_path / "run")
        assert not run.refresh()
        writer.write(trees)
        assert run.refresh()
        assert everything(run) == {t: seen(tree) for t, tree in trees.items()}
        trees[0].apply(closed(2))
        writer.write(trees)
        assert run.refresh()
        assert not run.refresh()
        assert [summary.id for summary in run.summaries] == ["p0"]
        assert everything(run) == everything(Run.open(tmp_path / "run")) == {t: seen(tree) for t, tree in trees.items()}


def test_refresh_waits_for_the_rest_of_a_line(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0, finished=False)})
    run = Run.open(folder)
    append(folder, '{"t":0,"visit":{"path":[0],')
    assert not run.refresh()
    append(folder, '"value":1}}\n')
    assert run.refresh()
    assert run.tree(0).root.visits == 1


def test_refresh_begins_anew_if_the_log_got_shorter(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0), 1: a_tree(1)})
    run = Run.open(folder)
    assert run.finished == 2
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "events.jsonl").write_bytes(b"".join(lines[:4]))
    assert run.refresh()
    assert [summary.index for summary in run.summaries] == [0]


def test_the_caller_may_grow_an_open_tree_without_the_run_noticing(tmp_path: Path) -> None:
    run = Run.open(write_run(tmp_path / "run", {0: a_tree(0, finished=False)}))
    run.open_trees()[0].apply(grown(0))
    run.tree(0).apply(grown(0))
    assert len(run.tree(0)) == 3


def test_a_torn_last_line_is_ignored(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0), 1: a_tree(1, finished=False)})
    before = everything(Run.open(folder))
    append(folder, '{"t":1,"close":{"cho')
    assert everything(Run.open(folder)) == before


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"t":1,"grow"', "JSON|truncated"),
        ('{"t":1,"grown":{}}', "unknown field `grown`"),
        ('{"t":1}', "got 0 events, expected one"),
        ('{"t":1,"visit":{"path":[0],"value":1},"mark":{"node":[],"mark":[],"reason":[]}}', "got 2 events"),
        ('{"t":1,"visit":{"path":[0],"value":"much"}}', r"`float`, got `str` - at `\$.visit.value`"),
        ('{"t":1,"visit":{"path":[7],"value":1}}', "got node 7, but the tree has nodes 0 to 2"),
        ('{"t":1,"mark":{"node":[1,2],"mark":["kept"],"reason":["x"]}}', "columns of lengths"),
        ('{"t":0,"visit":{"path":[0],"value":1}}', "tree 0, which is closed"),
        ('{"t":3,"visit":{"path":[0],"value":1}}', "tree 3, which has no beginning"),
        ('{"t":5,"open":{"problem":{"id":"a","question":"b"}}}', "got tree 5, expected 0 to 4"),
        ('{"t":-1,"open":{"problem":{"id":"a","question":"b"}}}', ">= 0"),
        ('{"t":' + "9" * 5000 + "}", "out of range"),
        ('{"t":3,"open":{"problem":{"id":"a","question":"b","meta":' + '{"a":' * 5000 + "1" + "}" * 5000, "nested too"),
        ("", "truncated"),
    ],
)
def test_a_line_that_is_no_event_or_does_not_fit_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0), 1: a_tree(1, finished=False)})
    append(folder, line + "\n")
    with pytest.raises(RunError, match=rf"events.jsonl:8: .*({complaint})"):
        Run.open(folder)


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {})
    (folder / "events.jsonl").write_bytes(b'{"t":1,"open":{"problem":{"id":"\xff","question":""}}}\n')
    with pytest.raises(RunError, match=r"events.jsonl:1: .* not UTF-8"):
        Run.open(folder)


def test_one_broken_tree_leaves_the_list_and_the_other_trees(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {t: a_tree(t) for t in range(3)})
    data = (folder / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(data.replace(b'{"t":1,"grow"', b'{"t":1,"grew"', 1))
    run = Run.open(folder)
    assert [summary.id for summary in run.summaries] == ["p0", "p1", "p2"]
    assert seen(run.tree(2)) == seen(a_tree(2))
    with pytest.raises(RunError, match=r"events.jsonl:6: .*unknown field `grew`"):
        run.tree(1)


def test_the_list_stays_even_if_the_last_tree_is_broken_but_nothing_can_be_added(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0), 1: a_tree(1)})
    data = (folder / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(data.replace(b'{"t":1,"close"', b'{"t":1,"clove"'))
    run = Run.open(folder)
    assert run.finished == 2
    assert run.damage is not None
    for refused in (lambda: run.tree(1), run.open_trees, run.refresh, lambda: RunWriter.resume(folder)):
        with pytest.raises(RunError, match=r"events.jsonl:8: .*unknown field `clove`"):
            refused()
    with pytest.raises(RunError, match=r"events.jsonl:8"):
        pack(folder, tmp_path / "run.arbutus")
    assert not list(tmp_path.glob("*.arbutus*"))


def test_a_tree_changed_after_it_was_finished_is_refused_until_the_index_is_deleted(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0), 1: a_tree(1)})
    data = (folder / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(data.replace(b"1 + 2 = 3", b"1 + 2 = 4", 1))
    with pytest.raises(RunError, match=r"events.jsonl:1: tree 0 was changed .* delete index.jsonl"):
        Run.open(folder).tree(0)
    (folder / "index.jsonl").unlink()
    assert Run.open(folder).tree(0).nodes[1].text == "1 + 2 = 4"


def test_the_index_of_another_run_is_not_believed(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {t: a_tree(t) for t in range(4)})
    other = write_run(tmp_path / "other", {t: a_tree(t, steps=1) for t in range(3)})
    (folder / "index.jsonl").write_bytes((other / "index.jsonl").read_bytes())
    assert everything(Run.open(folder)) == {t: seen(a_tree(t)) for t in range(4)}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"schema": 1', '"schema": 2', "got schema 2, expected 1; read this run with a newer Arbutus"),
        ('"schema": 1', '"schema": "one"', "got `str`"),
        ('"seed": 1', '"seed": "one"', r"got `str` - at `\$.seed`"),
        ('"problems": 5', '"problems": -5', ">= 0"),
        ('"problems": 5', '"problems": ' + "9" * 400, "<= 1000000000|out of range"),
        ('"countdown"', '"count', "JSON|invalid"),
        ('"strategy"', '"tragedy"', "missing required field `strategy`"),
    ],
)
def test_a_run_json_that_is_wrong_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0)})
    text = (folder / "run.json").read_text()
    assert old in text
    (folder / "run.json").write_text(text.replace(old, new))
    with pytest.raises(RunError, match=rf"run.json: .*({complaint})"):
        Run.open(folder)


@pytest.mark.parametrize("name", ["run.json", "events.jsonl"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = write_run(tmp_path / "run", {})
    (folder / name).unlink()
    with pytest.raises(RunError, match=rf"{name}: missing"):
        Run.open(folder)


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"nowhere: missing"):
        Run.open(tmp_path / "nowhere")


def test_runs_are_found_in_folders_and_files(tmp_path: Path) -> None:
    a = write_run(tmp_path / "b" / "a", {})
    c = write_run(tmp_path / "c", {0: a_tree(0)})
    pack(c, tmp_path / "b" / "c.arbutus")
    assert find_runs(tmp_path) == [a, tmp_path / "b" / "c.arbutus", c]
    assert find_runs(c) == [c]
    assert find_runs(tmp_path / "b" / "c.arbutus") == [tmp_path / "b" / "c.arbutus"]
    assert find_runs(tmp_path / "nowhere") == []


def a_closed_tree(finishes: list[bool | None], chosen: int | None) -> Tree:
    tree = Tree(Problem("a", "b"))
    for _ in finishes:
        tree.apply(grown(0, finish="end"))
    tree.apply(Closed(chosen, "", "done", dict(enumerate(finishes, 1)), {}))
    return tree


@pytest.mark.parametrize(
    ("finishes", "chosen", "correct", "covered"),
    [
        ([True, False], 1, True, True),
        ([True, False], 2, False, True),
        ([False, False], 2, False, False),
        ([False, None], 1, False, None),
        ([None, True], 1, None, True),
        ([None, None], 1, None, None),
        ([], None, False, False),
    ],
)
def test_what_nobody_can_tell_stays_unknown_and_no_answer_is_a_wrong_one(
    finishes: list[bool | None], chosen: int | None, correct: bool | None, covered: bool | None
) -> None:
    summary = summarize(0, a_closed_tree(finishes, chosen))
    assert (summary.correct, summary.covered) == (correct, covered)


def test_a_summary_adds_up_the_cost_and_counts_the_root() -> None:
    tree = Tree(Problem("a", "b", meta={"level": 3}))
    tree.apply(grown(0, finish="end"))
    tree.apply(Grown([0], ["?"], ["error"], [None], [None], [tree.cost], {2: "timed out"}))
    tree.apply(Scored([1], [0.5], [0.0], [tree.cost._replace(prm_tokens=7)]))
    tree.apply(closed(1))
    summary = summarize(3, tree)
    assert (summary.index, summary.id, summary.meta, summary.nodes, summary.completions) == (3, "a", {"level": 3}, 3, 1)
    assert (summary.policy_tokens, summary.prompt_tokens, summary.prm_tokens) == (20, 4, 7)
    assert (summary.policy_flops, summary.seconds) == (4e6, 2.0)


def test_an_open_tree_has_no_summary() -> None:
    with pytest.raises(ValueError, match=r"expected a closed one"):
        summarize(0, Tree(Problem("a", "b")))


def test_a_tree_that_begins_again_is_no_longer_in_the_list(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {0: a_tree(0), 1: a_tree(1)})
    append(folder, '{"t":0,"open":{"problem":{"id":"p0","question":"once more"}}}\n')
    run = Run.open(folder)
    assert [summary.index for summary in run.summaries] == [1]
    assert run.tree(0).events == [Opened(Problem("p0", "once more"))]


def test_the_list_is_a_sequence_whether_its_trees_are_in_the_index_or_not(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {t: a_tree(t) for t in (4, 0, 3)})
    run = Run.open(folder)
    with RunWriter.resume(folder)[0] as writer:
        writer.write({1: a_tree(1), 3: a_tree(3, finished=False)})
    assert run.refresh()
    whole = [summarize(t, a_tree(t)) for t in (0, 1, 4)]
    assert list(run.summaries) == whole == run.summaries[:] and len(run.summaries) == run.finished == 3
    assert (run.summaries[-1], run.summaries[1:]) == (whole[-1], whole[1:])
    with pytest.raises(IndexError):
        run.summaries[3]


def test_a_list_keeps_some_bytes_a_tree_however_much_it_says_of_it(tmp_path: Path) -> None:
    question, count = "Why? " * 200, 3000
    folder = write_run(
        tmp_path / "run",
        {t: Tree.replay([Opened(Problem(f"p{t}", question)), closed(None)]) for t in range(count)},
        problems=count,
    )
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        run = Run.open(folder)
        assert sum(len(summary.question) for summary in run.summaries) == count * len(question)
        kept = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert kept < 100 * count


def test_a_list_whose_index_was_changed_meanwhile_is_not_believed(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", {t: a_tree(t) for t in range(3)})
    run = Run.open(folder)
    index = folder / "index.jsonl"
    index.write_bytes(index.read_bytes().replace(b'"p1"', b'"p9"'))
    assert len(run.summaries) == 3 and run.summaries[0].id == "p0"
    with pytest.raises(RunError, match=r"index.jsonl: changed since it was read; open the run again"):
        list(run.summaries)
    index.unlink()
    with pytest.raises(RunError, match=r"index.jsonl: missing"):
        list(run.summaries)
    assert [summary.id for summary in Run.open(folder).summaries] == ["p0", "p1", "p2"]
