"""The prefix tree: keys and values of token prefixes, kept between rounds while memory allows.

A node is a segment of tokens after its parent's; it holds the keys and values of its own tokens alone,
so what prefixes share is stored once. Tokens live in a pool that never exceeds its budget. When it is
full, the leaves that were not used for longest are forgotten; what is needed again is computed again.
"""

from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakSet

import numpy as np
import torch
from numpy.typing import NDArray

from engine.models.kv import GROWTH, WorkingSet
from engine.models.loading import ModelError

Prefix = tuple[int, ...]
"""Token ids that follow on each other."""
REMEMBERED = 1_000_000
"""Forgotten segments that are remembered by their hash, to tell what is computed again. Then it starts over."""
FIRST_SLOTS = 1024


MANY = 1 << 40
_stores: "WeakSet[PrefixStore]" = WeakSet()


class CacheFullError(ModelError):
    """The prefixes of one round need more memory than the budget. A smaller round may fit."""


class Stored:
    """A node of the prefix tree. The root stands for the empty prefix."""

    __slots__ = ("born", "children", "key", "parent", "round", "segment", "slots")

    def __init__(self, parent: "Stored | None", segment: Prefix, slots: NDArray[np.int64], key: int) -> None:
        self.parent, self.segment, self.slots, self.key = parent, segment, slots, key
        self.children: dict[Prefix, Stored] = {}
        self.born = self.round = -1

    @property
    def length(self) -> int:
        """Tokens from the beginning of the text."""
        return len(self.slots)


class PrefixStore:
    """A tree of segments over a pool of token slots, at most `budget` bytes of it.

    `shape`: (2 * layers, heads, head_dim). A node's `slots` are those of all tokens from the beginning.
    Nodes are ordered by last use with ancestors after their descendants, so the first one is a leaf.
    """

    def __init__(
        self, shape: tuple[int, int, int], *, dtype: torch.dtype, device: torch.device, budget: int = 1 << 30
    ) -> None:
        self.shape, self.dtype, self.device, self.budget = shape, dtype, device, budget
        planes, heads, head_dim = shape
        self.token_bytes: int = planes * heads * head_dim * dtype.itemsize
        self.most = budget // self.token_bytes
        self.at_once, self.fitted = MANY, 0
        """Requests that a batch may have, and how many batches of so many have fitted; see `memory`."""
        self._round = 0
        self.clear()
        _stores.add(self)

    def clear(self) -> None:
        """Forget everything and give the memory back."""
        _, heads, head_dim = self.shape
        self.root = Stored(None, (), np.empty(0, dtype=np.int64), 0)
        self._order: OrderedDict[Stored, None] = OrderedDict()
        # Slot 0 belongs to nobody: what no row owns is masked, but must be a number, for NaN times 0 is NaN.
        self._planes = [torch.zeros(1, heads, head_dim, dtype=self.dtype, device=self.device)] * self.shape[0]
        self._free = np.empty(0, dtype=np.int64)
        self.forgotten: set[int] = set()

    def empty(self) -> None:
        """Forget everything and give the memory back, but know what is computed again."""
        forgotten = self.forgotten | {node.key for node in self._order}
        self.clear()
        self.forgotten = forgotten

    @property
    def bytes(self) -> int:
        """What the pool takes, the part that is free at the moment included."""
        return (len(self._planes[0]) - 1) * self.token_bytes

    def __len__(self) -> int:
        return len(self._order)

    def begin_round(self) -> None:
        """From here on, what was used before may be forgotten; what is used from now on may not."""
        self._round += 1

    def find(self, chain: Sequence[Prefix]) -> tuple[Stored, int]:
        """The deepest node on the way of `chain` that is stored, and how many segments lie before it. Marks it used."""
        node, depth = self.root, 0
        for segment in chain:
            child = node.children.get(segment)
            if child is None:
                break
            node, depth = child, depth + 1
        self._touch(node)
        return node, depth

    def _touch(self, node: Stored) -> None:
        while node.parent is not None:
            self._order.move_to_end(node)
            node.round = self._round
            node = node.parent

    def add(self, paths: Sequence[tuple[Stored, Sequence[Prefix], int, int]], working: WorkingSet) -> list[Stored]:
        """Store segments. A path: a node, the segments after it, and the row and column of `working` they begin at.

        Gives the last node of each path. What is there already is left as it is. Raises `CacheFullError`
        where there is no more room; what lies before that is stored.
        """
        pieces: list[tuple[int, int, NDArray[np.int64]]] = []
        try:
            return [self._hang_path(*path, pieces) for path in paths]
        finally:
            self._copy(pieces, working)

    def _hang_path(
        self,
        node: Stored,
        path: Sequence[Prefix],
        row: int,
        column: int,
        pieces: list[tuple[int, int, NDArray[np.int64]]],
    ) -> Stored:
        try:
            for segment in path:
                if segment not in node.children:
                    slots = self._take(len(segment))
                    pieces.append((row, column, slots))
                    self._hang(node, segment, slots)
                node = node.children[segment]
                column += len(segment)
        finally:
            self._touch(node)
        return node

    def _hang(self, parent: Stored, segment: Prefix, slots: NDArray[np.int64]) -> None:
        child = Stored(parent, segment, np.concatenate([parent.slots, slots]), hash((parent.key, segment)))
        child.born = child.round = self._round
        parent.children[segment] = child
        self._order[child] = None
        self.forgotten.discard(child.key)

    def _copy(self, pieces: list[tuple[int, int, NDArray[np.int64]]], working: WorkingSet) -> None:
        if not pieces:
            return
        lengths = [len(slots) for _, _, slots in pieces]
        rows = torch.from_numpy(np.repeat([row for row, _, _ in pieces], lengths)).to(self.device)
        columns = np.concatenate([np.arange(column, column + len(slots)) for _, column, slots in pieces])
        goal = torch.from_numpy(np.concatenate([slots for _, _, slots in pieces])).to(self.device)
        where = torch.from_numpy(columns).to(self.device)
        for plane, source in zip(self._planes, working.buffer, strict=True):
            plane[goal] = source[rows, :, where]

    def _take(self, count: int) -> NDArray[np.int64]:
        """`count` slots, from what is free, then from a larger pool, then from what was not used for longest."""
        if count > len(self._free):
            self._grow(count - len(self._free))
        while count > len(self._free) and self._order:
            oldest = next(iter(self._order))
            if oldest.round == self._round:
                break
            self._forget(oldest)
        if count > len(self._free):
            raise CacheFullError(self.too_small())
        taken, self._free = self._free[:count], self._free[count:]
        return taken

    def too_small(self) -> str:
        """What to say when a round doesn't fit."""
        return (
            f"the prefixes of one round need more than the {self.most} tokens that the cache holds "
            f"({self.budget} bytes, {self.token_bytes} a token); allow it more: --cache"
        )

    def _grow(self, missing: int) -> None:
        old = len(self._planes[0]) - 1
        new = min(self.most, max(2 * old, old + missing, FIRST_SLOTS))
        if new <= old:
            return
        for i, plane in enumerate(self._planes):
            larger = plane.new_empty(new + 1, *plane.shape[1:])
            larger[: old + 1] = plane
            self._planes[i] = larger
        self._free = np.concatenate([self._free, np.arange(old + 1, new + 1)])

    def _forget(self, leaf: Stored) -> None:
        assert not leaf.children and leaf.parent is not None
        del leaf.parent.children[leaf.segment], self._order[leaf]
        self._free = np.concatenate([leaf.slots[leaf.length - len(leaf.segment) :], self._free])
        if len(self.forgotten) >= REMEMBERED:
            self.forgotten.clear()
        self.forgotten.add(leaf.key)

    def forget_new(self) -> None:
        """Forget what was stored in this round."""
        for node in [node for node in self._order if node.born == self._round]:
            self._forget(node)

    def gather(self, nodes: Sequence[Stored], extra: int = GROWTH) -> WorkingSet:
        """A working set with a row a node and room for `extra` columns at first."""
        planes, heads, head_dim = self.shape
        lengths = np.array([node.length for node in nodes], dtype=np.int64)
        rows, width = len(nodes), int(lengths.max(initial=0))
        slots = np.zeros((rows, width), dtype=np.int64)
        for row, node in enumerate(nodes):
            slots[row, width - node.length :] = node.slots
        where = torch.from_numpy(slots.reshape(-1)).to(self.device)
        buffer = torch.empty(planes, rows, heads, width + extra, head_dim, dtype=self.dtype, device=self.device)
        for target, plane in zip(buffer, self._planes, strict=True):
            target[:, :, :width] = plane[where].view(rows, width, heads, head_dim).transpose(1, 2)
        return WorkingSet(buffer, width, torch.from_numpy(lengths).to(self.device))


def stores_on(device: torch.device) -> list[PrefixStore]:
    """The stores that there are on a device: those of all models that are loaded there."""
    return [store for store in _stores if store.device == device]
