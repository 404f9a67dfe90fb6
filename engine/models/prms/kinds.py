"""What kind of PRM a name, a folder and a configuration stand for."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from engine.models.loading import ModelError

KINDS = {
    "builtin": "this repository's: a token classifier with one output, read at each step's end",
    "expecting": "this repository's: a causal model whose logits say of each token whether it is right",
    "shepherd": "Math-Shepherd: read at the token ки after each step",
    "rlhflow": "RLHFlow Llama3.1-8B-PRM: a chat in which the assistant says + or - to each step",
    "qwen": "Qwen2.5-Math-PRM and -PRM800K: read at <extra_0> by a head of two layers",
    "skywork": "Skywork-o1-Open-PRM: read at each newline by a value head",
    "judge": "any instruct model: asked whether the latest step is right, Yes or No",
    "thinking": "any chat model: asked the same, and thinks aloud before it answers",
    "genprm": "GenPRM: thinks aloud, as it was trained to",
    "thinkprm": "ThinkPRM: thinks aloud, as it was trained to",
}
NAMES = {
    "shepherd": re.compile(r"math[-_]?shepherd"),
    "rlhflow": re.compile(r"rlhflow|llama-?3\.?1.*prm.*(deepseek|mistral)"),
    "genprm": re.compile(r"genprm"),
    "thinkprm": re.compile(r"thinkprm"),
    "judge": re.compile(r"^(?!.*prm).*(instruct|chat|-it\b)"),
}
"""Of those that nothing but their name tells apart: all of them are causal models like any other."""


def split_name(name: str) -> tuple[str, str | None]:
    """``ID_OR_PATH[:kind]`` as both its parts. Raises `ModelError` for a kind that doesn't exist."""
    before, found, kind = name.rpartition(":")
    # What follows a colon and has a slash is a path: C:\models, C:/models.
    if not found or not before or re.search(r"[/\\]", kind) or Path(name).is_dir():
        return name, None
    if kind not in KINDS:
        raise ModelError(f"got kind {kind!r} of PRM, expected one of:\n{listed()}")
    return before, kind


def recognise(name: str, config: Any, weights: Collection[str], chats: bool) -> str:
    """The kind of a PRM, by its weights, its configuration, or its name. Raises `ModelError` with all kinds there are.

    `weights`: their names. `chats`: whether its tokenizer has a chat template.
    """
    if {"score.0.weight", "score.2.weight"} <= set(weights):
        return "qwen"
    if "v_head.summary.weight" in weights:
        return "skywork"
    if getattr(config, "prm", None) == "expecting":
        return "expecting"
    architecture = (getattr(config, "architectures", None) or [""])[0]
    if architecture.endswith("ForTokenClassification"):
        return "builtin"
    if architecture.endswith(("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")):
        for kind, pattern in NAMES.items():
            if pattern.search(name.lower()) and (chats or kind == "shepherd"):
                return kind
    raise ModelError(
        f"{name}: can't tell what kind of PRM this is ({architecture or 'no architecture'} in its config.json); "
        f"say it: --prm {name}:KIND, with one of\n{listed()}"
    )


def listed() -> str:
    """The kinds, one a line."""
    return "\n".join(f"  {kind:<9} {what}" for kind, what in KINDS.items())
