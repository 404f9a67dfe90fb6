"""Math-Shepherd (Wang et al. 2023, arXiv:2312.08935): ``{question} Step 1: … ки\\nStep 2: … ки``, read at each ``ки``.

Mistral with its language-model head; a reward is P(``+``) against P(``-``) as the token after ``ки``.
"""

from collections.abc import Sequence
from typing import Any

from engine.models.loading import Loading, ModelError
from engine.models.prms.heads import TwoTokens
from engine.models.prms.reading import Source, StepPRM
from engine.models.prms.text import Words, unlabelled
from engine.models.prms.weights import read_writer
from engine.models.store import Prefix

MARK = "ки"


class Shepherd:
    """The layout. Steps are numbered from 1, whatever they call themselves."""

    def __init__(self, tokenizer: Any) -> None:
        self.words = Words(tokenizer)
        # As they stand in a text: with the space before them that sentencepiece makes part of the token.
        self.mark = self.words.token(MARK)
        signs = self.words.encode("+ -")
        if len(signs) != 2:
            raise ModelError(f"'+ -' is {len(signs)} tokens to this tokenizer, expected two: it isn't Math-Shepherd's")
        self.plus, self.minus = signs

    def __call__(self, question: str, steps: Sequence[str], ended: bool) -> list[Prefix]:
        said = [f"Step {i}: {unlabelled(step)} {MARK}" for i, step in enumerate(steps, 1)]
        first, *others = self.words.cut_if_possible(question, [f" {said[0]}", *(f"\n{step}" for step in said[1:])])
        segments = [self.words.bos() + first, *others]
        for segment in segments[-len(steps) :]:
            if segment[-1] != self.mark:
                raise ModelError(f"a step's {MARK!r} became token {segment[-1]}, expected {self.mark}")
        return segments


def load(source: Source, config: Any, tokenizer: Any, loading: Loading) -> StepPRM:
    layout = Shepherd(tokenizer)
    causal = read_writer(source.folder, loading)
    return StepPRM(source, layout, TwoTokens(causal, layout.plus, layout.minus), causal.get_decoder())
