"""A transformer asked about prefixes: what is known is never computed again.

`read` gives the hidden states at the ends of segments. What several texts share is run once; what is not
shared runs in one pass, however many segments it has.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers.cache_utils import DynamicCache

from engine.models.branches import NAME, Branches, teach
from engine.models.flops import Arithmetic, attended
from engine.models.kv import WorkingSet
from engine.models.loading import ModelError
from engine.models.store import CacheFullError, Prefix, PrefixStore, Stored

TOKENS_AT_ONCE = 16_384
"""Tokens that one forward pass reads at most, padding included (but always one row)."""
PADDED = 1.05
"""Tokens that a batch of ragged rows may have for each token that is wanted."""


@dataclass(slots=True)
class Reading:
    """What one text gave and cost."""

    hidden: list[torch.Tensor]
    """(hidden,) at the last token of each segment wanted; (tokens, hidden) if all of it was asked for."""
    computed: list[int]
    """Tokens run for each segment wanted, the first with all that was missing before it. Empty if none was wanted."""
    missed: int
    """Tokens run in all for this text; what it shares with others counts for the first of them."""
    cached: int
    """Tokens found in the store."""
    recomputed: int
    """Of `missed`, those that had been in the store and were forgotten."""


@dataclass(slots=True, eq=False)
class _Segment:
    """A segment that must run, in its place among those of all texts."""

    tokens: Prefix
    children: "dict[Prefix, _Segment]" = field(default_factory=dict)
    readers: list[tuple[int, int]] = field(default_factory=list)
    """Who wants the hidden state at its end: text, and number among the segments it wants."""


@dataclass(slots=True)
class _Row:
    """Segments without a branching between them, to be run on top of what is stored."""

    base: Stored
    segments: list[_Segment]

    @property
    def length(self) -> int:
        return sum(len(s.tokens) for s in self.segments)

    @property
    def goes_on(self) -> bool:
        return bool(self.segments[-1].children)


class Backbone:
    """The body of a causal model, its store of prefixes and its arithmetic. `causal`: the whole model, if it writes."""

    def __init__(
        self, body: Any, *, device: torch.device, dtype: torch.dtype, cache_bytes: int, causal: Any = None
    ) -> None:
        config = body.config
        self.body, self.causal, self.device = body, causal, device
        shape = _kv_shape(body, device)
        self.store = PrefixStore(shape, dtype=dtype, device=device, budget=cache_bytes)
        self.arithmetic = Arithmetic.of(body)
        self._plain_mask = _attends_plainly(config)
        self._branches = causal is not None and teach(causal, self._probe)

    def _probe(self) -> Branches:
        """Two branches of one token, run once."""
        with torch.inference_mode():
            planes, heads, head_dim = self.store.shape
            buffer = torch.zeros(planes, 1, heads, 1, head_dim, dtype=self.store.dtype, device=self.device)
            branches = Branches(WorkingSet(buffer, 1, torch.ones(1, dtype=torch.long, device=self.device)))
            self.next_logits(branches, torch.zeros(1, 1, dtype=torch.long, device=self.device))
        return branches

    @torch.inference_mode()
    def branch(self, nodes: Sequence[Stored], most: int = 1 << 30) -> WorkingSet:
        """What continuations of each node can be sampled on, at `most` so many in all."""
        working = self.store.gather(nodes)
        if self._branches and all(node.length for node in nodes):
            working = Branches(working)
        working.most = most
        return working

    def flops(self, run: int, cached: int) -> float:
        """What `run` tokens take in one pass after `cached` others, by the formula of `flops`."""
        return self.arithmetic.flops(run, attended(cached, run))

    def run(self, working: WorkingSet, tokens: torch.Tensor) -> torch.Tensor:
        """Hidden states of `tokens` (rows, new) on top of `working`: (rows, new, hidden)."""
        hidden: torch.Tensor = self.forward(self.body, working, tokens).last_hidden_state
        return hidden

    def next_logits(self, working: WorkingSet, tokens: torch.Tensor) -> torch.Tensor:
        """What may come after `tokens` (rows, new) on top of `working`: (rows, vocabulary), in float32."""
        logits: torch.Tensor = self.forward(self.causal, working, tokens, logits_to_keep=1).logits
        return logits[:, -1].float()

    def forward(self, model: Any, working: WorkingSet, tokens: torch.Tensor, **more: Any) -> Any:
        """What `model` gives for `tokens` (rows, new) on top of `working`, which grows by them."""
        new = tokens.shape[1]
        working.reserve(new)
        if isinstance(working, Branches):
            mask, more = None, {**more, "branches": working}
        else:
            mask = working.mask(new) if self._plain_mask else working.padding(new)
        out = model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=working.positions(new),
            past_key_values=working,
            use_cache=True,
            **more,
        )
        working.advance(new)
        return out

    @torch.inference_mode()
    def ensure(self, chains: Sequence[Sequence[Prefix]]) -> tuple[list[Stored], list[Reading]]:
        """Bring each chain of segments into the store: its node there, and what that cost.

        Raises `CacheFullError` if they don't fit all at once.
        """
        chains = [[segment for segment in chain if segment] for chain in chains]
        readings = self.read(chains, [len(chain) for chain in chains])
        found = [self.store.find(chain) for chain in chains]
        if any(depth < len(chain) for (_, depth), chain in zip(found, chains, strict=True)):
            raise CacheFullError(self.store.too_small())
        return [node for node, _ in found], readings

    @torch.inference_mode()
    def read(
        self, chains: Sequence[Sequence[Prefix]], wanted: Sequence[int], *, keep: bool = True, whole: bool = False
    ) -> list[Reading]:
        """Hidden states at the ends of segments: for each text those of its segments from number ``wanted[i]`` on.

        ``chains[i]`` is a text as segments, none of them empty. With `whole` the states at all tokens of the segments
        wanted. With `keep` all of it stays in the store as far as there is room. Raises `CacheFullError` if
        what must be branched from doesn't fit.
        """
        self.store.begin_round()
        readings = [Reading([], [0] * (len(c) - w), 0, 0, 0) for c, w in zip(chains, wanted, strict=True)]
        found: dict[tuple[int, int], torch.Tensor] = {}
        rows = self._missing(chains, wanted, readings)
        while rows:
            following: list[_Row] = []
            for batch in _batches(rows):
                for row, end in zip(batch, self._run_rows(batch, found, keep, whole), strict=True):
                    following += [_row(end, child) for child in row.segments[-1].children.values() if end]
            rows = following
        if not keep:
            self.store.forget_new()
        for i, reading in enumerate(readings):
            reading.hidden = [found[i, j] for j in range(len(reading.computed))]
        return readings

    def _missing(
        self, chains: Sequence[Sequence[Prefix]], wanted: Sequence[int], readings: list[Reading]
    ) -> list[_Row]:
        """What must run, as the rows that can run first. Counts what each text finds and what it has to run."""
        tops: dict[Stored, dict[Prefix, _Segment]] = {}
        for i, (chain, first) in enumerate(zip(chains, wanted, strict=True)):
            node, known = self.store.find(chain[:first])
            reading, key = readings[i], node.key
            reading.cached = node.length
            level = tops.setdefault(node, {})
            for j in range(known, len(chain)):
                tokens, key = chain[j], hash((key, chain[j]))
                if tokens not in level:
                    if not tokens:
                        raise ValueError("got an empty segment of text, expected at least one token")
                    level[tokens] = _Segment(tokens)
                    reading.missed += len(tokens)
                    reading.recomputed += len(tokens) * (key in self.store.forgotten)
                    if reading.computed:
                        reading.computed[max(0, j - first)] += len(tokens)
                if j >= first:
                    level[tokens].readers.append((i, j - first))
                level = level[tokens].children
        return [_row(node, segment) for node, level in tops.items() for segment in level.values()]

    def _run_rows(
        self, rows: Sequence[_Row], found: dict[tuple[int, int], torch.Tensor], keep: bool, whole: bool
    ) -> list[Stored | None]:
        """Run rows as one batch, note what was wanted, store it. Gives the node at the end of each that goes on."""
        width = max(row.length for row in rows)
        tokens = torch.zeros(len(rows), width, dtype=torch.long)
        for i, row in enumerate(rows):
            tokens[i, : row.length] = torch.tensor([t for s in row.segments for t in s.tokens])
        working = self.store.gather([row.base for row in rows], width)
        begin = working.width
        hidden = self.run(working, tokens.to(self.device))
        for i, row in enumerate(rows):
            at = 0
            for segment in row.segments:
                begun, at = at, at + len(segment.tokens)
                if segment.readers:
                    states = (hidden[i, begun:at] if whole else hidden[i, at - 1]).clone()
                    found.update(dict.fromkeys(segment.readers, states))
        nodes: list[Stored | None] = [None] * len(rows)

        def paths(members: list[int]) -> list[tuple[Stored, list[Prefix], int, int]]:
            return [(rows[i].base, [s.tokens for s in rows[i].segments], i, begin) for i in members]

        # What more is run on must be there; of the rest as much as there is room for.
        needed = [i for i, row in enumerate(rows) if row.goes_on]
        for i, node in zip(needed, self.store.add(paths(needed), working), strict=True):
            nodes[i] = node
        if keep:
            with suppress(CacheFullError):
                self.store.add(paths([i for i, row in enumerate(rows) if not row.goes_on]), working)
        return nodes


def _row(base: Stored, segment: _Segment) -> _Row:
    """The row that begins with `segment`: all that follows up to where texts part."""
    segments = [segment]
    while len(segments[-1].children) == 1:
        segments += segments[-1].children.values()
    return _Row(base, segments)


def _batches(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """The rows in groups of like length, none of them with much padding or too many tokens."""
    batch: list[_Row] = []
    real = 0
    for row in sorted(rows, key=lambda row: row.length):
        padded = row.length * (len(batch) + 1)
        if batch and (padded > TOKENS_AT_ONCE or padded > PADDED * (real + row.length)):
            yield batch
            batch, real = [], 0
        batch.append(row)
        real += row.length
    if batch:
        yield batch


def _kv_shape(body: Any, device: torch.device) -> tuple[int, int, int]:
    """(2 * layers, heads, head_dim) of a body's keys and values, read off one token.

    Raises `ModelError` for a body whose layers differ, or remember something other than keys and values.
    """
    cache = DynamicCache(config=body.config)
    with torch.inference_mode():
        body(input_ids=torch.zeros(1, 1, dtype=torch.long, device=device), past_key_values=cache, use_cache=True)
    shapes = {
        tuple(states.shape) if isinstance(states := getattr(layer, name, None), torch.Tensor) else None
        for layer in cache.layers
        for name in ("keys", "values")
    }
    shape = next(iter(shapes))
    if len(shapes) > 1 or shape is None or len(shape) != 4 or len(cache.layers) != body.config.num_hidden_layers:
        raise ModelError(
            f"got a {body.config.model_type} model whose layers keep {sorted(map(str, shapes))}, expected keys and "
            "values of one shape in every layer; serve it and use --policy openai:URL#MODEL"
        )
    return 2 * len(cache.layers), shape[1], shape[3]


def _attends_plainly(config: Any) -> bool:
    """Whether every layer attends to all that came before through torch's own attention, which takes any mask."""
    return config._attn_implementation in ("sdpa", NAME) and not getattr(config, "sliding_window", None)
