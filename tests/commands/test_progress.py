"""The line that says how a run stands: its numbers, and where it is drawn."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from engine import runner
from engine.commands import terminal
from engine.commands.progress import EVERY, WINDOW, Amounts, Shown, Watch, watching
from engine.runs import Run
from engine.scheduler import Job, run_searches
from engine.tree import Closed, Cost, Grown, Problem, Stopped, Tree
from tests.commands.said import Command
from tests.measure.logged import a_tree, write_run
from tests.worlds import PROBLEMS, setting


@dataclass
class Clock:
    """Time that passes when it is told to."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def grow(tree: Tree, nodes: int, cost: Cost) -> None:
    """Add steps below the root; the first of them cost `cost`, the others nothing."""
    costs = [cost, *[Cost()] * (nodes - 1)]
    tree.apply(Grown([0] * nodes, ["a step"] * nodes, ["step"] * nodes, [None] * nodes, [None] * nodes, costs))


def ended(correct: bool | None = True, *, answered: bool = True, stopped: Stopped = "done") -> Tree:
    tree = a_tree("1-1", [])
    tree.apply(Grown([0], ["so"], ["end"], [None], ["24"], [Cost()]))
    tree.apply(Closed(1 if answered else None, "", stopped, {1: correct}, {}, "broke" if stopped == "error" else None))
    return tree


# The numbers.


def test_a_line_says_problems_time_speed_cache_and_accuracy() -> None:
    clock = Clock()
    watch = Watch(clock=clock)
    watch.begin("beam on tot-100", 100)
    tree = Tree(Problem("p", "?"))
    clock.now += 2
    watch.after_round({0: tree})
    grow(tree, 12_400, Cost(policy_tokens=100_000, prm_tokens=83_000, prompt_tokens=70, cached_tokens=930))
    for i in range(37):
        watch.on_tree(ended(i >= 2))
    clock.now += 10
    watch.after_round({0: tree})
    assert watch.line() == (
        "beam on tot-100  37/100  0:12 elapsed  0:20 left  1,033 nodes/s  15,250 tok/s  cache 93 %  "
        "35 right of 37 (95 %)"
    )


def test_before_anything_is_known_a_line_says_only_what_is_to_be_done() -> None:
    watch = Watch(clock=Clock())
    assert watch.line() == ""
    watch.begin("greedy on held-150", 150)
    assert watch.line() == "greedy on held-150  0/150  0:00 elapsed"


def test_speed_is_that_of_the_last_seconds_and_at_the_end_that_of_the_whole_run() -> None:
    clock = Clock()
    watch = Watch(clock=clock)
    watch.begin("x", 1)
    tree = Tree(Problem("p", "?"))
    for second in range(60):
        clock.now += 1
        grow(tree, 100 if second < 40 else 10, Cost(policy_tokens=1))
        watch.after_round({0: tree})
    assert "  10 nodes/s  1 tok/s" in watch.line()
    watch.finish()
    assert f"  {(40 * 100 + 20 * 10) / 60:.0f} nodes/s  1 tok/s" in watch.line()


def test_a_round_longer_than_the_window_is_told_of_all_the_same() -> None:
    clock = Clock()
    watch = Watch(clock=clock)
    watch.begin("x", 1)
    tree = Tree(Problem("p", "?"))
    for _ in range(3):
        clock.now += 5 * WINDOW
        grow(tree, 500, Cost())
        watch.after_round({0: tree})
    assert "  10 nodes/s" in watch.line()


@pytest.mark.parametrize("strategy", ["beam", "mcts", "best-of-n"])
@pytest.mark.parametrize("window", [1, 4])
def test_what_is_added_up_round_by_round_is_what_all_trees_have_in_the_end(strategy: str, window: int) -> None:
    watch = Watch()
    watch.begin("x", len(PROBLEMS))
    jobs = [Job(i, p) for i, p in enumerate(PROBLEMS)]
    trees = []
    for _, tree in run_searches(jobs, setting(strategy), window=window, on_round=watch.after_round):
        watch.on_tree(tree)
        trees.append(tree)
    assert watch._sum == Amounts(*map(sum, zip(*map(Amounts.of, trees), strict=True)))
    assert watch._sum.nodes > len(trees) and watch._sum.tokens > 0
    assert watch._seen == {}, "trees that have ended are let go"
    assert (watch.done, watch.right) == (len(trees), sum(bool(t.chosen and t.chosen.correct) for t in trees))


def test_no_tree_is_summed_again_however_large_it_is() -> None:
    watch = Watch()
    watch.begin("x", 1)
    tree = Tree(Problem("p", "?"))
    grow(tree, 50_000, Cost())
    began = time.process_time()
    for _ in range(1000):
        watch.after_round({0: tree})
    assert time.process_time() - began < 0.5, "going through 50,000 nodes once takes a thousandth of that"


def test_an_answer_that_nobody_can_grade_is_not_wrong() -> None:
    watch = Watch(clock=Clock())
    watch.begin("x", 5)
    for tree in (ended(True), ended(None), ended(None), ended(False), ended(answered=False)):
        watch.on_tree(tree)
    assert watch.line().endswith("5/5  0:00 elapsed  1 right of 3 (33 %)")


def test_of_a_run_of_which_no_answer_can_be_graded_nothing_is_claimed() -> None:
    watch = Watch(clock=Clock())
    watch.begin("x", 3)
    for tree in (ended(None), ended(None), ended(None, stopped="error")):
        watch.on_tree(tree)
    assert watch.line() == "x  3/3  0:00 elapsed  1 failed"


def test_the_accuracy_is_the_one_that_the_summary_will_give(tmp_path: Path) -> None:
    from engine.measure import summarize_run

    trees = [a_tree("1-1", [True]), a_tree("2-2", [False]), a_tree("3-3", [None]), a_tree("4-4", [], chosen=None)]
    trees.append(a_tree("5-5", [True], error="broke"))
    watch = Watch()
    watch.begin("x", 5)
    for tree in trees:
        watch.on_tree(tree)
    row = summarize_run(Run.open(write_run(tmp_path / "run", trees)))
    assert (watch.right / watch.graded, watch.graded, watch.failed) == (row["accuracy"], row["graded"], row["failures"])


def test_a_run_that_goes_on_counts_what_is_there_but_its_speed_is_its_own(tmp_path: Path) -> None:
    growing = Tree(Problem("3-3", "?"))
    grow(growing, 1000, Cost(policy_tokens=5000))
    trees = [a_tree("1-1", [True]), a_tree("2-2", [False]), growing]
    clock = Clock()
    watch = Watch(clock=clock)
    watch.begin("x", 4, write_run(tmp_path / "run", trees))
    assert watch.line() == "x  2/4  0:00 elapsed  1 right of 2 (50 %)"
    grow(growing, 20, Cost(policy_tokens=40))
    clock.now += 2
    watch.after_round({2: growing})
    watch.on_tree(ended())
    assert watch.line() == "x  3/4  0:02 elapsed  0:02 left  10 nodes/s  20 tok/s  2 right of 3 (67 %)"
    watch.begin("x", 4, tmp_path / "nothing there")
    assert watch.line() == "x  0/4  0:00 elapsed"


def test_a_sweep_says_first_how_many_runs_are_done() -> None:
    watch = Watch("small", 6, clock=Clock())
    assert watch.line() == "small 0/6"
    watch.runs_done += 1
    watch.begin("beam-n4-s0", 100)
    assert watch.line() == "small 1/6  beam-n4-s0  0/100  0:00 elapsed"


# Where it is drawn.


def test_without_a_terminal_a_line_is_printed_every_so_often_and_never_broken() -> None:
    clock, told = Clock(), StringIO()
    shown = Shown(console=Console(file=told, width=20), clock=clock)
    shown.begin("a run with a long name", 10)
    for _ in range(7):
        clock.now += EVERY / 3
        shown.after_round({})
    assert [line.split("  ")[2] for line in told.getvalue().splitlines()] == ["0:30 elapsed", "1:00 elapsed"]


def test_without_a_terminal_the_last_line_comes_even_if_the_run_breaks_off() -> None:
    told = StringIO()
    with pytest.raises(KeyboardInterrupt), watching(console=Console(file=told)) as watch:
        watch.begin("a run", 10)
        watch.on_tree(ended())
        raise KeyboardInterrupt
    assert told.getvalue().startswith("a run  1/10") and told.getvalue().count("\n") == 1


def test_on_a_terminal_the_line_is_drawn_again_and_the_last_one_stays() -> None:
    told = StringIO()
    with watching(console=Console(file=told, force_terminal=True, width=200)) as watch:
        watch.begin("a run", 2)
        for _ in range(2):
            watch.on_tree(ended())
            watch.after_round({})
    last = told.getvalue().replace("\x1b[?25h", "").rstrip().splitlines()[-1]
    assert "a run  2/2" in last and "2 right of 2 (100 %)" in last


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What a person sees on a terminal."""
    seen = StringIO()
    monkeypatch.setattr(terminal, "err", Console(file=seen, force_terminal=True, width=200, color_system=None))
    yield seen


def test_what_models_had_to_work_around_is_shown_above_the_line(console: StringIO) -> None:
    with watching(console=terminal.err) as watch:
        watch.begin("a run", 1)
        logging.getLogger("arbutus").warning("out of memory with %d requests [at once]", 64)
        logging.getLogger("arbutus").info("nothing that anyone need know")
        watch.on_tree(ended())
    seen = console.getvalue()
    assert "warning out of memory with 64 requests [at once]\n" in seen and "nothing that" not in seen
    assert seen.index("out of memory") < seen.rindex("a run  1/1")


def test_a_run_shows_warnings_and_its_line_on_standard_error_alone(
    arbutus: Command, beam: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def warned(*arguments: Any, **options: Any) -> Any:
        logging.getLogger("arbutus").warning("half of them go first")
        return run_searches(*arguments, **options)

    monkeypatch.setattr(runner, "run_searches", warned)
    said = arbutus(*beam)
    assert said.code == 0 and "warning half of them go first\n" in said.err and "half of them" not in said.out
    (line,) = [line for line in said.err.splitlines() if line.startswith("beam on three.jsonl  3/3  ")]
    assert "nodes/s" in line and "tok/s" in line and "cache " in line and " right of 3 (" in line


def test_a_resumed_run_begins_its_line_where_it_stands(arbutus: Command, beam: list[object]) -> None:
    assert arbutus(*beam, "--limit", 3).code == 0
    assert "beam on three.jsonl  3/3  0:00 elapsed" in arbutus(*beam, "--resume").err
