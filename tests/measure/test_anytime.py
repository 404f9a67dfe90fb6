from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.measure.anytime import anytime_curve, moments, timelines
from engine.measure.curves import COLUMNS, Y, curve
from engine.measure.frame import frame
from engine.runs import Run
from engine.search import STRATEGIES
from engine.search.ranking import best_solution
from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree
from tests.measure.logged import a_tree, write_run
from tests.worlds import PROBLEMS, search, setting


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_last_moment_of_every_strategy_is_what_its_log_says_was_chosen(strategy: str) -> None:
    how = setting(strategy)
    for problem in PROBLEMS[:3]:
        tree = search(problem, how)
        last = list(moments(tree, how.strategy.rule(how.parameters)))[-1]
        assert (last.chosen and last.chosen.id) == (tree.chosen and tree.chosen.id)
        assert last.cost == tree.cost
        assert last.completions == len(tree.finished())


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_moment_is_the_tree_cut_off_there_and_chosen_from(strategy: str) -> None:
    how = setting(strategy)
    rule = how.strategy.rule(how.parameters)
    tree = search(PROBLEMS[0], how)
    told = list(moments(tree, rule))
    batches = [i for i, event in enumerate(tree.events) if isinstance(event, Grown | Scored)]
    ends = [*batches[1:], len(tree.events) - 1]
    assert len(told) == len(batches)
    for moment, end in zip(told, ends, strict=True):
        cut = Tree.replay(tree.events[:end])
        chosen = rule(cut)[0] if cut.finished() else None
        assert (moment.chosen and moment.chosen.id) == (chosen and chosen.id)
        assert moment.cost == cut.cost


def changing(problem: str, *, wrong_first: bool = True) -> Tree:
    """Two batches of one solution each; the second is rewarded more than the first."""
    tree = Tree(Problem(problem, f"Make 24 from {problem}"))
    for i, reward in enumerate((0.4, 0.8)):
        tree.apply(Grown([0], [f"solution {i}"], ["end"], [-1.0], [str(i)], [Cost(policy_tokens=10)]))
        tree.apply(Scored([i + 1], [reward], [reward], [Cost(prm_tokens=30)]))
    right = 2 if wrong_first else 1
    tree.apply(Closed(2, "as the rule says", "done", {1: right == 1, 2: right == 2}, {}))
    return tree


def timelines_of(folder: Path, trees: list[Tree], **changes: object) -> pd.DataFrame:
    run = Run.open(write_run(folder, trees, **changes))  # type: ignore[arg-type]
    return timelines(folder.name, run, best_solution)


def test_a_timeline_has_a_row_a_change_with_what_had_been_spent_by_then(tmp_path: Path) -> None:
    rows = timelines_of(tmp_path / "a", [changing("1-1")])
    assert rows[["completions", "policy_tokens", "prm_tokens", "correct", "covered"]].values.tolist() == [
        [1, 10, 0, False, False],
        [2, 20, 30, False, True],
        [2, 20, 60, True, True],
        [2, 20, 60, True, True],
    ]


def test_an_anytime_curve_says_what_would_have_been_answered_within_each_budget(tmp_path: Path) -> None:
    rows = timelines_of(tmp_path / "a", [changing("1-1"), changing("2-2", wrong_first=False)])
    points = anytime_curve(rows, x="tokens")
    assert list(points.columns) == COLUMNS
    assert points["x"].iloc[[0, -1]].tolist() == pytest.approx([10, 80])
    assert points["line"].unique().tolist() == ["beam, n = 4"]
    early, late = points[points["x"] < 80], points.iloc[-1]
    assert set(early["y"]) == {0.5}, "the second problem's first solution is right"
    assert late["y"] == 0.5, "what the one gained the other lost"
    covered = anytime_curve(rows, x="tokens", y="coverage")
    assert covered["y"].iloc[0] == 0.5 and covered["y"].iloc[-1] == 1


def test_an_anytime_curve_ends_where_the_run_itself_is(tmp_path: Path) -> None:
    trees = [search(problem, setting("mcts")) for problem in PROBLEMS]
    folder = write_run(tmp_path / "run", trees, "mcts", parameters={"n": 8, "width": 3})
    run = Run.open(folder)
    rows = timelines("run", run, best_solution)
    both: tuple[Y, Y] = ("accuracy", "coverage")
    for y in both:
        last = anytime_curve(rows, y=y).iloc[-1]
        measured = curve(frame([run]), y=y).iloc[0]
        assert last[["y", "low", "high", "problems"]].tolist() == measured[["y", "low", "high", "problems"]].tolist()
    assert (np.diff(anytime_curve(rows, y="coverage")["y"]) >= 0).all(), "what is there once stays there"


def test_before_its_first_solution_a_search_answers_nothing_and_that_is_not_correct(tmp_path: Path) -> None:
    quick, slow = changing("1-1", wrong_first=False), Tree(Problem("2-2", "Make 24 from 2-2"))
    slow.apply(Grown([0], ["a step"], ["step"], [-1.0], [None], [Cost(policy_tokens=50)]))
    slow.apply(Grown([1], ["the end"], ["end"], [-1.0], ["24"], [Cost(policy_tokens=50)]))
    slow.apply(Closed(2, "the only one", "done", {2: True}, {}))
    points = anytime_curve(timelines_of(tmp_path / "a", [quick, slow]))
    assert points["y"].iloc[0] == 0.5
    assert points.loc[points["x"].between(20, 99), "y"].unique().tolist() == [0.0]
    assert points["y"].iloc[-1] == 0.5
    assert set(points["problems"]) == {2}


def test_failed_trees_are_never_correct_and_ungraded_ones_left_out_and_both_are_told(tmp_path: Path) -> None:
    trees = [changing("1-1"), a_tree("2-2", [], chosen=None, error="broke"), a_tree("3-3", [None])]
    last = anytime_curve(timelines_of(tmp_path / "a", trees)).iloc[-1]
    assert last["y"] == 0.5
    assert (last["problems"], last["trees"], last["failures"], last["ungraded"]) == (2, 3, 1, 1)


def test_costs_that_nobody_counted_have_no_anytime_curve(tmp_path: Path) -> None:
    rows = timelines_of(tmp_path / "a", [changing("1-1")])
    assert anytime_curve(rows, x="flops").empty
    assert anytime_curve(rows, x="money").empty
    assert list(anytime_curve(rows.iloc[:0]).columns) == COLUMNS


def test_a_tree_that_still_grows_has_no_truth_to_tell() -> None:
    with pytest.raises(ValueError, match="still open"):
        list(moments(Tree(PROBLEMS[0]), best_solution))
