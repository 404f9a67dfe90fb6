"""A kind this repository trains: a causal model that says of every token whether it is right, before it is read.

The logit of a token is the log-odds that it is right after what stands before it, all of that being right. A step's
reward is the probability that it and everything before it is right: the product over all their tokens.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch.nn.functional import logsigmoid

from engine.models.backbone import Reading
from engine.models.loading import Loading
from engine.models.prms.builtin import Builtin, BuiltinPRM
from engine.models.prms.reading import Source, Text, in_parts, reward, rewards_of
from engine.models.prms.weights import read_writer
from engine.models.store import Prefix
from engine.protocol import Chain
from engine.tree import Cost, Reward

AT_ONCE = 512
REMEMBERED = 200_000
"""Beginnings of solutions whose log-probabilities are kept."""


@dataclass
class _Asked:
    """A chain as it is read: the question, then token by token, as what comes next is judged before it is read."""

    text: Text
    segments: list[Prefix]
    tokens: list[int]
    """Those of the steps from step `start` on: the first is judged where segment `first` ends."""
    first: int
    start: int
    ends: list[int]
    """How many of `tokens` there are up to the end of each step from `start` on."""
    before: float
    """The log-probability that all steps before `start` are right."""


class ExpectingPRM(BuiltinPRM):
    """See the module, and `protocol.PRM`. `rows`: (vocabulary, width), the weights of the model's head."""

    def __init__(self, source: Source, layout: Builtin, rows: torch.Tensor, body: Any) -> None:
        super().__init__(source, layout, lambda hidden: hidden[:, 0], body)
        self.rows = rows
        self.known: dict[tuple[str, tuple[str, ...]], float] = {}

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        """As of any PRM, `AT_ONCE` chains at a time: a hidden state for every token takes room."""
        parts = [chains[i : i + AT_ONCE] for i in range(0, len(chains), AT_ONCE)]
        return [rewards for part in parts for rewards in in_parts(self._score, part, self.backbone)]

    @torch.inference_mode()
    def _score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        began = time.perf_counter()
        asked = [self._ask(self.prepare(chain), chain.ended) for chain in chains]
        readings = self.backbone.read([one.segments for one in asked], [one.first for one in asked])
        judged = [self._judge(one, reading) for one, reading in zip(asked, readings, strict=True)]
        share = (time.perf_counter() - began) / max(1, sum(map(len, judged)))
        return [
            rewards_of(chain, one.text, self._told(one, logs, reading, share))
            for chain, one, logs, reading in zip(chains, asked, judged, readings, strict=True)
        ]

    def _ask(self, text: Text, ended: bool) -> _Asked:
        segments, count = self._lay(text, ended)
        if not segments:
            return _Asked(text, [], [], 0, text.known, [], 0.0)
        question, steps = segments[: len(segments) - count], segments[len(segments) - count :]
        known = self.known.get((text.question, text.steps[: text.known]))
        start = 0 if known is None else text.known
        every = [token for step in steps for token in step]
        skipped = sum(map(len, steps[:start]))
        return _Asked(
            text,
            [*question, *((token,) for token in every[:-1])],
            every[skipped:],
            len(question) - 1 + skipped,
            start,
            list(accumulate(map(len, steps[start:]))),
            known or 0.0,
        )

    def _judge(self, one: _Asked, reading: Reading) -> list[float]:
        """For each step from `start` on, the log-probability that all is right up to its end."""
        if not one.tokens:
            return []
        hidden = torch.stack(reading.hidden).float()
        logits = (hidden * self.rows[torch.tensor(one.tokens, device=self.rows.device)]).sum(dim=1)
        sums = logsigmoid(logits.double()).cumsum(dim=0).tolist()
        logs = [one.before + sums[end - 1] for end in one.ends]
        for i, value in enumerate(logs, one.start + 1):
            if len(self.known) >= REMEMBERED:
                self.known.pop(next(iter(self.known)))
            self.known[one.text.question, one.text.steps[:i]] = value
        return logs

    def _told(self, one: _Asked, logs: Sequence[float], reading: Reading, seconds: float) -> list[Reward]:
        """The rewards of the new steps. What it took to read old ones again is counted with the first."""
        at = sum(map(len, one.segments[: one.first]))
        spent, out, position = Cost(), list[Reward](), 0
        for i, (end, log) in enumerate(zip(one.ends, logs, strict=True), one.start):
            for segment, run in zip(
                one.segments[one.first + position : one.first + end], reading.computed[position:end], strict=True
            ):
                at += len(segment)
                spent = spent.plus(Cost(prm_tokens=run, prm_flops=self.backbone.flops(run, at - run)))
            position = end
            if i >= one.text.known:
                out.append(reward(log_odds(log), spent.plus(Cost(seconds=seconds))))
                spent = Cost()
        return out


def log_odds(log: float) -> float:
    """Of a probability of which the logarithm is `log`; at most 30, where floats see no difference from 1."""
    return log - math.log(max(-math.expm1(log), math.exp(-30)))


def load(source: Source, config: Any, tokenizer: Any, loading: Loading) -> ExpectingPRM:
    causal = read_writer(source.folder, loading)
    rows = causal.get_output_embeddings().weight.detach().float()
    return ExpectingPRM(source, Builtin(tokenizer, config.eos_token_id), rows, causal.get_decoder())
