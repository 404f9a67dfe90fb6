"""Keys and values of token prefixes: kept between rounds, gathered into one batch, forked in place.

Rows are right-aligned: every row of a batch ends at the same column, so new tokens are written at
one place for all, and there are no holes but the padding on the left. A prefix is stored where it
was computed, as a row of a block; gathering copies rows of several blocks into one working set.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.cache_utils import Cache, DynamicLayer

GROWTH = 16
"""Columns that a full working set grows by."""

Prefix = tuple[int, ...]
"""Token ids from the beginning of the text; all their keys and values are stored."""


class WorkingSet(Cache):
    """The keys and values of a batch of rows, as the model sees them during one round.

    `buffer`: (2 * layers, slots, heads, columns, head_dim), keys and values in turn. Rows occupy the
    first `rows` slots; their columns up to `width` are written. `lengths`: (rows,), how many of the
    last columns belong to each row.
    """

    def __init__(self, buffer: torch.Tensor, width: int, lengths: torch.Tensor) -> None:
        super().__init__(layers=[DynamicLayer() for _ in range(len(buffer) // 2)])  # type: ignore[no-untyped-call]
        self.buffer, self.width, self.lengths = buffer, width, lengths

    @property
    def rows(self) -> int:
        return len(self.lengths)

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *_: Any, **__: Any) -> Any:
        """Called by the model in every layer: append, and give all columns back."""
        end = self.width + key_states.shape[2]
        found = []
        for plane, states in ((2 * layer_idx, key_states), (2 * layer_idx + 1, value_states)):
            self.buffer[plane, : self.rows, :, self.width : end] = states
            found.append(self.buffer[plane, : self.rows, :, :end])
        return tuple(found)

    def get_seq_length(self, layer_idx: int = 0) -> int:
        return self.width

    def get_mask_sizes(self, query_length: int, layer_idx: int = 0) -> tuple[int, int]:
        return self.width + query_length, 0

    def mask(self, new: int) -> torch.Tensor:
        """What each of `new` tokens may attend to: (rows, 1, new, width + new), True where it may."""
        columns = torch.arange(self.width + new, device=self.buffer.device)
        own = columns[None, None, :] >= (self.width - self.lengths)[:, None, None]
        causal = columns[None, :] <= torch.arange(self.width, self.width + new, device=columns.device)[:, None]
        return (own & causal[None])[:, None]

    def positions(self, new: int) -> torch.Tensor:
        """Position ids of `new` tokens: (rows, new)."""
        return self.lengths[:, None] + torch.arange(new, device=self.lengths.device)[None]

    def reserve(self, new: int) -> None:
        """Make room for `new` more columns, before the model runs."""
        if self.width + new > self.buffer.shape[3]:
            self._resize(self.buffer.shape[1], self.width + max(new, GROWTH))

    def _resize(self, slots: int, columns: int) -> None:
        planes, _, heads, _, head_dim = self.buffer.shape
        fresh = self.buffer.new_empty(planes, slots, heads, columns, head_dim)
        fresh[:, : self.rows, :, : self.width] = self.buffer[:, : self.rows, :, : self.width]
        self.buffer = fresh

    def advance(self, new: int) -> None:
        """Count `new` columns as written, after the model has run."""
        self.width += new
        self.lengths = self.lengths + new

    def rearrange(self, parents: NDArray[np.int64]) -> NDArray[np.int64]:
        """Make row i a copy of the present row ``parents[i]``; the others leave. Returns each row's new slot.

        A row stays where it is whenever it can, so only what is repeated or must close a gap is copied.
        """
        count = len(parents)
        slots = np.full(count, -1, dtype=np.int64)
        first, index = np.unique(parents, return_index=True)
        stays = first < count
        slots[index[stays]] = first[stays]
        moved = np.flatnonzero(slots < 0)
        if len(moved):
            if count > self.buffer.shape[1]:
                self._resize(2 * count, self.buffer.shape[3])
            slots[moved] = np.setdiff1d(np.arange(count), first[stays], assume_unique=True)
            source, goal = (torch.from_numpy(x).to(self.buffer.device) for x in (parents[moved], slots[moved]))
            for plane in self.buffer:
                plane[goal, :, : self.width] = plane[source, :, : self.width]
        order = np.empty(count, dtype=np.int64)
        order[slots] = parents
        self.lengths = self.lengths[torch.from_numpy(order).to(self.lengths.device)]
        return slots

    def copy(self, rows: torch.Tensor) -> torch.Tensor:
        """Rows to be stored: (2 * layers, len(rows), heads, longest, head_dim), right-aligned."""
        longest = int(self.lengths[rows].max())
        return self.buffer[:, rows, :, self.width - longest : self.width]

    def all(self) -> torch.Tensor:
        """All rows to be stored, in place: nothing else may be written to this working set any more."""
        return self.buffer[:, : self.rows, :, : self.width]


class PrefixStore:
    """Prefixes that need no recomputation, the least recently used blocks leaving first.

    Holds at most `budget` bytes, but always the blocks of the current round. The empty prefix is
    always there.
    """

    def __init__(
        self, *, layers: int, heads: int, head_dim: int, dtype: torch.dtype, device: torch.device, budget: int = 1 << 30
    ) -> None:
        self.shape, self.dtype, self.device, self.budget = (2 * layers, heads, head_dim), dtype, device, budget
        self.bytes = 0
        self._blocks: OrderedDict[int, torch.Tensor] = OrderedDict()
        self._keys: dict[int, list[Prefix]] = {}
        self._where: dict[Prefix, tuple[int, int]] = {}
        self._next = 0

    def __contains__(self, prefix: Prefix) -> bool:
        return not prefix or prefix in self._where

    def put(self, prefixes: Sequence[Prefix], block: torch.Tensor) -> None:
        """Store a block (see `WorkingSet.copy`), one row a prefix."""
        fresh = [(row, p) for row, p in enumerate(prefixes) if p not in self]
        if not fresh:
            return
        if len(fresh) < len(prefixes):
            block = block[:, [row for row, _ in fresh]]
        for row, (_, prefix) in enumerate(fresh):
            self._where[prefix] = self._next, row
        self._blocks[self._next] = block
        self._keys[self._next] = [p for _, p in fresh]
        self._next += 1
        self.bytes += block.nbytes

    def trim(self) -> None:
        """Forget the least recently used blocks until the budget holds."""
        while self.bytes > self.budget and self._blocks:
            number, block = self._blocks.popitem(last=False)
            self.bytes -= block.nbytes
            for prefix in self._keys.pop(number):
                del self._where[prefix]

    def clear(self) -> None:
        """Forget everything (after running out of memory)."""
        self._blocks.clear()
        self._keys.clear()
        self._where.clear()
        self.bytes = 0

    def gather(self, prefixes: Sequence[Prefix], extra: int = GROWTH) -> WorkingSet:
        """A working set with a row a prefix and room for `extra` columns at first. All must be stored."""
        planes, heads, head_dim = self.shape
        lengths = torch.tensor([len(p) for p in prefixes], device=self.device)
        width = max((len(p) for p in prefixes), default=0)
        shape = planes, len(prefixes), heads, width + extra, head_dim
        buffer = torch.empty(shape, dtype=self.dtype, device=self.device)
        # What no row owns is masked, but must be a number: NaN times 0 is NaN.
        buffer[:, :, :, : width - min(map(len, prefixes), default=0)] = 0
        by_block: dict[int, list[tuple[int, int]]] = {}
        for row, prefix in enumerate(prefixes):
            if prefix:
                number, source = self._where[prefix]
                by_block.setdefault(number, []).append((row, source))
        for number, pairs in by_block.items():
            self._blocks.move_to_end(number)
            block = self._blocks[number]
            columns = min(width, block.shape[3])
            rows = torch.tensor([row for row, _ in pairs], device=self.device)
            sources = torch.tensor([source for _, source in pairs], device=self.device)
            # A plane at a time: indexing all planes at once is slower by half.
            for plane, stored in zip(buffer, block, strict=True):
                plane[rows, :, width - columns : width] = stored[sources, :, stored.shape[2] - columns :]
        return WorkingSet(buffer, width, lengths)
