"""Attention of many continuations to one prefix: the prefix is read once, not once for each of them.

The keys and values of a prefix stay where they are while continuations part; a row holds its own new tokens
alone. What a row attends to is the prefix of its group and its own tokens, computed apart and then weighed
by their sums of exponentials, which is exact (Juravsky et al. 2024, "Hydragen", arXiv:2402.05099).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from engine.models.kv import GROWTH, WorkingSet

NAME = "arbutus_branches"


class Branches(WorkingSet):
    """Rows that go on from prefixes, a group of rows for each prefix; all rows have as many tokens of their own.

    `buffer` and `width` are of the rows' own tokens; `lengths` count those of the prefix too. `base`:
    (2 * layers, groups, heads, columns, head_dim), right-aligned. `attended`: layers that have used it.
    """

    def __init__(self, base: WorkingSet) -> None:
        planes, groups, heads, _, head_dim = base.buffer.shape
        super().__init__(base.buffer.new_empty(planes, groups, heads, GROWTH, head_dim), 0, base.lengths)
        self.base = base.buffer[:, :, :, : base.width]
        columns = torch.arange(base.width, device=base.lengths.device)
        self.missing = (columns[None] < base.width - base.lengths[:, None])[:, None, None]
        self.padded = bool(self.missing.any())
        self.attended = 0
        self._regroup(np.arange(groups))

    def _reorder(self, order: NDArray[np.int64]) -> None:
        super()._reorder(order)
        self._regroup(self.group[order])

    def _regroup(self, group: NDArray[np.int64]) -> None:
        """Note each row's group, and its place among the rows of the group."""
        self.group = group
        order = np.argsort(group, kind="stable")
        counts = np.bincount(group, minlength=self.base.shape[1])
        place = np.empty(len(group), dtype=np.int64)
        place[order] = np.arange(len(group)) - np.repeat(counts.cumsum() - counts, counts)
        members = np.zeros((len(counts), int(counts.max())), dtype=np.int64)
        members[group, place] = np.arange(len(group))
        self._members, self._group, self._place = (
            torch.from_numpy(x).to(self.base.device) for x in (members, group, place)
        )

    def attend(self, layer: int, query: torch.Tensor, scaling: float) -> torch.Tensor:
        """What each row's query (rows, query heads, 1, head_dim) finds: (rows, 1, query heads, head_dim)."""
        self.attended += 1
        rows, query_heads, _, head_dim = query.shape
        heads = self.base.shape[2]
        asked = query.reshape(rows, heads, query_heads // heads, head_dim) * scaling
        keys, values = (self.buffer[2 * layer + i, :rows, :, : self.width + 1] for i in (0, 1))
        own, own_sum = _attend(asked, keys, values, None)
        if len(self.base[0]) == 1:
            together = asked.transpose(0, 1).reshape(1, heads, -1, head_dim)
            found, total = _attend(together, self.base[2 * layer], self.base[2 * layer + 1], None)
            shared = found.view(heads, rows, -1, head_dim).transpose(0, 1)
            shared_sum = total.view(heads, rows, -1).transpose(0, 1)
        else:
            shared, shared_sum = self._attend_groups(layer, asked)
        weight = torch.sigmoid(shared_sum - own_sum)[..., None].to(own.dtype)
        return torch.lerp(own, shared, weight).reshape(rows, 1, query_heads, head_dim)

    def _attend_groups(self, layer: int, asked: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The same over the prefix of each row's group; groups with fewer rows than others are padded."""
        _, heads, repeats, head_dim = asked.shape
        groups, most = self._members.shape
        by_group = asked[self._members].transpose(1, 2).reshape(groups, heads, most * repeats, head_dim)
        missing = self.missing if self.padded else None
        found, total = _attend(by_group, self.base[2 * layer], self.base[2 * layer + 1], missing)
        found = found.view(groups, heads, most, repeats, head_dim)
        return found[self._group, :, self._place], total.view(groups, heads, most, repeats)[self._group, :, self._place]


def _attend(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, missing: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Plain attention, (…, queries, head_dim), and the logarithm of its sum of exponentials, (…, queries)."""
    scores = torch.matmul(query, keys.transpose(-1, -2)).float()
    if missing is not None:
        scores = scores.masked_fill(missing, float("-inf"))
    most = scores.amax(dim=-1, keepdim=True)
    weights = scores.sub_(most).exp_()
    total = weights.sum(dim=-1, keepdim=True)
    found = torch.matmul(weights.to(values.dtype), values).div_(total)
    return found, (most + total.log())[..., 0]


def _attention(
    module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, **more: Any
) -> tuple[torch.Tensor, None]:
    branches = more.pop("branches", None)
    if branches is None:
        found, _ = sdpa_attention_forward(module, query, key, value, mask, **more)
        return found, None
    return branches.attend(module.layer_idx, query, more["scaling"]), None


def teach(model: Any, probe: Callable[[], Branches]) -> bool:
    """Make `model` able to attend to branches. Whether all of its layers do, as tried on the branches of `probe`.

    A model that weighs scores in a way of its own, or doesn't ask for its attention by name, is left as it was.
    """
    before = model.config._attn_implementation
    if before != "sdpa" or any(getattr(model.config, name, None) for name in ("sliding_window", *OWN_WAYS)):
        return False
    AttentionInterface.register(NAME, _attention)
    try:
        model.set_attn_implementation(NAME)
        if model.config._attn_implementation == NAME:
            branches = probe()
            if branches.attended == model.config.num_hidden_layers:
                return True
    except (TypeError, ValueError, NotImplementedError, KeyError):
        pass
    model.set_attn_implementation(before)
    return False


OWN_WAYS = ("attn_logit_softcapping", "attention_sinks", "alibi", "attention_chunk_size")
