from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tasks.words.generate import STEPS, make_story
from engine.tasks.words.sums import check
from engine.train.words_data import solution

STORY = "Mia has 28 books. She gives 2 books to each of 5 friends. She sells half of the books. How many are left?"
FIRST = "The friends get 5 × 2 = 10 books."


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([FIRST], "5 × 2 is 10. 5 from the story, 2 from the story."),
        ([FIRST, "That leaves 28 - 10 = 18 books."], "28 - 10 is 18. 28 from the story, 10 from step 1."),
        ([FIRST, "That leaves 28 - 10 = 17 books."], "28 - 10 is 18, not 17. 28 from the story, 10 from step 1."),
        (["Sold are 28 ÷ 3 = 9 books."], "28 ÷ 3 is no whole number, not 9. 28 from the story, 3 from nowhere."),
        (["Sold are 28 ÷ 2 = 14 books."], "28 ÷ 2 is 14. 28 from the story, 2 from the story."),
        (["That makes 5 + 5 = 10 books."], "5 + 5 is 10. 5 from the story."),
        ([FIRST, "Sold are 10 ÷ 2 = 5 books.", "Answer: 5 books"], "5 from the story or step 2."),
        (["Answer: 18 books"], "18 from nowhere."),
        (["Answer: many"], ""),
        (["Mia is happy."], ""),
    ],
)
def test_a_sum_is_checked_and_each_number_is_traced(steps: list[str], said: str) -> None:
    assert check(STORY, steps) == said


@pytest.mark.parametrize(
    "step",
    ["2 + 3 × 4 = 14", "2 × 3 + 4 = 10", "0.5 + 1 = 1.5", "1.5 + 1 = 2", "1,000 + 5 = 1005", "3 + 4 = 7.5",
     "5 + 5 = 10 = 2 × 5", "1/2 + 1 = 2"],
)  # fmt: skip
def test_what_is_part_of_a_longer_sum_or_of_another_number_is_left_alone(step: str) -> None:
    assert check(STORY, [step]) == ""


def test_half_is_a_number_of_the_story_only_where_the_story_has_it() -> None:
    assert check("Mia has 28 books.", ["Sold are 28 ÷ 2 = 14 books."]).endswith("2 from nowhere.")


@given(st.integers(0, 10**9), st.sampled_from(STEPS))
def test_all_numbers_of_a_right_solution_come_from_somewhere_and_its_sums_are_right(seed: int, steps: int) -> None:
    rng = Random(seed)
    story = make_story(rng, steps)
    told = solution(story, rng)
    for end in range(1, len(told) + 1):
        said = check(story.question, told[:end])
        assert said and "nowhere" not in said and ", not" not in said
