"""Layouts that the same projects write beside their trees: plain samples, crosswords, prefix lists, other searches."""

from pathlib import Path
from typing import Any

import pytest

from engine.imports import ForeignError, import_file, recognise
from engine.measure.frame import frame
from engine.runs import Run
from engine.tree import Tree
from tests.imports import files


def run_of(records: list[Any], tmp_path: Path) -> Run:
    file = files.write(tmp_path / "log.jsonl", records)
    return import_file(file, tmp_path / "run", recognise(file))


def tree_of(record: Any, tmp_path: Path) -> Tree:
    return run_of([record], tmp_path).tree(0)


def rows(tree: Tree) -> list[tuple[Any, ...]]:
    return [(n.parent.id if n.parent else None, n.text, n.reward) for n in tree.nodes[1:]]


def test_samples_of_the_game_of_24_are_chains_that_share_their_beginnings(tmp_path: Path) -> None:
    run = run_of([files.SAMPLED], tmp_path)
    tree = run.tree(0)
    assert tree.problem.question == "Make 24 from 4 5 6 10" and run.info.problem_set == "tot-100"
    assert run.info.parameters == {"n": 3} and tree.chosen is None
    assert [child.text for child in tree.root.children] == ["10 - 4 = 6 (left: 5 6 6)", "No valid combination found"]
    none, wrong, right = tree.finished()
    assert [(n.answer, n.correct) for n in (none, wrong, right)] == [
        (None, False), ("None", False), ("5 * (10 - 4) - 6", True)
    ]  # fmt: skip
    assert [n.label for n in right.path()] == [True, True, True, None]
    assert [n.label for n in wrong.path()] == [True, False, None]


def test_a_place_in_a_task_file_is_no_puzzle_unless_an_output_takes_up_its_numbers(tmp_path: Path) -> None:
    strange = files.SAMPLED | {"ys": ["Answer: 1 * 2 * 3 * 4 = 24"], "infos": [{"r": 1}]}
    run = run_of([strange, files.SAMPLED | {"idx": 3}], tmp_path)
    assert [s.question[:10] for s in run.summaries] == ["Problem 90", "Problem 3 "]
    assert run.info.task == "tree-of-thoughts" and run.tree(0).finished()[0].correct is True


def test_samples_of_other_tasks_keep_their_grades_as_what_they_are(tmp_path: Path) -> None:
    text = {"idx": 3, "ys": ["Plan: a.\nPassage:\nb."], "infos": [{"rs": [7, 8], "r": 7.5}]}
    words = {"idx": 3, "ys": ["T A S K S"], "infos": [{"r_letter": 0.4, "r_word": 0.2, "r_game": False, "r": 0.2}]}
    run = run_of([text, words], tmp_path)
    written, crossword = run.tree(0).node(1), run.tree(1).node(1)
    assert [s.id for s in run.summaries] == ["text-3", "crosswords-3"]
    assert (written.reward, written.raw, written.correct) == (0.75, 7.5, None)
    assert (crossword.reward, crossword.raw, crossword.correct) == (None, None, False)
    assert "r_word 0.2" in crossword.reason


def test_a_text_keeps_its_votes_and_its_marks(tmp_path: Path) -> None:
    level = files.level([""], ["Plan.", "Plan."], [3, 2], ["Plan."], "Write.\n")
    record = {"steps": [level], "ys": ["Plan."], "infos": [{"rs": [9], "r": 9.0}], "idx": 3}
    tree = tree_of(record, tmp_path)
    assert tree.problem.question == "Write." and tree.problem.meta["scores"].startswith("Its value in the log")
    assert [n.raw for n in tree.nodes[1:]] == [3, 2], "equal candidates of a vote have votes of their own"
    assert tree.closed is not None and "gave it 9 of 10" in tree.closed.reason


def test_a_search_that_came_to_no_answer_found_no_solution(tmp_path: Path) -> None:
    levels: Any = files.THOUGHTS["steps"]
    record = files.THOUGHTS | {"steps": levels[:3], "ys": [files.A3], "infos": [{"r": 0}]}
    rows = frame([run_of([record, files.THOUGHTS], tmp_path)])
    assert rows["covered"].tolist() == [False, True] and rows["correct"].tolist() == [False, True]


def test_a_value_of_more_answers_than_three_is_refused_rather_than_scaled_by_guess(tmp_path: Path) -> None:
    record = files.THOUGHTS | {"steps": [files.level([""], [files.A], [100.0], [files.A])], "ys": [], "infos": []}
    with pytest.raises(ForeignError, match="got a value of 100, expected 60 at most"):
        tree_of(record, tmp_path)


def test_a_crossword_is_the_tree_of_the_visited_states(tmp_path: Path) -> None:
    tree = tree_of(files.CROSSWORD, tmp_path)
    assert rows(tree) == [
        (0, "h2. motor", 1.0), (1, "h1. tasks", 1.0), (2, "h4. salon", 0.75), (1, "v5. drier", 1.0)
    ]  # fmt: skip
    assert [n.mark for n in tree.nodes[1:]] == ["kept", "kept", "dropped", "dropped"]
    assert "impossible; clues judged sure 1, maybe 2, impossible 1" in tree.node(3).reason
    assert tree.node(3).raw == 1 and tree.chosen is None and not tree.finished()
    assert tree.closed is not None and "at most 30%" in tree.closed.reason


def test_a_crossword_without_pruning_is_not_said_to_prune(tmp_path: Path) -> None:
    visits = [files.visit(["h1. a"], 1), files.visit(["h1. a", "h2. b"]), files.visit(["h3. c"], 2)]
    tree = tree_of(visits, tmp_path)
    assert tree.node(1).mark == "kept" and tree.node(3).reason.startswith("nothing after it was visited")


def test_a_state_without_the_visit_before_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ForeignError, match=r"line 1: got visit 1 after 'h1. a'"):
        tree_of([files.visit(["h1. a", "h2. b"])], tmp_path)


def test_prefixes_stand_below_the_longest_that_came_before(tmp_path: Path) -> None:
    tree = tree_of(files.PREFIXES, tmp_path)
    assert rows(tree) == [
        (0, "It is \\(\\boxed{2}\\).", 1.0), (0, "Count.", 0.5), (2, "One and one is three.", 0.0)
    ]  # fmt: skip
    assert [(n.answer, n.correct) for n in tree.finished()] == [("2", True)]
    assert tree.problem.meta["mc_value"] == 0.75


def test_the_prefixes_of_one_question_are_one_tree_however_they_are_parted(tmp_path: Path) -> None:
    alone = files.PREFIXES["reasoning_steps"]
    other = [{"solution_prefix": "What is 2 + 2?", "mc_value": 0.5}]
    run = run_of([*alone, *other], tmp_path)
    assert [(s.question, s.nodes) for s in run.summaries] == [("What is 1 + 1?", 4), ("What is 2 + 2?", 1)]


def test_the_oldest_prefixes_have_partial_answers_and_no_solutions(tmp_path: Path) -> None:
    part = {"question": "What is 1 + 1?", "partial_answer": "Count", "mc_score": 0.5}
    records = [
        part, part, part | {"partial_answer": "Countone and", "mc_score": 0.2},
        part | {"partial_answer": "Count", "mc_score": 0.0},
        part | {"question": "What is 2 + 2?", "mc_score": 1.0},
    ]  # fmt: skip
    run = run_of(records, tmp_path)
    assert len(run) == 2 and not run.tree(1).finished()
    assert rows(run.tree(0)) == [(0, "Count", 0.5), (0, "Count", 0.0), (1, "one and", 0.2)]


def test_a_prefix_of_another_question_is_refused(tmp_path: Path) -> None:
    steps = [{"solution_prefix": "Something else", "mc_value": 0.5}]
    with pytest.raises(ForeignError, match="doesn't begin with the question"):
        tree_of(files.PREFIXES | {"reasoning_steps": steps}, tmp_path)


def test_a_tree_of_openr_alone_begins_with_its_question(tmp_path: Path) -> None:
    tree = tree_of(files.ESTIMATED["reasoning_steps"], tmp_path)
    assert tree.problem.question == "What is 1 + 1?" and len(tree) == 5


def test_a_search_without_q_has_rewards_and_its_steps_are_its_actions(tmp_path: Path) -> None:
    states = [{"blocks": "a on b", "goal": "x"}, {"blocks": "b on a", "goal": "x"}]
    nodes = {str(i): {"id": i, "data": state} for i, state in enumerate(states)}
    edge = {"id": 0, "source": 0, "target": 1, "data": {"reward": -3.5, "action": "put b on a"}}
    tree = tree_of({"logs": [{"nodes": nodes, "edges": {"0": edge}}]}, tmp_path)
    assert tree.node(1).text == "put b on a\nblocks: b on a", "what didn't change is no part of the step"
    assert (tree.node(1).raw, tree.node(1).reward) == (-3.5, None)


def test_a_set_of_problems_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(ForeignError, match=r"a problem without a solution.*--problems FILE"):
        recognise(files.write(tmp_path / "math.jsonl", [{"problem": "1 + 1?", "answer": "2", "level": 1}]))
