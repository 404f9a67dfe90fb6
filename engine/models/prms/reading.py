"""PRMs that are read at the end of every step: one pass over what isn't known yet gives all of them."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from engine.models.about import describe
from engine.models.backbone import Backbone, Reading
from engine.models.loading import Loading, ModelError
from engine.models.memory import is_out_of_memory, within_memory
from engine.models.prms.text import clean
from engine.models.store import CacheFullError, Prefix
from engine.protocol import Chain
from engine.tree import Cost, Reward

Layout = Callable[[str, Sequence[str], bool], list[Prefix]]
"""(question, steps, whether the last one ends the solution) as segments of tokens. The last of them are the
steps', one each, and a step is read at the last token of its own. Raises `ModelError` if that can't be done."""


@dataclass(frozen=True)
class Source:
    """What a PRM says of itself: its name, its kind, where it is and how it was read."""

    id: str
    kind: str
    folder: Path
    loading: Loading

    def describe(self, backbone: Backbone) -> Mapping[str, Any]:
        return describe(self.folder, self.loading, backbone) | {"id": self.id, "kind": self.kind}


@dataclass
class Text:
    """A chain as it is put to a PRM: its steps, cleaned, without the empty ones."""

    question: str
    steps: tuple[str, ...]
    place: list[int]
    """Which step of the chain each of `steps` is."""
    known: int
    """How many of `steps` are rewarded already."""
    errors: dict[int, str] = field(default_factory=dict)
    """Why steps of the chain have no reward, by their place."""
    ended_by: int | None = None
    """An empty step that ended the solution, if one did: it says that the last of `steps` was the last one, and has
    the reward of that."""

    @classmethod
    def of(cls, chain: Chain) -> "Text":
        """An empty step is read nowhere and its reward is missing; what follows reads as if it weren't there.

        One that ends the solution adds nothing to it: its reward is that of the solution, at the step before.
        """
        steps = [clean(step) for step in chain.steps]
        place = [i for i, step in enumerate(steps) if step]
        errors = {i: "the step is empty: there is nothing to reward" for i, step in enumerate(steps) if not step}
        known = sum(i < chain.known for i in place)
        text = cls(chain.prompt.strip(), tuple(steps[i] for i in place), place, known, errors)
        if chain.ended and place and not steps[-1]:
            text.ended_by = len(steps) - 1
            text.known = min(known, len(place) - 1)
            del errors[text.ended_by]
        return text

    def fail(self, first: int, error: str) -> None:
        """From step `first` on there is no reward."""
        self.errors.update(dict.fromkeys(self.place[first:], error))


def reward(raw: float, cost: Cost) -> Reward:
    """The reward that `raw` stands for, the sigmoid of it; a missing one if it is no number."""
    if not math.isfinite(raw):
        return Reward(None, None, cost, f"the model gave {raw}, expected a number; try another --dtype")
    raw = round(raw, 6)
    value = 1 / (1 + math.exp(-raw)) if raw > -700 else 0.0
    return Reward(round(value, 6), raw, cost)


def too_long(tokens: int, most: int) -> str:
    return f"the text up to here has {tokens} tokens, and the model reads at most {most}; it is never cut"


def in_parts(
    ask: Callable[[Sequence[Chain]], list[list[Reward]]], chains: Sequence[Chain], backbone: Backbone
) -> list[list[Reward]]:
    """``ask(chains)``, in parts where memory doesn't suffice; a chain that doesn't fit alone gets no rewards."""
    try:
        return within_memory(ask, chains, backbone.store)
    except Exception as error:
        if not isinstance(error, CacheFullError) and not is_out_of_memory(error):
            raise
        if len(chains) > 1:
            return [rewards for chain in chains for rewards in in_parts(ask, [chain], backbone)]
        said = f"out of memory with one solution alone: {str(error).splitlines()[0]}"
        return [[Reward(None, error=said) for _ in chain.steps[chain.known :]] for chain in chains]


class StepPRM:
    """A body, a layout and a head. See `protocol.PRM`.

    `head`: (positions, width) to (positions,), raw rewards. `longest`: tokens the model reads at most.
    """

    def __init__(self, source: Source, layout: Layout, head: Callable[[torch.Tensor], torch.Tensor], body: Any) -> None:
        self.source, self.id, self.layout, self.head = source, source.id, layout, head
        loading = source.loading
        self.backbone = Backbone(body, device=loading.at, dtype=body.dtype, cache_bytes=loading.cache_bytes)
        self.longest = longest(body)

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        return in_parts(self._score, chains, self.backbone)

    @torch.inference_mode()
    def _score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        began = time.perf_counter()
        texts = [self.prepare(chain) for chain in chains]
        laid = [self._lay(text, chain.ended) for text, chain in zip(texts, chains, strict=True)]
        wanted = [max(0, len(s) - max(0, n - text.known)) for text, (s, n) in zip(texts, laid, strict=True)]
        readings = self.backbone.read([s for s, _ in laid], wanted)
        raws = [self.head(torch.stack(r.hidden)).float().tolist() if r.hidden else [] for r in readings]
        share = (time.perf_counter() - began) / max(1, sum(map(len, raws)))
        return [
            rewards_of(chain, text, self._rewards(one, segments[:first], segments[first:], reading, share))
            for chain, text, one, (segments, _), first, reading in zip(
                chains, texts, raws, laid, wanted, readings, strict=True
            )
        ]

    def prepare(self, chain: Chain) -> Text:
        return Text.of(chain)

    def _lay(self, text: Text, ended: bool) -> tuple[list[Prefix], int]:
        """The segments of the steps that can be read, and how many steps these are. Notes why others can't."""
        if not text.steps:
            return [], 0
        try:
            segments = self.layout(text.question, text.steps, ended)
        except ModelError as error:
            text.fail(text.known, str(error))
            return [], 0
        count = len(text.steps)
        length = sum(map(len, segments))
        while count and length > self.longest:
            count -= 1
            text.errors[text.place[count]] = too_long(length, self.longest)
            length -= len(segments.pop())
        return (segments, count) if count > text.known else ([], 0)

    def _rewards(
        self, raws: list[float], before: Sequence[Prefix], read: Sequence[Prefix], reading: Reading, seconds: float
    ) -> list[Reward]:
        at, out = sum(map(len, before)), []
        for raw, tokens, segment in zip(raws, reading.computed, read, strict=True):
            at += len(segment)
            flops = self.backbone.flops(tokens, at - tokens)
            out.append(reward(raw, Cost(prm_tokens=tokens, prm_flops=flops, seconds=seconds)))
        return out

    def describe(self) -> Mapping[str, Any]:
        return self.source.describe(self.backbone)


def rewards_of(chain: Chain, text: Text, found: Sequence[Reward]) -> list[Reward]:
    """One reward for each step of the chain that has none yet: what was found, in its place, and why others miss."""
    by_place = dict(zip(text.place[text.known :], found, strict=False))
    out = []
    for i in range(chain.known, len(chain.steps)):
        of = text.place[-1] if i == text.ended_by else i
        got = by_place.get(of)
        if of in text.errors:
            got = replace(got or Reward(None), value=None, raw=None, error=text.errors[of])
        if got is None:
            raise RuntimeError(f"step {i} of {len(chain.steps)} was neither read nor refused")
        # Where the step before is new as well, what both cost is counted there.
        out.append(replace(got, cost=Cost()) if chain.known <= of < i else got)
    return out


def longest(body: Any) -> int:
    """Tokens that a model reads at most."""
    return getattr(body.config.get_text_config(), "max_position_embeddings", 0) or 1 << 40
