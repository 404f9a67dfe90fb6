"""An instruct model as a PRM: asked whether the latest step is right, P(Yes) against P(No) where it would answer.

The question about a step follows the step and is forgotten again, so the steps before it are read once.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from engine.models.backbone import Backbone, Reading
from engine.models.loading import Loading, ModelError
from engine.models.prms.heads import TwoTokens
from engine.models.prms.reading import Source, Text, in_parts, longest, reward, rewards_of, too_long
from engine.models.prms.text import Chat, Words, unlabelled
from engine.models.prms.weights import read_writer
from engine.models.store import Prefix
from engine.protocol import Chain
from engine.tree import Cost, Reward

TASK = "Below are a problem and a solution that is being written step by step. You check its steps, one at a time."
ASK = (
    "Is step {number}, the latest one, correct, given the problem and the steps before it? "
    "Answer with one word: Yes or No."
)
EXAMPLE = "How much is 1 + 1?"


class Questions:
    """How the judge is asked, and the two tokens it may answer with."""

    def __init__(self, tokenizer: Any) -> None:
        self.words, self.chat = Words(tokenizer), Chat(tokenizer, enable_thinking=False)
        self.tail, self.yes, self.no = self._answers()

    def _answers(self) -> tuple[Prefix, int, int]:
        """What the tokens of both answers have in common, and the first in which they differ."""
        said = [("user", EXAMPLE)]
        prompt = self.chat.render(said, answering=True)
        yes, no = (list(self._answer(said, prompt, word)) for word in ("Yes", "No"))
        tail: list[int] = []
        while yes and no and yes[0] == no[0]:
            tail.append(yes.pop(0))
            no.pop(0)
        if not yes or not no:
            raise ModelError("the tokenizer writes Yes and No alike; it can't be asked for one of them")
        return tuple(tail), yes[0], no[0]

    def _answer(self, said: list[tuple[str, str]], prompt: str, word: str) -> Prefix:
        """The tokens of an answer, after the space that the chat template sets before it, if it does."""
        answered = self.chat.render([*said, ("assistant", word)], answering=False)
        if answered.startswith(prompt) and word in answered[len(prompt) :]:
            space = answered[len(prompt) :].partition(word)[0]
            if not space.strip():
                word = space + word
        try:
            return self.words.cut([prompt, word])[1]
        except ModelError:
            return self.words.encode(word.strip())

    def lay(self, question: str, steps: Sequence[str], known: int = 0) -> tuple[list[Prefix], list[Prefix]]:
        """What all questions about the steps share, and what ends that about each step after the first `known`.

        What is shared is a segment for the problem and one a step. Raises `ModelError` if the chat template doesn't
        write them one after the other.
        """
        parts = [f"{TASK}\n\nProblem:\n{question}\n\nSolution:\n\n"]
        parts += [f"Step {i}: {unlabelled(step)}\n\n" for i, step in enumerate(steps, 1)]
        asks = [ASK.format(number=i) for i in range(known + 1, len(steps) + 1)]
        whole = self.chat.render([("user", "".join(parts) + asks[-1])], answering=True)
        before, found, after = whole.partition("".join(parts) + asks[-1])
        if not found:
            raise ModelError("the chat template changes what the user says; it can't be asked about steps")
        parts[0] = before + parts[0]
        shared = self.words.cut([*parts, asks[-1] + after])[:-1]
        ends = [
            (*self.words.cut([*parts[: i + 1], ask + after])[-1], *self.tail) for i, ask in enumerate(asks, known + 1)
        ]
        return shared, ends


@dataclass
class _Asked:
    """A chain as the judge is asked about it."""

    text: Text
    shared: list[Prefix]
    """The problem, and the steps as far as they can be asked about."""
    ends: list[Prefix]
    """What ends the question about each of the new steps, the last of `shared`."""

    @property
    def first(self) -> int:
        """The segment of the first new step."""
        return len(self.shared) - len(self.ends)

    def whole(self) -> list[list[Prefix]]:
        """The question about each new step."""
        return [[*self.shared[: self.first + i + 1], end] for i, end in enumerate(self.ends)]


class Judge:
    """A causal chat model and a backbone of it, which may be those of a policy. See `protocol.PRM`."""

    def __init__(self, source: Source, causal: Any, tokenizer: Any, backbone: Backbone) -> None:
        self.source, self.id, self.backbone = source, source.id, backbone
        self.questions = Questions(tokenizer)
        self.head = TwoTokens(causal, self.questions.yes, self.questions.no)
        self.longest = longest(backbone.body)

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        return in_parts(self._score, chains, self.backbone)

    @torch.inference_mode()
    def _score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        began = time.perf_counter()
        asked = [self._lay(Text.of(chain)) for chain in chains]
        # One pass over the steps, one over what is asked of them.
        steps = self.backbone.read([one.shared for one in asked], [one.first for one in asked])
        whole = [segments for one in asked for segments in one.whole()]
        answers = self.backbone.read(whole, [len(segments) - 1 for segments in whole], keep=False)
        raws = self.head(torch.stack([a.hidden[0] for a in answers])).tolist() if answers else []
        said = iter(zip(raws, (a.computed[0] for a in answers), strict=True))
        share = (time.perf_counter() - began) / max(1, len(whole))
        return [
            rewards_of(chain, one.text, self._rewards(one, read, said, share))
            for chain, one, read in zip(chains, asked, steps, strict=True)
        ]

    def _lay(self, text: Text) -> _Asked:
        """The questions about the new steps. Notes why some can't be asked."""
        nothing = _Asked(text, [], [])
        if len(text.steps) <= text.known:
            return nothing
        try:
            shared, ends = self.questions.lay(text.question, text.steps, text.known)
        except ModelError as error:
            text.fail(text.known, str(error))
            return nothing
        length = sum(map(len, shared))
        while ends and length + len(ends[-1]) > self.longest:
            last = text.place[text.known + len(ends) - 1]
            text.errors[last] = too_long(length + len(ends.pop()), self.longest)
            length -= len(shared.pop())
        return _Asked(text, shared, ends) if ends else nothing

    def _rewards(self, one: _Asked, read: Reading, said: Iterator[tuple[float, int]], seconds: float) -> list[Reward]:
        at, out = sum(map(len, one.shared[: one.first])), []
        for segment, end, tokens in zip(one.shared[one.first :], one.ends, read.computed, strict=True):
            at += len(segment)
            raw, more = next(said)
            flops = self.backbone.flops(tokens, at - tokens) + self.backbone.flops(more, at + len(end) - more)
            cost = Cost(prm_tokens=tokens + more, prm_flops=flops, seconds=seconds)
            out.append(reward(raw, cost))
        return out

    def describe(self) -> Mapping[str, Any]:
        return self.source.describe(self.backbone)


def load(source: Source, config: Any, tokenizer: Any, loading: Loading) -> Judge:
    causal = read_writer(source.folder, loading)
    body = causal.get_decoder()
    backbone = Backbone(body, device=loading.at, dtype=causal.dtype, cache_bytes=loading.cache_bytes)
    return Judge(source, causal, tokenizer, backbone)


def judge_of(policy: Any) -> Judge:
    """The policy itself as judge: its weights and its cache serve both.

    `policy`: a `LocalPolicy`, or whatever has its `folder`, `id`, `loading`, `writer` and a `backbone` that writes.
    """
    source = Source(f"{policy.id} (itself)", "judge", policy.folder, policy.loading)
    return Judge(source, policy.backbone.causal, policy.writer.tokenizer, policy.backbone)
