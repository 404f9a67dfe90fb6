"""When a verifier has come to its verdict, and what it says."""

import math
from typing import Any

import torch

from engine.models.loading import ModelError
from engine.models.prms.forms import WORDS, Form
from engine.models.prms.heads import Scale, TwoTokens
from engine.models.prms.text import Words
from engine.models.store import Prefix
from engine.models.writing import Stops, Writer

LAST_TOKENS = 48
"""Among these the words are that announce a verdict."""
LIKELY = 20
"""A verdict is one of the likeliest tokens where it is read, this many of them."""


class Closing(Stops):
    """Ends an analysis where its verdict is due."""

    def __init__(self, writer: Writer, vocabulary: int, form: Form, begin: str, step: int) -> None:
        super().__init__(writer, "\n", vocabulary)
        self.form, self.begin, self.step = form, begin, step
        self.marks = tuple(mark.format(next=step + 1) for mark in form.marks)

    def _look(self, token: int) -> int:
        if token in self.writer.ends:
            return self.ENDS
        return self.SEPARATES if set(self.form.last) & set(self.end((token,)).lower()) else self.PLAIN

    def cut(self, tokens: Prefix) -> str | None:
        """What is written if it has come to a verdict."""
        last = self.end(tokens[-LAST_TOKENS:]).lower()
        if not any(mark in last for mark in self.marks):
            return None
        text = self.end(tokens)
        return None if self.form.verdict(self.begin + text, self.step) is None else text

    def end(self, tokens: Prefix) -> str:
        return str(self.writer.tokenizer.decode(list(tokens), clean_up_tokenization_spaces=False))


class Verdicts:
    """Reads a verdict: P(Yes) against P(No) in the way of writing them that the model uses there."""

    def __init__(self, causal: Any, words: Words) -> None:
        found = {(words.encode(yes)[0], words.encode(no)[0]): (yes, no) for yes, no in reversed(WORDS)}
        self.written = {tokens: pair for tokens, pair in found.items() if tokens[0] != tokens[1]}
        self.pairs = list(self.written)
        if not self.pairs:
            raise ModelError("the tokenizer writes Yes and No alike; a verdict can't be read")
        self.words = words
        self.vocabulary = causal.get_output_embeddings()
        self.scale = Scale(causal.config.get_text_config())
        self.heads = [TwoTokens(causal, yes, no) for yes, no in self.pairs]

    def read(self, hidden: torch.Tensor) -> tuple[float, str, str | None]:
        """At a position, (width,): the raw reward, the word for it, and why there is none if there is none."""
        logits = self.scale(self.vocabulary(hidden[None])[0].float())
        pairs = torch.tensor(self.pairs, device=logits.device)
        best = int(torch.logsumexp(logits[pairs], dim=1).argmax())
        likeliest = logits.topk(min(LIKELY, len(logits))).indices
        raw = float(self.heads[best](hidden[None])[0])
        if math.isfinite(raw) and not torch.isin(pairs[best], likeliest).any():
            said = self.words.tokenizer.decode([int(likeliest[0])])
            return raw, said, f"no verdict: where it was due the verifier would write {said!r}, expected Yes or No"
        return raw, self.written[self.pairs[best]][raw <= 0], None
