"""The transformers backend: a policy and a PRM in this process, on cuda, mps or cpu."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from engine.models.backbone import Backbone
from engine.models.kv import Prefix, WorkingSet
from engine.models.sampling import Sampled, Trie, make_plan
from engine.protocol import ArbutusError, Chain, Continuation
from engine.tree import Cost, Reward, Step

CACHE_BYTES = 1 << 30


class ModelError(ArbutusError):
    """A model that can't be loaded or asked."""


def pick_device(wanted: str = "auto") -> torch.device:
    """cuda, mps or cpu, the first there is; or the one that is `wanted`, if it is there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name, ok in there.items() if ok))
    name = wanted.split(":", maxsplit=1)[0]
    if name not in there:
        raise ModelError(f"got device {wanted!r}, expected auto, cuda, mps or cpu")
    if not there[name]:
        raise ModelError(f"got device {wanted!r}, but torch {torch.__version__} sees none here; use --device auto")
    return torch.device(wanted)


class _Encoder:
    """Text to tokens, a step at a time: each step's tokens end with the separator or the end token."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.separator = self._ids("1\n")[-1]
        self.end: int = self.tokenizer.eos_token_id

    @lru_cache(maxsize=200_000)  # noqa: B019 - an encoder lives as long as its model
    def _ids(self, text: str) -> Prefix:
        return tuple(self.tokenizer.encode(text, add_special_tokens=False))

    def prompt(self, text: str) -> Prefix:
        return (self.tokenizer.bos_token_id, *self._ids(text))

    def step(self, text: str, *, ended: bool = False) -> Prefix:
        return (*self._ids(text), self.end if ended else self.separator)

    def text(self, tokens: Prefix) -> str:
        return str(self.tokenizer.decode(list(tokens)))


class LocalPolicy:
    """A causal language model that writes steps separated by newlines. See `protocol.Policy`."""

    def __init__(self, folder: Path, *, device: str = "auto", cache_bytes: int = CACHE_BYTES) -> None:
        self.folder, self.id = folder, folder.name
        self.device = pick_device(device)
        model = _load(AutoModelForCausalLM, folder).to(self.device)
        self.encoder, self.head = _Encoder(folder), model.lm_head
        self.backbone = Backbone(model.model, device=self.device, dtype=model.dtype, cache_bytes=cache_bytes)
        self.head_parameters = model.lm_head.weight.numel()
        self.text_of = lru_cache(maxsize=200_000)(self.encoder.text)

    @torch.inference_mode()
    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        began = time.perf_counter()
        texts = [[self.encoder.prompt(c.prompt), *(self.encoder.step(s) for s in c.steps)] for c in wanted]
        whole = [sum(parts, ()) for parts in texts]
        # The last token of a prefix is read when sampling begins; what is stored ends before it.
        prompt_tokens = self.backbone.ensure([_before_last(parts) for parts in texts])
        unique = {tokens: row for row, tokens in enumerate(dict.fromkeys(whole))}
        plan = make_plan(wanted, [unique[tokens] for tokens in whole])
        working = self.backbone.store.gather([tokens[:-1] for tokens in unique])
        trie = Trie(self.backbone, self.head, working, plan, self.encoder.separator, self.encoder.end)
        beginnings = list(unique)

        def remember(now: WorkingSet, rows: torch.Tensor, members: list[int]) -> None:
            chains = [trie.chains[i] for i in members]
            sampled = [sum((s.tokens for s in chain), ()) for chain in chains]
            prefixes = [beginnings[plan.row[i]] + s[:-1] for i, s in zip(members, sampled, strict=True)]
            self.backbone.store.put(prefixes, now.copy(rows))

        first = torch.tensor([[tokens[-1]] for tokens in unique], device=self.device)
        chains = trie.sample(first, remember)
        self.backbone.store.trim()
        share = (time.perf_counter() - began) / max(1, sum(len(s.tokens) for c in chains for s in c))
        return self._steps(wanted, whole, prompt_tokens, chains, share)

    def _steps(
        self,
        wanted: Sequence[Continuation],
        whole: list[Prefix],
        prompt_tokens: list[int],
        chains: list[list[Sampled]],
        seconds_a_token: float,
    ) -> list[list[list[Step]]]:
        out: list[list[list[Step]]] = []
        rest = iter(chains)
        for c, prefix, recomputed in zip(wanted, whole, prompt_tokens, strict=True):
            of_this: list[list[Step]] = []
            for i, _ in enumerate(c.seeds):
                # What the siblings share is counted for the first of them.
                at, steps, computed = len(prefix), [], 0 if i else recomputed
                for s in next(rest):
                    count = len(s.tokens)
                    cost = Cost(
                        policy_tokens=count,
                        prompt_tokens=computed,
                        policy_flops=self.backbone.flops(count, at + count / 2, self.head_parameters)
                        + self.backbone.flops(computed, len(prefix) / 2),
                        seconds=count * seconds_a_token,
                    )
                    ended = s.finish in ("step", "end")
                    text = self.text_of(s.tokens[:-1] if ended else s.tokens)
                    steps.append(Step(text, s.finish, round(s.logprob, 5), cost))
                    at, computed = at + count, 0
                of_this.append(steps)
            out.append(of_this)
        return out

    def describe(self) -> Mapping[str, Any]:
        return describe(self.folder, self.device, self.backbone)


class LocalPRM:
    """A causal body with a reward head read at each step's end. See `protocol.PRM`."""

    def __init__(self, folder: Path, *, device: str = "auto", cache_bytes: int = CACHE_BYTES) -> None:
        self.folder, self.id = folder, folder.name
        self.device = pick_device(device)
        model = _load(_token_classifier(), folder).to(self.device)
        self.encoder, self.head = _Encoder(folder), model.score
        self.backbone = Backbone(model.model, device=self.device, dtype=model.dtype, cache_bytes=cache_bytes)

    @torch.inference_mode()
    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        began = time.perf_counter()
        segments = [self._segments(c) for c in chains]
        keys = [
            [sum(parts[: i + 2], ()) for i in range(c.known, len(c.steps))]
            for c, parts in zip(chains, segments, strict=True)
        ]
        prompt_tokens = self.backbone.ensure([parts[: c.known + 1] for c, parts in zip(chains, segments, strict=True)])
        logits = self._read(segments, chains)
        self.backbone.store.trim()
        share = (time.perf_counter() - began) / max(1, sum(len(of) for of in keys))
        out = []
        for c, parts, of, recomputed in zip(chains, segments, keys, prompt_tokens, strict=True):
            rewards: list[Reward] = []
            for key, segment in zip(of, parts[c.known + 1 :], strict=True):
                tokens = len(segment) + (0 if rewards else recomputed)
                flops = self.backbone.flops(tokens, len(key) - tokens / 2)
                raw = round(logits[key], 6)
                cost = Cost(prm_tokens=tokens, prm_flops=flops, seconds=share)
                rewards.append(Reward(round(1 / (1 + float(torch.tensor(-raw).exp())), 6), raw, cost))
            out.append(rewards)
        return out

    def _segments(self, chain: Chain) -> list[Prefix]:
        last = len(chain.steps) - 1
        steps = [self.encoder.step(s, ended=chain.ended and i == last) for i, s in enumerate(chain.steps)]
        return [self.encoder.prompt(chain.prompt), *steps]

    def _read(self, segments: list[list[Prefix]], chains: Sequence[Chain]) -> dict[Prefix, float]:
        """The head's output at the end of every step that is wanted, each distinct one computed once."""
        logits: dict[Prefix, float] = {}
        deepest = max((len(c.steps) for c in chains), default=0)
        for depth in range(deepest):
            wanted: dict[Prefix, tuple[Prefix, Prefix]] = {}
            for c, parts in zip(chains, segments, strict=True):
                if c.known <= depth < len(c.steps):
                    prefix = sum(parts[: depth + 1], ())
                    wanted.setdefault(prefix + parts[depth + 1], (prefix, parts[depth + 1]))
            if wanted:
                hidden = self.backbone.feed([p for p, _ in wanted.values()], [s for _, s in wanted.values()])
                values = self.head(torch.stack(hidden))[:, 0].float().tolist()
                logits.update(zip(wanted, values, strict=True))
        return logits

    def describe(self) -> Mapping[str, Any]:
        return describe(self.folder, self.device, self.backbone)


def _before_last(parts: list[Prefix]) -> list[Prefix]:
    """The same tokens cut into the same number of segments, each one token earlier; the last token left out."""
    shifted, carried = [], 0
    whole: Prefix = sum(parts, ())
    for part in parts:
        end = carried + len(part)
        shifted.append(whole[max(0, carried - 1) : end - 1])
        carried = end
    return shifted


def _token_classifier() -> Any:
    from transformers import AutoModelForTokenClassification

    return AutoModelForTokenClassification


def _load(kind: Any, folder: Path) -> Any:
    if not (folder / "config.json").exists():
        raise ModelError(f"{folder}: no model there (no config.json); expected a folder in Hugging Face layout")
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return kind.from_pretrained(folder, dtype=torch.float32, local_files_only=True).eval()
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"{folder}: the model can't be loaded: {error}") from None


def describe(folder: Path, device: torch.device, backbone: Backbone) -> dict[str, Any]:
    """What run.json records of a model: what it is, exactly which weights, and what its training cost."""
    weights = folder / "model.safetensors"
    card = folder / "training.json"
    training = json.loads(card.read_text()) if card.exists() else {}
    return {
        "id": folder.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "parameters": sum(p.numel() for p in backbone.body.parameters()),
        "training_flops": training.get("flops"),
        "device": str(device),
        "dtype": str(backbone.body.dtype).removeprefix("torch."),
    }
