"""What lives long is put aside for the search for garbage, and goes all the same once nobody needs it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from app import settling
from app.settling import MOST, MUCH, clear_away, kept, put_aside


class Part:
    """Something that is held by itself alone, as the nodes of a tree are."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is aside, and nothing was: other tests read large trees too."""
    monkeypatch.setattr(settling, "_left", [0])
    monkeypatch.setattr(settling, "_since", [0])
    gc.unfreeze()
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


def test_very_much_that_is_put_aside_is_looked_through_at_once() -> None:
    clear_away(0)
    gone = [weakref.ref(part) for part in [Part()]]
    put_aside()
    assert gone[0]() is not None
    much = [[] for _ in range(MOST + MUCH)]  # type: ignore[var-annotated]
    put_aside()
    assert gone[0]() is None and len(much) > MOST


def test_a_thing_of_many_objects_that_stay_is_no_reason_for_a_search() -> None:
    clear_away(0)
    much = kept(lambda: [[] for _ in range(MOST)])  # type: ignore[var-annotated]
    put_aside()
    assert not clear_away(MUCH) and len(much) == MOST
