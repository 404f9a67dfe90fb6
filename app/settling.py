"""What lives long is left out of the search for garbage that follows each run of a page.

Streamlit has Python look at all objects after each run, and what the page said waits for it: a tenth of a second once
runs and trees are open. So what has lived through a search is put aside (`gc.freeze`), until much else has come.
"""

import gc

MUCH = 50_000
"""Objects that have come since, from which on all are looked at again: about those of a tree of 5,000 nodes."""


def settle(much: int = MUCH) -> None:
    """Put aside what is there, if at least `much` has come since; what has become garbage among it goes then."""
    if len(gc.get_objects()) < much:
        return
    gc.unfreeze()
    gc.collect()
    gc.freeze()
