"""Sampling many continuations in one batch, as a trie: continuations that agree so far are one row.

Every continuation draws its own numbers, so what it becomes doesn't depend on its neighbours; yet
sixteen samples that begin alike cost one forward pass until they part. Rows whose continuations
have all ended leave the batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.models.backbone import Backbone
from engine.models.draws import uniforms
from engine.models.kv import WorkingSet
from engine.models.store import Prefix
from engine.models.writing import Stops
from engine.protocol import Continuation
from engine.tree import Finish

NO_LIMIT = 1 << 40


@dataclass(slots=True)
class Sampled:
    """One step of one continuation: its tokens (with those that ended it), text, log-probability and ending."""

    tokens: Prefix
    text: str
    logprob: float
    finish: Finish
    run: float = 0.0
    """Tokens run for it. A row that several continuations share counts for each of them in part."""
    attended: float = 0.0
    """How many tokens those attend to in all."""


@dataclass(slots=True)
class Wanted:
    """One continuation of one seed. `row`: which row of the working set it begins in; `before`: tokens of its steps."""

    ask: Continuation
    seed: int
    row: int
    before: int
    stops: Stops
    opened: tuple[str, ...] = ()
    """What the prompt has begun already of the first step: a ``<think>``."""


Leaving = Callable[["Trie", list[tuple[int, int]]], None]
"""Called with (row, continuation) of those that just ended a step for good, while their keys and values are at hand."""


class Trie:
    """A batch being sampled."""

    def __init__(self, model: Backbone, working: WorkingSet, wanted: Sequence[Wanted], on_step: Leaving) -> None:
        self.model, self.working, self.wanted, self.on_step = model, working, wanted, on_step
        self.chains: list[list[Sampled]] = [[] for _ in wanted]
        count = len(wanted)
        most = max((w.ask.max_tokens for w in wanted), default=0)
        self._tokens = np.zeros((count, most), dtype=np.int64)
        self._length = np.zeros(count, dtype=np.int64)
        self._limit = np.array([w.ask.max_tokens for w in wanted], dtype=np.int64)
        self._left = np.array([_tokens_left(w) for w in wanted], dtype=np.int64)
        self._logprob = np.zeros(count)
        self._run, self._attended = np.zeros(count), np.zeros(count)
        self._stops: dict[int, tuple[Stops, NDArray[np.int64]]] = {}
        for i, one in enumerate(wanted):
            self._stops.setdefault(id(one.stops), (one.stops, np.zeros(count, dtype=np.bool_)))[1][i] = True

    def sample(self, first: torch.Tensor) -> list[list[Sampled]]:
        """Run until every continuation has ended. `first`: (rows, 1), the token each row still has to read."""
        seed = np.array([w.seed for w in self.wanted], dtype=np.uint64)
        temperature = np.array([w.ask.temperature for w in self.wanted])
        row = np.array([w.row for w in self.wanted], dtype=np.int64)
        known = self.working.lengths.cpu().numpy()[row]
        alive, feed, t = np.arange(len(self.wanted)), first, 0
        while len(alive):
            logits = self.model.next_logits(self.working, feed)
            share = 1 / np.bincount(row)[row]
            self._run[alive] += share
            self._attended[alive] += share * (known[alive] + t + 1)
            picked, gained = draw(logits, row, seed[alive], temperature[alive], t)
            goes_on = self._take(alive, row, picked, gained)
            alive, row, picked = alive[goes_on], row[goes_on], picked[goes_on]
            if len(alive):
                pairs, branch = np.unique(row * (1 << 32) + picked, return_inverse=True)
                slots = self.working.rearrange(pairs >> 32)
                row, reading = slots[branch], np.empty(len(pairs), dtype=np.int64)
                reading[slots] = pairs & 0xFFFFFFFF
                feed = torch.from_numpy(reading).to(feed.device)[:, None]
            t += 1
        return self.chains

    def _take(
        self,
        alive: NDArray[np.int64],
        row: NDArray[np.int64],
        picked: NDArray[np.int64],
        gained: NDArray[np.float64],
    ) -> NDArray[np.bool_]:
        """Note the tokens picked. Which of the continuations go on."""
        self._tokens[alive, self._length[alive]] = picked
        self._length[alive] += 1
        self._left[alive] -= 1
        self._logprob[alive] += gained
        told = np.zeros(len(alive), dtype=np.int8)
        for stops, members in self._stops.values():
            of_these = members[alive]
            told[of_these] = stops.kinds(picked[of_these])
        full = (self._length[alive] >= self._limit[alive]) | (self._left[alive] <= 0)
        goes_on = np.ones(len(alive), dtype=np.bool_)
        ended: list[tuple[int, int]] = []
        for a in np.flatnonzero((told != Stops.PLAIN) | full).tolist():
            i = int(alive[a])
            sampled = self._finished(i, int(told[a]), bool(full[a]))
            if sampled is None:
                continue
            sampled.run, sampled.attended = float(self._run[i]), float(self._attended[i])
            self.chains[i].append(sampled)
            self._length[i] = 0
            self._logprob[i] = self._run[i] = self._attended[i] = 0.0
            ask = self.wanted[i].ask
            goes_on[a] = (
                sampled.finish == "step"
                and ask.until == "end"
                and len(self.chains[i]) < ask.max_steps
                and self._left[i] > 0
            )
            if not goes_on[a] and sampled.finish == "step":
                ended.append((int(row[a]), i))
        if ended:
            self.on_step(self, ended)
        return goes_on

    def _finished(self, i: int, kind: int, full: bool) -> Sampled | None:
        """The step of continuation `i` if its last token ended it."""
        one = self.wanted[i]
        tokens = tuple(self._tokens[i, : self._length[i]].tolist())
        logprob = float(self._logprob[i])
        if kind == Stops.ENDS:
            return Sampled(tokens, one.stops.end(tokens[:-1]), logprob, "end")
        text = one.stops.cut(tokens) if kind == Stops.SEPARATES else None
        if text is not None:
            steps = (*one.opened, *one.ask.steps, *(s.text for s in self.chains[i]), text)
            return Sampled(tokens, text, logprob, "end" if one.ask.ends(steps) else "step")
        if full:
            return Sampled(tokens, one.stops.end(tokens), logprob, "length")
        return None


def _tokens_left(wanted: Wanted) -> int:
    limit = wanted.ask.max_solution
    return NO_LIMIT if limit is None else max(1, limit - wanted.before)


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
    picked = np.empty(len(row), dtype=np.int64)
    for value in np.unique(temperature):
        members = np.flatnonzero(temperature == value)
        if value == 0:
            picked[members] = log_p.argmax(dim=-1).cpu().numpy()[row[members]]
        else:
            picked[members] = _inverse(logits / value, row[members], uniforms(seed[members], t))
    where, chosen = (torch.from_numpy(x).to(logits.device) for x in (row, picked))
    return picked, log_p[where, chosen].cpu().double().numpy()


def _inverse(logits: torch.Tensor, row: NDArray[np.int64], u: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each number in [0, 1) the token at which its row's cumulative distribution passes it.

    The numbers of one row are looked up side by side, so no row is copied for each of them.
    """
    used, index = np.unique(row, return_inverse=True)
    order = np.argsort(index, kind="stable")
    counts = np.bincount(index)
    place = np.empty(len(row), dtype=np.int64)
    place[order] = np.arange(len(row)) - np.repeat(counts.cumsum() - counts, counts)
    asked = np.zeros((len(used), int(counts.max())))
    asked[index, place] = u
    chosen = logits[torch.from_numpy(used).to(logits.device)] if len(used) < len(logits) else logits
    likely = torch.softmax(chosen, dim=-1)
    cumulative = (likely.cpu() if likely.device.type == "mps" else likely).double().cumsum(dim=-1)  # mps has no float64
    sought = torch.from_numpy(asked).to(cumulative.device) * cumulative[:, -1:]
    found = torch.searchsorted(cumulative, sought, right=True).clamp(max=logits.shape[1] - 1)
    token: NDArray[np.int64] = found.cpu().numpy()[index, place]
    return token
