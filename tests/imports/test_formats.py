"""What each format's records become."""

from pathlib import Path
from typing import Any

import pytest

from engine.imports import FORMATS, ForeignError, import_file, recognise
from engine.measure.frame import frame
from engine.runs import Run
from engine.tree import Tree
from tests.imports import files


def run_of(name: str, record: Any, tmp_path: Path) -> Run:
    tmp_path.mkdir(exist_ok=True)
    return import_file(files.write(tmp_path / f"{name}.jsonl", [record]), tmp_path / "run", FORMATS[name])


def tree_of(name: str, tmp_path: Path, record: Any = None) -> Tree:
    return run_of(name, record or files.ALL[name], tmp_path).tree(0)


def rows(tree: Tree) -> list[tuple[Any, ...]]:
    return [(n.parent.id if n.parent else None, n.text, n.reward, n.mark) for n in tree.nodes[1:]]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("array", [False, True])
def test_a_format_is_recognised_from_its_first_record(name: str, array: bool, tmp_path: Path) -> None:
    assert recognise(files.write(tmp_path / "file", [files.ALL[name]], array=array)).name == name


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_says_where_it_came_from_and_what_its_scores_are(name: str, tmp_path: Path) -> None:
    run = run_of(name, files.ALL[name], tmp_path)
    source, format = run.info.source, FORMATS[name]
    assert source["file"] == f"{name}.jsonl" and source["format"] == name and source["records"] == 1
    assert len(source["sha256"]) == 64 and source["skipped"] == []
    meta = run.tree(0).problem.meta
    assert meta["imported"] == format.title and meta["scores"] == source["scores"] == format.scores
    assert run.is_complete and not list(tmp_path.glob(".run-*"))


def test_a_search_by_tree_of_thoughts_keeps_its_levels_values_and_choices(tmp_path: Path) -> None:
    run = run_of("tree-of-thoughts", files.THOUGHTS, tmp_path)
    tree = run.tree(0)
    assert tree.problem.question == "Make 24 from 4 5 6 10" and run.info.problem_set == "tot-100"
    assert rows(tree)[:4] == [
        (0, files.A.strip(), 1.0, "kept"),
        (0, files.B.strip(), 0.05, "kept"),
        (0, files.A.strip(), None, "dropped"),
        (1, "5 * 6 = 30 (left: 6 30)", 22 / 60, "kept"),
    ]
    assert tree.node(3).raw is None and "not valued" in tree.node(3).reason
    assert [n.raw for n in tree.finished()] == [3.0, 60.0]
    assert [n.correct for n in tree.finished()] == [False, True]
    assert tree.chosen is tree.finished()[1] and tree.chosen.answer == "5 * (10 - 4) - 6"
    assert [n.label for n in tree.chosen.path()] == [True, True, True, None]
    assert tree.node(2).label is False, "from 6 9 10 there is no way to 24"


def test_a_log_of_another_task_has_votes_and_nobody_knows_what_is_right(tmp_path: Path) -> None:
    levels = [
        files.level([""], ["Plan a.", "Plan b."], [3, 1], ["Plan a."], "Write."),
        files.level(["Plan a."], ["Plan a.\nText c.", "Plan a.\nText d."], [0, 5], ["Plan a.\nText d."], "Write."),
    ]
    record = {"steps": levels, "ys": ["Plan a.\nText d."], "infos": [{"rs": [7, 8], "r": 7.5}], "idx": 3}
    run = run_of("tree-of-thoughts", record, tmp_path)
    tree = run.tree(0)
    assert run.info.task == "tree-of-thoughts"
    assert [(n.text, n.reward) for n in tree.nodes[1:]] == [
        ("Plan a.", 0.75), ("Plan b.", 0.25), ("Text c.", 0.0), ("Text d.", 1.0)
    ]  # fmt: skip
    assert tree.chosen is tree.node(4) and tree.chosen.correct is None and tree.chosen.label is None


def test_ratings_of_people_are_labels_and_an_unrated_step_has_none(tmp_path: Path) -> None:
    tree = tree_of("prm800k", tmp_path)
    assert rows(tree) == [
        (0, "Add.", 1.0, "kept"),
        (1, "It is 3.", 0.0, "dropped"),
        (1, "It is 4.", 0.0, "dropped"),
        (1, "It is 2.", None, "kept"),
        (4, "Well.", 0.5, "dropped"),
        (4, "So 2.\n\n# Answer\n\n2", 1.0, "kept"),
    ]
    assert [n.label for n in tree.nodes[1:]] == [True, False, False, None, None, True]
    assert [n.raw for n in tree.nodes[1:]] == [1, -1, -1, None, 0, 1]
    assert tree.chosen is not None and tree.chosen.answer == "2" and tree.chosen.correct


def test_estimates_are_rewards_and_only_whole_right_rollouts_are_solutions(tmp_path: Path) -> None:
    tree = tree_of("omegaprm", tmp_path)
    assert [n.reward for n in tree.nodes[1:]] == [1.0, 0.5, 0.0, 1.0]
    assert [(n.answer, n.correct) for n in tree.finished()] == [("2", True), ("2", True)]
    assert tree.problem.meta["mc_value"] == 0.75 and tree.chosen is None
    assert all(n.label is None for n in tree)


def test_a_solution_of_math_shepherd_is_a_chain_with_a_reward_each(tmp_path: Path) -> None:
    tree = tree_of("math-shepherd", tmp_path)
    assert tree.problem.question == "What is 1 + 1?"
    assert [(n.text, n.reward) for n in tree.nodes[1:]] == [
        ("Step 1: Add 1 and 1.", 1.0),
        ("Step 2: It is 2. The answer is: 2", 0.0),
    ]
    assert tree.chosen is not None and tree.chosen.answer == "2" and tree.chosen.correct is False


def test_example_solutions_have_no_scores_and_say_whose_they_are(tmp_path: Path) -> None:
    tree = tree_of("gsm8k-solutions", tmp_path)
    assert [(n.answer, n.correct) for n in tree.finished()] == [("999", False), ("1000", True)]
    assert tree.problem.answer == "1000" and tree.chosen is None
    assert all(n.reward is None for n in tree)
    assert "175B, best of 100" in tree.finished()[1].reason


def test_completions_share_their_beginnings_and_an_empty_last_step_is_left_out(tmp_path: Path) -> None:
    run = run_of("search-and-learn", files.FOUND, tmp_path)
    tree = run.tree(0)
    assert [(n.parent.id if n.parent else 0, n.reward) for n in tree.nodes[1:]] == [
        (0, 0.5), (0, None), (1, 0.75), (1, 0.25),
    ]  # fmt: skip
    assert [n.answer for n in tree.finished()] == ["3", "1", "1"], "equal answers read the same"
    assert {n.correct for n in tree.finished() if n.answer == "1"} == {True}
    assert tree.node(2).error == "got 2 scores for 1 steps"
    assert tree.chosen is not None and tree.chosen.correct and run.info.parameters == {"n": 3}
    assert tree.cost.policy_tokens == 20 and tree.problem.meta["level"] == 3


def test_a_tree_log_grows_by_iterations_and_shows_what_was_selected(tmp_path: Path) -> None:
    tree = tree_of("llm-reasoners", tmp_path)
    assert rows(tree) == [
        (0, "state 7", 0.75, "kept"),
        (0, "state 3", 0.5, "dropped"),
        (1, "state 9", 0.9, "kept"),
    ]
    assert [type(e).__name__ for e in tree.events].count("Grown") == 2
    assert tree.chosen is tree.node(3) and "Q 0.75, r_conf 0.5" in tree.node(1).reason


def test_values_on_an_unknown_scale_are_no_rewards_but_are_kept(tmp_path: Path) -> None:
    log = {"logs": [files.snapshot([0, 1], [(0, 1, -7.5)])]}
    node = tree_of("llm-reasoners", tmp_path, log).node(1)
    assert node.reward is None and node.raw == -7.5


def test_plain_json_carries_all_that_a_log_can_say(tmp_path: Path) -> None:
    tree = tree_of("plain", tmp_path)
    assert tree.problem.id == "sum" and tree.problem.answer == "2"
    by_text = {n.text: n for n in tree.nodes[1:]}
    first, last, guess = by_text["Add."], by_text["So 2."], by_text["Guess."]
    assert (first.reward, first.raw, first.logprob, first.cost.policy_tokens, first.label) == (0.8, 1.4, -0.5, 3, True)
    assert tree.chosen is last and last.correct and last.parent is first
    assert (guess.mark, guess.reason, guess.reward) == ("dropped", "below the best", None)


def test_what_a_file_does_not_say_is_missing_in_the_table_of_runs(tmp_path: Path) -> None:
    rows = frame([run_of("omegaprm", files.ESTIMATED, tmp_path)])
    assert rows[["correct", "policy_tokens", "tokens", "flops", "seconds"]].isna().all(axis=None)
    assert rows["covered"].tolist() == [True]
    unfinished = frame([run_of("llm-reasoners", files.SNAPSHOTS, tmp_path / "other")])
    assert unfinished[["correct", "covered"]].isna().all(axis=None), "nothing in it ends a solution"


TOO_SURE = {"text": "q", "children": [{"text": "s", "mc_value": 2, "children": []}]}
CIRCLE = [{"id": 1, "text": "a", "parent": 2}, {"id": 2, "text": "b", "parent": 1}]
NO_ROOT = files.snapshot([0, 1], [(0, 1, 0.5), (1, 0, 0.5)])
APART = files.snapshot([0, 1, 2, 3], [(0, 1, 0.5), (2, 3, 0.5), (3, 2, 0.5)])


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("tree-of-thoughts", {"infos": []}, "got 0 results for 1 solutions"),
        ("tree-of-thoughts", {"steps": []}, "got no steps"),
        ("prm800k", {"question": "what?"}, "expected `object`, got `str` - at `$.question`"),
        (
            "prm800k",
            {"label": {"steps": [{"completions": [], "chosen_completion": 0}]}},
            "got completion 0 as the chosen",
        ),
        ("prm800k", {"label": {"steps": [{"completions": [files.completion("a", 2)]}]}}, "got the rating 2"),
        ("prm800k", {"label": {"steps": [{}, {}]}}, "no completion of the step before it was chosen"),
        ("omegaprm", {"reasoning_steps": TOO_SURE}, "got a score of 2, expected 0 to 1"),
        ("math-shepherd", {"label": "What is 1 + 1? Step 1: Add 1 and 2. +"}, "differs from the input at step 1"),
        ("math-shepherd", {"input": "What is 1 + 1? Add. ки"}, "differs from the input"),
        ("gsm8k-solutions", {"175b_verification": {"solution": 3}}, "expected `str`, got `int`"),
        ("search-and-learn", {"scores": [[0.5]]}, "got 1 lists of scores for 3 completions"),
        ("llm-reasoners", {"logs": [NO_ROOT]}, "got 0 nodes that no edge leads to"),
        ("llm-reasoners", {"logs": [APART]}, "in a circle"),
        ("plain", {"steps": CIRCLE}, "in a circle"),
        ("plain", {"steps": [{"id": 1, "text": "a", "parent": 9}]}, "got the parent 9 of node 1"),
        ("plain", {"steps": [{"id": 1, "text": "a"}, {"id": 1, "text": "b"}]}, "same id"),
        ("plain", {"chosen": "z"}, "no such step"),
        ("plain", {"arbutus": 2}, "got version 2, expected 1"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(name: str, change: dict[str, Any], said: str, tmp_path: Path) -> None:
    file = files.write(tmp_path / "file.jsonl", [files.ALL[name], files.ALL[name] | change])
    with pytest.raises(ForeignError, match=r"file\.jsonl: line 2: ") as refused:
        import_file(file, tmp_path / "run", FORMATS[name])
    assert said in str(refused.value)
    assert [p.name for p in tmp_path.iterdir()] == ["file.jsonl"], "something was left behind"


# The published files.


def test_the_published_log_of_tree_of_thoughts_solves_what_the_benchmark_recomputes(tmp_path: Path) -> None:
    file = files.real("tot_game24_gpt4_b5.json")
    run = import_file(file, tmp_path / "run", recognise(file))
    rows = frame([run])
    assert (len(run), run.info.problem_set) == (100, "tot-100")
    assert (rows["correct"].sum(), rows["covered"].sum()) == (62, 69)
    assert sum(s.nodes - 1 for s in run.summaries) == 8412


@pytest.mark.parametrize(
    ("name", "trees", "mark", "roots"),
    [
        ("prm800k_samples.jsonl", 3, '"text"', 3),
        ("omegaprm_trees.jsonl", 2, '"mc_value"', 0),
        ("math_shepherd_samples.jsonl", 4, "\\u043a\\u0438", 4),
    ],
)
def test_a_published_file_is_read_whole(name: str, trees: int, mark: str, roots: int, tmp_path: Path) -> None:
    file = files.real(name)
    run = import_file(file, tmp_path / "run", recognise(file))
    assert len(run) == trees
    assert sum(s.nodes for s in run.summaries) == file.read_text(encoding="utf-8").count(mark) + roots


def test_the_published_solutions_of_gsm8k_are_right_as_often_as_their_file_says(tmp_path: Path) -> None:
    file = files.real("gsm8k_model_solutions_700.jsonl")
    run = import_file(file, tmp_path / "run", recognise(file))
    right = sum(n.correct is True for s in run.summaries for n in run.tree(s.index).finished())
    assert len(run) == 700 and right == file.read_text(encoding="utf-8").count('"is_correct": true')
    assert frame([run])["covered"].sum() == 470
