"""A kind this repository trains: a causal model that says of every token whether it is right, before it is read.

The logit of a token is the log-odds that it is right after what stands before it, all of that being right. A step's
reward is the probability that it and everything before it is right: the product over all their tokens.

Its configuration says how it was trained to read: ``readings`` of the question, of which the second knows from its
first word how the story ends; ``sure`` and ``bias``, which turn a logit into log-odds that are right as often as they
say.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any

import torch
from torch.nn.functional import logsigmoid

from engine.models.backbone import Reading
from engine.models.loading import Loading
from engine.models.prms.builtin import Builtin, BuiltinPRM
from engine.models.prms.reading import Source, Text, reward, rewards_of
from engine.models.prms.weights import read_writer
from engine.models.store import Prefix
from engine.protocol import Chain
from engine.tree import Cost, Reward

REMEMBERED = 200_000
"""Beginnings of solutions whose log-probabilities are kept."""


@dataclass
class _Asked:
    """A chain as it is read. A token is judged where the one before it is read, and the last one is not read at all.

    Question and steps are two segments each, of which the second is the last token alone: what is known up to there
    is read again for one token only, to judge the first of the next step.
    """

    text: Text
    segments: list[Prefix]
    tokens: list[int]
    """Those of the steps from step `start` on: the first is judged where segment `first` ends."""
    first: int
    start: int
    ends: list[int]
    """How many of `tokens` there are up to the end of each step from `start` on."""
    read: list[int]
    """How many segments from `first` on have been read when each step from `start` on has been judged."""
    before: float
    """The log-probability that all steps before `start` are right."""


class ExpectingPRM(BuiltinPRM):
    """See the module, and `protocol.PRM`. `rows`: (vocabulary, width), the weights of the model's head."""

    def __init__(
        self, source: Source, layout: Builtin, rows: torch.Tensor, body: Any, sure: float = 1.0, bias: float = 0.0
    ) -> None:
        super().__init__(source, layout, lambda hidden: hidden[:, 0], body)
        self.rows, self.sure, self.bias = rows, sure, bias
        self.known: dict[tuple[str, tuple[str, ...]], float] = {}

    @torch.inference_mode()
    def _score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        began = time.perf_counter()
        asked = [self._ask(self.prepare(chain), chain.ended) for chain in chains]
        readings = self.backbone.read([one.segments for one in asked], [one.first for one in asked], whole=True)
        judged = [self._judge(one, reading) for one, reading in zip(asked, readings, strict=True)]
        share = (time.perf_counter() - began) / max(1, sum(map(len, judged)))
        return [
            rewards_of(chain, one.text, self._told(one, logs, reading, share))
            for chain, one, logs, reading in zip(chains, asked, judged, readings, strict=True)
        ]

    def _ask(self, text: Text, ended: bool) -> _Asked:
        segments, count = self._lay(text, ended)
        if not segments:
            return _Asked(text, [], [], 0, text.known, [], [], 0.0)
        known = self.known.get((text.question, text.steps[: text.known]))
        start = 0 if known is None else text.known
        before = len(segments) - count + start
        steps = segments[before:]
        halves = [[half for half in (segment[:-1], segment[-1:]) if half] for segment in segments]
        first = sum(map(len, halves[:before])) - 1
        last = list(accumulate(map(len, halves[before:])))
        return _Asked(
            text,
            [half for segment in halves for half in segment][:-1],
            [token for step in steps for token in step],
            first,
            start,
            list(accumulate(map(len, steps))),
            last,
            known or 0.0,
        )

    def _judge(self, one: _Asked, reading: Reading) -> list[float]:
        """For each step from `start` on, the log-probability that all is right up to its end."""
        if not one.tokens:
            return []
        hidden = torch.cat(reading.hidden).float()
        logits = (hidden * self.rows[torch.tensor(one.tokens, device=self.rows.device)]).sum(dim=1)
        sums = logsigmoid(self.sure * logits.double() + self.bias).cumsum(dim=0).tolist()
        logs = [one.before + sums[end - 1] for end in one.ends]
        for i, value in enumerate(logs, one.start + 1):
            if len(self.known) >= REMEMBERED:
                self.known.pop(next(iter(self.known)))
            self.known[one.text.question, one.text.steps[:i]] = value
        return logs

    def _told(self, one: _Asked, logs: Sequence[float], reading: Reading, seconds: float) -> list[Reward]:
        """The rewards of the new steps. What it took to read old ones again is counted with the first."""
        at = sum(map(len, one.segments[: one.first]))
        spent, out = Cost(), list[Reward]()
        wanted = zip(one.segments[one.first :], reading.computed, strict=True)
        for i, (before, end, log) in enumerate(zip([0, *one.read], one.read, logs, strict=False), one.start):
            for segment, run in islice(wanted, end - before):
                at += len(segment)
                spent = spent.plus(Cost(prm_tokens=run, prm_flops=self.backbone.flops(run, at - run)))
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
    layout = Builtin(tokenizer, config.eos_token_id, getattr(config, "readings", 1))
    sure, bias = getattr(config, "sure", 1.0), getattr(config, "bias", 0.0)
    return ExpectingPRM(source, layout, rows, causal.get_decoder(), sure, bias)
