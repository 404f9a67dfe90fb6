"""Running out of memory: forget what is cached, halve the batch, go on, and say so."""

import gc
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from engine.models.store import CacheFullError, PrefixStore

Unit = TypeVar("Unit")
Answer = TypeVar("Answer")

log = logging.getLogger("arbutus")


def within_memory(
    ask: Callable[[Sequence[Unit]], list[Answer]], units: Sequence[Unit], store: PrefixStore
) -> list[Answer]:
    """``ask(units)``; where memory doesn't suffice, the same in two halves with an empty store.

    Raises what `ask` raised if not even one unit fits.
    """
    try:
        return ask(units)
    except CacheFullError:
        if len(units) < 2:
            raise
    except torch.OutOfMemoryError:
        was_empty = not len(store)
        _make_room(store)
        if len(units) < 2:
            if was_empty:
                raise
            return ask(units)
        log.warning(
            "out of memory with %d requests at once; the cache is emptied, and half of them go first", len(units)
        )
    half = len(units) // 2
    return within_memory(ask, units[:half], store) + within_memory(ask, units[half:], store)


def _make_room(store: PrefixStore) -> None:
    store.clear()
    gc.collect()
    if store.device.type == "cuda":
        torch.cuda.empty_cache()
