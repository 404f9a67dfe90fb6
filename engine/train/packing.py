"""A whole tree of steps as one training row: what chains have in common is read once.

The tree is one of tokens: steps that begin alike part at the first token that differs. Every token
attends to the tokens on its path, nothing else; positions count along the path. So each step sees
exactly what it would see in a text of its own, at a quarter of the tokens.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from transformers import LlamaForCausalLM, LlamaForTokenClassification

from engine.train.loop import Batch


class Pack:
    """A tree of tokens, the question's first. A step is known by its last token, which has its label."""

    def __init__(self, question: Sequence[int]) -> None:
        self.tokens: list[int] = []
        self.parent: list[int] = []
        """Of each token the one before it on its path; the first has none: -1."""
        self.depth: list[int] = []
        self.labels: dict[int, bool] = {}
        self.right: dict[int, bool] = {}
        """Of the tokens of some steps, as far as the first that is wrong: whether the step is right so far."""
        self._next: dict[tuple[int, int], int] = {}
        self.start = self._follow(-1, question)
        """The question's last token: where first steps are added."""

    def add(self, at: int, step: Sequence[int], label: bool, right: int | None = None) -> int:
        """Add a step after the token `at`; its last token. `right` of its tokens are right, then comes one that is not.

        None: not told. What comes after a wrong token is not labelled, as there is nothing to see in it;
        nor is the last, whose label is the step's.
        """
        last = self._follow(at, step, right)
        self.labels[last] = label
        return last

    def _follow(self, at: int, tokens: Sequence[int], right: int | None = None) -> int:
        for i, token in enumerate(tokens):
            following = self._next.setdefault((at, token), len(self.tokens))
            if following == len(self.tokens):
                self.tokens.append(token)
                self.parent.append(at)
                self.depth.append(self.depth[at] + 1 if at >= 0 else 0)
            at = following
            if right is not None and i <= right and i + 1 < len(tokens):
                self.right[at] = i < right
        return at

    def path(self, last: int) -> list[int]:
        """The tokens after the question up to `last`, in their order."""
        path = []
        while last != self.start:
            path.append(last)
            last = self.parent[last]
        return path[::-1]

    def __len__(self) -> int:
        return len(self.tokens)


def collate(packs: Sequence[Pack]) -> Batch:
    """A batch of packs.

    ``ids``, ``positions``, ``parent``: (packs, longest); ``last``: (steps, 2), pack and column of each
    step's last token; ``labels``: (steps,); ``at`` and ``right``: the same of the tokens known to be right or wrong.
    """
    longest = max(map(len, packs))
    ids = torch.zeros(len(packs), longest, dtype=torch.long)
    positions = torch.zeros_like(ids)
    # The first token and padding are parents of themselves: padding reads itself and is read by nothing.
    parent = torch.arange(longest).repeat(len(packs), 1)
    for row, pack in enumerate(packs):
        ids[row, : len(pack)] = torch.tensor(pack.tokens)
        positions[row, : len(pack)] = torch.tensor(pack.depth)
        parent[row, 1 : len(pack)] = torch.tensor(pack.parent[1:])
    return {
        "ids": ids,
        "positions": positions,
        "parent": parent,
        "last": torch.tensor([(row, last) for row, pack in enumerate(packs) for last in pack.labels]),
        "labels": torch.tensor([float(label) for pack in packs for label in pack.labels.values()]),
        "at": torch.tensor([(row, at) for row, pack in enumerate(packs) for at in pack.right]),
        "right": torch.tensor([float(right) for pack in packs for right in pack.right.values()]),
        "tokens": sum(map(len, packs)),
    }


def attention(batch: Batch) -> torch.Tensor:
    """What each token may attend to: (packs, 1, longest, longest)."""
    parent = batch["parent"]
    rows = torch.arange(len(parent))
    allowed = torch.zeros(len(parent), parent.shape[1], parent.shape[1], dtype=torch.bool)
    for column in range(parent.shape[1]):
        allowed[:, column] = allowed[rows, parent[:, column]]
        allowed[:, column, column] = True
    return allowed[:, None]


def batches(packs: Sequence[Pack], count: int, rng: np.random.Generator) -> list[Batch]:
    """`count` batches in random order, each of packs of similar length."""
    order = sorted(packs, key=len)
    bounds = np.linspace(0, len(order), count + 1).round().astype(int)
    made = [collate(order[i:j]) for i, j in pairwise(bounds)]
    rng.shuffle(made)
    return made


def read(model: LlamaForTokenClassification | LlamaForCausalLM, batch: Batch) -> torch.Tensor:
    """The model's last hidden states: (packs, longest, width)."""
    hidden: torch.Tensor = model.model(
        batch["ids"], attention_mask=attention(batch), position_ids=batch["positions"], use_cache=False
    ).last_hidden_state
    return hidden


def verdicts(model: LlamaForTokenClassification, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Mean binary cross-entropy at each step's last token; and at the tokens that are known to be right or wrong."""
    loss = torch.zeros(())
    for places, labels in ((batch["last"], batch["labels"]), (batch["at"], batch["right"])):
        if len(places):
            row, column = places.unbind(1)
            logits = model.score(hidden[row, column])[:, 0]
            loss = loss + torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
    return loss


def loss_of(model: LlamaForTokenClassification, batch: Batch) -> torch.Tensor:
    """The loss of a token classifier that judges steps."""
    return verdicts(model, read(model, batch), batch)


def expecting_loss(model: LlamaForCausalLM, batch: Batch) -> torch.Tensor:
    """The loss of a causal model whose logits judge tokens: each is judged where the one before it is read.

    Mean binary cross-entropy of the tokens known to be right or wrong, the ends of good steps among them; and the
    mean cross-entropy of writing the right ones, which tells them from all other tokens. A verifier that goes on
    writing: Cobbe et al. 2021 (arXiv:2110.14168, section 4.2).
    """
    hidden, rows = read(model, batch), model.lm_head.weight
    ends = batch["last"][batch["labels"] > 0]
    places = torch.cat([batch["at"], ends])
    right = torch.cat([batch["right"], torch.ones(len(ends))])
    row, column = places.unbind(1)
    before, tokens = hidden[row, batch["parent"][row, column]], batch["ids"][row, column]
    judged = (before * rows[tokens]).sum(dim=1)
    written = torch.nn.functional.cross_entropy(before[right > 0] @ rows.T, tokens[right > 0])
    return torch.nn.functional.binary_cross_entropy_with_logits(judged, right) + written
