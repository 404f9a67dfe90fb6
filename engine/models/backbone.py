"""A transformer asked about prefixes: what is known is never computed again.

`ensure` brings prefixes into the store segment by segment, so what two prefixes share is computed
once; `feed` runs one segment on top of each stored prefix and gives the hidden states back.
"""

from collections.abc import Sequence
from typing import Any

import torch

from engine.models.kv import Prefix, PrefixStore, WorkingSet

ROWS_AT_ONCE = 2048


class Backbone:
    """The body of a causal model (without its head), its store of prefixes and its arithmetic."""

    def __init__(self, body: Any, *, device: torch.device, dtype: torch.dtype, cache_bytes: int) -> None:
        config = body.config
        self.body, self.device = body, device
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        self.layers, self.width = config.num_hidden_layers, config.num_attention_heads * head_dim
        self.store = PrefixStore(
            layers=self.layers, heads=heads, head_dim=head_dim, dtype=dtype, device=device, budget=cache_bytes
        )
        embedding = body.get_input_embeddings().weight.numel()
        self.matmul_parameters: int = sum(p.numel() for p in body.parameters()) - embedding

    def flops(self, tokens: int, context: float, head_parameters: int = 0) -> float:
        """Forward FLOPs of `tokens` tokens that attend to `context` others on average.

        2 a parameter that multiplies (embeddings only look up) and 4 * layers * context * width for the
        attention scores and sums (Kaplan et al. 2020, arXiv:2001.08361, table 1).
        """
        multiplied = 2 * (self.matmul_parameters + head_parameters)
        attended: float = 4.0 * self.layers * context * self.width
        return tokens * (multiplied + attended)

    def run(self, working: WorkingSet, tokens: torch.Tensor) -> torch.Tensor:
        """Hidden states of `tokens` (rows, new) on top of `working`: (rows, new, hidden)."""
        new = tokens.shape[1]
        working.reserve(new)
        out = self.body(
            input_ids=tokens,
            attention_mask=working.mask(new),
            position_ids=working.positions(new),
            past_key_values=working,
            use_cache=True,
        )
        working.advance(new)
        hidden: torch.Tensor = out.last_hidden_state
        return hidden

    def feed(self, prefixes: Sequence[Prefix], segments: Sequence[Prefix]) -> list[torch.Tensor]:
        """Run ``segments[i]`` on top of the stored ``prefixes[i]``; store the sum; last hidden state each.

        Rows with segments of one length run together, so no token is padded.
        """
        out: list[torch.Tensor | None] = [None] * len(prefixes)
        by_length: dict[int, list[int]] = {}
        for i, segment in enumerate(segments):
            by_length.setdefault(len(segment), []).append(i)
        for length, members in sorted(by_length.items()):
            for start in range(0, len(members), ROWS_AT_ONCE):
                rows = members[start : start + ROWS_AT_ONCE]
                working = self.store.gather([prefixes[i] for i in rows], length)
                hidden = self.run(working, torch.tensor([segments[i] for i in rows], device=self.device))
                self.store.put([prefixes[i] + segments[i] for i in rows], working.all())
                for row, i in enumerate(rows):
                    out[i] = hidden[row, -1]
        return [h for h in out if h is not None]

    def ensure(self, chains: Sequence[Sequence[Prefix]]) -> list[int]:
        """Bring each chain of segments into the store. How many tokens were computed for each chain.

        Tokens shared by several chains are computed once and counted for the first of them.
        """
        spent = [0] * len(chains)
        level: dict[int, dict[Prefix, tuple[int, Prefix, Prefix]]] = {}
        for i, chain in enumerate(chains):
            prefixes = [sum(chain[:depth], ()) for depth in range(len(chain) + 1)]
            known = max(depth for depth, prefix in enumerate(prefixes) if prefix in self.store)
            for depth in range(known, len(chain)):
                wanted = (i, prefixes[depth], chain[depth])
                level.setdefault(depth, {}).setdefault(prefixes[depth + 1], wanted)
        for _, missing in sorted(level.items()):
            self.feed([p for _, p, _ in missing.values()], [s for _, _, s in missing.values()])
            for i, _, segment in missing.values():
                spent[i] += len(segment)
        return spent
