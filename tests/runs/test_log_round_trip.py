"""What is written is what is read, wherever it is read from and wherever it is cut."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runs import Run, RunWriter, pack, summarize, unpack
from tests.runs.logs import EXAMPLES, Story, after_whole_lines, everything, rich_story, seen, stories, write_story

some = settings(max_examples=EXAMPLES, deadline=None)


@given(stories())
@some
def test_a_run_reads_as_it_was_written_with_and_without_its_index(story: Story) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "run")
        trees = write_story(folder, story)
        written = {t: seen(tree) for t, tree in trees.items()}
        indexed = Run.open(folder)
        assert everything(indexed) == written
        listed = [summarize(t, tree) for t, tree in sorted(trees.items()) if tree.closed]
        assert list(indexed.summaries) == listed
        Path(folder, "index.jsonl").unlink()
        scanned = Run.open(folder)
        assert everything(scanned) == written
        assert list(scanned.summaries) == listed


@given(stories())
@some
def test_a_run_reads_the_same_packed_and_unpacked_and_resumed(story: Story) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder, file, again = (Path(temporary, name) for name in ("run", "run.arbutus", "again"))
        trees = write_story(folder, story)
        written = {t: seen(tree) for t, tree in trees.items()}
        pack(folder, file)
        assert everything(Run.open(file)) == written
        unpack(file, again)
        assert everything(Run.open(again)) == written
        writer, run = RunWriter.resume(again)
        with writer:
            writer.write(run.open_trees())
        assert everything(Run.open(again)) == written


@given(stories(), st.data())
@some
def test_a_cut_log_reads_exactly_the_whole_events_before_the_cut(story: Story, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "run")
        write_story(folder, story)
        whole = Path(folder, "events.jsonl").read_bytes()
        for cut in data.draw(st.lists(st.integers(0, len(whole)), max_size=6, unique=True)):
            check_cut(folder, whole[:cut], after_whole_lines(whole[:cut], story))


def test_a_log_cut_at_every_byte_reads_exactly_the_whole_events_before_the_cut(tmp_path: Path) -> None:
    story = rich_story()
    write_story(tmp_path / "run", story)
    whole = Path(tmp_path, "run", "events.jsonl").read_bytes()
    expected: dict[int, Any] = {}
    for cut in range(len(whole) + 1):
        if whole[:cut].endswith(b"\n"):
            expected = after_whole_lines(whole[:cut], story)
        check_cut(tmp_path / "run", whole[:cut], expected)


@given(stories())
@settings(max_examples=EXAMPLES // 3, deadline=None)
def test_a_run_resumed_from_any_round_ends_as_an_uninterrupted_one(story: Story) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        for stop in range(len(story)):
            folder = Path(temporary, str(stop))
            write_story(folder, story[:stop])
            with Path(folder, "events.jsonl").open("ab") as file:
                file.write(b'{"t":0,"gro')
            go_on(folder, story)


def go_on(folder: Path, story: Story) -> None:
    """Write again all that an interruption left open, as a scheduler does, in a single round."""
    with tempfile.TemporaryDirectory() as other:
        trees = write_story(Path(other, "run"), story)
    writer, run = RunWriter.resume(folder)
    done = {summary.index for summary in run.summaries}
    with writer:
        writer.write({t: tree for t, tree in trees.items() if t not in done or tree.events != run.tree(t).events})
    found = everything(Run.open(folder))
    assert found == {t: seen(tree) for t, tree in trees.items()}
    (folder / "index.jsonl").unlink()
    assert everything(Run.open(folder)) == found


def check_cut(folder: Path, data: bytes, expected: dict[int, Any]) -> None:
    index = folder / "index.jsonl"
    (folder / "events.jsonl").write_bytes(data)
    assert everything(Run.open(folder)) == expected
    index.rename(folder / "aside")
    assert everything(Run.open(folder)) == expected
    (folder / "aside").rename(index)
