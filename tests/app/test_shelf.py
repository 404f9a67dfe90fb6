"""A shelf keeps what was taken last, as long as it isn't too heavy."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from app.shelf import Shelf


def unmade() -> str:
    raise AssertionError("it was there already")


def making(thing: str) -> Callable[[], str]:
    return lambda: thing


def test_a_thing_is_made_once_a_version() -> None:
    shelf = Shelf[str](10, len)
    assert shelf.take("a", 1, making("one")) == "one"
    assert shelf.take("a", 1, unmade) == "one"
    assert shelf.take("a", 2, making("two")) == "two"
    assert len(shelf) == 1


def test_what_was_not_taken_for_longest_goes_first() -> None:
    shelf = Shelf[str](3, len)
    for name in "abc":
        shelf.take(name, 0, making(name))
    shelf.take("a", 0, unmade)
    shelf.take("d", 0, making("d"))
    shelf.take("a", 0, unmade)
    assert shelf.take("b", 0, making("x")) == "x"


def test_the_last_thing_stays_however_heavy() -> None:
    shelf = Shelf[str](3, len)
    shelf.take("a", 0, making("a"))
    shelf.take("b", 0, making("heavy"))
    assert shelf.take("b", 0, unmade) == "heavy"
    assert len(shelf) == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 9))))
def test_the_weight_is_that_of_what_is_kept_and_never_more_than_allowed(taken: list[tuple[int, int, int]]) -> None:
    shelf = Shelf[str](12, len)
    for name, version, size in taken:
        shelf.take(name, version, making("x" * size))
        assert shelf.weight == sum(weight for _, _, weight in shelf._kept.values())
        assert shelf.weight <= shelf.most or len(shelf) == 1
