"""Tiny random checkpoints in exactly the layout of the public PRMs: names of weights, special tokens, templates."""

import json
from pathlib import Path
from shutil import copy
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaTokenizer,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2Tokenizer,
)

from tests.models.families import SHAPE

TEXT = [
    "We add 12 and 30 to get 42.\n\nThen we multiply by 2.\n\nThe answer is \\boxed{84}.",
    "Step 1: 48 / 2 = 24 clips in May.\nStep 2: 48 + 24 = 72 clips altogether.\n\nThe answer is: 72",
    "How many eggs does Janet sell every day? She eats three for breakfast, and bakes muffins with four.",
    "Is the solution correct? Yes No + - ки Problem: Question: Verdict: Yes\nVerdict: No\n</analyze>\n<analyze>\n",
] * 4
QWEN_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA_WORDS = QWEN_WORDS.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
QWEN = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\nPlease reason step by step, and put your final answer "
    "within \\boxed{}.<|im_end|>\n{% endif %}" + CHATML
)
LLAMA31 = (
    "{{ bos_token }}<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
    "Today Date: 26 Jul 2024\n\n<|eot_id|>{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)


def _trained(words: str) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Vocabulary and merges of a byte-level BPE; it merges a full stop with the blank line after it."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(words), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    core.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet, show_progress=False))
    state = json.loads(core.to_str())["model"]
    return state["vocab"], [tuple(pair) for pair in state["merges"]]


def qwen_tokenizer(*special: str, **named: str) -> Qwen2Tokenizer:
    """As in Qwen2 folders: the class rebuilds the byte-level BPE from its vocabulary and merges."""
    vocabulary, merges = _trained(QWEN_WORDS)
    tokenizer = Qwen2Tokenizer(vocab=vocabulary, merges=merges, **named)  # type: ignore[arg-type]
    added = ["<|im_start|>", "<|im_end|>", *special]
    tokenizer.add_tokens([AddedToken(text, special=True, normalized=False) for text in added])
    tokenizer.eos_token = "<|im_end|>"
    tokenizer.chat_template = QWEN
    return tokenizer


def llama_tokenizer() -> PreTrainedTokenizerFast:
    """As in Llama 3 folders: byte-level, and it sets a beginning of text before whatever it encodes."""
    vocabulary, merges = _trained(LLAMA_WORDS)
    core = Tokenizer(models.BPE(vocabulary, merges))
    core.decoder = decoders.ByteLevel()
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(LLAMA_WORDS), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    )
    special = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    core.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    core.post_processor = processors.TemplateProcessing(
        single=f"{special[0]} $A", special_tokens=[(special[0], core.token_to_id(special[0]))]
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, bos_token=special[0], eos_token=special[4])
    tokenizer.chat_template = LLAMA31
    return tokenizer


def mistral_tokenizer() -> LlamaTokenizer:
    """As in Mistral's folders: pieces with ▁, bytes to fall back on, a space before every text, ``ки`` at 12902."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(256))]
    letters = sorted(({c for text in TEXT for c in text if not c.isspace()} | {"▁"}) - {"к", "и"})
    placed = {387: "▁-", 648: "▁+", 12902: "▁ки", 12000: "к", 12001: "и", 12002: "ки"}
    words = ["▁w", "▁we", "St", "Ste", "Step", "▁Step", "▁▁", "he", "▁the"]
    names = iter(letters + words)
    vocabulary: dict[str, int] = {}
    for i in range(13_000):
        text = pieces[i] if i < len(pieces) else placed.get(i) or next(names, f"<unused{i}>")
        vocabulary.setdefault(text, i)
    merges = [
        ("к", "и"), ("▁", "ки"), ("▁", "+"), ("▁", "-"), ("▁", "w"), ("▁w", "e"), ("S", "t"), ("St", "e"), ("Ste", "p"),
        ("▁", "Step"), ("▁", "▁"), ("h", "e"),
    ]  # fmt: skip
    tokenizer = LlamaTokenizer(vocab=vocabulary, merges=merges, bos_token="<s>", eos_token="</s>", legacy=True)
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return tokenizer


def _config(kind: type, tokenizer: Any, size: int | None = None, **more: Any) -> Any:
    return kind(
        **SHAPE, vocab_size=size or len(tokenizer), pad_token_id=0, bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id, **more
    )  # fmt: skip


def _linear(outputs: int, inputs: int, name: str) -> dict[str, torch.Tensor]:
    layer = torch.nn.Linear(inputs, outputs)
    return {f"{name}.weight": layer.weight.detach() * 3, f"{name}.bias": layer.bias.detach()}


def _save(folder: Path, weights: dict[str, torch.Tensor], config: Any, architecture: str, **more: Any) -> None:
    """Weights by name, and a configuration with `more` in it."""
    save_file(
        {name: weight.contiguous() for name, weight in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    told = {**config.to_dict(), "architectures": [architecture], **more}
    (folder / "config.json").write_text(json.dumps(told))


def shepherd(folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    tokenizer = mistral_tokenizer()
    torch.manual_seed(1)
    model = MistralForCausalLM(_config(MistralConfig, tokenizer, sliding_window=None))
    model.to(dtype=dtype).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def rlhflow(folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    tokenizer = llama_tokenizer()
    torch.manual_seed(2)
    model = LlamaForCausalLM(_config(LlamaConfig, tokenizer, tie_word_embeddings=False))
    model.to(dtype=dtype).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def qwen(folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    """``model.*``, ``score.0.*`` and ``score.2.*``, and a configuration that points to code that isn't there."""
    tokenizer = qwen_tokenizer("<extra_0>", "<extra_1>")
    torch.manual_seed(3)
    config = _config(Qwen2Config, tokenizer, tie_word_embeddings=False)
    weights = {n: w for n, w in Qwen2ForCausalLM(config).state_dict().items() if n.startswith("model.")}
    weights |= _linear(32, 32, "score.0") | _linear(2, 32, "score.2")
    _save(
        folder, {n: w.to(dtype) for n, w in weights.items()}, config, "Qwen2ForProcessRewardModel",
        auto_map={
            "AutoModel": "modeling_qwen2_rm.Qwen2ForProcessRewardModel",
            "AutoConfig": "configuration_qwen2_rm.Qwen2RMConfig",
        },
        dtype=str(dtype).removeprefix("torch."),
    )  # fmt: skip
    tokenizer.save_pretrained(folder)
    return folder


def skywork(folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    """``model.*``, ``lm_head.weight`` and ``v_head.summary.*``, the last in float32 whatever the rest is in."""
    tokenizer = qwen_tokenizer(bos_token="<|endoftext|>")
    torch.manual_seed(4)
    config = _config(Qwen2Config, tokenizer, tie_word_embeddings=False)
    weights = {name: weight.to(dtype) for name, weight in Qwen2ForCausalLM(config).state_dict().items()}
    _save(
        folder,
        weights | _linear(1, 32, "v_head.summary"),
        config,
        "Qwen2ForPrmModel",
        dtype=str(dtype).removeprefix("torch."),
    )
    tokenizer.save_pretrained(folder)
    return folder


LAYOUTS = {"shepherd": shepherd, "rlhflow": rlhflow, "qwen": qwen, "skywork": skywork}


def shard(folder: Path, target: Path) -> Path:
    """The same checkpoint, its weights in two files and an index."""
    target.mkdir(exist_ok=True)
    for kept in folder.iterdir():
        if kept.name != "model.safetensors":
            copy(kept, target)
    weights = load_file(folder / "model.safetensors")
    names = sorted(weights)
    parts = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, members in parts.items():
        save_file({name: weights[name] for name in members}, target / file, {"format": "pt"})
    index = {"metadata": {}, "weight_map": {name: file for file, members in parts.items() for name in members}}
    (target / "model.safetensors.index.json").write_text(json.dumps(index))
    return target
