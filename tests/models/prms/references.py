"""What each row of the public conventions says, written down straight: the whole text, one plain forward pass."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

Read = tuple[list[int], list[int]]
"""Token ids, and the positions at which the steps are read."""


class Reference:
    """One checkpoint, read by nothing of ours."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.tokenizer = kind, AutoTokenizer.from_pretrained(folder)
        causal = kind in ("shepherd", "rlhflow")
        self.model = (AutoModelForCausalLM if causal else AutoModel).from_pretrained(folder, dtype=torch.float32).eval()
        self.weights = {name: weight.float() for name, weight in load_file(folder / "model.safetensors").items()}

    def read(self, question: str, steps: Sequence[str]) -> Read:
        read: Read = getattr(self, f"_{self.kind}")(question, steps)
        assert len(read[1]) == len(steps)
        return read

    def _shepherd(self, question: str, steps: Sequence[str]) -> Read:
        said = "\n".join(f"Step {i}: {step} ки" for i, step in enumerate(steps, 1))
        ids = self.tokenizer.encode(f"{question} {said}")
        return ids, [i for i, token in enumerate(ids) if token == 12902]

    def _rlhflow(self, question: str, steps: Sequence[str]) -> Read:
        said: list[dict[str, str]] = []
        places = []
        for i, step in enumerate(steps):
            said += [
                {"role": "user", "content": step if i else f"{question} {step}"},
                {"role": "assistant", "content": "+"},
            ]
            ids: Any = self.tokenizer.apply_chat_template(said, return_dict=False)
            places.append(len(ids) - 3)  # before "+<|eot_id|>"
        return ids, places

    def _qwen(self, question: str, steps: Sequence[str]) -> Read:
        said = [
            {"role": "system", "content": "Please reason step by step, and put your final answer within \\boxed{}."},
            {"role": "user", "content": question},
            {"role": "assistant", "content": "<extra_0>".join(steps) + "<extra_0>"},
        ]
        ids = self.tokenizer.encode(self.tokenizer.apply_chat_template(said, tokenize=False))
        mark = self.tokenizer.encode("<extra_0>")[0]
        return ids, [i for i, token in enumerate(ids) if token == mark]

    def _skywork(self, question: str, steps: Sequence[str]) -> Read:
        ids = self.tokenizer.encode(self.tokenizer.bos_token + question + "\n")
        places = []
        for step in steps:
            ids = ids + self.tokenizer.encode(step) + [self.tokenizer.encode("\n")[-1]]
            places.append(len(ids) - 1)
        return ids, places

    def head(self, output: torch.Tensor) -> torch.Tensor:
        """Of what the model gives, (positions, logits or width), the score at each position."""
        if self.kind == "shepherd":
            return output[:, [648, 387]].softmax(dim=-1)[:, 0]
        if self.kind == "rlhflow":
            plus, minus = self.tokenizer.encode("+")[-1], self.tokenizer.encode("-")[-1]
            return output[:, [plus, minus]].softmax(dim=-1)[:, 0]
        w = self.weights
        if self.kind == "qwen":
            inner = torch.relu(output @ w["score.0.weight"].T + w["score.0.bias"])
            return (inner @ w["score.2.weight"].T + w["score.2.bias"]).softmax(dim=-1)[:, 1]
        return torch.sigmoid(output @ w["v_head.summary.weight"].T + w["v_head.summary.bias"])[:, 0]

    @torch.inference_mode()
    def scores(self, question: str, steps: Sequence[str]) -> list[float]:
        ids, places = self.read(question, steps)
        return self.head(self.model(torch.tensor([ids]))[0][0, places]).tolist()

    @torch.inference_mode()
    def padded(self, chains: Sequence[tuple[str, Sequence[str]]], side: str) -> list[list[float]]:
        """The same of several chains as one padded batch."""
        read = [self.read(*chain) for chain in chains]
        width = max(len(ids) for ids, _ in read)
        tokens, mask = (torch.zeros(len(read), width, dtype=torch.long) for _ in range(2))
        begins = [width - len(ids) if side == "left" else 0 for ids, _ in read]
        for row, (begin, (ids, _)) in enumerate(zip(begins, read, strict=True)):
            tokens[row, begin : begin + len(ids)] = torch.tensor(ids)
            mask[row, begin : begin + len(ids)] = 1
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        out = self.model(tokens, attention_mask=mask, position_ids=positions)[0]
        return [
            self.head(out[row, [begin + place for place in places]]).tolist()
            for row, (begin, (_, places)) in enumerate(zip(begins, read, strict=True))
        ]
