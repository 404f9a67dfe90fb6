"""The list of the closed trees of a run, read as far as it is asked for."""

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import overload

from engine.runs.index import Index
from engine.runs.summary import Summary

AT_ONCE = 500
"""Summaries in memory while one goes through the list: about half a megabyte."""


class Summaries(Sequence[Summary]):
    """What a list of very many trees says, in some bytes a tree: the summaries stay in the index until asked for.

    Whatever is asked for raises `RunError` if the index is no longer what it was.
    """

    def __init__(self, index: Index, without: Collection[int], late: Mapping[int, Summary]) -> None:
        """`late`: summaries that aren't in the index; `without`: trees whose lines there don't count."""
        self._index = index
        self._late = late
        self._trees: Sequence[int] = index.trees
        if without or late:
            self._trees = array("l", sorted({*index.trees}.difference(without).union(late)))

    def __len__(self) -> int:
        return len(self._trees)

    @overload
    def __getitem__(self, at: int) -> Summary: ...
    @overload
    def __getitem__(self, at: slice) -> list[Summary]: ...
    def __getitem__(self, at: int | slice) -> Summary | list[Summary]:
        if isinstance(at, slice):
            return self._read(self._trees[at])
        return self._read([self._trees[at]])[0]

    def __iter__(self) -> Iterator[Summary]:
        for begin in range(0, len(self), AT_ONCE):
            yield from self._read(self._trees[begin : begin + AT_ONCE])

    def _read(self, trees: Sequence[int]) -> list[Summary]:
        listed = self._index.summaries([tree for tree in trees if tree not in self._late])
        return [self._late[tree] if tree in self._late else next(listed) for tree in trees]
