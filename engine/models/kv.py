"""The keys and values of one batch, as the model sees them while it runs.

Rows are right-aligned: every row of a batch ends at the same column, so new tokens are written at one
place for all, and there are no holes but the padding on the left. Rows that have ended leave, rows
that part are forked; what is to be kept goes to the `store` before.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.cache_utils import Cache, DynamicLayer

GROWTH = 16
"""Columns that a full working set grows by, at least; a wide one grows by half."""


class WorkingSet(Cache):
    """The keys and values of a batch of rows.

    `buffer`: (2 * layers, slots, heads, columns, head_dim), keys and values in turn. Rows occupy the
    first `rows` slots; their columns up to `width` are written. `lengths`: (rows,), how many of the
    last columns belong to each row.
    """

    def __init__(self, buffer: torch.Tensor, width: int, lengths: torch.Tensor) -> None:
        super().__init__(layers=[DynamicLayer() for _ in range(len(buffer) // 2)])  # type: ignore[no-untyped-call]
        self.buffer, self.width, self.lengths = buffer, width, lengths
        self.most = 1 << 30
        """Rows that there will ever be, if that is known: no more slots are made."""

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

    def padding(self, new: int) -> torch.Tensor:
        """Which columns hold a token, with `new` more: (rows, width + new), 1 or 0."""
        columns = torch.arange(self.width + new, device=self.buffer.device)
        return (columns[None] >= (self.width - self.lengths)[:, None]).long()

    def positions(self, new: int) -> torch.Tensor:
        """Position ids of `new` tokens: (rows, new)."""
        return self.lengths[:, None] + torch.arange(new, device=self.lengths.device)[None]

    def reserve(self, new: int) -> None:
        """Make room for `new` more columns, before the model runs."""
        if self.width + new > self.buffer.shape[3]:
            self._resize(self.buffer.shape[1], self.width + max(new, GROWTH, self.width // 2))

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
                self._resize(max(count, min(2 * count, self.most)), self.buffer.shape[3])
            slots[moved] = np.setdiff1d(np.arange(count), first[stays], assume_unique=True)
            source, goal = (torch.from_numpy(x).to(self.buffer.device) for x in (parents[moved], slots[moved]))
            for plane in self.buffer:
                plane[goal, :, : self.width] = plane[source, :, : self.width]
        order = np.empty(count, dtype=np.int64)
        order[slots] = parents
        self._reorder(order)
        return slots

    def _reorder(self, order: NDArray[np.int64]) -> None:
        """Row i is now what row ``order[i]`` was."""
        self.lengths = self.lengths[torch.from_numpy(order).to(self.lengths.device)]
