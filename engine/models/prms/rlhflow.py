"""RLHFlow's PRMs (Xiong et al. 2024): a chat in which the user says the steps and the assistant ``+`` to each.

The first turn of the user is the question, a space and the first step. A reward is P(``+``) against P(``-``)
where the assistant is about to say it: the position before its ``+``. So what is read for a step is the end of
the generation prompt, and the ``+`` that follows belongs to the next step's segment.
"""

from collections.abc import Sequence
from typing import Any

from engine.models.loading import Loading, ModelError
from engine.models.prms.heads import TwoTokens
from engine.models.prms.reading import Source, StepPRM
from engine.models.prms.text import Chat, Words
from engine.models.prms.weights import read_writer
from engine.models.store import Prefix


class Rlhflow:
    """The layout."""

    def __init__(self, tokenizer: Any) -> None:
        self.words, self.chat = Words(tokenizer), Chat(tokenizer)
        self.plus, self.minus = self.words.token("+"), self.words.token("-")

    def __call__(self, question: str, steps: Sequence[str], ended: bool) -> list[Prefix]:
        said: list[tuple[str, str]] = []
        parts: list[str] = []
        before = ""
        for i, step in enumerate(steps):
            said.append(("user", step if i else f"{question} {step}"))
            text = self.chat.render(said, answering=True)
            if i and not text.startswith(before + "+"):
                raise ModelError("the chat template rewrites earlier turns; expected RLHFlow's, which doesn't")
            parts.append(text[len(before) :])
            before = text
            said.append(("assistant", "+"))
        end = parts[0].find(question) + len(question)
        return self.words.cut_if_possible(parts[0][:end], [parts[0][end:], *parts[1:]])


def load(source: Source, config: Any, tokenizer: Any, loading: Loading) -> StepPRM:
    layout = Rlhflow(tokenizer)
    causal = read_writer(source.folder, loading)
    return StepPRM(source, layout, TwoTokens(causal, layout.plus, layout.minus), causal.get_decoder())
