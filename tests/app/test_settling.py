"""What lives long is put aside for the search for garbage, and goes all the same once nobody needs it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from app.settling import MUCH, clear_away, put_aside


class Part:
    """Something that is held by itself alone, as the nodes of a tree are."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_put_aside_is_found_once_it_is_garbage_and_much_has_come() -> None:
    part = Part()
    gone = weakref.ref(part)
    put_aside()
    del part
    gc.collect()
    assert gone() is not None
    assert clear_away(0)
    assert gone() is None


def test_it_is_no_search_until_much_has_been_put_aside_since_the_last() -> None:
    put_aside()
    assert clear_away(0)
    put_aside()
    assert not clear_away(MUCH)
    much = [[] for _ in range(MUCH)]  # type: ignore[var-annotated]
    put_aside()
    assert clear_away(MUCH) and len(much) == MUCH
