"""Verifiers that think aloud: the model writes an analysis of a step, and P(Yes) against P(No) is read at its verdict.

A model that doesn't come to a verdict within the limit gives no reward, and the error says so.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from engine.models.backbone import Backbone, Reading
from engine.models.loading import Loading, ModelError
from engine.models.prms.forms import FORMS
from engine.models.prms.reading import Source, Text, in_parts, longest, reward, rewards_of, too_long
from engine.models.prms.text import Chat, Words
from engine.models.prms.verdicts import Closing, Verdicts
from engine.models.prms.weights import read_writer
from engine.models.sampling import Sampled, Trie, Wanted
from engine.models.store import Prefix
from engine.models.writing import Writer, end_tokens
from engine.protocol import Chain, Continuation
from engine.tree import Cost, Reward

LIMIT = 2048
"""Tokens of one analysis."""
REMEMBERED = 4096
"""Analyses that are kept."""
FOR_THE_VERDICT = 48
"""Tokens kept free after an analysis for what asks for the verdict."""

Asked = tuple[str, tuple[str, ...]]
"""A question, and the steps up to the one that is asked about."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the verifier wrote of one step, from where it began, and what came of it, without the cost."""

    text: str
    reward: Reward


@dataclass(slots=True)
class _Turn:
    """One analysis to be written."""

    asked: Asked
    before: str
    begin: str
    """What the analysis begins with."""
    shared: list[Prefix]
    """The tokens of `before`, in segments that others may share; empty if they can't be told from those of `begin`."""
    open: Prefix
    """The tokens that what is written continues, after `shared`."""
    limit: int = 0

    @property
    def length(self) -> int:
        return sum(map(len, self.shared)) + len(self.open)


class Thinking:
    """A causal chat model that thinks aloud. See `protocol.PRM`.

    `analyses` keeps what it wrote last, by question and steps; a log of its thoughts would be fed from there.
    Temperature 0 takes the likeliest tokens; otherwise `seed` tells the draws, the same whatever the batch.
    """

    def __init__(
        self,
        source: Source,
        causal: Any,
        tokenizer: Any,
        backbone: Backbone,
        *,
        limit: int = LIMIT,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.source, self.id, self.backbone, self.causal = source, source.id, backbone, causal
        self.form, self.limit, self.temperature, self.seed = FORMS[source.kind], limit, temperature, seed
        self.words, self.chat = Words(tokenizer), Chat(tokenizer)
        self.writer = Writer(tokenizer, end_tokens(tokenizer, causal))
        self.head_parameters = causal.get_output_embeddings().weight.numel()
        self.verdicts = Verdicts(causal, self.words)
        self.longest = longest(backbone.body)
        self.analyses: OrderedDict[Asked, Analysis] = OrderedDict()

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        return in_parts(self._score, chains, self.backbone)

    @torch.inference_mode()
    def _score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        texts = [Text.of(chain) for chain in chains]
        unpaid = self._analyse(texts)
        out = []
        for chain, text in zip(chains, texts, strict=True):
            found: list[Reward] = []
            owed = Cost()
            for i in range(len(text.steps)):
                asked = (text.question, text.steps[: i + 1])
                owed = owed.plus(unpaid.pop(asked, Cost()))  # what several chains share is paid for by the first
                if i >= text.known:
                    found.append(replace(self.analyses[asked].reward, cost=owed))
                    owed = Cost()
            out.append(rewards_of(chain, text, found))
        while len(self.analyses) > REMEMBERED:
            self.analyses.popitem(last=False)
        return out

    def _analyse(self, texts: Sequence[Text]) -> dict[Asked, Cost]:
        """Have all written that is needed and isn't there, and what that cost."""
        needed: dict[Asked, None] = {}
        for text in texts:
            first = 0 if self.form.looks_back and text.known < len(text.steps) else text.known
            needed |= dict.fromkeys((text.question, text.steps[: i + 1]) for i in range(first, len(text.steps)))
        missing = [asked for asked in needed if asked not in self.analyses]
        # A form that looks back needs what was written of a step before it can be asked about the next.
        rounds = sorted({len(steps) for _, steps in missing}) if self.form.looks_back else [None]
        costs: dict[Asked, Cost] = {}
        for depth in rounds:
            costs |= self._write([asked for asked in missing if depth in (None, len(asked[1]))])
        return costs

    def _write(self, asked: Sequence[Asked]) -> dict[Asked, Cost]:
        """Have one analysis each written, all side by side, and read their verdicts."""
        began = time.perf_counter()
        turns = [turn for one in asked if (turn := self._turn(one)) is not None]
        if not turns:
            return {}
        readings, written = self._sample(turns)
        read_on = [self._read_on(turn, one) for turn, one in zip(turns, written, strict=True)]
        due = [self._lay(turn, text) for turn, text in zip(turns, read_on, strict=True) if text is not None]
        verdicts = iter(self.backbone.read(due, [len(segments) - 1 for segments in due], keep=False))
        costs = {}
        for turn, one, text, reading in zip(turns, written, read_on, readings, strict=True):
            verdict = None if text is None else next(verdicts)
            costs[turn.asked] = self._cost(turn, one, reading, verdict)
            self.analyses[turn.asked] = self._analysis(turn, one, text, verdict)
        share = (time.perf_counter() - began) / len(turns)
        return {asked: cost._replace(seconds=share) for asked, cost in costs.items()}

    def _turn(self, asked: Asked) -> _Turn | None:
        """How the analysis is asked for; None, and the reason is noted, if it can't be."""
        question, steps = asked
        earlier = (
            [self.analyses[question, steps[: i + 1]].text for i in range(len(steps) - 1)]
            if self.form.looks_back
            else []
        )
        try:
            before = self.chat.render(self.form.ask(question, steps, earlier), answering=True)
            if before.rstrip().endswith("<think>"):  # what is thought begins in the template
                at = before.rindex("<think>")
                before, begin = before[:at], before[at:] + self.form.begin(len(steps))
            else:
                begin = self.form.begin(len(steps))
            turn = _Turn(asked, before, begin, *self._cut(before, begin, (question, *steps)))
        except ModelError as error:
            self.analyses[asked] = Analysis("", Reward(None, error=str(error)))
            return None
        turn.limit = min(self.limit, self.longest - turn.length - FOR_THE_VERDICT)
        if turn.limit < 1:
            why = too_long(turn.length + FOR_THE_VERDICT + 1, self.longest)
            self.analyses[asked] = Analysis("", Reward(None, error=why))
            return None
        return turn

    def _cut(self, before: str, begin: str, said: Sequence[str]) -> tuple[list[Prefix], Prefix]:
        """The tokens of `before`, cut after the question and each step, and those of `begin`."""
        ends = [0]
        for part in said:
            at = before.find(part, ends[-1])
            if at >= 0:
                ends.append(len(before) - len(before[at + len(part) :].lstrip()))
        parts = [before[a:b] for a, b in zip(ends, [*ends[1:], len(before)], strict=True)]
        try:
            shared = self.words.cut([*parts, begin] if begin else parts)
        except ModelError:
            return [], self.words.encode(before + begin)
        open_ = shared.pop() if begin else ()
        return [segment for segment in shared if segment], open_

    def _sample(self, turns: Sequence[_Turn]) -> tuple[list[Reading], list[Sampled]]:
        """What the model writes in each turn, up to its verdict or the limit."""
        last, stored = [], []
        for turn in turns:
            segments = [*turn.shared, turn.open] if turn.open else turn.shared
            last.append(segments[-1][-1])
            stored.append([*segments[:-1], segments[-1][:-1]])
        nodes, readings = self.backbone.ensure(stored)
        wanted, stops = list[Wanted](), dict[tuple[str, int], Closing]()
        vocabulary = self.verdicts.vocabulary.weight.shape[0]
        for row, turn in enumerate(turns):
            ask = Continuation(
                turn.asked[0], turn.asked[1], (self.seed,), "step", self.temperature, turn.limit, max_steps=1
            )
            key = turn.begin, len(turn.asked[1])
            if key not in stops:
                stops[key] = Closing(self.writer, vocabulary, self.form, *key)
            wanted.append(Wanted(ask, self.seed, row, 0, stops[key]))
        working = self.backbone.branch(nodes, len(wanted))
        trie = Trie(self.backbone, working, wanted, lambda *_: None)
        written = trie.sample(torch.tensor(last, device=self.backbone.device)[:, None])
        return readings, [chain[0] for chain in written]

    def _read_on(self, turn: _Turn, written: Sampled) -> str | None:
        """The analysis up to where the verdict is read; None if the model came to none."""
        text = turn.begin + written.text
        found = self.form.verdict(text, len(turn.asked[1]))
        if found is None and written.finish == "end" and self.form.at_end is not None:
            return text.rstrip() + self.form.at_end
        return found

    def _lay(self, turn: _Turn, read_on: str) -> list[Prefix]:
        """The whole text up to where the verdict is read, as segments."""
        try:
            if turn.shared and sum(turn.shared, ()) == self.words.encode(turn.before):
                return [*turn.shared, self.words.cut([turn.before, read_on])[1]]
        except ModelError:
            pass
        return [self.words.encode(turn.before + read_on)]

    def _analysis(self, turn: _Turn, written: Sampled, read_on: str | None, verdict: Reading | None) -> Analysis:
        text, count = turn.begin + written.text, len(written.tokens)
        if read_on is None or verdict is None:
            ended = (
                f"the verifier ended after {count} tokens" if written.finish == "end" else f"{count} tokens, the limit,"
            )
            return Analysis(text, Reward(None, error=f"no verdict: {ended} of analysis without one"))
        raw, word, error = self.verdicts.read(verdict.hidden[0])
        if error is not None:
            return Analysis(text, Reward(None, error=error))
        return Analysis(read_on + word + self.form.close, reward(raw, Cost()))

    def _cost(self, turn: _Turn, written: Sampled, reading: Reading, verdict: Reading | None) -> Cost:
        """All that was read for the analysis, and what was written; the verdict's text is read again in one pass."""
        count, more = len(written.tokens), verdict.computed[0] if verdict else 0
        flops = self.backbone.flops(reading.missed, turn.length - 1 - reading.missed)
        flops += self.backbone.arithmetic.flops(written.run, written.attended, head=self.head_parameters)
        flops += self.backbone.flops(more, turn.length + count - more)
        return Cost(prm_tokens=reading.missed + count + more, prm_flops=flops)

    def describe(self) -> Mapping[str, Any]:
        how = {"limit": self.limit, "temperature": self.temperature, "seed": self.seed}
        return {**self.source.describe(self.backbone), **how}


def load(source: Source, config: Any, tokenizer: Any, loading: Loading) -> Thinking:
    causal = read_writer(source.folder, loading)
    backbone = Backbone(
        causal.get_decoder(), device=loading.at, dtype=causal.dtype, cache_bytes=loading.cache_bytes, causal=causal
    )
    return Thinking(source, causal, tokenizer, backbone)
