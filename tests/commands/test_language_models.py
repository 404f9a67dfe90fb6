"""Runs with chat models, judges and word problems, from the command line to the log."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.runs import Run
from tests.commands.said import Command
from tests.models.families import build

QUESTIONS = [
    {"problem": "What is 1 + 1?", "answer": "2", "level": "Level 1", "subject": "Algebra"},
    {"problem": "What is half of one?", "answer": "\\frac12", "level": "Level 2", "subject": "Algebra"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model, a judge and problems."""
    folder = tmp_path_factory.mktemp("models")
    build("qwen2", folder / "qwen2-instruct")
    build("llama3", folder / "llama3-instruct", seed=1)
    (folder / "some.jsonl").write_text("\n".join(map(json.dumps, QUESTIONS)), encoding="utf-8")
    return folder


@pytest.fixture
def searching(folder: Path) -> list[Any]:
    limits = ["--step-tokens", 12, "--max-steps", 3, "--solution-tokens", 30]
    models = ["--policy", folder / "qwen2-instruct", "--prm", folder / "llama3-instruct:judge"]
    return ["run", "--task", "math", "--problems", folder / "some.jsonl", *models, *limits, "--n", 4]


def nodes(run: Path) -> list[list[tuple[str, str, float | None]]]:
    opened = Run.open(run)
    return [[(n.text, n.finish, n.reward) for n in opened.tree(i)] for i in range(len(opened.summaries))]


def test_a_chat_model_and_a_judge_search_and_log_like_the_built_in_ones(
    arbutus: Command, searching: list[Any], tmp_path: Path
) -> None:
    said = arbutus(*searching, "--out", tmp_path / "run")
    assert said.code == 0, said.err
    run = Run.open(tmp_path / "run")
    assert [s.meta for s in run.summaries] == [{"level": 1, "subject": "Algebra"}, {"level": 2, "subject": "Algebra"}]
    assert all(n.reward is not None for tree in (run.tree(0), run.tree(1)) for n in tree.nodes[1:] if n.mark == "kept")
    assert run.info.writing == {"separator": "\n\n", "step_tokens": 12, "steps": 3, "solution_tokens": 30}
    assert "\\boxed{}" in run.info.policy["system"] and run.info.prm and run.info.prm["kind"] == "judge"


@pytest.mark.parametrize("strategy", ["greedy", "self-consistency", "best-of-n", "dvts", "mcts"])
def test_every_strategy_runs_with_them(arbutus: Command, searching: list[Any], tmp_path: Path, strategy: str) -> None:
    given = searching if strategy != "greedy" else searching[:-2]
    said = arbutus(*given, "--strategy", strategy, "--out", tmp_path / "run")
    assert said.code == 0, said.err


def test_the_policy_can_be_its_own_judge(arbutus: Command, searching: list[Any], folder: Path, tmp_path: Path) -> None:
    given = ["self" if value == folder / "llama3-instruct:judge" else value for value in searching]
    assert arbutus(*given, "--out", tmp_path / "run").code == 0
    run = Run.open(tmp_path / "run")
    assert run.info.prm is not None and run.info.prm["sha256"] == run.info.policy["sha256"]


def test_a_small_cache_changes_the_cost_and_not_the_tree(
    arbutus: Command, searching: list[Any], tmp_path: Path
) -> None:
    for name, cache in (("small", 0.001), ("large", 1)):
        assert arbutus(*searching, "--cache", cache, "--out", tmp_path / name).code == 0
    for small, large in zip(nodes(tmp_path / "small"), nodes(tmp_path / "large"), strict=True):
        assert [n[:2] for n in small] == [n[:2] for n in large]


def test_a_run_goes_on_only_with_the_same_way_of_writing(
    arbutus: Command, searching: list[Any], tmp_path: Path
) -> None:
    assert arbutus(*searching, "--out", tmp_path / "run").code == 0
    assert arbutus(*searching, "--out", tmp_path / "run", "--resume").code == 0
    other = arbutus(*searching, "--out", tmp_path / "run", "--resume", "--system", "Be brief.")
    assert other.code == 1 and "the run there has system prompt" in other.err
    other = arbutus(*searching, "--out", tmp_path / "run", "--resume", "--separator", "\\n")
    assert other.code == 1 and "the run there has writing" in other.err
    other = arbutus(*searching, "--out", tmp_path / "run", "--resume", "--no-thinking")
    assert other.code == 1 and "the run there has chat template's variables" in other.err
    thinking = [f"{words}".replace(":judge", ":thinking") for words in searching]
    other = arbutus(*thinking, "--out", tmp_path / "run", "--resume")
    assert other.code == 1 and "the run there has kind of PRM 'judge', this one 'thinking'" in other.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--task", "jsonl"], "comes without problems"),
        (["--task", "gsm8k", "--question", "?"], "comes without a policy"),
        (["--task", "gsm8k", "--question", "?", "--policy", "countdown-policy", "--strategy", "greedy"], "only knows"),
        (["--load-in", "3bit"], "expected 4bit or 8bit"),
        (["--separator", ""], "got an empty --separator"),
        (["--dtype", "float8"], "expected auto, float32, bfloat16, float16"),
        (["--prm", "countdown-prm:nonsense"], "got kind 'nonsense' of PRM, expected one of"),
        (["--prm", "self"], "is no chat model in this process"),
    ],
)
def test_what_can_not_be_is_said_in_one_line(arbutus: Command, tmp_path: Path, words: list[str], message: str) -> None:
    said = arbutus("run", *words, "--out", tmp_path / "run")
    assert said.code == 1 and message in said.err and "Traceback" not in said.err


def test_models_that_do_not_fit_are_refused_before_they_are_read(
    arbutus: Command, searching: list[Any], tmp_path: Path
) -> None:
    said = arbutus(*searching, "--cache", 100_000, "--out", tmp_path / "run")
    assert said.code == 1 and "too little memory on cpu" in said.err and "a smaller --cache" in said.err
    assert not (tmp_path / "run").exists()


def test_solutions_are_scored_by_a_judge(arbutus: Command, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "solutions.jsonl"
    file.write_text(json.dumps({"question": "What is 1 + 1?", "steps": ["1 + 1 = 2", "\\boxed{2}"]}), encoding="utf-8")
    said = arbutus("score", "--task", "math", "--prm", f"{folder / 'llama3-instruct'}:judge", "--input", file)
    line = json.loads(said.out)
    assert said.code == 0 and len(line["rewards"]) == 2 and line["aggregates"]["min"] == min(line["rewards"])


def test_solutions_are_scored_by_the_policy_itself(arbutus: Command, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "solutions.jsonl"
    file.write_text(json.dumps({"problem": "What is 1 + 1?", "solution": "1 + 1 = 2\n\n\\boxed{2}"}), encoding="utf-8")
    policy = folder / "llama3-instruct"
    own = arbutus("score", "--task", "math", "--policy", policy, "--prm", "self", "--input", file)
    judged = arbutus("score", "--task", "math", "--prm", f"{policy}:judge", "--input", file)
    assert own.code == 0, own.err
    assert own.json["rewards"] == pytest.approx(judged.json["rewards"], abs=1e-5)


def test_models_of_a_sweep_that_do_not_fit_are_refused_before_its_first_run(
    arbutus: Command, folder: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "sweep.toml"
    own = f'policy = "{folder / "qwen2-instruct"}"'
    plan.write_text(
        f'problems = "tot-100"\n[[strategies]]\nname = "greedy"\n[[strategies]]\nname = "greedy"\nlabel = "own"\n{own}'
    )
    said = arbutus("sweep", plan, "--cache", 100_000, "--out", tmp_path / "runs")
    assert said.code == 1 and "too little memory on cpu" in said.err
    assert not (tmp_path / "runs").exists()
