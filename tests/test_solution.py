"""A solution judged step by step, by the built-in models and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.registry import Asked, Kept, load_judge
from engine.protocol import ArbutusError
from engine.solution import LONGEST_STEP, MOST_STEPS, JudgedStep, Judgement, first_below, first_wrong, judge, read_steps
from engine.tasks import find_task

QUESTION = "Make 24 from 4 5 6 10"
RIGHT = ["10 - 4 = 6 (left: 5 6 6)", "5 * 6 = 30 (left: 6 30)", "30 - 6 = 24 (left: 24)"]
HOPELESS = ["6 - 4 = 2 (left: 2 5 10)", "5 + 10 = 15 (left: 2 15)", "2 * 15 = 24 (left: 24)"]


@pytest.fixture(scope="module")
def kept() -> Kept:
    return {}


def judged(kept: Kept, steps: list[str], prm: str = "countdown-prm") -> Judgement:
    task = find_task("countdown")
    return judge(task.read(QUESTION), steps, task, load_judge(Asked(prm=prm), task, kept))


def test_each_step_of_a_right_solution_is_rewarded_and_known_to_be_good(kept: Kept) -> None:
    found = judged(kept, RIGHT)
    assert [step.good for step in found.steps] == [True, True, True]
    assert all(step.reward is not None and step.reward > 0.5 for step in found.steps)
    assert (found.ended, found.correct, first_wrong(found.steps)) == (True, True, 0)
    assert found.steps[-1].said == "Legal, and it makes 24."
    assert found.tokens > 0


def test_the_careful_prm_sees_the_illegal_step_that_the_naive_one_has_never_seen(kept: Kept) -> None:
    careful, naive = (judged(kept, HOPELESS, name).steps for name in ("countdown-prm", "countdown-prm-naive"))
    assert first_wrong(careful) == first_wrong(naive) == 1
    assert careful[2].reward is not None and careful[2].reward < 0.01
    assert naive[2].reward is not None and naive[2].reward > 0.9
    assert naive[2].said == "Illegal: 2 * 15 is 30, not 24."


def test_a_solution_that_has_not_ended_is_neither_right_nor_wrong(kept: Kept) -> None:
    found = judged(kept, RIGHT[:2])
    assert (found.ended, found.correct) == (False, None)


def test_rewards_are_those_that_the_same_steps_have_in_a_longer_solution(kept: Kept) -> None:
    whole, part = judged(kept, RIGHT).steps, judged(kept, RIGHT[:2]).steps
    assert [s.reward for s in part] == pytest.approx([s.reward for s in whole[:2]], abs=1e-5)


def test_a_step_beyond_what_the_prm_reads_has_no_reward_and_says_why(kept: Kept) -> None:
    found = judged(kept, [RIGHT[0], "1 " * 400]).steps
    assert found[0].reward is not None
    assert found[1].reward is None and "at most 256" in str(found[1].error)
    assert first_below(found, 0.0) is None


def test_a_prm_of_another_task_is_refused_in_words(kept: Kept) -> None:
    with pytest.raises(ArbutusError, match=r"words-prm.*only knows word-problems"):
        judged(kept, RIGHT, "words-prm")


def test_of_a_story_that_was_typed_nobody_knows_the_truth(kept: Kept) -> None:
    task = find_task("word-problems")
    problem = task.read("Mia has 2 books. She buys 3 more books. How many books does Mia have now?")
    found = judge(problem, ["Mia has 2 + 3 = 5 books now.", "Answer: 5 books"], task, load_judge(Asked(), task, kept))
    assert [step.good for step in found.steps] == [None, None]
    assert (found.ended, found.correct, first_wrong(found.steps)) == (True, None, None)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (" \n\t\n", "got no steps"),
        ("x\n" * (MOST_STEPS + 1), f"got {MOST_STEPS + 1} steps"),
        ("a\n" + "x" * (LONGEST_STEP + 1), "step 2: got 2,001 characters"),
    ],
)
def test_nothing_and_too_much_are_refused_in_words(text: str, error: str) -> None:
    with pytest.raises(ArbutusError, match=error):
        read_steps(text)


def test_steps_are_lines_without_what_is_around_them() -> None:
    assert read_steps("  one\r\n\n two \n") == ["one", "two"]


rewards = st.one_of(st.none(), st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]))


@given(st.lists(st.tuples(rewards, st.sampled_from([True, False, None])), min_size=1, max_size=6), st.floats(0, 1))
def test_a_position_is_told_only_if_all_before_it_is_known(
    told: list[tuple[float | None, bool | None]], threshold: float
) -> None:
    steps = [JudgedStep("x", reward, None, good, "") for reward, good in told]
    for position, verdicts in (
        (first_wrong(steps), [s.good for s in steps]),
        (first_below(steps, threshold), [None if s.reward is None else s.reward >= threshold for s in steps]),
    ):
        if position is None:
            assert None in verdicts and False not in verdicts[: verdicts.index(None)]
        elif position == 0:
            assert all(verdicts)
        else:
            assert verdicts[position - 1] is False and all(verdicts[: position - 1])
