import json
from pathlib import Path

import pytest

from engine.protocol import ArbutusError
from engine.tasks import find_task
from engine.tree import Problem

TASK = find_task("word-problems")
PROBLEM = TASK.problems("stories-100")[40]


def test_a_solution_ends_where_it_gives_its_answer_and_not_before() -> None:
    assert TASK.ends(PROBLEM, ["Mia has 28 - 10 = 18 books left.", "Answer: 18 books"])
    assert not TASK.ends(PROBLEM, ["Mia has 28 - 10 = 18 books left."])


@pytest.mark.parametrize(
    ("last", "answer"),
    [("Answer: 18 books", "18"), ("Answer: 018", "18"), ("Answer: many", None), ("Mia has 18 books.", None)],
)
def test_votes_count_the_number_whatever_it_counts(last: str, answer: str | None) -> None:
    assert TASK.answer(PROBLEM, ["Mia has 28 - 10 = 18 books left.", last]) == answer


def test_an_answer_can_be_right_though_its_steps_are_not() -> None:
    steps = ["Nobody knows.", f"Answer: {PROBLEM.answer} things"]
    assert TASK.correct(PROBLEM, steps) is True
    assert TASK.label(PROBLEM, steps) is False


def test_a_typed_story_has_no_key_and_nobody_can_tell_its_steps() -> None:
    typed = TASK.read("  Mia has 28 books.\nShe loses 3. How many has she? ")
    assert typed.question == "Mia has 28 books. She loses 3. How many has she?"
    steps = ["Mia has 28 - 3 = 25 books left.", "Answer: 25 books"]
    assert TASK.correct(typed, steps) is None
    assert TASK.label(typed, steps) is None
    assert TASK.describe_step(typed, steps) == ""


def test_an_empty_question_is_refused() -> None:
    with pytest.raises(ArbutusError, match="empty question"):
        TASK.read("  ")


def test_stories_of_ones_own_come_from_a_file_with_or_without_a_key(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    rows = [{"question": "Mia has 2 books. How many?", "answer": 2}, {"question": "Tom has 3 cards. How many?"}]
    file.write_text("\n".join(map(json.dumps, rows)) + "\n")
    problems = TASK.problems(str(file))
    assert [p.answer for p in problems] == ["2", None]
    assert TASK.correct(problems[0], ["Answer: 2 books"]) is True


@pytest.mark.parametrize("line", ["{", '{"answer": 3}', '{"question": "?", "answer": "three"}', "[]"])
def test_a_line_that_is_no_problem_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"question": "Mia has 2 books. How many?"}\n' + line)
    with pytest.raises(ArbutusError, match=r"bad.jsonl:2: expected"):
        TASK.problems(str(file))


def test_a_set_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ArbutusError, match="stories-100, stories-350"):
        TASK.problems("stories")


def test_the_story_behind_a_problem_is_in_the_log_and_survives_json() -> None:
    again = Problem(PROBLEM.id, PROBLEM.question, PROBLEM.answer, json.loads(json.dumps(PROBLEM.meta)))
    steps = ["It works nothing out."]
    assert TASK.describe_step(again, steps) == "Wrong: it works nothing out."
