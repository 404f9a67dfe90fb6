"""What a forward pass takes, by a formula: the one place where floating-point operations are counted.

A token that is run takes two operations for each parameter that multiplies it, and in each layer four for each
token that it attends to, itself included, and each channel of the queries: a multiplication and an addition for
its score and for the sum (Kaplan et al. 2020, arXiv:2001.08361, table 1)::

    2 * parameters * tokens  +  4 * sum over layers of (channels * attended)

`attended` adds up, over the tokens run, how many tokens each attends to. Tokens in the cache aren't run: they cost
nothing, and are attended to. Not counted: norms, biases, activations and rotations, which come to about a percent
of a tiny model and less of a larger one; embeddings, which only look up; the padding of a batch; and what a kernel
computes of the half of the scores that a causal mask throws away. A mixture of experts counts the experts that a
token goes through. Weights in 4 or 8 bits count as what they stand for.
"""

from dataclasses import dataclass
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Arithmetic:
    """The body of a causal model, as far as its cost goes."""

    parameters: int
    """That multiply each token."""
    width: int
    """Channels of the queries: heads times the size of a head."""
    windows: tuple[float, ...]
    """How many tokens each layer attends to at most; infinity where there is no sliding window."""

    @classmethod
    def of(cls, body: Any) -> "Arithmetic":
        config = body.config
        head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        return cls(multiplying(body), config.num_attention_heads * head, _windows(config))

    def flops(self, tokens: float, attended: float, *, head: int = 0) -> float:
        """The operations of `tokens` tokens that attend to `attended` tokens in all, and go through a `head`, if any.

        `head`: its parameters. Both counts may be fractions: the share of a pass that several continuations have.
        """
        each = attended / tokens if tokens else 0.0
        channels = self.width * sum(min(each, window) for window in self.windows)
        return tokens * (2.0 * (self.parameters + head) + 4.0 * channels)


def attended(cached: float, run: float) -> float:
    """How many tokens `run` tokens attend to in all, in one causal pass after `cached` others."""
    return run * cached + run * (run + 1) / 2


def multiplying(body: nn.Module) -> int:
    """The parameters of a body that multiply each token."""
    return sum(_of_module(module, body.config) for module in body.modules())


def _of_module(module: nn.Module, config: Any) -> int:
    """Of a module itself, without those within it."""
    if isinstance(module, nn.Embedding):
        return 0
    if isinstance(module, nn.Linear):
        return module.in_features * module.out_features  # of packed weights numel is something else
    matrices = [p for p in module.parameters(recurse=False) if p.dim() >= 2]
    return sum(p.numel() // _experts(config) * _chosen(config) if p.dim() == 3 else p.numel() for p in matrices)


def _experts(config: Any) -> int:
    names = ("num_local_experts", "num_experts", "n_routed_experts")
    return next((found for name in names if (found := getattr(config, name, None))), 1)


def _chosen(config: Any) -> int:
    return getattr(config, "num_experts_per_tok", None) or 1


def _windows(config: Any) -> tuple[float, ...]:
    window = getattr(config, "sliding_window", None) or float("inf")
    kinds = getattr(config, "layer_types", None) or ["sliding_attention"] * config.num_hidden_layers
    return tuple(window if kind == "sliding_attention" else float("inf") for kind in kinds)
