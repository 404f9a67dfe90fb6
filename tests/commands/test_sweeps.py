from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.runs import Run, RunInfo, RunWriter
from engine.scheduler import Setting
from engine.tree import Problem
from tests.commands.said import Command

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
aggregate = "mean"

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
    info = runs["beam-n2-s1"].info
    assert info.parameters == {"n": 2, "width": 2, "redraws": 2, "aggregate": "mean"} and info.seed == 1
    assert runs["whole-n2-s3"].info.strategy == "best-of-n"
    assert "--strategy beam --n 2 --set width=2 --set redraws=2 --set aggregate=mean" in info.command
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


def test_a_run_that_is_not_whole_is_never_packed(
    arbutus: Command, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begun(folder: Path, setting: Setting, problems: Sequence[Problem], info: RunInfo, **_: object) -> None:
        RunWriter.create(folder, info).close()

    monkeypatch.setattr("engine.sweep.execute", begun)
    out = tmp_path / "runs"
    said = arbutus("sweep", plan, "--out", out, "--pack")
    assert said.code == 1 and "got 0 finished trees, expected 3" in said.err
    assert [p.name for p in out.iterdir()] == ["greedy-s0"] and Run.open(out / "greedy-s0").finished == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name =", "sweep.toml: can't be read as TOML"),
        ("", "sweep.toml: a value is missing or of the wrong kind (KeyError: 'strategies')"),
        ("strategies = []", "expected at least one [[strategies]] entry with a name"),
        ("[[strategies]]\nn = 4", "a value is missing or of the wrong kind (KeyError: 'name')"),
        ('[[strategies]]\nname = "magic"', "got strategy 'magic', expected one of: greedy"),
        ('[[strategies]]\nname = "beam"\nbreadth = 4', "strategy 'beam' has no parameter 'breadth'"),
        ('[[strategies]]\nname = "beam"\nwidth = "4"', "got width='4' for 'beam', expected a whole number of at"),
        (
            '[[strategies]]\nname = "beam"\naggregate = "sum"',
            "got aggregate='sum' for 'beam', expected one of: last",
        ),
        ('[[strategies]]\nname = "beam"\nn = [0]', "got n=0 for 'beam', expected a whole number of at least 1"),
        ('seeds = 3\n[[strategies]]\nname = "beam"', "of the wrong kind (TypeError"),
        (
            'tsak = "countdown"\n[[strategies]]\nname = "beam"',
            "got the key 'tsak', expected some of: budget, name",
        ),
        ('budget = {tokns = 3}\n[[strategies]]\nname = "beam"', "got a budget of 'tokns', expected some of: comp"),
        ('budget = {tokens = [9, 0]}\n[[strategies]]\nname = "beam"', "got a limit of 0 policy + PRM tokens"),
        ('budget = {tokens = "9"}\n[[strategies]]\nname = "beam"', "of the wrong kind (TypeError"),
        ('prices = {prn = 3}\n[[strategies]]\nname = "beam"', "got a price for 'prn', expected one for: policy"),
        ('prices = {prm = -3}\n[[strategies]]\nname = "beam"', "got the price prm=-3.0, expected 0 or more"),
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


BUDGETS = """
problems = "{problems}"
policy = "{policy}"
prm = "{prm}"
prices = {{policy = 0.4, prompt = 0.1, prm = 0.05}}

[[strategies]]
name = "best-of-n"
n = 64
budget = {{policy_tokens = [20, 60], seconds = 100}}

[[strategies]]
name = "beam"
n = 4
budget = {{money = 1e-5}}

[[strategies]]
name = "greedy"
"""


def test_a_sweep_over_budgets_makes_a_run_for_each_and_the_command_line_gives_one_to_the_others(
    arbutus: Command, questions: Path, untrained_policy: Path, untrained_prm: Path, tmp_path: Path
) -> None:
    file, out = tmp_path / "sweep.toml", tmp_path / "runs"
    places = {"problems": questions, "policy": untrained_policy, "prm": untrained_prm}
    file.write_text(BUDGETS.format(**{name: path.as_posix() for name, path in places.items()}), encoding="utf-8")
    said = arbutus("sweep", file, "--out", out, "--flops", "1e12")
    assert said.code == 0
    runs = {p.name: Run.open(p) for p in out.iterdir()}
    names = [f"best-of-n-n64-policy_tokens{limit}-s0" for limit in (20, 60)]
    assert set(runs) == {*names, "beam-n4-s0", "greedy-s0"}
    for name, limit in zip(names, (20, 60), strict=True):
        info = runs[name].info
        assert info.budget == {"policy_tokens": limit, "seconds": 100}
        said_so = f"--policy-tokens {limit} --seconds 100 --price policy=0.4 --price prompt=0.1 --price prm=0.05"
        assert said_so in info.command
        assert {s.stopped for s in runs[name].summaries} == {"policy_tokens"}
    assert runs["beam-n4-s0"].info.budget == {"money": 1e-5}
    assert {s.stopped for s in runs["beam-n4-s0"].summaries} == {"money"}
    assert runs["greedy-s0"].info.budget == {"flops": 1e12}
    assert runs["greedy-s0"].info.prices == {"policy": 0.4, "prompt": 0.1, "prm": 0.05}
