"""The search for garbage, when nobody waits for it.

Streamlit has Python look at all objects after each run of a page, and what the page said waits for it: a tenth of a
second once runs and trees are open, half a second after a tree of 100,000 nodes. So what a run leaves is put aside
(`gc.freeze`), garbage too, and looked at later.
"""

import gc
from collections.abc import Callable
from typing import TypeVar

from engine.garbage import no_search_for_garbage

Thing = TypeVar("Thing")
MUCH = 50_000
"""Objects put aside since the last look, from which on one is worth it: about those of a tree of 5,000 nodes."""
MOST = 4 * MUCH
"""From which on it is made at once, whoever waits: their garbage takes tens of megabytes."""
_left, _since = [0], [0]
"""How many there were after the last look, those kept since among them; how many have come since, at most."""


def kept(make: Callable[[], Thing]) -> Thing:
    """Make a thing whose objects will all stay, such as a tree, and put them aside if they are many."""
    with no_search_for_garbage():
        thing = make()
        if (many := gc.get_count()[0]) >= MUCH:  # as no search went on, this counts all that it made
            gc.freeze()
            _left[0] += many
    return thing


def put_aside() -> None:
    """Leave what is there out of the search for garbage; if very much is, look through it first."""
    _since[0] += len(gc.get_objects())  # those that aren't aside yet
    gc.freeze()
    clear_away(MOST)


def clear_away(much: int = MUCH) -> bool:
    """Look for garbage among what was put aside, if that is at least `much`; whether it was."""
    if _since[0] < much:
        return False
    _since[0] = gc.get_freeze_count() - _left[0]  # without those that went by themselves: 30 ms for a million
    if _since[0] < much:
        return False
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    _left[0], _since[0] = gc.get_freeze_count(), 0
    return True
