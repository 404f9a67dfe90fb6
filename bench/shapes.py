"""Models of real shape with random weights: their speed doesn't depend on the values.

The vocabulary is of words that read back as they are written, one in `EVERY` of which ends a step.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch

EVERY = 40
"""So many tokens a step has, on average."""
TURNS = "{% for m in messages %}<s>{{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}<s>{% endif %}"
SPECIAL = ("<s>", "</s>", "<extra_0>")


@dataclass(frozen=True, slots=True)
class Shape:
    """What speed depends on. All are run by the code for Llama, which is Qwen's but for a few biases."""

    name: str
    hidden: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int


POLICY = Shape("Qwen2.5-1.5B", 1536, 8960, 28, 12, 2, 151_936)
PRM = Shape("Qwen2.5-Math-PRM-7B", 3584, 18_944, 28, 28, 4, 152_064)
TINY = Shape("a tiny one", 64, 128, 2, 4, 2, 2_000)


def word(i: int) -> str:
    """The token of number `i`, if it isn't a special one."""
    return f"w{i}\n\n" if i % EVERY == 0 else f"w{i} "


def text(tokens: int, seed: int = 0) -> str:
    """A text of so many tokens, none of which ends a step; every shape knows its words."""
    words = [word(i) for i in range(len(SPECIAL), TINY.vocabulary) if i % EVERY]
    return "".join(Random(seed).choices(words, k=tokens))


def make_policy(folder: Path, shape: Shape, device: torch.device) -> Path:
    """A causal model without a chat template."""
    from transformers import LlamaForCausalLM

    with _made_on(device):
        model = LlamaForCausalLM(_config(shape, tied=True))
    return _save(model, folder, shape, template=None)


def make_prm(folder: Path, shape: Shape, device: torch.device) -> Path:
    """A model in the layout of Qwen2.5-Math-PRM: a body, and a head of two layers called `score`."""
    from torch import nn
    from transformers import LlamaModel, LlamaPreTrainedModel

    class Scored(LlamaPreTrainedModel):  # type: ignore[no-untyped-call]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.model = LlamaModel(config)
            width = config.hidden_size
            self.score = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 2))

    with _made_on(device):
        model = Scored(_config(shape, tied=False))
    return _save(model, folder, shape, template=TURNS)


def _config(shape: Shape, *, tied: bool) -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=4096,
        tie_word_embeddings=tied,
        bos_token_id=0,
        eos_token_id=1,
    )


@contextmanager
def _made_on(device: torch.device) -> Iterator[None]:
    """Make what is made inside on `device`, in the type that it computes in."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32 if device.type == "cpu" else torch.bfloat16)
    torch.manual_seed(0)
    try:
        with device:
            yield
    finally:
        torch.set_default_dtype(before)


def _save(model: Any, folder: Path, shape: Shape, template: str | None) -> Path:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    model.save_pretrained(folder)
    words = {token: i for i, token in enumerate(SPECIAL)}
    words |= {word(i): i for i in range(len(SPECIAL), shape.vocabulary)}
    core = Tokenizer(models.WordLevel(words, unk_token="</s>"))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"w\d+(?: |\n\n)"), "isolated")
    core.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=core, bos_token="<s>", eos_token="</s>", additional_special_tokens=["<extra_0>"],
        chat_template=template,
    )  # fmt: skip
    tokenizer.save_pretrained(folder)
    return folder
