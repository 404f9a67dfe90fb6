"""Weights by name: models that have all of theirs, and single layers read without a model around them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from engine.models.loading import Loading, ModelError, read_model

INDEX = "model.safetensors.index.json"


class _Complete:
    """A class of models none of whose weights may be made up. Weights that it has no use for are no matter."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def from_pretrained(self, folder: Path, **arguments: Any) -> Any:
        with _silence():
            model, told = self.kind.from_pretrained(folder, output_loading_info=True, **arguments)
        missing = sorted(told["missing_keys"])
        if missing:
            named = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
            raise ModelError(f"{folder}: got no weights called {named}, which this kind of PRM has; name another kind")
        return model


@contextmanager
def _silence() -> Iterator[None]:
    """Without the report of weights that are there and not needed."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(before)


def read_body(folder: Path, loading: Loading) -> Any:
    """The model in `folder` without its head, whatever that is. Raises `ModelError` if a weight is missing."""
    from transformers import AutoModel

    return read_model(_Complete(AutoModel), folder, loading)


def read_writer(folder: Path, loading: Loading) -> Any:
    """The causal model in `folder`. Raises `ModelError` if a weight is missing."""
    from transformers import AutoModelForCausalLM

    return read_model(_Complete(AutoModelForCausalLM), folder, loading)


def read_classifier(folder: Path, loading: Loading) -> Any:
    """The token classifier in `folder`. Raises `ModelError` if a weight is missing."""
    from transformers import AutoModelForTokenClassification

    return read_model(_Complete(AutoModelForTokenClassification), folder, loading)


def files_of(folder: Path) -> dict[str, Path]:
    """Each weight in `folder` and the file it is in. Raises `ModelError` if there are none."""
    index = folder / INDEX
    try:
        if index.is_file():
            return {name: folder / file for name, file in json.loads(index.read_text())["weight_map"].items()}
        found = {}
        for file in sorted(folder.glob("*.safetensors")):
            with safe_open(file, framework="pt") as opened:
                found.update(dict.fromkeys(opened.keys(), file))
    except (OSError, ValueError, KeyError, AttributeError, SafetensorError) as error:
        raise ModelError(f"{folder}: its weights can't be read: {error}") from None
    if not found:
        raise ModelError(
            f"{folder}: no weights as safetensors there; pickled ones (*.bin) are never loaded: convert them"
        )
    return found


def read_linear(folder: Path, name: str, shape: tuple[int | None, int], device: torch.device) -> nn.Linear:
    """The linear layer called `name`, in float32. `shape`: (outputs, inputs) it must have; None for any.

    Raises `ModelError` with what is missing if it isn't there, or not of that shape.
    """
    files = files_of(folder)
    if f"{name}.weight" not in files:
        raise ModelError(
            f"{folder}: got no weights called {name}.weight, which this kind of PRM has; name another kind"
        )
    weight = _read(files[f"{name}.weight"], f"{name}.weight")
    if weight.ndim != 2 or shape[0] not in (None, weight.shape[0]) or weight.shape[1] != shape[1]:
        raise ModelError(f"{folder}: got {name}.weight of shape {tuple(weight.shape)}, expected {shape}")
    bias = _read(files[f"{name}.bias"], f"{name}.bias") if f"{name}.bias" in files else None
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device=device)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)
    return layer.requires_grad_(False)


def _read(file: Path, name: str) -> torch.Tensor:
    try:
        with safe_open(file, framework="pt") as opened:
            found: torch.Tensor = opened.get_tensor(name)
            return found
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{file}: {name} can't be read: {error}") from None
