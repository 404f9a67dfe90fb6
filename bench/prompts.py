"""A long shared prompt: our sampler against `generate(num_return_sequences=64)`, with the same random weights.

Random weights are the worst case for us: no two solutions begin alike, so nothing but the prompt is shared.
"""

import tempfile
from pathlib import Path
from typing import Any

from bench.apart import apart
from bench.options import Options, median, spend
from bench.report import Sheet, verdict
from engine.models.draws import child_seed
from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.protocol import Continuation

N, PROMPT, NEW = 64, 256, 64
"""Solutions a problem, tokens of its prompt (as many for all problems), tokens of a solution at most."""
MANY, FEW = 100, 4
AT_ONCE = 20
"""Problems in one batch of ours."""

OURS, OURS_MANY, PEER = "ours, one problem", f"ours, {MANY} problems", "generate, problem by problem"
BARS = {OURS: 3.0, OURS_MANY: 6.0}


def run(options: Options) -> list[Sheet]:
    found: dict[str, list[dict[str, Any]]] = {}
    for variant in (OURS, PEER, OURS_MANY, OURS, PEER, OURS_MANY, OURS, PEER):
        found.setdefault(variant, []).append(apart(__name__, options, variant=variant))
    sheet = Sheet(
        f"{N} solutions of {NEW} tokens after a prompt of {PROMPT}, random weights, {options.threads} thread(s)",
        ("way", "problems", "runs", "tokens/s (CPU)", "tokens/s (wall)", "faster by", "bar", "", "peak memory MB"),
    )
    speed = {v: median([r["tokens"] / r["cpu"] for r in runs]) for v, runs in found.items()}
    for variant, runs in found.items():
        ratio = speed[variant] / speed[PEER]
        bar = BARS.get(variant)
        sheet.add(
            variant,
            runs[0]["problems"],
            len(runs),
            round(speed[variant]),
            round(median([r["tokens"] / r["wall"] for r in runs])),
            f"{ratio:.1f} x",
            f"{bar:g} x" if bar else "",
            verdict(ratio >= bar) if bar else "",
            round(median([r["grown"] for r in runs])),
        )
    sheet.notes = [
        "A model of the built-in policy's shape. Tokens are those sampled up to each solution's end. Ratios are of "
        "CPU time. Memory is the peak above the loaded model.",
    ]
    return [sheet]


def measure(options: Options, *, variant: str) -> dict[str, Any]:
    """One variant in this process."""
    with tempfile.TemporaryDirectory() as folder:
        made = _random_model(Path(folder))
        if variant == PEER:
            return _measure_peer(made, 2 if options.quick else FEW)
        policy = LocalPolicy(made, Loading("cpu"))
    count = 1 if variant == OURS else 10 if options.quick else MANY
    wanted = [_ask(i) for i in range(count)]
    policy.sample([_ask(-1)])
    batches = [wanted[i : i + AT_ONCE] for i in range(0, count, AT_ONCE)]
    tokens, spent = spend(lambda: sum(_sample(policy, batch) for batch in batches))
    return {"problems": count, "tokens": tokens, "cpu": spent.cpu, "wall": spent.wall, "grown": spent.grown}


def _random_model(folder: Path) -> Path:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from engine.train.tokenizer import build_tokenizer

    tokenizer = build_tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=128, intermediate_size=512, num_hidden_layers=4, num_attention_heads=4,
        max_position_embeddings=1024, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _prompt(i: int) -> str:
    """A text of `PROMPT` tokens with the beginning of a text, which differs from problem to problem."""
    return " ".join(str(1 + (i * 7 + place * 13) % 998) for place in range(PROMPT - 1))


def _ask(i: int) -> Continuation:
    seeds = tuple(child_seed(0, str(i), (j,)) for j in range(N))
    # No separator of theirs ever comes, so that all that ends a solution is its end or its length.
    return Continuation(_prompt(i), (), seeds, until="end", max_tokens=NEW, max_steps=1, separator=" Make Make")


def _sample(policy: LocalPolicy, wanted: list[Continuation]) -> int:
    return sum(s.cost.policy_tokens for chains in policy.sample(wanted) for chain in chains for s in chain)


def _measure_peer(folder: Path, count: int) -> dict[str, Any]:
    import torch

    from bench.peers import Peer

    peer = Peer(folder)
    torch.manual_seed(0)

    def sample(i: int) -> int:
        ids = peer.tokenizer.encode(_prompt(i), add_special_tokens=False)
        prompt = (peer.tokenizer.bos_token_id, *ids)
        found = peer.continuations(prompt, N, temperature=1.0, stop=(peer.end,), most=NEW)
        return sum(map(len, found))

    sample(-1)
    tokens, spent = spend(lambda: sum(map(sample, range(count))))
    return {"problems": count, "tokens": tokens, "cpu": spent.cpu, "wall": spent.wall, "grown": spent.grown}
