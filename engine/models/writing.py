"""Between text and tokens: how a question is put, how steps are encoded, where a step ends.

What a policy continues is the *text* of the steps so far. Each step is encoded by itself, as it would be
after a separator, so its tokens never change when more text follows, a resumed run asks for the same
tokens as one that was never interrupted, and prefixes in the cache are found again.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.models.loading import ModelError
from engine.models.store import Prefix

REMEMBERED = 200_000


class Writer:
    """A tokenizer as a policy uses it. `system`: what a chat model is told first; empty for nothing.

    `template`: more variables for the chat template, such as ``{"enable_thinking": False}``.
    """

    def __init__(
        self, tokenizer: Any, ends: Iterable[int], *, system: str = "", template: Mapping[str, Any] | None = None
    ) -> None:
        self.tokenizer, self.system, self.template = tokenizer, system, dict(template or {})
        self.ends = frozenset(ends)
        """Tokens that end a solution."""
        self.chat = bool(tokenizer.chat_template)
        self.ids = lru_cache(REMEMBERED)(self._ids)
        self.text = lru_cache(REMEMBERED)(self._text)
        self.prompt = lru_cache(REMEMBERED)(self._prompt)

    def _ids(self, text: str, after: str = "") -> Prefix:
        """The tokens of `text`, as they are when it stands after `after`."""
        whole = self._encode(after + text)
        before = self._encode(after)
        return whole[len(before) :] if whole[: len(before)] == before else self._encode(text)

    def _encode(self, text: str) -> Prefix:
        return tuple(self.tokenizer.encode(text, add_special_tokens=False))

    def _text(self, tokens: Prefix, after: Prefix) -> str:
        """What `tokens` read as when they stand after others."""
        before = self._decode(after)
        whole = self._decode(after + tokens)
        return whole[len(before) :] if whole.startswith(before) else self._decode(tokens)

    def _decode(self, tokens: Prefix) -> str:
        return str(self.tokenizer.decode(list(tokens), clean_up_tokenization_spaces=False))

    def _prompt(self, question: str) -> Prefix:
        """The question as the model is used to it, up to where its answer begins; never two beginnings of text."""
        if not self.chat:
            tokens = tuple(self.tokenizer.encode(question))
            bos = self.tokenizer.bos_token_id
            lacks = bos is not None and bos != self.tokenizer.eos_token_id and tokens[:1] != (bos,)
            return (bos, *tokens) if lacks else tokens
        said = [{"role": "system", "content": self.system}] if self.system else []
        said.append({"role": "user", "content": question})
        return self._encode(self._render(said))

    def thinks(self, question: str) -> bool:
        """Whether the prompt itself opens a ``<think>`` block, as DeepSeek-R1's template does."""
        return self._decode(self.prompt(question)[-8:]).rstrip().endswith("<think>")

    def _render(self, said: list[dict[str, str]]) -> str:
        try:
            return str(
                self.tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True, **self.template)
            )
        except Exception as error:
            if said[0]["role"] != "system":
                raise ModelError(f"the model's chat template can't put this question: {error}") from None
            # Some templates (Gemma's) know no system turn; then it begins the user's.
            first = {"role": "user", "content": f"{said[0]['content']}\n\n{said[1]['content']}"}
            return self._render([first, *said[2:]])

    def step(self, text: str, separator: str, *, ended: bool = False) -> Prefix:
        """A step and what ended it: the separator, or the tokenizer's end of text."""
        if ended:
            return (*self.ids(text, separator), self.tokenizer.eos_token_id)
        return self.ids(text + separator, separator)

    def read(self, tokens: Prefix, separator: str) -> str:
        """The text of tokens that were sampled after a separator."""
        return self.text(tokens, self.ids(separator))


class Stops:
    """Tells of every token whether a step or a solution may end with it. One for each separator."""

    PLAIN, SEPARATES, ENDS, UNSEEN = 0, 1, 2, 3

    def __init__(self, writer: Writer, separator: str, vocabulary: int) -> None:
        self.writer, self.separator = writer, separator
        self._kind = np.full(vocabulary, self.UNSEEN, dtype=np.int8)

    def kinds(self, tokens: NDArray[np.int64]) -> NDArray[np.int8]:
        """The kind of each token: one with the separator's last character may complete it. Shape as `tokens`."""
        found = self._kind[tokens]
        for token in np.unique(tokens[found == self.UNSEEN]).tolist():
            self._kind[token] = self._look(token)
        return self._kind[tokens]

    def _look(self, token: int) -> int:
        if token in self.writer.ends:
            return self.ENDS
        return self.SEPARATES if self.separator[-1] in self.writer.read((token,), self.separator) else self.PLAIN

    def cut(self, tokens: Prefix) -> str | None:
        """The step's text if `tokens` complete one, cut exactly before the separator; None if they don't yet.

        A separator with nothing but white space before it ends no step and belongs to none: no step is empty.
        """
        rest = self.writer.read(tokens, self.separator)
        while True:
            text, found, rest = rest.partition(self.separator)
            if not found:
                return None
            if text.strip():
                return text.lstrip("\n")

    def end(self, tokens: Prefix) -> str:
        """The text of `tokens` where no separator ended them; empty if it is white space alone."""
        text = self.writer.read(tokens, self.separator).rpartition(self.separator)[2]
        return text.strip("\n") if text.strip() else ""


def stops_of(writer: Writer, vocabulary: int) -> Callable[[str], Stops]:
    """`Stops` by separator, each made once."""
    return lru_cache(64)(lambda separator: Stops(writer, separator, vocabulary))


def end_tokens(tokenizer: Any, model: Any) -> set[int]:
    """The tokens that end a solution: of the tokenizer, of the generation config, and what ends a turn of the chat."""
    found = {tokenizer.eos_token_id}
    for told in (model.generation_config.eos_token_id, model.config.eos_token_id):
        found |= set(told) if isinstance(told, list) else {told}
    return {token for token in (*found, _end_of_turn(tokenizer)) if token is not None}


def _end_of_turn(tokenizer: Any) -> int | None:
    """The special token that the chat template sets after an assistant's turn, if it does."""
    if not tokenizer.chat_template:
        return None
    said = [{"role": "user", "content": "1"}, {"role": "assistant", "content": "2"}]
    try:
        after = tokenizer.apply_chat_template(said, tokenize=False).rpartition("2")[2]
    except Exception:  # a template may do anything; then the configuration must tell
        return None
    first = next(iter(tokenizer.encode(after.lstrip(), add_special_tokens=False)), None)
    added = tokenizer.added_tokens_decoder.get(first)
    return first if added is not None and added.special else None
