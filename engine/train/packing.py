"""A whole tree of steps as one training row: what siblings share is read once.

Every token attends to its own step and to the steps on its path, nothing else; positions count along
the path. So each step sees exactly what it would see in a text of its own, at a third of the tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from engine.train.loop import Batch


@dataclass
class Pack:
    """A tree of token segments. Segment 0 is the question; the others are steps with a label each."""

    tokens: list[tuple[int, ...]]
    parent: list[int] = field(default_factory=lambda: [-1])
    label: list[float] = field(default_factory=lambda: [0.0])

    def add(self, parent: int, tokens: tuple[int, ...], label: bool) -> int:
        """Add a step under segment `parent`; its number."""
        self.tokens.append(tokens)
        self.parent.append(parent)
        self.label.append(float(label))
        return len(self.tokens) - 1

    @property
    def length(self) -> int:
        return sum(map(len, self.tokens))


def collate(packs: Sequence[Pack]) -> Batch:
    """A batch of packs.

    ``ids``, ``positions``, ``segment``: (packs, longest); ``ancestors``: (packs, segments, segments), True
    where the second is on the first's path or is it; ``last``: (steps, 2), pack and column of each step's
    last token; ``labels``: (steps,).
    """
    longest, most = max(p.length for p in packs), max(len(p.tokens) for p in packs)
    ids = torch.zeros(len(packs), longest, dtype=torch.long)
    # Padding stands behind all else on the question, so nothing reads it.
    positions, segment = torch.full_like(ids, longest), torch.zeros_like(ids)
    ancestors = torch.zeros(len(packs), most, most, dtype=torch.bool)
    last: list[tuple[int, int]] = []
    for row, pack in enumerate(packs):
        column, ends = 0, list[int]()
        for i, (tokens, parent) in enumerate(zip(pack.tokens, pack.parent, strict=True)):
            start = ends[parent] if parent >= 0 else 0
            part = slice(column, column + len(tokens))
            ids[row, part] = torch.tensor(tokens)
            positions[row, part] = torch.arange(start, start + len(tokens))
            segment[row, part] = i
            if parent >= 0:
                ancestors[row, i] = ancestors[row, parent]
                last.append((row, part.stop - 1))
            ancestors[row, i, i] = True
            ends.append(start + len(tokens))
            column = part.stop
    return {
        "ids": ids,
        "positions": positions,
        "segment": segment,
        "ancestors": ancestors,
        "last": torch.tensor(last),
        "labels": torch.tensor([label for pack in packs for label in pack.label[1:]]),
        "tokens": sum(p.length for p in packs),
    }


def attention(batch: Batch) -> torch.Tensor:
    """What each token may attend to: (packs, 1, longest, longest)."""
    segment, positions = batch["segment"], batch["positions"]
    rows = torch.arange(len(segment))[:, None, None]
    on_path = batch["ancestors"][rows, segment[:, :, None], segment[:, None, :]]
    allowed: torch.Tensor = on_path & (positions[:, None, :] <= positions[:, :, None])
    return allowed[:, None]
