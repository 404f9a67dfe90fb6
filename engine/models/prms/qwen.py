"""Qwen2.5-Math-PRM and -PRM800K (Zhang et al. 2025, arXiv:2501.07301): a chat whose answer has ``<extra_0>`` after
every step, read there by a head of two layers, Linear, ReLU, Linear, for wrong and right.
"""

from collections.abc import Sequence
from typing import Any

from engine.models.loading import Loading, ModelError
from engine.models.prms.heads import TwoWay
from engine.models.prms.reading import Source, StepPRM
from engine.models.prms.text import Chat, Words
from engine.models.prms.weights import read_body, read_linear
from engine.models.store import Prefix

MARK = "<extra_0>"
SYSTEM = "Please reason step by step, and put your final answer within \\boxed{}."


class Qwen:
    """The layout."""

    def __init__(self, tokenizer: Any) -> None:
        self.words, self.chat = Words(tokenizer), Chat(tokenizer)
        if MARK not in tokenizer.get_vocab():
            raise ModelError(f"the tokenizer has no token {MARK}, which stands after every step; it isn't Qwen's PRM")
        self.mark = self.words.token(MARK)

    def __call__(self, question: str, steps: Sequence[str], ended: bool) -> list[Prefix]:
        said = [("system", SYSTEM), ("user", question)]
        head = self.chat.render(said, answering=True)
        # A mark that a step brings along would be a step of its own to the model.
        parts = [step.replace(MARK, "") + MARK for step in steps]
        whole = self.chat.render([*said, ("assistant", "".join(parts))], answering=False)
        if not whole.startswith(head + "".join(parts)):
            raise ModelError("the chat template changes the answer it is given; expected Qwen's, which doesn't")
        return self.words.cut_if_possible(head, parts)


def load(source: Source, config: Any, tokenizer: Any, loading: Loading) -> StepPRM:
    layout, width = Qwen(tokenizer), config.hidden_size
    inner = read_linear(source.folder, "score.0", (None, width), loading.at)
    outer = read_linear(source.folder, "score.2", (2, inner.out_features), loading.at)
    return StepPRM(source, layout, TwoWay(inner, outer), read_body(source.folder, loading))
