"""Which answers are equal, and that nothing written as an answer can hang or kill a run."""

import json
import logging
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tasks.maths import grading
from engine.tasks.maths.grading import Grader, equal
from engine.tasks.maths.task import GSM8K, MATH
from engine.tree import Problem

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside the project")


@given(above=st.integers(-99, 99), below=st.integers(1, 40))
def test_a_number_is_equal_to_itself_however_it_is_written(above: int, below: int) -> None:
    value = Fraction(above, below)
    spellings = [f"\\frac{{{above}}}{{{below}}}", f"{above}/{below}", f"{2 * above}/{2 * below}"]
    if 100 % below == 0:
        spellings += [str(float(value)), f"{100 * above // below}\\%"]
    for one in spellings:
        for other in spellings:
            assert equal(one, other)
        assert not equal(one, f"{above + 1}/{below}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,234", "1234"),
        ("\\$5", "5"),
        ("x^2+2x+1", "(x+1)^2"),
        ("\\left( 3, \\frac{\\pi}{2} \\right)", "(3, \\pi/2)"),
        ("\\{1,2\\}", "\\{2,1\\}"),
        ("\\text{East}", "east"),
        ("\\sqrt{8}", "2\\sqrt{2}"),
        ("0.3333333", "\\frac13"),
    ],
)
def test_equal_answers_are_equal_both_ways(one: str, other: str) -> None:
    assert equal(one, other) and equal(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("East", "seat"),
        ("\\text{Evelyn}", "\\text{Angela}"),
        ("1/3", "0.33"),
        ("(1,2)", "(2,1)"),
        ("x", "y"),
        ("", "0"),
    ],
)
def test_different_answers_are_different(one: str, other: str) -> None:
    assert not equal(one, other) and not equal(other, one)


@pytest.fixture
def hasty() -> Grader:
    return Grader(seconds=1.0)


@pytest.mark.parametrize(
    "hostile", ["9^{9^{9^{9}}}", "((((9!)!)!)!)", "{" * 900, "\\sum_{n=1}^{10^9} \\frac{1}{n^{1.1}}"]
)
def test_what_can_not_be_compared_ends_in_time_and_costs_its_time_once(
    hasty: Grader, hostile: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert hasty.equal("\\sqrt{4}", "2")
    with caplog.at_level(logging.WARNING, "arbutus"):
        assert not hasty.equal("x + 1", hostile)
    began = time.monotonic()
    for i in range(50):
        assert not hasty.equal(f"x + {i}", hostile)
    assert time.monotonic() - began < 1.0
    assert "equals no other" in caplog.text and hasty.equal("\\sqrt{9}", "3"), "the others are still compared"
    hasty.close()


@pytest.mark.parametrize(
    "strange", ["1" * 5000, "\x00", "٣", "\\", "}{", "\\begin{pmatrix}", "\ud83d\ude00", "\n\n", "NaN", "oo"]
)
def test_what_is_strange_is_equal_to_itself_alone(strange: str) -> None:
    assert equal(strange, strange)
    assert not equal("42", strange) and not equal(strange, "x+1")


def test_a_worker_that_dies_is_started_again() -> None:
    grader = Grader(seconds=60.0)  # whatever else the machine does
    assert grader.equal("\\sqrt{4}", "2")
    assert grader._process is not None
    grader._process.kill()
    grader._process.wait()
    assert grader.equal("\\sqrt{9}", "3")
    grader.close()


def test_plain_numbers_and_words_need_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grading, "GRADER", None)
    assert equal("4,000.50", "8001/2") and not equal("17", "18") and not equal("North", "South")


@real
def test_every_gsm8k_key_grades_its_own_solution_right() -> None:
    problems = GSM8K.problems(str(DATA / "gsm8k_test.jsonl"))
    rows = [json.loads(line) for line in (DATA / "gsm8k_test.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(problems) == 1319
    assert all(GSM8K.correct(p, row["answer"].split("\n")) for p, row in zip(problems, rows, strict=True))


@real
def test_every_key_of_math_500_is_what_its_solution_boxes() -> None:
    problems = MATH.problems(str(DATA / "math500.jsonl"))
    rows = [json.loads(line) for line in (DATA / "math500.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(problems) == 500 and {p.meta["level"] for p in problems} == {1, 2, 3, 4, 5}
    assert all(MATH.correct(p, row["solution"].split("\n\n")) for p, row in zip(problems, rows, strict=True))


@real
def test_verdicts_on_models_solutions_agree_with_the_published_ones() -> None:
    lines = (DATA / "gsm8k_model_solutions_700.jsonl").read_text(encoding="utf-8").splitlines()
    told = [
        GSM8K.correct(Problem("p", row["question"], row["ground_truth"].rpartition("A: ")[2].strip()), steps) == verdict
        for row in map(json.loads, lines)
        for one in row.values()
        if isinstance(one, dict)
        for steps, verdict in [(one["solution"].split("\n"), one["is_correct"])]
    ]
    assert len(told) == 2800 and all(told)
