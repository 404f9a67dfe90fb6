"""Beam search as it is usually written with transformers: `generate` for each step, from the full text.

The same search as ours (candidates, duplicates, cut, limits, temperature) with the same weights, so
that what differs is the way of asking. Token ids are kept between steps, and nothing is slower than
it has to be: no printing, no log, inference mode, no padding where rows are alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForTokenClassification, AutoTokenizer

from engine.search.beam import share
from engine.tasks import find_task
from engine.tree import Problem

TASK = find_task("countdown")
Ids = tuple[int, ...]


@dataclass(slots=True)
class Work:
    """What a model had to do. `texts`: all that was read, with the problem it belongs to."""

    calls: int = 0
    tokens: int = 0
    texts: list[tuple[str, Ids]] = field(default_factory=list)

    def count(self, ids: torch.Tensor) -> None:
        self.calls += 1
        self.tokens += ids.numel()

    def facts(self) -> dict[str, int]:
        """`needed`: distinct positions (a text up to a token). The rest was computed more than once, or was padding."""
        needed = len({(of, text[:end]) for of, text in self.texts for end in range(1, len(text) + 1)})
        return {"calls": self.calls, "tokens": self.tokens, "needed": needed, "again": max(0, self.tokens - needed)}


@dataclass(slots=True)
class Candidate:
    """A beginning of a solution. `tokens` has the prompt too."""

    tokens: Ids
    steps: tuple[str, ...] = ()
    ended: bool = False
    reward: float = 0.0


@dataclass(slots=True)
class Totals:
    """What one search spent, in the units of our costs."""

    policy_tokens: int = 0
    prm_tokens: int = 0


class Peer:
    """The models as transformers gives them. Without a PRM it only samples."""

    def __init__(self, policy: Path, prm: Path | None = None) -> None:
        self.tokenizer: Any = AutoTokenizer.from_pretrained(policy)
        self.policy = _load(AutoModelForCausalLM, policy)
        self.newline = self.tokenizer.encode("1\n", add_special_tokens=False)[-1]
        self.end = self.tokenizer.eos_token_id
        self.policy_work, self.prm_work = Work(), Work()
        self.policy.model.register_forward_pre_hook(_counting(self.policy_work), with_kwargs=True)
        if prm is not None:
            self.prm = _load(AutoModelForTokenClassification, prm)
            self.prm.model.register_forward_pre_hook(_counting(self.prm_work), with_kwargs=True)

    def prompt(self, problem: Problem) -> Ids:
        ids = self.tokenizer.encode(TASK.prompt(problem), add_special_tokens=False)
        return (self.tokenizer.bos_token_id, *ids)

    @torch.inference_mode()
    def continuations(
        self, prefix: Ids, count: int, *, temperature: float, stop: Sequence[int], most: int
    ) -> list[Ids]:
        """`count` continuations of `prefix`, each with the token that stopped it."""
        ids = torch.tensor([prefix])
        rows = self.policy.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=True,
            temperature=temperature,
            top_k=0,
            num_return_sequences=count,
            max_new_tokens=most,
            eos_token_id=list(stop),
            pad_token_id=self.tokenizer.pad_token_id,
        )
        return [_until(row[len(prefix) :], stop) for row in rows.tolist()]

    @torch.inference_mode()
    def rewards(self, texts: Sequence[Ids]) -> list[float]:
        """The PRM's reward at the end of each text, all in one padded batch."""
        ids = torch.full((len(texts), max(map(len, texts))), self.tokenizer.pad_token_id)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.tensor(text)
        mask = (torch.arange(ids.shape[1]) < torch.tensor([len(t) for t in texts])[:, None]).long()
        logits = self.prm(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :, 0]
        last = torch.tensor([len(t) - 1 for t in texts])
        found: list[float] = logits[torch.arange(len(texts)), last].sigmoid().tolist()
        return found


def beam_search(
    peer: Peer, problem: Problem, *, n: int, width: int, temperature: float, one_at_a_time: bool
) -> tuple[Candidate | None, Totals]:
    """The finished solution with the highest reward, and what it took."""
    beam, finished, totals = [Candidate(peer.prompt(problem))], [], Totals()
    for depth in range(TASK.writing.steps):
        fresh: dict[tuple[int, str], Candidate] = {}
        for i, (parent, count) in enumerate(zip(beam, share(n, len(beam)), strict=True)):
            groups = [1] * count if one_at_a_time else [count]
            for tokens in (t for size in groups for t in _step(peer, parent, size, temperature)):
                totals.policy_tokens += len(tokens)
                ended = tokens[-1] == peer.end
                if ended or tokens[-1] == peer.newline:
                    text = peer.tokenizer.decode(list(tokens[:-1]))
                    fresh.setdefault((i, text), Candidate(parent.tokens + tokens, (*parent.steps, text), ended))
        candidates = list(fresh.values())
        for batch in [[c] for c in candidates] if one_at_a_time else [candidates] if candidates else []:
            for c, reward in zip(batch, peer.rewards([c.tokens for c in batch]), strict=True):
                c.reward = reward
                totals.prm_tokens += len(c.tokens)
        peer.policy_work.texts += [(problem.id, c.tokens[:-1]) for c in candidates]
        peer.prm_work.texts += [(problem.id, c.tokens) for c in candidates]
        finished += [c for c in candidates if c.ended]
        running = [c for c in candidates if not c.ended and depth + 1 < TASK.writing.steps]
        beam = sorted(running, key=lambda c: -c.reward)[: max(1, n // width)]
        if not beam:
            break
    return max(finished, key=lambda c: c.reward, default=None), totals


def _step(peer: Peer, parent: Candidate, count: int, temperature: float) -> list[Ids]:
    stop = (peer.newline, peer.end)
    return peer.continuations(parent.tokens, count, temperature=temperature, stop=stop, most=TASK.writing.step_tokens)


def _load(kind: Any, folder: Path) -> Any:
    return kind.from_pretrained(folder, dtype=torch.float32).eval()


def _until(tokens: Sequence[int], stop: Sequence[int]) -> Ids:
    end = next((i for i, t in enumerate(tokens) if t in stop), len(tokens) - 1)
    return tuple(tokens[: end + 1])


def _counting(work: Work) -> Callable[..., None]:
    def count(_: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        work.count(named["input_ids"] if "input_ids" in named else arguments[0])

    return count
