"""A shelf: what was read and may be wanted again, up to a weight in all."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Shelf(Generic[Thing]):
    """Keeps the things that were taken last, one version of each, as long as they weigh no more than `most` in all.

    The last one stays, however heavy. What is on a shelf is shared: nobody changes it.
    """

    def __init__(self, most: int, weigh: Callable[[Thing], int]) -> None:
        self.most, self.weigh = most, weigh
        self.weight = 0
        self._kept: OrderedDict[Hashable, tuple[Hashable, Thing, int]] = OrderedDict()
        self._lock = Lock()

    def take(self, name: Hashable, version: Hashable, make: Callable[[], Thing]) -> Thing:
        """The thing of this name and version, made if it isn't there. Two who want it at once may both make it."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None and kept[0] == version:
                self._kept.move_to_end(name)
                return kept[1]
        thing = make()
        with self._lock:
            self._put(name, version, thing)
        return thing

    def _put(self, name: Hashable, version: Hashable, thing: Thing) -> None:
        if name in self._kept:
            self.weight -= self._kept.pop(name)[2]
        weight = self.weigh(thing)
        self._kept[name] = version, thing, weight
        self.weight += weight
        while self.weight > self.most and len(self._kept) > 1:
            _, (_, _, gone) = self._kept.popitem(last=False)
            self.weight -= gone

    def __len__(self) -> int:
        return len(self._kept)
