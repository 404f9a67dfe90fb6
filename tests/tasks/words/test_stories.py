import re
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tasks.words.generate import MOST, STEPS, make_story
from engine.tasks.words.problems import PROBLEM_SETS, held, held_out, make_set, may_train, numbers, stories
from engine.tasks.words.story import OPERATIONS, Story, from_meta, to_meta

SEEDS = st.integers(0, 10**9)
LENGTHS = st.sampled_from(STEPS)


@given(SEEDS, LENGTHS)
def test_a_story_needs_as_many_steps_as_were_asked_for(seed: int, steps: int) -> None:
    story = make_story(Random(seed), steps)
    assert len(story.needed()) == steps
    assert story.asked in story.needed()


@given(SEEDS, LENGTHS)
def test_every_number_of_a_derivation_is_in_the_story_or_was_derived_before(seed: int, steps: int) -> None:
    story = make_story(Random(seed), steps)
    told = {int(n) for n in re.findall(r"\d+", story.question)}
    words = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "twice": 2}
    told |= {value for word, value in words.items() if word in story.question}
    for i, made in enumerate(story.derivations):
        for operand in (made.left, made.right):
            if operand.of is None:
                assert operand.value in told
            else:
                assert operand.of < i and operand.value == story.derivations[operand.of].result


@given(SEEDS, LENGTHS)
def test_every_way_to_a_quantity_gives_the_same_number(seed: int, steps: int) -> None:
    story = make_story(Random(seed), steps)
    for i, made in enumerate(story.derivations):
        assert made.result == story.derivations[story.quantity(i)].result
        assert story.ways(story.quantity(i))[0] == story.quantity(i)


@given(SEEDS, LENGTHS)
def test_no_sentence_says_two_quantities(seed: int, steps: int) -> None:
    story = make_story(Random(seed), steps)
    said = {(s, story.quantity(i)) for i, d in enumerate(story.derivations) for s in d.sentences()}
    assert len({s for s, _ in said}) == len(said)


def test_two_things_that_happen_can_be_taken_together() -> None:
    rng = Random(1)
    kinds = Counter(
        d.says[0].split(" that")[0]
        for _ in range(300)
        for d in make_story(rng, 5).derivations
        if d.says[0].startswith(("Together that", "On balance"))
    )
    assert kinds["Together"] > 50 and kinds["On balance"] > 50


@given(SEEDS, LENGTHS)
def test_quantities_are_whole_positive_and_not_too_large(seed: int, steps: int) -> None:
    story = make_story(Random(seed), steps)
    for made in story.derivations:
        assert 1 <= made.result <= MOST
        assert OPERATIONS[made.op](made.left.value, made.right.value) == made.result


@given(SEEDS, LENGTHS)
def test_nothing_is_left_to_fill_in(seed: int, steps: int) -> None:
    story = make_story(Random(seed), steps)
    said = [story.question, story.answer_step, *(s for d in story.derivations for s in d.sentences())]
    assert not [text for text in said if "{" in text or "}" in text or "  " in text]


def test_a_pronoun_stands_for_whom_the_sentence_before_was_about() -> None:
    rng, seen = Random(3), 0
    for _ in range(300):
        story = make_story(rng, rng.choice(STEPS))
        hero = story.sentences[-1]
        for before, sentence in zip(story.sentences, story.sentences[1:], strict=False):
            if sentence.startswith(("She ", "He ")):
                seen += 1
                name = next(w for w in re.findall(r"[A-Z][a-z]+", hero) if w not in ("How",))
                assert before.startswith((name, "She ", "He "))
    assert seen > 50


@given(SEEDS, LENGTHS)
def test_a_story_survives_the_way_into_a_problem_and_back(seed: int, steps: int) -> None:
    story = make_story(Random(seed), steps)
    again = from_meta(story.question, to_meta(story))
    assert again is not None
    assert (again.derivations, again.asked, again.unit) == (story.derivations, story.asked, story.unit)
    assert (again.question, again.answer) == (story.question, story.answer)


@pytest.mark.parametrize("name", PROBLEM_SETS)
def test_a_problem_set_has_as_many_stories_of_each_length_and_is_what_the_generator_makes(name: str) -> None:
    problems = PROBLEM_SETS[name]()
    lengths = [p.meta["steps"] for p in problems]
    counts = [lengths.count(steps) for steps in STEPS]
    assert max(counts) - min(counts) <= 1
    assert problems == make_set(name), "the generator has changed: write_sets() stores the sets anew"
    assert len({p.question for p in problems}) == len(problems) == len({p.id for p in problems})


def test_no_story_with_a_held_out_template_or_held_out_numbers_is_trained_on() -> None:
    rng = Random(5)
    found = [make_story(rng, rng.choice(STEPS)) for _ in range(2000)]
    trained, kept = [s for s in found if may_train(s)], [s for s in found if held_out(s)]
    assert len(trained) > 1400 and len(kept) > 10
    assert not {s.template for s in trained} & {s.template for s in kept}
    assert not {numbers(s) for s in trained} & {numbers(s) for s in kept}


def test_what_models_are_measured_on_is_held_out() -> None:
    for make in PROBLEM_SETS.values():
        assert all(held(" ".join(re.findall(r"\d+", p.question))) for p in make())


def test_a_stream_of_stories_is_the_same_for_the_same_seed() -> None:
    def first(seed: int) -> list[Story]:
        stream = stories(Random(seed), lambda rng: rng.choice(STEPS), may_train)
        return [next(stream) for _ in range(5)]

    assert first(1) == first(1) != first(2)
