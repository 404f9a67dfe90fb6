"""What turns the hidden state at a step's end into a number whose sigmoid is the reward.

A softmax over exactly two logits is the sigmoid of their difference. Heads work in float32, on the few
positions that are read.
"""

from typing import Any

import torch
from torch import nn


class TwoTokens(nn.Module):
    """How much likelier one next token is than another: two rows of a causal model's head, and no others."""

    def __init__(self, causal: Any, yes: int, no: int) -> None:
        super().__init__()
        head, config = causal.get_output_embeddings(), causal.config.get_text_config()
        with torch.inference_mode():
            rows = torch.tensor([yes, no], device=head.weight.device)
            self.rows = head.weight[rows].float().clone()
            self.bias = None if getattr(head, "bias", None) is None else head.bias[rows].float().clone()
        self.scale = Scale(config)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """(positions, width) to (positions,)."""
        logits = self.scale(nn.functional.linear(hidden.float(), self.rows, self.bias))
        return logits[:, 0] - logits[:, 1]


class Scale:
    """What some families do to their logits: Cohere and Granite multiply them, Gemma caps them."""

    def __init__(self, config: Any) -> None:
        self.factor: float = (getattr(config, "logit_scale", None) or 1.0) / (
            getattr(config, "logits_scaling", None) or 1.0
        )
        self.cap: float | None = getattr(config, "final_logit_softcapping", None)

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        scaled: torch.Tensor = logits * self.factor
        if self.cap:
            scaled = torch.tanh(scaled / self.cap) * self.cap
        return scaled


class TwoWay(nn.Module):
    """Linear, ReLU, Linear to two logits, the second of which is that of a right step."""

    def __init__(self, inner: nn.Linear, outer: nn.Linear) -> None:
        super().__init__()
        self.layers = nn.Sequential(inner, nn.ReLU(), outer)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """(positions, width) to (positions,)."""
        logits: torch.Tensor = self.layers(hidden.float())
        return logits[:, 1] - logits[:, 0]


class Value(nn.Module):
    """A linear layer to one number."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """(positions, width) to (positions,)."""
        out: torch.Tensor = self.layer(hidden.to(self.layer.weight.dtype))
        return out[:, 0].float()
