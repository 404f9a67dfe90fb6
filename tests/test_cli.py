import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine import cli, runner, scheduler
from engine.runs import Run
from engine.scheduler import run_searches
from engine.search import STRATEGIES
from engine.tree import Tree

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = ("Make 24 from 4 5 6 10", "Make 10 from 2 3 5", "Make 7 from 3 4")


class Said(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def arbutus(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in this process."""

    def command(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["engine", *map(str, arguments)])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return command


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "three.jsonl"
    file.write_text("".join(json.dumps({"question": q}) + "\n" for q in QUESTIONS), encoding="utf-8")
    return file


@pytest.fixture
def models(untrained_policy: Path, untrained_prm: Path) -> list[object]:
    return ["--policy", untrained_policy, "--prm", untrained_prm]


@pytest.fixture
def beam(questions: Path, models: list[object], tmp_path: Path) -> list[object]:
    """The arguments of a small run; the last one is its folder."""
    return ["run", "--problems", questions, "--strategy", "beam", "--n", 4, *models, "--out", tmp_path / "run"]


def events(run: Path) -> list[Any]:
    """All that was searched, but for what the clock says."""
    opened = Run.open(run)
    return [_timeless(opened.tree(s.index)) for s in opened.summaries]


def _timeless(tree: Tree) -> Any:
    return [(n.text, n.finish, n.logprob, n.reward, n.mark, n.reason, n.correct, n.label) for n in tree]


# Runs.


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_run_searches_every_problem_logs_it_and_prints_its_summary(
    arbutus: Command, questions: Path, models: list[object], tmp_path: Path, strategy: str
) -> None:
    size = [] if strategy == "greedy" else ["--n", 2]
    said = arbutus("run", "--problems", questions, "--strategy", strategy, *size, *models, "--out", tmp_path / "run")
    assert said.code == 0, said.err
    assert f"{strategy} " in said.out and "accuracy" in said.out and "…" not in said.out
    assert f"{strategy} on" in said.err and "3/3" in said.err
    run = Run.open(tmp_path / "run")
    assert [s.question for s in run.summaries] == list(QUESTIONS)
    assert run.info.strategy == strategy and run.info.task == "countdown" and run.info.problems == 3
    assert (run.info.prm is None) == (not STRATEGIES[strategy].needs_prm)
    assert run.info.command.startswith("python -m engine run --problems ")
    assert len(run.info.policy["sha256"]) == 64 and run.info.policy["parameters"] > 500_000
    assert {"python", "torch", "transformers"} <= set(run.info.versions)


def test_a_run_records_its_parameters_budget_seed_and_words(arbutus: Command, beam: list[object]) -> None:
    more = "--set", "width=2", "--seed", 5, "--temperature", 0.9, "--tokens", 300, "--title", "Mine", "--note", "why"
    assert arbutus(*beam, *more, "--limit", 2).code == 0
    info = Run.open(Path(str(beam[-1]))).info
    assert info.parameters == {"n": 4, "width": 2, "redraws": 2}
    assert (info.seed, info.temperature, info.budget, info.problems) == (5, 0.9, {"tokens": 300}, 2)
    assert (info.title, info.note) == ("Mine", "why")


def test_the_same_seed_gives_the_same_run_and_another_one_another(
    arbutus: Command, beam: list[object], tmp_path: Path
) -> None:
    for name, more in {"one": [], "two": ["--window", 1], "three": ["--seed", 1]}.items():
        assert arbutus(*beam[:-1], tmp_path / name, *more).code == 0
    one, two, three = (events(tmp_path / name) for name in ("one", "two", "three"))
    assert one != three
    for tree, other in zip(one, two, strict=True):
        assert [node[0] for node in tree] == [node[0] for node in other]


def test_a_run_whose_searches_failed_ends_with_code_3_and_counts_them(
    arbutus: Command, beam: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(tree: Tree, **_: Any) -> Any:
        raise ValueError("torn")
        yield

    found = STRATEGIES["beam"]
    monkeypatch.setitem(STRATEGIES, "beam", type(found)(found.name, "", "", broken, found.choose, found.parameters))
    said = arbutus(*beam)
    assert said.code == 3
    assert arbutus("summary", beam[-1], "--json").json["failures"] == 3


# Resuming.


class Killed(BaseException):
    """As if the power had gone."""


@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_an_interrupted_run_goes_on_to_the_trees_it_would_have_had(
    arbutus: Command, beam: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    assert arbutus(*beam[:-1], tmp_path / "whole", "--temperature", 0).code == 0

    def killed(jobs: Any, setting: Any, *, window: int, on_round: Any) -> Any:
        seen = 0

        def counted(trees: Any) -> None:
            nonlocal seen
            on_round(trees)
            seen += 1
            if seen == rounds:
                raise Killed

        return run_searches(jobs, setting, window=window, on_round=counted)

    with monkeypatch.context() as patch:
        patch.setattr(runner, "run_searches", killed)
        with pytest.raises(Killed):
            arbutus(*beam, "--window", 2, "--temperature", 0)
    assert Run.open(tmp_path / "run").finished < 3
    assert arbutus(*beam, "--resume", "--temperature", 0).code == 0
    for tree, whole in zip(events(tmp_path / "run"), events(tmp_path / "whole"), strict=True):
        assert [node[0] for node in tree] == [node[0] for node in whole]


def test_a_finished_run_is_resumed_without_a_search(
    arbutus: Command, beam: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert arbutus(*beam).code == 0
    before = (Path(str(beam[-1])) / "events.jsonl").read_bytes()
    monkeypatch.setattr(scheduler, "_begin", None)
    assert arbutus(*beam, "--resume").code == 0
    assert (Path(str(beam[-1])) / "events.jsonl").read_bytes() == before


def test_resuming_what_was_never_begun_begins_it(arbutus: Command, beam: list[object]) -> None:
    assert arbutus(*beam, "--resume").code == 0
    assert Run.open(Path(str(beam[-1]))).is_complete


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (["--seed", 1], "seed 0, this one 1"),
        (["--n", 8], r"parameters \{'n': 4, 'width': 4, 'redraws': 2\}, this one \{'n': 8, 'width': 4, 'redraws': 2\}"),
        (["--strategy", "dvts"], "strategy 'beam', this one 'dvts'"),
        (["--tokens", 9], r"budget \{\}, this one \{'tokens': 9\}"),
        (["--temperature", 0.5], r"temperature 1\.0, this one 0\.5"),
        (["--limit", 2], "number of problems 3, this one 2"),
        (["--problems", "tot-100"], "problem set .*, this one 'tot-100'"),
    ],
)
def test_a_run_is_not_resumed_with_another_setting(
    arbutus: Command, beam: list[object], changed: list[object], named: str
) -> None:
    assert arbutus(*beam).code == 0
    said = arbutus(*beam, *changed, "--resume")
    assert said.code == 1
    assert re.search(rf"the run there has {named}; resume with the same setting, or choose another --out", said.err)


def test_another_model_is_another_setting(
    arbutus: Command, beam: list[object], untrained_prm: Path, tmp_path: Path
) -> None:
    assert arbutus(*beam).code == 0
    from safetensors.torch import load_file, save_file

    other = tmp_path / "other-prm"
    other.mkdir()
    for file in untrained_prm.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    weights = load_file(other / "model.safetensors")
    weights["score.weight"] *= 2
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    said = arbutus(*beam, "--prm", other, "--resume")
    assert said.code == 1 and "the run there has PRM" in said.err


def test_a_folder_that_holds_a_run_is_not_overwritten(arbutus: Command, beam: list[object]) -> None:
    assert arbutus(*beam).code == 0
    said = arbutus(*beam)
    assert said.code == 1 and said.out == ""
    assert "holds a run already; go on with it (--resume) or name another folder" in said.err


# Reading what was run.


def test_a_summary_as_json_stands_alone_on_standard_output(arbutus: Command, beam: list[object]) -> None:
    arbutus(*beam)
    said = arbutus("summary", beam[-1], "--json")
    assert (said.code, said.err) == (0, "")
    row = said.json
    assert row["strategy"] == "beam" and row["parameters"] == {"n": 4, "width": 4, "redraws": 2}
    assert (row["problems"], row["graded"], row["failures"]) == (3, 3, 0)
    assert 0 <= row["accuracy"] <= row["coverage"] <= 1
    run = Run.open(Path(str(beam[-1])))
    trees = [run.tree(i) for i in range(3)]
    for name in ("policy_tokens", "prm_tokens", "flops", "seconds"):
        assert row[f"mean_{name}"] == pytest.approx(sum(getattr(t.cost, name) for t in trees) / 3)


def test_a_summary_of_a_folder_of_runs_has_a_row_each(arbutus: Command, beam: list[object], tmp_path: Path) -> None:
    for seed in (0, 1):
        arbutus(*beam[:-1], tmp_path / "runs" / str(seed), "--seed", seed)
    assert [row["seed"] for row in arbutus("summary", tmp_path / "runs", "--json").json] == [0, 1]
    assert arbutus("summary", tmp_path / "runs").out.count("beam n=4 width=4") == 2


def test_a_tree_is_found_by_number_id_or_question(arbutus: Command, beam: list[object]) -> None:
    arbutus(*beam)
    by_number = arbutus("tree", beam[-1], 0)
    assert by_number.code == 0 and by_number.out.startswith("Make 24 from 4 5 6 10\n")
    assert by_number.out == arbutus("tree", beam[-1], "24-from-4-5-6-10").out
    assert by_number.out == arbutus("tree", beam[-1], "Make 24 from 4 5 6 10").out
    every = arbutus("tree", beam[-1], 0, "--all").out
    assert len(every.splitlines()) == len(Run.open(Path(str(beam[-1]))).tree(0)) + 2


@pytest.mark.parametrize("problem", ["99", "²", "nothing-like-it", "-1"])
def test_a_tree_that_is_not_there_is_an_error_that_says_so(arbutus: Command, beam: list[object], problem: str) -> None:
    arbutus(*beam)
    said = arbutus("tree", beam[-1], "--", problem)
    assert said.code == 1 and said.out == ""
    assert re.search(r"no tree .*; 3 of 3 are finished", said.err)


def test_packing_and_unpacking_a_run_changes_nothing(arbutus: Command, beam: list[object], tmp_path: Path) -> None:
    arbutus(*beam)
    assert arbutus("pack", beam[-1], tmp_path / "one.arbutus") == (0, "", "")
    assert arbutus("unpack", tmp_path / "one.arbutus", tmp_path / "again") == (0, "", "")
    assert events(tmp_path / "again") == events(Path(str(beam[-1]))) == events(tmp_path / "one.arbutus")
    rows = [arbutus("summary", p, "--json").json for p in (beam[-1], tmp_path / "one.arbutus", tmp_path / "again")]
    assert len({json.dumps({**row, "run": ""}) for row in rows}) == 1
    packed = arbutus("tree", tmp_path / "one.arbutus", 1)
    assert packed.code == 0 and packed.out == arbutus("tree", beam[-1], 1).out


@pytest.mark.parametrize("command", [["summary"], ["tree", "0"], ["pack", "x.arbutus"], ["unpack", "x"]])
def test_a_run_that_is_not_there_is_named(arbutus: Command, tmp_path: Path, command: list[str]) -> None:
    name, *rest = command
    said = arbutus(name, tmp_path / "nowhere", *(tmp_path / r if "x" in r else r for r in rest))
    assert said.code == 1 and said.out == ""
    assert "nowhere" in said.err


def test_what_is_there_is_listed_as_text_and_as_json(arbutus: Command) -> None:
    said = arbutus("list", "--json")
    assert (said.code, said.err) == (0, "")
    assert [s["name"] for s in said.json["strategies"]] == list(STRATEGIES)
    assert said.json["strategies"][4]["parameters"]["width"]["default"] == 4
    assert said.json["tasks"] == [{"name": "countdown", "problem_sets": ["tot-100", "held-150", "countdown-200"]}]
    assert said.json["policies"] and said.json["prms"]
    text = arbutus("list").out
    assert all(name in text for name in (*STRATEGIES, "tot-100", "countdown-policy", "countdown-prm-naive"))


def test_the_doctor_says_what_is_here_and_fails_only_for_what_is_missing(arbutus: Command) -> None:
    said = arbutus("doctor", "--json")
    assert said.code == (1 if said.json["missing"] else 0)
    assert all(problem in said.err for problem in said.json["missing"])
    assert {"machine", "versions", "devices", "built-in models", "sample runs"} <= set(said.json)


# One question.


def test_solving_one_question_prints_its_tree_and_logs_nothing(
    arbutus: Command, models: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = arbutus("solve", "make 24 from 10, 6, 5, 4", "--strategy", "mcts", "--n", 3, "--set", "c=0.5", *models)
    assert said.code == 0
    assert said.out.startswith("Make 24 from 4 5 6 10\n") and "policy tokens" in said.out.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("24", "got '24', expected a question such as 'Make 24 from 4 5 6 10'"),
        ("Make 24 from", "got 0 numbers, expected 2 to 6"),
        ("Make 24 from " + "1 " * 40, "got 40 numbers, expected 2 to 6"),
        ("Make 24 from 4 x 6", "bad number: got 'x', expected a number such as 7, 2/3 or 1.5"),
        ("Make [/b] from 4 6", "bad target: got '[/b]', expected a number such as 7, 2/3 or 1.5"),
    ],
)
def test_a_question_that_is_none_gets_a_sentence_and_code_1(
    arbutus: Command, models: list[object], question: str, message: str
) -> None:
    said = arbutus("solve", question, *models)
    assert (said.code, said.out) == (1, "")
    assert said.err == f"error {message}" + (said.err[len(f"error {message}") :])
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strategy", "[/magic]"], "got strategy '[/magic]', expected one of: greedy"),
        (["--task", "chess"], "got task 'chess', expected one of: countdown"),
        (["--problems", "tot-99"], "got problems 'tot-99', expected one of tot-100"),
        (["--problems", "none.jsonl"], "none.jsonl: can't be read"),
        (["--set", "breadth=4"], "strategy 'beam' has no parameter 'breadth'; it has: n, width"),
        (["--set", "width"], "got --set 'width', expected a name and a number such as width=4"),
        (["--set", "width=wide"], "got --set 'width=wide', expected a name and a number such as width=4"),
        (["--set", "n=inf"], "got n=inf for 'beam', expected a whole number of at least 1"),
        (["--n", 0], "got n=0 for 'beam', expected a whole number of at least 1"),
        (
            ["--policy", "no-such"],
            "got model 'no-such', expected one of countdown-policy, or a folder with",
        ),
        (["--prm", "no-such"], "got model 'no-such', expected one of countdown-prm, countdown-prm-naive, or a folder"),
        (["--device", "abacus"], "got device 'abacus', expected auto, cuda, mps or cpu"),
    ],
)
def test_a_wrong_argument_gets_a_sentence_that_says_what_was_expected(
    arbutus: Command, beam: list[object], arguments: list[object], message: str
) -> None:
    said = arbutus(*beam, *arguments)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error ") and message in said.err and said.err.count("\n") == 1
    assert not Path(str(beam[-1])).exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["dance"],
        ["run", "--out", "x", "--n", "many"],
        ["run", "--out", "x", "--tokens", "0"],
        ["run", "--out", "x", "--temperature", "-1"],
        ["run", "--out", "x", "--nonsense"],
        ["train", "nothing"],
    ],
)
def test_wrong_usage_ends_with_code_2(arbutus: Command, arguments: list[str]) -> None:
    said = arbutus(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err


# Scoring.


def scored(arbutus: Command, file: Path, prm: Path) -> Said:
    return arbutus("score", "--task", "countdown", "--prm", prm, "--input", file)


def test_each_line_comes_back_with_a_reward_for_each_step_and_all_else_it_had(
    arbutus: Command, untrained_prm: Path, tmp_path: Path
) -> None:
    steps = ["5 * 6 = 30 (left: 4 10 30)", "30 + 4 = 34 (left: 10 34)", "34 - 10 = 24 (left: 24)"]
    lines = [
        {"question": QUESTIONS[0], "steps": steps, "source": "a friend\u2028of mine"},
        {"question": QUESTIONS[0], "steps": steps[:1]},
        {"question": QUESTIONS[2], "steps": ["I give up"]},
    ]
    file = tmp_path / "in.jsonl"
    file.write_text("\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    said = scored(arbutus, file, untrained_prm)
    assert said.code == 0, said.err
    given = [json.loads(line) for line in said.out.rstrip("\n").split("\n")]
    assert [{k: v for k, v in line.items() if k != "rewards"} for line in given] == lines
    assert [len(line["rewards"]) for line in given] == [3, 1, 1]
    assert all(0 <= r <= 1 for line in given for r in line["rewards"])
    assert given[0]["rewards"][0] == pytest.approx(given[1]["rewards"][0], abs=1e-5)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("7", "got no list of non-empty steps"),
        ('{"question": "Make 7 from 3 4"}', "got no list of non-empty steps"),
        ('{"question": "Make 7 from 3 4", "steps": []}', "got no list of non-empty steps"),
        ('{"question": "Make 7 from 3 4", "steps": ["a", " "]}', "got no list of non-empty steps"),
        ('{"question": "Make 7 from 3 4", "steps": "3 + 4"}', "got no list of non-empty steps"),
        ('{"question": "Make 7 from 3 4", "steps": [7]}', "got no list of non-empty steps"),
        ('{"steps": ["a"]}', "got no question"),
        ('{"question": 7, "steps": ["a"]}', "got no question"),
        ('{"question": "Make pi from 3 4", "steps": ["a"]}', "bad target: got 'pi'"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_scored(
    arbutus: Command, untrained_prm: Path, tmp_path: Path, line: str, message: str
) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text('{"question": "Make 7 from 3 4", "steps": ["3 + 4 = 7 (left: 7)"]}\n\n' + line, encoding="utf-8")
    said = scored(arbutus, file, untrained_prm)
    assert (said.code, said.out) == (1, "")
    assert f"in.jsonl:3: {message}" in said.err and said.err.count("\n") == 1


def test_a_file_without_lines_or_that_is_not_there_is_named(
    arbutus: Command, untrained_prm: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    said = scored(arbutus, tmp_path / "empty.jsonl", untrained_prm)
    assert said.code == 1 and "empty.jsonl: got no lines, expected one solution a line" in said.err
    said = scored(arbutus, tmp_path / "none.jsonl", untrained_prm)
    assert said.code == 1 and "none.jsonl: can't be read" in said.err


# Sweeps.

SWEEP = """
name = "small"
problems = "{problems}"
policy = "{policy}"
prm = "{prm}"
seeds = [0, 1]

[[strategies]]
name = "greedy"
seeds = [0]

[[strategies]]
name = "beam"
n = [1, 2]
width = 2

[[strategies]]
name = "best-of-n"
label = "whole"
n = 2
seeds = [3]
"""
LABELS = {"greedy-s0", "beam-n1-s0", "beam-n1-s1", "beam-n2-s0", "beam-n2-s1", "whole-n2-s3"}


@pytest.fixture
def plan(questions: Path, untrained_policy: Path, untrained_prm: Path, tmp_path: Path) -> Path:
    file = tmp_path / "sweep.toml"
    text = SWEEP.format(problems=questions.as_posix(), policy=untrained_policy.as_posix(), prm=untrained_prm.as_posix())
    file.write_text(text, encoding="utf-8")
    return file


def test_a_sweep_makes_a_run_for_each_combination_and_leaves_finished_ones_alone(
    arbutus: Command, plan: Path, tmp_path: Path
) -> None:
    out = tmp_path / "runs"
    said = arbutus("sweep", plan, "--out", out)
    assert said.code == 0 and said.out == "" and "6/6" in said.err
    assert {p.name for p in out.iterdir()} == LABELS
    runs = {p.name: Run.open(p) for p in out.iterdir()}
    assert all(run.is_complete for run in runs.values())
    assert (
        runs["beam-n2-s1"].info.parameters == {"n": 2, "width": 2, "redraws": 2} and runs["beam-n2-s1"].info.seed == 1
    )
    assert runs["whole-n2-s3"].info.strategy == "best-of-n"
    assert "--strategy beam --n 2 --set width=2" in runs["beam-n2-s1"].info.command
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*.jsonl")}
    (out / "greedy-s0" / "run.json").unlink()
    (out / "greedy-s0" / "events.jsonl").unlink()
    (out / "greedy-s0" / "index.jsonl").unlink()
    assert arbutus("sweep", plan, "--out", out).code == 0
    after = {p: p.stat().st_mtime_ns for p in out.rglob("*.jsonl")}
    assert {p.parent.name for p in before if before[p] != after[p]} == {"greedy-s0"}


def test_a_packed_sweep_leaves_a_file_each_and_makes_none_twice(arbutus: Command, plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    assert arbutus("sweep", plan, "--out", out, "--pack").code == 0
    assert {p.name for p in out.iterdir()} == {f"{label}.arbutus" for label in LABELS}
    before = {p: p.stat().st_mtime_ns for p in out.iterdir()}
    assert arbutus("sweep", plan, "--out", out, "--pack").code == 0
    assert {p: p.stat().st_mtime_ns for p in out.iterdir()} == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name =", "sweep.toml: can't be read as TOML"),
        ("", "sweep.toml: a value is missing or of the wrong kind (KeyError: 'strategies')"),
        ("strategies = []", "expected at least one [[strategies]] entry with a name"),
        ("[[strategies]]\nn = 4", "a value is missing or of the wrong kind (KeyError: 'name')"),
        ('[[strategies]]\nname = "magic"', "got strategy 'magic', expected one of: greedy"),
        ('[[strategies]]\nname = "beam"\nbreadth = 4', "strategy 'beam' has no parameter 'breadth'"),
        ('[[strategies]]\nname = "beam"\nwidth = "4"', "of the wrong kind (TypeError"),
        ('[[strategies]]\nname = "beam"\nn = [0]', "got n=0 for 'beam', expected a whole number of at least 1"),
        ('seeds = 3\n[[strategies]]\nname = "beam"', "of the wrong kind (TypeError"),
        ('tsak = "countdown"\n[[strategies]]\nname = "beam"', "got the key 'tsak', expected some of: name, note"),
        ('task = "chess"\n[[strategies]]\nname = "beam"', "got task 'chess', expected one of: countdown"),
        ('problems = "tot-9"\n[[strategies]]\nname = "beam"', "got problems 'tot-9', expected one of tot-100"),
        ('[[strategies]]\nname = "beam"\n[[strategies]]\nname = "beam"', "two runs would both be called 'beam-s0'"),
    ],
)
def test_a_sweep_that_cannot_be_meant_is_refused_before_it_begins(
    arbutus: Command, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "sweep.toml").write_text(text)
    said = arbutus("sweep", tmp_path / "sweep.toml", "--out", tmp_path / "runs")
    assert (said.code, said.out) == (1, "")
    assert message in said.err and "sweep.toml: " in said.err
    assert not (tmp_path / "runs").exists()


# As a process.


def test_the_command_line_runs_as_a_module_and_its_errors_have_no_traceback(tmp_path: Path) -> None:
    environment = {**os.environ, "COLUMNS": "40"}

    def command(*arguments: object) -> subprocess.CompletedProcess[str]:
        whole = [sys.executable, "-W", "error", "-m", "engine", *map(str, arguments)]
        return subprocess.run(whole, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    listed = command("list", "--json")
    assert listed.returncode == 0 and listed.stderr == "" and json.loads(listed.stdout)["strategies"]
    nowhere = tmp_path / ("a-folder-with-a-name-that-does-not-fit-into-one-line-of-a-terminal" * 2)
    failed = command("summary", nowhere)
    assert failed.returncode == 1 and failed.stdout == ""
    assert failed.stderr.startswith(f"error {nowhere}: got no run there") and "Traceback" not in failed.stderr


def test_a_question_typed_is_searched_in_place_of_a_set(arbutus: Command, models: list[object], tmp_path: Path) -> None:
    out = tmp_path / "run"
    asked = ["--question", "Make 24 from 10 4 6 5", "--question", "Make 10 from 2 3 5"]
    assert arbutus("run", *asked, "--strategy", "beam", "--n", 4, *models, "--out", out).code in (0, 3)
    opened = Run.open(out)
    assert [s.question for s in opened.summaries] == ["Make 24 from 4 5 6 10", "Make 10 from 2 3 5"]
    assert opened.info.problem_set == "24-from-4-5-6-10, 10-from-2-3-5"
    said = arbutus("run", "--question", "Make tea", *models, "--out", tmp_path / "other")
    assert said.code == 1 and "got 'Make tea'" in " ".join(said.err.split())


def test_a_tree_is_exported_for_graph_tools(arbutus: Command, beam: list[object], tmp_path: Path) -> None:
    arbutus(*beam)
    file = tmp_path / "tree.graphml"
    assert arbutus("export", beam[-1], 0, "--out", file).code == 0
    assert file.read_text().startswith("<?xml")
    said = arbutus("export", beam[-1], 0, "--out", tmp_path / "tree.png")
    assert said.code == 1 and "expected a name that ends in" in said.err
