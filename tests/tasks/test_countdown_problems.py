import csv
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import chain, islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.tasks.countdown.problems import (
    PROBLEM_SETS,
    Puzzle,
    all_24,
    difficulty,
    generate,
    held_out,
    make_problem,
    read_question,
    to_problem,
    training_24,
)
from engine.tasks.countdown.rules import CountdownError, legal_moves, parse, play
from engine.tasks.countdown.solver import solvable
from engine.train.countdown_data import demonstrations
from engine.train.countdown_policy import PHASES
from engine.train.demonstrations import Demonstration
from engine.tree import Problem
from tests.tasks.brute import plays

RANKED = Path(__file__).parents[2].parent / "shared" / "data" / "game24.csv"
SIZES = {"tot-100": 100, "held-150": 150, "countdown-200": 200}


def puzzle(problem: Problem) -> Puzzle:
    """Read apart from the engine: `Make 24 from 4 5 6 10`."""
    _, target, _, *numbers = problem.question.split()
    return tuple(sorted(map(Fraction, numbers))), Fraction(target)


@cache
def all_sets() -> dict[str, list[Problem]]:
    return {name: load() for name, load in PROBLEM_SETS.items()}


def ranked() -> list[Puzzle]:
    if not RANKED.exists():
        pytest.skip("the list of puzzles by human solve rate is not here")
    with RANKED.open(encoding="utf-8") as file:
        return [(tuple(sorted(map(Fraction, row["Puzzles"].split()))), Fraction(24)) for row in csv.DictReader(file)]


# The sets.


def test_the_sets_have_the_sizes_they_are_named_for() -> None:
    assert {name: len(problems) for name, problems in all_sets().items()} == SIZES


@pytest.mark.parametrize("name", SIZES)
def test_every_puzzle_of_a_set_can_be_solved_and_says_how_hard_it_is(name: str) -> None:
    for problem in all_sets()[name]:
        assert solvable(*puzzle(problem))
        assert 0 < problem.meta["difficulty"] < 30
        assert problem.meta["size"] == len(puzzle(problem)[0])


def test_ids_are_unique_within_a_set_and_across_the_sets() -> None:
    ids = [p.id for problems in all_sets().values() for p in problems]
    assert len(ids) == len(set(ids))


def test_the_sets_share_no_puzzle_up_to_reordering_and_are_all_held_out() -> None:
    puzzles = [puzzle(p) for problems in all_sets().values() for p in problems]
    assert len(puzzles) == len(set(puzzles)) == sum(SIZES.values())
    assert held_out() == set(puzzles)


def test_tot_100_is_ranks_901_to_1000_in_their_order() -> None:
    problems = all_sets()["tot-100"]
    assert [puzzle(p) for p in problems] == ranked()[900:1000]
    assert [p.meta["rank"] for p in problems] == list(range(901, 1001))


def test_the_puzzles_of_24_are_those_of_the_ranked_list() -> None:
    assert {(s, Fraction(24)) for s in all_24()} == set(ranked())


def test_countdown_200_has_a_hundred_puzzles_each_of_four_and_five_numbers() -> None:
    sizes = [len(puzzle(p)[0]) for p in all_sets()["countdown-200"]]
    assert sizes == [4] * 100 + [5] * 100


def test_a_set_is_the_same_each_time() -> None:
    assert {name: load() for name, load in PROBLEM_SETS.items()} == all_sets()


# Training data.


def states(demonstration: Demonstration) -> Iterator[Puzzle]:
    """The question and every state on its way."""
    start, target = puzzle(Problem("", demonstration.question))
    yield start, target
    for step in demonstration.steps:
        move = parse(step)
        assert move is not None
        yield move.left, target


@pytest.mark.parametrize("phase", range(len(PHASES)))
def test_no_training_puzzle_and_no_state_on_its_way_is_held_out(phase: int) -> None:
    held = {puzzle(p) for problems in all_sets().values() for p in problems}
    shown = list(islice(demonstrations(PHASES[phase].mix, seed=phase), 1500))
    assert not held.intersection(chain.from_iterable(map(states, shown)))


@pytest.mark.parametrize("phase", range(len(PHASES)))
def test_a_demonstration_is_a_legal_solution(phase: int) -> None:
    for shown in islice(demonstrations(PHASES[phase].mix, seed=7, batch=128), 300):
        start, target = puzzle(Problem("", shown.question))
        assert play(start, shown.steps) == (target,)


def test_demonstrations_are_the_same_for_a_seed_and_others_for_another() -> None:
    mix = PHASES[0].mix
    first, again, other = (list(islice(demonstrations(mix, seed, batch=64), 100)) for seed in (1, 1, 2))
    assert first == again != other


def test_the_puzzles_of_24_to_train_on_are_all_that_are_not_held_out() -> None:
    held = {s for s, target in held_out() if target == 24}
    assert set(training_24()) == set(all_24()) - held
    assert len(training_24()) == len(set(training_24())) <= 1362 - 250


# New problems.


@pytest.mark.parametrize("size", [2, 3, 4])
def test_generated_puzzles_are_distinct_solvable_and_avoid_what_they_should(size: int) -> None:
    first = generate(12, size=size, seed=5)
    avoided = frozenset(map(puzzle, first[::2]))
    made = [puzzle(p) for p in generate(12, size=size, seed=5, avoid=avoided)]
    assert len(set(made)) == 12 and not avoided.intersection(made)
    assert all(len(s) == size and solvable(s, t) for s, t in made)
    assert all(1 <= n <= 20 and n.denominator == 1 for s, _ in made for n in s)
    assert all(10 <= t <= 100 for _, t in made)
    assert generate(12, size=size, seed=5) == first != generate(12, size=size, seed=6)


def test_difficulty_is_the_luck_in_bits_of_a_random_player() -> None:
    state = tuple(map(Fraction, (2, 3, 4)))
    ends = list(plays(state))
    assert difficulty(state, Fraction(24)) == pytest.approx(math.log2(len(ends) / ends.count(Fraction(24))))
    assert difficulty(state, Fraction(1000)) == math.inf
    assert difficulty((Fraction(24),), Fraction(24)) == 0


# Questions.


@pytest.mark.parametrize(
    "question",
    [
        "Make 24 from 4 5 6 10",
        "make 24 FROM 10 6 5 4",
        "Make 24 from 4, 5, 6, 10",
        "  Make  24 from 4,5,6,10 ",
        "Make 24.0 from 4 5 12/2 10",
    ],
)
def test_a_question_is_read_whatever_its_order_and_commas(question: str) -> None:
    assert read_question(question) == (tuple(map(Fraction, (4, 5, 6, 10))), Fraction(24))
    assert to_problem(*read_question(question)).question == "Make 24 from 4 5 6 10"


@given(
    st.lists(st.builds(Fraction, st.integers(-999, 999), st.integers(1, 99)), min_size=2, max_size=6),
    st.builds(Fraction, st.integers(-99, 99), st.integers(1, 9)),
)
@settings(max_examples=50)
def test_a_problem_says_its_puzzle_and_is_read_back(numbers: list[Fraction], target: Fraction) -> None:
    problem = to_problem(tuple(sorted(numbers)), target)
    assert read_question(problem.question) == (tuple(sorted(numbers)), target)
    assert "/" not in problem.id and " " not in problem.id


def test_one_puzzle_has_one_id_in_any_order() -> None:
    assert make_problem([10, 6, 5, 4], 24) == make_problem(["4", "5", "6", "10"], "24")
    assert make_problem([4, 5], 24).id != make_problem([4, 5], 25).id


def test_what_is_known_of_a_problem_goes_with_it() -> None:
    assert make_problem([4, 6], 24, source="a friend").meta == {"source": "a friend"}


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", r"got '', expected a question such as 'Make 24 from 4 5 6 10'"),
        ("24", r"got '24', expected a question such as"),
        ("Make 24 with 4 5 6 10", r"got 'Make 24 with 4 5 6 10', expected a question such as"),
        ("What is the answer to everything? " * 9, r"got 'What is [^']{50,60}', expected a question such as"),
        ("Make 24 from", r"got 0 numbers, expected 2 to 6"),
        ("Make 24 from 24", r"got 1 numbers"),
        ("Make 24 from " + "1 " * 40, r"got 40 numbers, expected 2 to 6"),
        ("Make 24 from 4 five 6 10", r"bad number: got 'five', expected a number such as"),
        ("Make pi from 4 5 6 10", r"bad target: got 'pi'"),
        ("Make 24 from 4 5 1/0 10", r"bad number: got '1/0', which divides by zero"),
        ("Make 24 from 4 5 6 99999999999999999999", r"bad number: got '9{20}', expected a magnitude"),
    ],
)
def test_a_question_that_is_none_is_refused_with_what_is_wrong(question: str, message: str) -> None:
    with pytest.raises(CountdownError, match=message):
        read_question(question)


@given(st.text(max_size=60) | st.text("Make from0123456789/.- ", max_size=60))
def test_any_question_is_read_or_refused(question: str) -> None:
    try:
        state, target = read_question(question)
    except CountdownError:
        return
    assert 2 <= len(state) <= 6
    assert legal_moves(state)
    assert isinstance(target, Fraction)
