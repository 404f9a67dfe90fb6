"""Tiny random checkpoints in the layout of public model families, each with a tokenizer of its kind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    Gemma2Config,
    Gemma3TextConfig,
    GenerationConfig,
    LlamaConfig,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

TEXT = [
    "We add 12 and 30 to get 42.\n\nThen we multiply by 2.\n\nThe answer is \\boxed{84}.",
    "Let x = 3.\n\nSo 2x = 6.\n\n\n<think>\nWait, maybe not.\n\nOK.</think>\n\nIt is $\\boxed{\\frac{1}{2}}$.",
    "Step 1: 48 / 2 = 24\nStep 2: 48 + 24 = 72\n\nThe answer is: 72",
    "How many eggs does Janet sell every day? She eats three for breakfast, and bakes muffins with four.",
] * 4

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA3 = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content }}"
    "<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% elif m.role == 'system' %}{{ raise_exception('only user and assistant turns') }}"
    "{% else %}{{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content }}<end_of_turn>\n"
    "{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
R1 = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}<｜User｜>{{ m.content }}"
    "{% elif m.role == 'assistant' %}<｜Assistant｜>{{ m.content }}<｜end▁of▁sentence｜>"
    "{% else %}{{ m.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}<｜Assistant｜><think>\n{% endif %}"
)
SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 1024,
    "initializer_range": 0.3,
}


def byte_level(special: list[str], **named: str) -> PreTrainedTokenizerFast:
    """A byte-level BPE as Qwen, Llama 3 and DeepSeek have; it merges what stands before a blank line with it."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    core.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet, show_progress=False))
    merged = {".\n\n", "\n\n", "\n\n\n"}
    core.add_tokens([AddedToken(text, normalized=False) for text in sorted(merged)])
    return _finish(core, special, named)


def sentence_pieces(special: list[str], *, legacy: bool, **named: str) -> PreTrainedTokenizerFast:
    """A BPE over pieces with ▁ for spaces and bytes to fall back on, as Mistral and Gemma have.

    `legacy`: with the space that Llama 2 and Mistral set before every text.
    """
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Replace(" ", "▁")
    trained.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=300, show_progress=False))
    state = json.loads(trained.to_str())["model"]
    pieces = ["<unk>", *(f"<0x{i:02X}>" for i in range(256)), *(p for p in state["vocab"] if p != "\n")]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    merges = [(a, b) for a, b in map(tuple, state["merges"]) if {a, b, a + b} <= set(vocabulary)]
    core = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    core.normalizer = normalizers.Sequence([normalizers.Prepend("▁")] * legacy + [normalizers.Replace(" ", "▁")])
    core.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()] + [decoders.Strip(" ", 1, 0)] * legacy
    )
    return _finish(core, special, named)


def _finish(core: Tokenizer, special: list[str], named: dict[str, str]) -> PreTrainedTokenizerFast:
    core.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    fast: PreTrainedTokenizerFast = PreTrainedTokenizerFast(tokenizer_object=core, **named)
    return fast


def qwen2() -> tuple[Any, PreTrainedTokenizerFast, str, list[str]]:
    return Qwen2Config, byte_level(["<|im_start|>", "<|im_end|>"], eos_token="<|im_end|>"), CHATML, ["<|im_end|>"]


def qwen3() -> tuple[Any, PreTrainedTokenizerFast, str, list[str]]:
    return Qwen3Config, byte_level(["<|im_start|>", "<|im_end|>"], eos_token="<|im_end|>"), CHATML, ["<|im_end|>"]


def llama3() -> tuple[Any, PreTrainedTokenizerFast, str, list[str]]:
    special = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    tokenizer = byte_level(special, bos_token=special[0], eos_token=special[1])
    return LlamaConfig, tokenizer, LLAMA3, ["<|end_of_text|>", "<|eot_id|>"]


def deepseek_r1() -> tuple[Any, PreTrainedTokenizerFast, str, list[str]]:
    special = ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"]
    tokenizer = byte_level(special, bos_token=special[0], eos_token=special[1])
    return Qwen2Config, tokenizer, R1, [special[1]]


def mistral() -> tuple[Any, PreTrainedTokenizerFast, str, list[str]]:
    tokenizer = sentence_pieces(["<s>", "</s>"], legacy=True, bos_token="<s>", eos_token="</s>")
    return lambda **shape: MistralConfig(**shape, sliding_window=24), tokenizer, MISTRAL, ["</s>"]


def gemma2() -> tuple[Any, PreTrainedTokenizerFast, str, list[str]]:
    special = ["<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"]
    tokenizer = sentence_pieces(special, legacy=False, bos_token="<bos>", eos_token="<eos>")
    return (
        lambda **shape: Gemma2Config(**shape, sliding_window=24, query_pre_attn_scalar=8),
        tokenizer,
        GEMMA,
        ["<eos>", "<end_of_turn>"],
    )


def gemma3() -> tuple[Any, PreTrainedTokenizerFast, str, list[str]]:
    _, tokenizer, template, ends = gemma2()
    layers = ["sliding_attention", "full_attention"]
    return (
        lambda **shape: Gemma3TextConfig(**shape, sliding_window=24, query_pre_attn_scalar=8, layer_types=layers),
        tokenizer,
        template,
        ends,
    )


FAMILIES: dict[str, Callable[[], tuple[Any, PreTrainedTokenizerFast, str, list[str]]]] = {
    "qwen2": qwen2,
    "qwen3": qwen3,
    "llama3": llama3,
    "deepseek-r1": deepseek_r1,
    "mistral": mistral,
    "gemma2": gemma2,
    "gemma3": gemma3,
}


def build(family: str, folder: Path, *, seed: int = 0) -> Path:
    """Save a tiny random checkpoint of `family` to `folder`, complete with tokenizer and chat template."""
    config_of, tokenizer, template, ends = FAMILIES[family]()
    tokenizer.chat_template = template
    torch.manual_seed(seed)
    first = tokenizer.bos_token_id
    config = config_of(
        **SHAPE, vocab_size=len(tokenizer), bos_token_id=first, eos_token_id=tokenizer.eos_token_id, pad_token_id=0
    )
    model = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)](config)
    # The end of turn stands in the chat template alone, as in some public repositories.
    model.generation_config = GenerationConfig(eos_token_id=tokenizer.eos_token_id)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "ends.json").write_text(json.dumps([tokenizer.convert_tokens_to_ids(token) for token in ends]))
    return folder
