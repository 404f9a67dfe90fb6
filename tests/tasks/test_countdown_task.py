from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import ArbutusError
from engine.tasks import TASKS, find_task
from engine.tasks.countdown.rules import legal_moves, play, render
from engine.tasks.countdown.task import Countdown
from engine.tree import Problem
from tests.tasks.brute import reachable
from tests.worlds import PROBLEMS

TASK = Countdown()
PROBLEM = TASK.read("Make 24 from 4 5 6 10")
GOOD = ["5 * 6 = 30 (left: 4 10 30)", "30 + 4 = 34 (left: 10 34)", "34 - 10 = 24 (left: 24)"]


def test_the_task_is_found_by_name_and_another_is_refused_with_the_names_there_are() -> None:
    assert find_task("countdown") is TASKS["countdown"]
    with pytest.raises(ArbutusError, match="got task 'chess', expected one of: countdown"):
        find_task("chess")


def test_the_prompt_is_the_question_in_one_form_and_ends_where_the_first_step_begins() -> None:
    assert TASK.prompt(PROBLEM) == "Make 24 from 4 5 6 10\n"
    assert TASK.prompt(Problem("other", "make 24.0 from 10,6,5,4")) == TASK.prompt(PROBLEM)


# Grading.


def test_a_legal_solution_is_right_and_answers_with_its_expression() -> None:
    assert TASK.correct(PROBLEM, GOOD)
    assert TASK.answer(PROBLEM, GOOD) == "4 + (5 * 6) - 10"


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([], "nothing was done"),
        (GOOD[:2], "two numbers are left"),
        (["4 * 6 = 24 (left: 5 10 24)"], "it stops at 24 with numbers to spare"),
        (["4 * 6 = 24 (left: 24)"], "it throws numbers away"),
        ([GOOD[0], GOOD[2]], "a step is missing"),
        ([*GOOD, GOOD[2]], "it goes on after the end"),
        (["5 * 6 = 31 (left: 4 10 31)", *GOOD[1:]], "a result is wrong"),
        (["6 - 4 = 2 (left: 2 5 10)", "10 * 2 = 20 (left: 5 20)", "20 + 5 = 25 (left: 25)"], "it makes 25"),
        (["24"], "that isn't a step"),
    ],
)
def test_anything_else_is_wrong(steps: list[str], why: str) -> None:
    assert not TASK.correct(PROBLEM, steps), why


def test_an_illegal_solution_answers_with_its_own_words_and_no_steps_answer_nothing() -> None:
    assert TASK.answer(PROBLEM, ["4 * 6 = 24 (left: 24)"]) == "not legal: 4 * 6 = 24 (left: 24)"
    assert TASK.answer(PROBLEM, []) is None


def test_equal_solutions_vote_as_one() -> None:
    other = ["6 * 5 = 30 (left: 4 10 30)", "30 - 10 = 20 (left: 4 20)", "20 + 4 = 24 (left: 24)"]
    assert TASK.answer(PROBLEM, GOOD) == TASK.answer(PROBLEM, other)


@given(st.sampled_from(PROBLEMS), st.data())
def test_a_step_is_good_if_brute_force_still_gets_there(problem: Problem, data: st.DataObject) -> None:
    _, goal, _, *numbers = problem.question.split()
    state, steps = tuple(sorted(map(Fraction, numbers))), list[str]()
    memo: dict[tuple[Fraction, ...], frozenset[Fraction]] = {}
    while len(state) > 1:
        move = data.draw(st.sampled_from(legal_moves(state)))
        steps.append(render(move))
        state = move.left
        good = Fraction(goal) in reachable(state, memo) if len(state) < 4 else None
        assert good is None or TASK.label(problem, steps) == good
    assert TASK.correct(problem, steps) == (state == (Fraction(goal),))


def test_no_step_after_an_illegal_one_is_good_and_no_illegal_one_is() -> None:
    wrong = "5 * 6 = 31 (left: 4 10 31)"
    assert not TASK.label(PROBLEM, [wrong])
    assert not TASK.label(PROBLEM, [wrong, GOOD[1]])
    assert not TASK.label(PROBLEM, ["5 * 6 = 30 (left: 24)"])
    assert TASK.label(PROBLEM, GOOD[:1])


def test_a_solution_ends_where_it_says_that_one_number_is_left() -> None:
    assert [TASK.ends(PROBLEM, GOOD[: i + 1]) for i in range(3)] == [False, False, True]
    assert not TASK.ends(PROBLEM, ["I give up"])
    assert not TASK.ends(PROBLEM, ["5 * 6 = 30 (left: )"])


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (GOOD, "Legal, and it makes 24."),
        (GOOD[:1], "Legal; 24 can still be reached."),
        (["5 + 6 = 11 (left: 4 10 11)"], "Legal; 24 can no longer be reached."),
        (["I give up"], "Illegal: this isn't a step such as “4 + 5 = 9 (left: 6 9)”."),
        (
            ["4 + 7 = 11 (left: 5 6 11)"],
            "Illegal: it uses 4 and 7, but the numbers are 4 5 6 10 (and none is divided by 0).",
        ),
        (
            ["4 + 4 = 8 (left: 6 8 10)"],
            "Illegal: it uses 4 and 4, but the numbers are 4 5 6 10 (and none is divided by 0).",
        ),
        (["5 / 4 = 1 (left: 1 6 10)"], "Illegal: 5 / 4 is 5/4, not 1."),
        (["4 + 5 = 9 (left: 6 9)"], "Illegal: what is left is 6 9 10."),
        (["4 + 5 = 9 (left: 6 9 10 10)"], "Illegal: what is left is 6 9 10."),
        (["I give up", GOOD[0]], "An earlier step was illegal."),
        (["5 * 6 = 31 (left: 4 10 31)", "31 + 4 = 35 (left: 10 35)"], "An earlier step was illegal."),
        (
            [*GOOD, "24 - 0 = 24 (left: 24)"],
            "Illegal: it uses 24 and 0, but the numbers are 24 (and none is divided by 0).",
        ),
    ],
)
def test_a_person_is_told_the_truth_of_a_step(steps: list[str], said: str) -> None:
    assert TASK.describe_step(PROBLEM, steps) == said


def test_a_division_by_zero_is_called_that() -> None:
    problem = TASK.read("Make 24 from 0 24")
    assert "none is divided by 0" in TASK.describe_step(problem, ["24 / 0 = 24 (left: 24)"])


def test_what_is_said_and_the_label_agree_on_every_move() -> None:
    for problem in PROBLEMS:
        start = tuple(sorted(map(Fraction, problem.question.split()[3:])))
        for move in legal_moves(start):
            said = TASK.describe_step(problem, [render(move)])
            assert said.startswith("Legal")
            assert TASK.label(problem, [render(move)]) == ("no longer" not in said)
            assert play(start, [render(move)]) == move.left


# Problems by name and from files.


def test_the_sets_are_loaded_by_name() -> None:
    assert set(TASK.problem_sets()) == {"tot-100", "held-150", "countdown-200"}
    assert TASK.problems("tot-100")[0].question == "Make 24 from 4 5 6 10"


def test_a_set_that_is_not_there_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ArbutusError, match=r"got problems 'tot-101', expected one of tot-100,.*or a \.jsonl file"):
        TASK.problems("tot-101")


def write(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_a_file_of_questions_is_read_line_by_line_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    lines = '{"question": "Make 24 from 10 6 5 4", "note": "a\u2028b"}', "", '{"question": "Make 7 from 3 4"}', ""
    problems = TASK.problems(write(tmp_path / "mine.jsonl", *lines))
    assert [p.question for p in problems] == ["Make 24 from 4 5 6 10", "Make 7 from 3 4"]


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "7", '"Make 24 from 4 6"', '{"q": 1}', '{"question": 24}', '{"question": null}', '{"question": "24"}'],
)
def test_a_line_that_is_no_question_is_named_with_its_file(tmp_path: Path, line: str) -> None:
    file = write(tmp_path / "mine.jsonl", '{"question": "Make 7 from 3 4"}', line)
    with pytest.raises(ArbutusError, match=r'mine\.jsonl:2: expected \{"question": "Make 24 from 4 5 6 10"\}'):
        TASK.problems(file)


def test_a_file_that_is_empty_missing_or_not_text_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ArbutusError, match=r"empty\.jsonl: got no problems"):
        TASK.problems(write(tmp_path / "empty.jsonl", ""))
    with pytest.raises(ArbutusError, match=r"none\.jsonl: can't be read"):
        TASK.problems(str(tmp_path / "none.jsonl"))
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArbutusError, match=r"bytes\.jsonl: can't be read"):
        TASK.problems(str(tmp_path / "bytes.jsonl"))
