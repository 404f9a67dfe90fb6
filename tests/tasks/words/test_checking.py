from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tasks.words.checking import explain, truths, walk
from engine.tasks.words.generate import STEPS, make_story
from engine.tasks.words.story import Derivation, Operand, Story
from engine.train.words_data import solution, way

SEEDS = st.integers(0, 10**9)
# Mia has 28 books. She gives 2 to each of 5 friends. Zoe loses 30 books. She buys 3 more. How many does Mia have?
STORY = Story(
    ("Mia has 28 books.", "She gives 2 books to each of 5 friends.", "Zoe loses 30 books.", "Mia buys 3 more books."),
    (
        Derivation(Operand(5), "×", Operand(2), ("The friends get {} books.",)),
        Derivation(Operand(28), "-", Operand(10, 0), ("Mia has {} books left.", "That leaves {} books.")),
        Derivation(Operand(18, 1), "+", Operand(3), ("Mia now has {} books.",)),
    ),
    asked=2,
    unit="books",
)
RIGHT = [
    "The friends get 2 × 5 = 10 books.",
    "That leaves 28 - 10 = 18 books.",
    "Mia now has 18 + 3 = 21 books.",
    "Answer: 21 books",
]


def test_a_right_solution_is_right_at_every_step() -> None:
    for end in range(1, 5):
        assert walk(STORY, RIGHT[:end]) is not None
        assert explain(STORY, RIGHT[:end]) == "Right."


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("The friends get 5 × 2 = 11 books.", "Wrong sum: 5 × 2 is 10, not 11."),
        ("The friends get 5 × 3 = 15 books.", "Wrong: by the story it is 5 × 2 = 10."),
        ("Mia has 28 - 30 = 0 books left.", "Wrong sum: 28 - 30 is -2, not 0."),
        ("Mia has 28 - 10 = 18 books left.", "Wrong: a step before it is left out."),
        ("Mia now has 28 + 3 = 31 books.", "Wrong: the story doesn't say so."),
        ("Zoe has 5 × 2 = 10 books.", "Wrong: the story doesn't say so."),
        ("Mia is happy.", "Wrong: it works nothing out."),
        ("Answer: 21 books", "Wrong: what is asked for hasn't been worked out yet."),
    ],
)
def test_a_wrong_first_step_is_told_why(step: str, why: str) -> None:
    assert walk(STORY, [step]) is None
    assert explain(STORY, [step]) == why


def test_the_wrong_answer_after_right_steps_is_told() -> None:
    assert explain(STORY, [*RIGHT[:3], "Answer: 18 books"]) == "Wrong: the answer is 21 books."
    assert explain(STORY, [*RIGHT[:3], "Answer: 21 cards"]) == "Wrong: the answer is 21 books."


def test_what_was_said_before_brings_nothing() -> None:
    assert walk(STORY, [RIGHT[0], "The friends get 5 × 2 = 10 books."]) is None
    assert explain(STORY, [RIGHT[0], "The friends get 5 × 2 = 10 books."]) == "It was said before."


def test_nothing_is_right_after_a_wrong_step() -> None:
    steps = ["The friends get 5 × 2 = 11 books.", "Mia has 28 - 10 = 18 books left."]
    assert walk(STORY, steps) is None
    assert explain(STORY, steps) == "An earlier step was wrong."


def test_a_true_step_that_the_question_does_not_need_is_right_and_told() -> None:
    beside = Derivation(Operand(4), "×", Operand(6), ("Zoe buys {} books.",))
    story = Story(STORY.sentences, (*STORY.derivations, beside), 2, "books")
    assert explain(story, ["Zoe buys 4 × 6 = 24 books."]) == "Right, though the question doesn't need it."
    assert story.needed() == [0, 1, 2]


@given(SEEDS, st.sampled_from(STEPS))
def test_every_solution_to_learn_from_is_right(seed: int, steps: int) -> None:
    story = make_story(Random(seed), steps)
    told, made = solution(story, Random(seed)), way(story, Random(seed))
    assert all(walk(story, told[: i + 1]) is not None for i in range(len(told)))
    # Each other way to a quantity needs one more, the gap between two, and may need one less that it goes around.
    others = sum(story.derivations[i].gives is not None for i in made)
    assert len(told) == len(made) + 1 and abs(len(made) - steps) <= others


@given(SEEDS)
def test_steps_are_right_in_exactly_those_orders_in_which_nothing_is_used_before_it_is_derived(seed: int) -> None:
    rng = Random(seed)
    story = make_story(rng, 4)
    needed = story.needed()
    for order in permutations(needed):
        sensible = all(set(story.derivations[i].needs) <= set(order[:at]) for at, i in enumerate(order))
        said = [story.derivations[i].sentences()[0] for i in order]
        if len(set(said)) == len(said):
            assert (walk(story, said) is not None) == sensible


def test_a_quantity_may_be_had_another_way_and_what_it_takes_is_no_waste() -> None:
    # Mia has 20 books. She buys 5 more. She finds 7 more.
    story = Story(
        ("",),
        (
            Derivation(Operand(20), "+", Operand(5), ("Mia now has {} books.",)),
            Derivation(Operand(25, 0), "+", Operand(7), ("Mia now has {} books.",)),
            Derivation(Operand(5), "+", Operand(7), ("Together that is {} more books.",)),
            Derivation(Operand(20), "+", Operand(12, 2), ("Mia now has {} books.",), gives=1),
        ),
        asked=1,
        unit="books",
    )
    assert story.needed() == [0, 1] and story.useful() == [0, 1, 2]
    along = ["Mia now has 20 + 5 = 25 books.", "Mia now has 25 + 7 = 32 books.", "Answer: 32 books"]
    other = ["Together that is 7 + 5 = 12 more books.", "Mia now has 20 + 12 = 32 books.", "Answer: 32 books"]
    for solution_ in (along, other):
        assert [explain(story, solution_[:end]) for end in (1, 2, 3)] == ["Right."] * 3
    assert explain(story, [*along[:2], "Mia now has 20 + 12 = 32 books."]) == "It was said before."


@given(SEEDS, st.sampled_from(STEPS))
def test_each_true_next_step_is_right(seed: int, steps: int) -> None:
    story = make_story(Random(seed), steps)
    assert truths(story, [])
    assert all(walk(story, [step]) is not None for step in truths(story, []))
