"""Between text and tokens, as PRMs are asked: what is encoded together, and where it is cut."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

from engine.models.loading import ModelError
from engine.models.store import Prefix

REMEMBERED = 2048
"""Texts whose tokens are kept: a chain up to each of its steps."""
MARKS = ("<extra_0>", " ки", "\nки", "\tки")
LABEL = re.compile(r"\A#*\s*Step \d+[:.]\s*")


def clean(step: str) -> str:
    """A step without white space around it, and without marks of a step's end after it.

    Files of solutions come with them; left there, each would be one step more, and an empty one.
    """
    step = step.strip()
    while mark := next((mark for mark in MARKS if step.endswith(mark)), ""):
        step = step.removesuffix(mark).rstrip()
    return "" if step == "ки" else step


def unlabelled(step: str) -> str:
    """A step without the number it calls itself by."""
    return LABEL.sub("", step)


class Words:
    """A tokenizer. Special tokens are those written in the text, and nothing is ever cut off."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.encode = lru_cache(REMEMBERED)(self._encode)

    def _encode(self, text: str) -> Prefix:
        return tuple(self.tokenizer.encode(text, add_special_tokens=False, truncation=False, verbose=False))

    def bos(self) -> Prefix:
        """What stands before every plain text: the beginning of text once, if the model knows one."""
        first, last = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        return () if first is None or first == last else (first,)

    def cut(self, parts: Sequence[str]) -> list[Prefix]:
        """The tokens of each part when all are encoded as one text.

        Raises `ModelError` where a token reaches over the end of a part.
        """
        whole = self.encode("".join(parts))
        alone = [self.encode(part) for part in parts]
        if sum(alone, ()) == whole:
            return alone
        ends = [self.encode(text) for text in accumulate(parts)]
        for part, end in zip(parts, ends, strict=True):
            if whole[: len(end)] != end:
                raise ModelError(
                    f"the tokenizer merges the end of {part[-20:]!r} with what follows; expected a cut there"
                )
        starts = [0, *(len(end) for end in ends)]
        return [whole[a:b] for a, b in pairwise(starts)]

    def cut_if_possible(self, first: str, parts: Sequence[str]) -> list[Prefix]:
        """As `cut`; `first` is joined to the part after it where a token reaches over its end."""
        try:
            return self.cut([first, *parts])
        except ModelError:
            return self.cut([first + parts[0], *parts[1:]])

    def token(self, text: str) -> int:
        """The one token that `text` is. Raises `ModelError` if it isn't one."""
        tokens = self.encode(text)
        if len(tokens) != 1:
            raise ModelError(
                f"{text!r} is {len(tokens)} tokens to this tokenizer, expected one; it belongs to another kind"
            )
        return tokens[0]


class Chat:
    """A tokenizer's chat template. `variables`: more of them, such as ``enable_thinking=False``."""

    def __init__(self, tokenizer: Any, **variables: Any) -> None:
        if not tokenizer.chat_template:
            raise ModelError("the tokenizer has no chat template; expected that of an instruct model")
        self.tokenizer, self.variables = tokenizer, variables

    def render(self, said: Sequence[tuple[str, str]], *, answering: bool) -> str:
        """Turns (role, content) as text. `answering`: up to where the assistant's next turn begins."""
        turns = [{"role": role, "content": content} for role, content in said]
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    turns, tokenize=False, add_generation_prompt=answering, **self.variables
                )
            )
        except Exception as error:  # a template may do anything
            raise ModelError(f"the model's chat template can't put this: {error}") from None
