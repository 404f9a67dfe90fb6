"""What an importer is: the layout of one record, how it becomes a tree, and what its scores mean."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from engine.imports.draft import Draft


def unknown_set(_: Collection[str]) -> str | None:
    """Nobody knows these problems by a name."""
    return None


@dataclass(frozen=True)
class Format:
    """A layout of files that can be imported: a file of such records, as an array or one a line."""

    name: str
    title: str
    """What the file is called among people."""
    source: str
    """Who writes such files: the paper or the repository."""
    layout: type
    """What a record must be: msgspec checks it, and names what is wrong."""
    read: Callable[[Any], Draft]
    """From a record to a tree. Raises `DraftError`."""
    is_certain: Callable[[Any], bool]
    """Whether a record is of this format for certain, from its keys. Asked of records of the kind `outer` alone."""
    scores: str
    """What the scores in such a file are, in a few words: the inspector says so beside each."""
    rewards: str
    """How a reward from 0 to 1 comes of a score."""
    truth: str
    """Where the truth of steps and answers comes from."""
    task: str
    """The task that the problems belong to; the format's own name if it is none of ours."""
    prm: str | None = None
    """Who gave the scores, where that is a judge that can be compared with the truth."""
    known_set: Callable[[Collection[str]], str | None] = unknown_set
    """The problem set of ours that problems with these ids are."""
    outer: type | tuple[type, ...] = dict
    """What a record is in JSON: an object, or an array, or either."""
    joins: Callable[[Any, Any], bool] | None = None
    """Where a tree is several records one after another: whether one is of the tree that the first began. `read` then
    takes their list."""
