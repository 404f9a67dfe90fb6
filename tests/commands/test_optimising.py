import tomllib
from pathlib import Path

import pytest

from engine.runs import Run
from engine.search.plan import plan_words
from tests.commands.said import Command
from tests.measure.logged import write_run
from tests.measure.test_optimal import pool_tree


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Of twelve problems the even ones are hard: only the last of eight samples is right."""
    for n in (1, 4, 8):
        trees = []
        for i in range(12):
            right = [bool(i % 2)] * n if n < 8 else [bool(i % 2)] * 7 + [True]
            trees.append(pool_tree(i, [0.9 if ok else 0.2 for ok in right], right))
        write_run(tmp_path / "sweep" / f"n{n}", trees, "best-of-n", parameters={"n": n})
    return tmp_path / "sweep"


def test_the_plans_are_printed_written_and_read_again_by_the_strategy(
    arbutus: Command, sweep: Path, tmp_path: Path
) -> None:
    files = {kind: tmp_path / f"found.{kind}" for kind in ("toml", "csv", "html", "png")}
    outs = [word for file in files.values() for word in ("--out", file)]
    said = arbutus("optimal", sweep, "--parts", 2, "--folds", 6, "--budget", 80, "--budget", 140, *outs)
    assert said.code == 0
    assert "12 problems, 4 strategies and sizes, difficulty by the reward of 4 samples" in said.out
    plan = "reward of 4: up to 0.55 best-of-n n=8; else stop"
    assert "from 80: reward of 4: else stop" in said.out and f"from 140: {plan}" in said.out
    assert "100.0%" in said.out and all(f"wrote {file}" in said.err for file in files.values())
    plans = tomllib.loads(files["toml"].read_text())["plans"]
    assert [p["budget"] for p in plans] == [80, 140]
    assert plan_words(str(files["toml"])) == plan == plan_words(f"{files['toml']}#200")
    assert files["csv"].read_text().count("\n") == 3 and plan in files["csv"].read_text()
    assert "compute-optimal" in files["html"].read_text() and files["png"].read_bytes().startswith(b"\x89PNG")


def test_a_run_by_a_plan_in_a_file_records_the_plan_itself(
    arbutus: Command, beam: list[object], sweep: Path, tmp_path: Path
) -> None:
    file = tmp_path / "plan.toml"
    assert arbutus("optimal", sweep, "--parts", 2, "--folds", 6, "--budget", 140, "--out", file).code == 0
    asked = ["compute-optimal" if word == "beam" else word for word in beam]
    assert arbutus(*asked, "--set", f"plan={file}").code == 0
    info = Run.open(Path(str(beam[-1]))).info
    assert info.parameters["plan"] == "reward of 4: up to 0.55 best-of-n n=8; else stop"


def test_as_json_there_is_a_row_a_budget(arbutus: Command, sweep: Path) -> None:
    said = arbutus("optimal", sweep, "--parts", 2, "--folds", 6, "--budget", 140, "--json")
    (row,) = said.json
    assert row["accuracy"] == 1.0 and row["estimating"] == 68.0 and row["spent"] == 136.0
    assert row["plan"] == "reward of 4: up to 0.55 best-of-n n=8; else stop"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--x", "joules"], "got --x 'joules', expected one of: completions"),
        (["--out", "plan.yaml"], "got --out plan.yaml, expected a name that ends in one of: .toml, .html"),
        (["--samples", 99], "got no run of best-of-n, weighted-best-of-n, mixture with n of at least 99"),
        (["--by", "steps"], "the problems of tot-100 have no such number"),
        (["--budget", 3], "no budget that buys an estimate and the cheapest strategy"),
        (["--by", "pass@1", "--out", "p.toml"], "got --by pass@1, which no search can see"),
    ],
)
def test_what_can_not_be_found_out_is_said_in_a_sentence(
    arbutus: Command, sweep: Path, arguments: list[object], message: str
) -> None:
    said = arbutus("optimal", sweep, "--folds", 6, *arguments)
    assert said.code == 1 and message in said.err
