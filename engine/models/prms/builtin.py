"""The kind this repository trains: a token classifier with one output, read at each step's end.

A step ends with a newline, the last step of an ended solution with the end of text.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from engine.models.loading import DEFAULT, Loading, ModelError, read_config, read_tokenizer
from engine.models.prms.reading import Source, StepPRM, Text
from engine.models.prms.weights import read_classifier
from engine.models.store import Prefix
from engine.models.writing import Writer
from engine.protocol import Chain

SEPARATOR = "\n"


class Builtin:
    """The layout. `readings`: how often the question is read before the steps."""

    def __init__(self, tokenizer: Any, end: int, readings: int = 1) -> None:
        self.writer, self.readings = Writer(tokenizer, [end]), readings

    def __call__(self, question: str, steps: Sequence[str], ended: bool) -> list[Prefix]:
        last = len(steps) - 1
        said = [self.writer.step(s, SEPARATOR, ended=ended and i == last) for i, s in enumerate(steps)]
        return [self.writer.prompt(question * self.readings), *said]


class BuiltinPRM(StepPRM):
    """Prompt and steps are read as they were written in training, to the letter."""

    layout: Builtin

    @property
    def writer(self) -> Writer:
        return self.layout.writer

    def prepare(self, chain: Chain) -> Text:
        return Text(chain.prompt, chain.steps, list(range(len(chain.steps))), chain.known)


def load(source: Source, config: Any, tokenizer: Any, loading: Loading) -> BuiltinPRM:
    if config.num_labels != 1:
        raise ModelError(f"{source.folder}: got a token classifier with {config.num_labels} outputs, expected one")
    model = read_classifier(source.folder, loading)
    head = model.score

    def value(hidden: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = head(hidden)[:, 0]
        return out

    return BuiltinPRM(source, Builtin(tokenizer, config.eos_token_id), value, getattr(model, model.base_model_prefix))


def read_builtin(folder: Path, loading: Loading = DEFAULT) -> BuiltinPRM:
    """The built-in kind in `folder`. Raises `ModelError` if what is there is something else."""
    source = Source(folder.name, "builtin", folder, loading)
    return load(source, read_config(folder, loading), read_tokenizer(folder, loading), loading)
