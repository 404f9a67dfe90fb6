"""A policy in this process: any causal language model that transformers loads, on cuda, mps or cpu."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from engine.models.about import describe
from engine.models.backbone import Backbone, Reading
from engine.models.loading import DEFAULT, Loading, read_causal, read_tokenizer
from engine.models.memory import within_memory
from engine.models.sampling import Sampled, Trie, Wanted
from engine.models.store import CacheFullError, Prefix, Stored
from engine.models.writing import Writer, end_tokens, stops_of
from engine.protocol import Continuation
from engine.tree import Cost, Step


class LocalPolicy:
    """A causal language model that writes steps. See `protocol.Policy`.

    `system` and `template` are for models with a chat template; see `writing.Writer`.
    """

    def __init__(
        self,
        folder: Path,
        loading: Loading = DEFAULT,
        *,
        system: str = "",
        template: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder, self.id, self.loading = folder, folder.name, loading
        model, tokenizer = read_causal(folder, loading), read_tokenizer(folder, loading)
        self.writer = Writer(tokenizer, end_tokens(tokenizer, model), system=system, template=template)
        self.head_parameters = model.get_output_embeddings().weight.numel()
        self.backbone = Backbone(
            model.get_decoder(), device=loading.at, dtype=model.dtype, cache_bytes=loading.cache_bytes, causal=model
        )
        self.longest: int = getattr(model.config, "max_position_embeddings", 0) or 1 << 40
        self.stops = stops_of(self.writer, model.get_output_embeddings().weight.shape[0])

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        """See `protocol.Policy.sample`. What doesn't fit into memory at once is sampled in parts."""
        return within_memory(self._sample, wanted, self.backbone.store)

    @torch.inference_mode()
    def _sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        began = time.perf_counter()
        texts = [self._segments(c) for c in wanted]
        # The last token of a prefix is read when sampling begins; what is stored ends before it.
        nodes, readings = self.backbone.ensure([_before_last(parts) for parts in texts])
        last = [parts[-1][-1] for parts in texts]
        unique = {key: row for row, key in enumerate(dict.fromkeys(zip(nodes, last, strict=True)))}
        columns = [
            Wanted(c, seed, unique[node, token], sum(map(len, parts[1:])), self.stops(c.separator), opened)
            for c, node, token, parts in zip(wanted, nodes, last, texts, strict=True)
            for opened in [("<think>",) if self.writer.thinks(c.prompt) else ()]
            for seed in c.seeds
        ]
        begins = list(unique)
        working = self.backbone.branch([node for node, _ in begins], len(columns))
        trie = Trie(self.backbone, working, columns, partial(self._remember, begins))
        chains = trie.sample(torch.tensor([[token] for _, token in begins], device=self.backbone.device))
        share = (time.perf_counter() - began) / max(1, sum(len(s.tokens) for c in chains for s in c))
        return self._steps(wanted, texts, readings, chains, share)

    def _segments(self, wanted: Continuation) -> list[Prefix]:
        parts = [self.writer.prompt(wanted.prompt)]
        return parts + [self.writer.step(step, wanted.separator) for step in wanted.steps]

    def _remember(self, begins: list[tuple[Stored, int]], trie: Trie, ended: list[tuple[int, int]]) -> None:
        """Keep the keys and values of steps that a search may go on from, if their text reads back as their tokens."""
        paths: dict[tuple[int, Prefix], tuple[Stored, list[Prefix], int, int]] = {}
        for row, i in ended:
            one, chain = trie.wanted[i], trie.chains[i]
            if any(self.writer.step(s.text, one.ask.separator) != s.tokens for s in chain):
                continue
            node, token = begins[one.row]
            segments = _before_last([(token,), *(s.tokens for s in chain)])[1:]
            paths[row, segments[-1]] = node, segments, row, trie.working.width - sum(map(len, segments))
        try:
            self.backbone.store.add(list(paths.values()), trie.working)
        except CacheFullError:
            return  # they are computed again if they are asked for

    def _steps(
        self,
        wanted: Sequence[Continuation],
        texts: list[list[Prefix]],
        readings: list[Reading],
        chains: list[list[Sampled]],
        seconds_a_token: float,
    ) -> list[list[list[Step]]]:
        out: list[list[list[Step]]] = []
        rest = iter(chains)
        for c, parts, reading in zip(wanted, texts, readings, strict=True):
            length = sum(map(len, parts))
            # What the siblings share is counted for the first of them.
            of_this = [self._chain(next(rest), length, reading, not i, seconds_a_token) for i in range(len(c.seeds))]
            out.append(of_this)
        return out

    def _chain(
        self, chain: list[Sampled], length: int, reading: Reading, first: bool, seconds_a_token: float
    ) -> list[Step]:
        steps = list[Step]()
        missed = reading.missed if first else 0
        before = self.backbone.flops(missed, length - 1 - missed)
        for s in chain:
            count = len(s.tokens)
            begins = first and not steps
            written = self.backbone.arithmetic.flops(s.run, s.attended, head=self.head_parameters)
            cost = Cost(
                policy_tokens=count,
                prompt_tokens=missed if begins else 0,
                policy_flops=float(round(written + before * begins)),
                seconds=count * seconds_a_token,
                cached_tokens=reading.cached if begins else 0,
                recomputed_tokens=reading.recomputed if begins else 0,
            )
            steps.append(Step(s.text, s.finish, round(s.logprob, 5), cost))
        return steps

    def describe(self) -> Mapping[str, Any]:
        told = describe(self.folder, self.loading, self.backbone)
        if self.writer.chat:
            told |= {"system": self.writer.system, "template": self.writer.template}
        return told


def _before_last(parts: Sequence[Prefix]) -> list[Prefix]:
    """The same tokens cut into the same number of segments, each one token earlier; the last token left out."""
    shifted, carried = [], 0
    whole: Prefix = sum(parts, ())
    for part in parts:
        end = carried + len(part)
        shifted.append(whole[max(0, carried - 1) : end - 1])
        carried = end
    return shifted
