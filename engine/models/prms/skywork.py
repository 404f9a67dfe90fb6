"""Skywork-o1-Open-PRM: the question on a line, then a line a step, each read at its newline by a linear value head.

Every line is encoded by itself and followed by the newline's token, so no token reaches over a line's end.
"""

from collections.abc import Sequence
from typing import Any

from engine.models.loading import Loading
from engine.models.prms.heads import Value
from engine.models.prms.reading import Source, StepPRM
from engine.models.prms.text import Words
from engine.models.prms.weights import read_body, read_linear
from engine.models.store import Prefix


class Skywork:
    """The layout. A step of several lines is read at the end of the last one."""

    def __init__(self, tokenizer: Any) -> None:
        self.words = Words(tokenizer)
        self.newline = self.words.encode("\n")[-1]
        self.bos = tokenizer.bos_token_id

    def __call__(self, question: str, steps: Sequence[str], ended: bool) -> list[Prefix]:
        head = self.words.encode(f"{question}\n")
        return [head if self.bos is None else (self.bos, *head), *(self._step(step) for step in steps)]

    def _step(self, step: str) -> Prefix:
        lines = [line for line in step.split("\n") if line.strip()]
        return tuple(token for line in lines for token in (*self.words.encode(line), self.newline))


def load(source: Source, config: Any, tokenizer: Any, loading: Loading) -> StepPRM:
    layout = Skywork(tokenizer)
    head = Value(read_linear(source.folder, "v_head.summary", (1, config.hidden_size), loading.at))
    return StepPRM(source, layout, head, read_body(source.folder, loading))
