"""Work without Python's search for cyclic garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_garbage() -> Iterator[None]:
    """Where many objects are made that all stay, it goes through them again and again: half of the time it takes.

    Threads that do this at once may find the search going on early, and find it going on in the end.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
