"""Running out of memory: forget what is cached, halve the batch, go on, and say so."""

import gc
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from engine.models.store import CacheFullError, PrefixStore, stores_on

Unit = TypeVar("Unit")
Answer = TypeVar("Answer")

log = logging.getLogger("arbutus")

SAID = ("out of memory", "can't allocate memory", "not enough memory")
"""How devices without an error of their own for it, a CPU among them, say that there is no more."""
PATIENCE = 8
"""So many batches must fit before twice as many requests are tried at once again."""


def is_out_of_memory(error: Exception) -> bool:
    """Whether `error` tells of too little memory, on whatever device."""
    told = str(error).lower()
    short = isinstance(error, RuntimeError) and any(said in told for said in SAID)
    return short or isinstance(error, torch.OutOfMemoryError | MemoryError)


def within_memory(
    ask: Callable[[Sequence[Unit]], list[Answer]], units: Sequence[Unit], store: PrefixStore
) -> list[Answer]:
    """``ask(units)``; where memory doesn't suffice, in smaller parts, which later calls begin with.

    Raises what `ask` raised if not even one unit fits.
    """
    out: list[Answer] = []
    while len(out) < len(units):
        part = units[len(out) : len(out) + store.at_once]
        answers, error = _try(ask, part)
        if error is None:
            out += answers
            if len(part) == store.at_once:
                _take_heart(store)
            continue
        # Only here, after the except clause, is what the failed call held let go.
        if isinstance(error, CacheFullError):
            if len(part) < 2:
                raise error
            log.warning("the cache is too small for %d requests at once; half of them go first: --cache", len(part))
        elif not _make_room(store) and len(part) < 2:
            raise error
        else:
            log.warning("out of memory with %d requests at once; the cache is emptied, and fewer go first", len(part))
        store.at_once, store.fitted = max(1, len(part) // 2), 0
    return out


def _try(ask: Callable[[Sequence[Unit]], list[Answer]], part: Sequence[Unit]) -> tuple[list[Answer], Exception | None]:
    """The answers, or why memory didn't suffice, without the traceback, whose frames hold the tensors."""
    try:
        return ask(part), None
    except Exception as error:
        if not isinstance(error, CacheFullError) and not is_out_of_memory(error):
            raise
        return [], error.with_traceback(None)


def _take_heart(store: PrefixStore) -> None:
    store.fitted += 1
    if store.fitted >= PATIENCE:
        store.at_once, store.fitted = 2 * store.at_once, 0


def _make_room(store: PrefixStore) -> bool:
    """Empty the caches of all models on the device. Whether there was anything in them."""
    found = [one for one in stores_on(store.device) if len(one)]
    for one in found:
        one.empty()
    gc.collect()
    if store.device.type == "cuda":
        torch.cuda.empty_cache()
    return bool(found)
