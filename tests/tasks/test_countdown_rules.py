import time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tasks.countdown.rules import (
    CountdownError,
    Move,
    State,
    apply,
    combine,
    expression,
    is_legal,
    legal_moves,
    make_state,
    parse,
    parse_number,
    play,
    render,
)
from tests.tasks.brute import evaluate, numbers_in

rationals = st.builds(Fraction, st.integers(-9999, 9999), st.integers(1, 99))
small = st.integers(-12, 12).map(Fraction) | st.builds(Fraction, st.integers(-9, 9), st.integers(1, 6))


def fractions(text: str) -> State:
    return tuple(sorted(map(Fraction, text.split())))


any_state = st.lists(rationals, min_size=1, max_size=5).map(lambda left: tuple(sorted(left)))
Game = tuple[State, list[str]]
"""A start and legal steps."""


@st.composite
def games(draw: st.DrawFn, numbers: st.SearchStrategy[Fraction], most: int = 5) -> Game:
    """A start and legal steps from it to the last number."""
    start = tuple(sorted(draw(st.lists(numbers, min_size=2, max_size=most))))
    state, steps = start, []
    while len(state) > 1:
        move = draw(st.sampled_from(legal_moves(state)))
        steps.append(render(move))
        state = move.left
    return start, steps


# Reading and writing.


@given(st.builds(Move, rationals, st.sampled_from("+-*/"), rationals, rationals, any_state))
def test_a_step_reads_back_as_it_was_written_legal_or_not(move: Move) -> None:
    assert parse(render(move)) == move


@given(games(rationals, most=6))
def test_every_legal_game_can_be_played_from_its_text_however_large_its_numbers_grow(game: Game) -> None:
    start, steps = game
    for i in range(len(steps)):
        assert play(start, steps[: i + 1]) is not None
    (last,) = play(start, steps) or ()
    assert evaluate(expression(start, steps) or "") == last


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10 - 4 = 6 (left: 5 6 6)", "10 - 4 = 6 (left: 5 6 6)"),
        ("  10-4=6   (left:6 5 6) ", "10 - 4 = 6 (left: 5 6 6)"),
        ("10 − 4 = 6 (left: 5 6 6)", "10 - 4 = 6 (left: 5 6 6)"),
        ("2 × 3 = 6 (left: 6)", "2 * 3 = 6 (left: 6)"),
        ("2 · 3 = 6 (left: 6)", "2 * 3 = 6 (left: 6)"),
        ("6 ÷ 4 = 3⁄2 (left: 3/2)", "6 / 4 = 3/2 (left: 3/2)"),
        ("6 / 4 = 1.5 (left: 1.5)", "6 / 4 = 3/2 (left: 3/2)"),
        ("6 / 4 = 6/4 (left: 6/4)", "6 / 4 = 3/2 (left: 3/2)"),
        ("4 - 7 = -3 (left: -3 5)", "4 - 7 = -3 (left: -3 5)"),
        ("4 - 7 = (-3) (left: (-3) 5)", "4 - 7 = -3 (left: -3 5)"),
        ("5 - (-3) = 8 (left: 8)", "5 - -3 = 8 (left: 8)"),
        ("5 - -3 = 8 (left: 8)", "5 - -3 = 8 (left: 8)"),
        ("(2/3) * 6 = 4 (left: 4)", "2/3 * 6 = 4 (left: 4)"),
        ("2/3 * -1/2 = -1/3 (left: -1/3)", "2/3 * -1/2 = -1/3 (left: -1/3)"),
        ("2/3 / 1/2 = 4/3 (left: 4/3)", "2/3 / 1/2 = 4/3 (left: 4/3)"),
    ],
)
def test_the_notations_people_use_are_read_as_one(written: str, meant: str) -> None:
    move = parse(written)
    assert move is not None
    assert render(move) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10 - 4",
        "10 - 4 = 6",
        "10 - 4 = six (left: 6)",
        "10 ^ 4 = 6 (left: 6)",
        "10 - 4 = 6 left: 6",
        "10 - 4 = 6 (left: 6) and so on",
        "10 - 4 = 6 (left: 5, 6)",
        "10 - 4 = 6 (left: 1/0)",
        "4 + 5 + 6 = 15 (left: 15)",
        "10 - 4 = 6 (left: " + "6 " * 400 + ")",
        "9" * 5000,
    ],
)
def test_what_is_not_a_step_is_read_as_none(text: str) -> None:
    assert parse(text) is None
    assert not is_legal(fractions("4 10"), parse(text))


@given(st.text(max_size=60) | st.text("0123456789 +-*/=()left:.−×", max_size=60))
def test_any_text_is_a_step_or_none_and_never_an_error(text: str) -> None:
    move = parse(text)
    assert move is None or parse(render(move)) == move


def test_a_step_full_of_gaps_is_read_in_no_time() -> None:
    gap = " " * 90
    began = time.perf_counter()
    assert parse(f"1{gap}+{gap}1{gap}={gap}x") is None
    assert time.perf_counter() - began < 0.5


# The rules.


@given(st.lists(small, min_size=2, max_size=4).map(lambda s: tuple(sorted(s))))
def test_legal_moves_are_legal_and_none_of_them_is_a_repeat(state: State) -> None:
    moves = legal_moves(state)
    assert all(is_legal(state, m) and len(m.left) == len(state) - 1 for m in moves)
    said = [(frozenset([m.a, m.b]) if m.op in "+*" else (m.a, m.b), m.op, m.left) for m in moves]
    assert len(said) == len(set(said))


@given(st.lists(small, min_size=2, max_size=4).map(lambda s: tuple(sorted(s))))
def test_legal_moves_reach_every_state_that_two_numbers_can_make(state: State) -> None:
    expected = set()
    for i, a in enumerate(state):
        for j, b in enumerate(state):
            rest = [n for k, n in enumerate(state) if k not in (i, j)]
            made = [a + b, a - b, a * b, *([a / b] if b else [])] if i != j else []
            expected |= {tuple(sorted([*rest, n])) for n in made}
    assert {m.left for m in legal_moves(state)} == expected


@pytest.mark.parametrize(
    "step",
    [
        "4 + 7 = 11 (left: 5 11)",  # 7 isn't there
        "4 + 4 = 8 (left: 5 8)",  # 4 is there once
        "4 + 5 = 8 (left: 6 8)",  # wrong sum
        "4 + 5 = 9 (left: 6)",  # 9 is missing
        "4 + 5 = 9 (left: 5 6 9)",  # 5 is used up
        "4 + 5 = 9 (left: 9 9)",  # 6 is missing
    ],
)
def test_a_step_that_breaks_the_rules_is_not_legal_and_ends_the_play(step: str) -> None:
    assert not is_legal(fractions("4 5 6"), parse(step))
    assert play(fractions("4 5 6"), [step, "6 + 9 = 15 (left: 15)"]) is None


def test_a_division_by_zero_is_no_move() -> None:
    assert combine(Fraction(3), "/", Fraction(0)) is None
    assert apply(fractions("0 3"), Fraction(3), "/", Fraction(0)) is None
    assert not is_legal(fractions("0 3"), parse("3 / 0 = 0 (left: 0)"))
    assert [m.result for m in legal_moves(fractions("0 0")) if m.op == "/"] == []


def test_an_operator_that_is_none_is_refused() -> None:
    with pytest.raises(CountdownError, match=r"'\^', expected one of \+ - \* /"):
        combine(Fraction(2), "^", Fraction(3))


# Expressions.


@given(games(small, most=5))
def test_an_expression_is_worth_the_last_number_and_uses_each_number_once(game: Game) -> None:
    start, steps = game
    text = expression(start, steps)
    assert text is not None
    assert (evaluate(text),) == play(start, steps)
    if all(n.denominator == 1 for n in start):
        assert numbers_in(text) == sorted(abs(int(n)) for n in start)


@pytest.mark.parametrize(
    ("start", "solutions"),
    [
        (
            "4 5 6 9",
            [
                ["4 + 5 = 9 (left: 6 9 9)", "9 + 6 = 15 (left: 9 15)", "15 + 9 = 24 (left: 24)"],
                ["9 + 6 = 15 (left: 4 5 15)", "5 + 15 = 20 (left: 4 20)", "20 + 4 = 24 (left: 24)"],
                ["6 + 5 = 11 (left: 4 9 11)", "4 + 9 = 13 (left: 11 13)", "11 + 13 = 24 (left: 24)"],
            ],
        ),
        (
            "4 5 6 10",
            [
                ["5 * 6 = 30 (left: 4 10 30)", "30 + 4 = 34 (left: 10 34)", "34 - 10 = 24 (left: 24)"],
                ["6 * 5 = 30 (left: 4 10 30)", "30 - 10 = 20 (left: 4 20)", "4 + 20 = 24 (left: 24)"],
                ["10 - 4 = 6 (left: 5 6 6)", "6 * 5 = 30 (left: 6 30)", "30 - 6 = 24 (left: 24)"],
            ],
        ),
        (
            "2 3 8 18",
            [
                ["18 / 3 = 6 (left: 2 6 8)", "8 / 2 = 4 (left: 4 6)", "6 * 4 = 24 (left: 24)"],
                ["18 * 8 = 144 (left: 2 3 144)", "2 * 3 = 6 (left: 6 144)", "144 / 6 = 24 (left: 24)"],
            ],
        ),
    ],
)
def test_solutions_that_are_equal_read_the_same(start: str, solutions: list[list[str]]) -> None:
    texts = {expression(fractions(start), steps) for steps in solutions}
    assert len(texts) == 1
    assert evaluate(texts.pop() or "") == 24


def test_solutions_that_differ_read_differently() -> None:
    start = fractions("1 2 4 7")
    one = expression(start, ["7 - 1 = 6 (left: 2 4 6)", "6 * 4 = 24 (left: 2 24)", "24 / 2 = 12 (left: 12)"])
    two = expression(start, ["7 + 1 = 8 (left: 2 4 8)", "8 * 4 = 32 (left: 2 32)", "32 / 2 = 16 (left: 16)"])
    assert one != two


def test_fractions_and_negative_numbers_stand_in_brackets() -> None:
    assert expression(fractions("2/3 4"), ["4 / 2/3 = 6 (left: 6)"]) == "4 / (2/3)"
    assert expression(fractions("-3 4"), ["4 - -3 = 7 (left: 7)"]) == "4 - (-3)"


def test_an_unfinished_or_illegal_play_has_no_expression() -> None:
    assert expression(fractions("4 5 6"), ["4 + 5 = 9 (left: 6 9)"]) is None
    assert expression(fractions("4 5"), ["4 + 5 = 8 (left: 8)"]) is None


# What people type.


def test_numbers_come_as_integers_texts_or_fractions() -> None:
    state, target = make_state([10, "2/3", "1.5", Fraction(1, 4), "−3"], "24")
    assert state == (Fraction(-3), Fraction(1, 4), Fraction(2, 3), Fraction(3, 2), Fraction(10))
    assert target == 24


@pytest.mark.parametrize(
    ("numbers", "target", "message"),
    [
        ([], 24, r"got 0 numbers, expected 2 to 6; for example 4 5 6 10 with target 24"),
        ([24], 24, r"got 1 numbers, expected 2 to 6"),
        ([1] * 40, 24, r"got 40 numbers, expected 2 to 6"),
        (["four", 5], 24, r"bad number: got 'four', expected a number such as 7, 2/3 or 1\.5"),
        (["", 5], 24, r"bad number: got ''"),
        (["1/0", 5], 24, r"bad number: got '1/0', which divides by zero"),
        (["1e9", 5], 24, r"bad number: got '1e9'"),
        (["4_0", 5], 24, r"bad number: got '4_0'"),
        (["½", 5], 24, r"bad number: got '½'"),
        ([10_000, 5], 24, r"bad number: got '10000', expected a magnitude and a denominator of at most 9999"),
        (["9" * 50, 5], 24, r"bad number: got '9+\.\.\.', expected a magnitude"),
        (["9" * 5000, 5], 24, r"bad number: got '9+\.\.\.', expected a number such as"),
        (["1.123456789013", 5], 24, r"bad number: got '1123456789013/1000000000000', expected a magnitude and"),
        ([True, 5], 24, r"bad number: got 'True', expected a number such as 7, '2/3' or '1\.5'"),
        ([None, 5], 24, r"bad number: got 'None', expected a number"),
        ([0.1, 5], 24, r"bad number: got '0\.1', expected a number"),
        ([float("nan"), 5], 24, r"bad number: got 'nan', expected a number"),
        ([[4], 5], 24, r"bad number: got '\[4\]', expected a number"),
        ([4, 5], "pi", r"bad target: got 'pi', expected a number such as"),
        ([4, 5], "sqrt(2)", r"bad target: got 'sqrt\(2\)'"),
        ([4, 5], None, r"bad target: got 'None'"),
        ([4, 5], 2.5, r"bad target: got '2\.5'"),
        ([4, 5], "24/0", r"bad target: got '24/0', which divides by zero"),
        ([4, 5], -10_000, r"bad target: got '-10000', expected a magnitude"),
        ("4 5 6 10", 24, r"got one text '4 5 6 10', expected a list of numbers"),
    ],
)
def test_a_puzzle_that_is_none_is_refused_with_what_is_wrong(numbers: Any, target: Any, message: str) -> None:
    with pytest.raises(CountdownError, match=message) as caught:
        make_state(numbers, target)
    assert len(str(caught.value)) < 200


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number = parse_number(text)
    except CountdownError:
        return
    assert isinstance(number, Fraction)
