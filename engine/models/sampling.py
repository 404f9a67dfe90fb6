"""Sampling many continuations in one batch, as a trie: continuations that agree so far are one row.

Every continuation draws its own numbers, so what it becomes doesn't depend on its neighbours; yet
sixteen samples that begin alike cost one forward pass until they part. Rows whose continuations
have all ended leave the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.models.draws import uniforms
from engine.models.kv import Prefix, WorkingSet
from engine.tree import Finish


@dataclass(slots=True)
class Sampled:
    """One step of one continuation: its tokens (with the one that ended it), log-probability and ending."""

    tokens: Prefix
    logprob: float
    finish: Finish


@dataclass(slots=True)
class Plan:
    """The continuations of one batch, a column each. `row`: which row of the working set each begins in."""

    row: NDArray[np.int64]
    seed: NDArray[np.uint64]
    temperature: NDArray[np.float64]
    to_end: NDArray[np.bool_]
    max_tokens: NDArray[np.int64]
    max_steps: NDArray[np.int64]


@dataclass
class Trie:
    """The state of a batch being sampled."""

    model: Any
    head: torch.nn.Module
    working: WorkingSet
    plan: Plan
    separator: int
    end: int
    chains: list[list[Sampled]] = field(default_factory=list)

    def sample(self, first: torch.Tensor, on_separator: Any) -> list[list[Sampled]]:
        """Run until every continuation has ended.

        `first`: (rows, 1), the token each row still has to read. `on_separator(working, rows, members)`
        is called with the rows whose continuations (`members`, one a row) just ended a step, while their
        keys and values are at hand.
        """
        plan, count = self.plan, len(self.plan.row)
        self.chains = [[] for _ in range(count)]
        tokens: list[list[int]] = [[] for _ in range(count)]
        logprob = np.zeros(count)
        alive, row = np.arange(count), plan.row.copy()
        feed, t = first, 0
        while len(alive):
            logits = self.head(self.model.run(self.working, feed)[:, -1]).float()
            picked, gained = draw(logits, row, plan.seed[alive], plan.temperature[alive], t)
            logprob[alive] += gained
            goes_on = np.ones(len(alive), dtype=bool)
            parted: dict[tuple[int, int], int] = {}
            for a, (i, token) in enumerate(zip(alive.tolist(), picked.tolist(), strict=True)):
                tokens[i].append(token)
                finish = self._finish(i, token, len(tokens[i]))
                if finish is None:
                    continue
                self.chains[i].append(Sampled(tuple(tokens[i]), float(logprob[i]), finish))
                tokens[i], logprob[i] = [], 0.0
                more = plan.to_end[i] and finish == "step" and len(self.chains[i]) < plan.max_steps[i]
                goes_on[a] = more
                if finish == "step" and not more:
                    parted.setdefault((int(row[a]), token), i)
            if parted:
                rows = torch.tensor([r for r, _ in parted], device=feed.device)
                on_separator(self.working, rows, list(parted.values()))
            alive, row, picked = alive[goes_on], row[goes_on], picked[goes_on]
            if len(alive):
                pairs, branch = np.unique(row * (1 << 32) + picked, return_inverse=True)
                slots = self.working.rearrange(pairs >> 32)
                row, reading = slots[branch], np.empty(len(pairs), dtype=np.int64)
                reading[slots] = pairs & 0xFFFFFFFF
                feed = torch.from_numpy(reading).to(feed.device)[:, None]
            t += 1
        return self.chains

    def _finish(self, i: int, token: int, length: int) -> Finish | None:
        if token == self.end:
            return "end"
        if token == self.separator:
            return "step"
        return "length" if length >= self.plan.max_tokens[i] else None


def draw(
    logits: torch.Tensor,
    row: NDArray[np.int64],
    seed: NDArray[np.uint64],
    temperature: NDArray[np.float64],
    t: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """A token for each continuation and its log-probability at temperature 1.

    `logits`: (rows, vocabulary). Inverse of the cumulative distribution at the continuation's own
    number; temperature 0 takes the likeliest token.
    """
    log_p = torch.log_softmax(logits, dim=-1)
    where = torch.from_numpy(row).to(logits.device)
    picked = torch.empty(len(row), dtype=torch.long, device=logits.device)
    for value in np.unique(temperature):
        members = torch.from_numpy(np.flatnonzero(temperature == value)).to(logits.device)
        if value == 0:
            picked[members] = log_p.argmax(dim=-1)[where[members]]
            continue
        cumulative = torch.softmax(logits / value, dim=-1).double().cumsum(dim=-1)
        u = torch.from_numpy(uniforms(seed, t)).to(logits.device)[members, None]
        rows = cumulative[where[members]]
        picked[members] = torch.searchsorted(rows, u * rows[:, -1:], right=True).clamp(max=rows.shape[1] - 1)[:, 0]
    return picked.cpu().numpy(), log_p[where, picked].double().cpu().numpy()


def make_plan(continuations: Sequence[Any], rows: Sequence[int]) -> Plan:
    """Columns for `Plan` from protocol continuations, a column a seed."""
    spread = [(c, row, seed) for c, row in zip(continuations, rows, strict=True) for seed in c.seeds]
    return Plan(
        row=np.array([row for _, row, _ in spread], dtype=np.int64),
        seed=np.array([seed for _, _, seed in spread], dtype=np.uint64),
        temperature=np.array([c.temperature for c, _, _ in spread], dtype=np.float64),
        to_end=np.array([c.until == "end" for c, _, _ in spread], dtype=bool),
        max_tokens=np.array([c.max_tokens for c, _, _ in spread], dtype=np.int64),
        max_steps=np.array([c.max_steps for c, _, _ in spread], dtype=np.int64),
    )
