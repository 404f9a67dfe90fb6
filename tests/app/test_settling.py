"""What lives long is put aside for the search for garbage, and goes all the same once nobody needs it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from app.settling import MUCH, settle


class Part:
    """Something that is held by itself alone, as the nodes of a tree are."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_there_is_put_aside_and_found_once_it_is_garbage_and_much_has_come() -> None:
    part = Part()
    settle(0)
    assert gc.get_freeze_count() > 0
    gone = weakref.ref(part)
    del part
    gc.collect()
    assert gone() is not None
    settle(0)
    assert gone() is None


def test_nothing_is_looked_at_again_before_much_has_come() -> None:
    settle(0)
    aside = gc.get_freeze_count()
    settle(MUCH)
    assert gc.get_freeze_count() == aside
