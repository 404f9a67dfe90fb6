"""The CUDA path: a policy of 1.5 B parameters and a PRM of 7 B with random weights, against what the card can do.

With --quick, tiny models on whatever device there is: to see that it runs. Without a GPU nothing else runs.
"""

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from bench import shapes
from bench.apart import apart
from bench.options import Options, median
from bench.report import Sheet, percent, verdict
from engine.models.draws import child_seed
from engine.models.loading import Loading, ModelError, pick_device
from engine.models.local import LocalPolicy
from engine.models.prms import load_prm
from engine.protocol import Chain, Continuation
from engine.runner import make_setting
from engine.scheduler import Job, run_searches
from engine.tree import Problem

ROWS, PROMPT, NEW = 64, 256, 256
"""Solutions decoded at once, tokens of their prompt, tokens of each."""
CHAINS, STEPS = 16, 25
"""Solutions the PRM reads at once, steps of each of `shapes.EVERY` tokens."""
PROBLEMS, N, DEPTH = 8, 16, 6
"""The step search: problems at once, candidates of a beam, steps of a solution."""
AIMS = {"decode": 0.6, "prefill": 0.5, "busy": 0.8}
CACHE = 8 << 30
RUNS = 3


def run(options: Options) -> list[Sheet]:
    device = pick_device()
    if device.type != "cuda" and not options.quick:
        raise ModelError(
            "python -m bench gpu measures on a CUDA GPU, and torch sees none here; --quick tries it with tiny models"
        )
    found = {part: apart(__name__, options, part=part) for part in ("peaks", "decode", "prefill", "busy")}
    counts = device.type == "cuda" and not options.quick
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "the processor"
    return [_decode(found, name, counts=counts), _prefill(found, counts=counts), _busy(found, counts=counts)]


def _verdict(share: float | None, aim: str, *, counts: bool) -> tuple[str, str]:
    """The aim and whether it is met, if figures count here."""
    told = verdict(share >= AIMS[aim]) if counts and share is not None else "–"
    return f"≥ {percent(AIMS[aim])}", told


def _decode(found: dict[str, dict[str, Any]], device: str, *, counts: bool) -> Sheet:
    peak, one = found["peaks"]["bandwidth"], found["decode"]
    roof = one["tokens"] / (one["bytes"] / peak)
    sheet = Sheet(
        f"Decoding {ROWS} solutions of {one['model']} on {device}",
        ("way", "tokens/s", "share of the roofline", "aim", "", "ours is faster by"),
    )
    for way in ("ours", "generate"):
        speed = one["tokens"] / one[way]
        aim = _verdict(speed / roof, "decode", counts=counts) if way == "ours" else ("", "")
        sheet.add(way, round(speed), percent(speed / roof), *aim, f"{one[way] / one['ours']:.1f} x")
    sheet.notes = [
        f"Roofline: {roof:,.0f} tokens/s if every token of the batch cost but one reading of all weights, of the "
        f"shared prompt's keys and values and of each row's own, at the {peak / 1e12:.2f} TB/s that a large copy "
        "reached here. Both ways include the reading of the prompt.",
    ]
    return sheet


def _prefill(found: dict[str, dict[str, Any]], *, counts: bool) -> Sheet:
    peak, one = found["peaks"]["flops"], found["prefill"]
    sheet = Sheet(
        f"{CHAINS} solutions of {one['tokens'] // CHAINS} tokens read by {one['model']}",
        ("way", "tokens/s", "TFLOP/s", "utilisation", "aim", ""),
    )
    for way in ("ours", "one padded forward pass"):
        rate = one["flops"] / one[way]
        aim = _verdict(rate / peak, "prefill", counts=counts) if way == "ours" else ("", "")
        sheet.add(way, round(one["tokens"] / one[way]), rate / 1e12, percent(rate / peak), *aim)
    sheet.notes = [
        f"FLOPs by the engine's formula. Utilisation is of the {peak / 1e12:.1f} TFLOP/s that a large matrix product "
        "reached here, which is less than a data sheet says."
    ]
    return sheet


def _busy(found: dict[str, dict[str, Any]], *, counts: bool) -> Sheet:
    one = found["busy"]
    share = one["kernels"] / one["seconds"] if one["kernels"] is not None else None
    sheet = Sheet(
        f"Beam search n={N}, {PROBLEMS} problems at once, {DEPTH} steps: both models and all that is between them",
        ("seconds", "nodes", "policy tokens/s", "PRM tokens/s", "device busy", "aim", ""),
    )
    sheet.add(
        round(one["seconds"], 2), one["nodes"], round(one["policy_tokens"] / one["seconds"]),
        round(one["prm_tokens"] / one["seconds"]), percent(share), *_verdict(share, "busy", counts=counts),
    )  # fmt: skip
    sheet.notes = [
        "Busy: the time in which at least one kernel ran, from a run under the profiler, over the time of one without."
    ]
    return sheet


def measure(options: Options, *, part: str) -> dict[str, Any]:
    """One part in this process."""
    device = pick_device()
    if part == "peaks":
        return _measure_peaks(device)
    policy, prm = (shapes.TINY, shapes.TINY) if options.quick else (shapes.POLICY, shapes.PRM)
    with tempfile.TemporaryDirectory() as folder:
        where, loading = Path(folder), Loading(cache_bytes=CACHE)
        if part == "decode":
            return _measure_decode(LocalPolicy(shapes.make_policy(where, policy, device), loading), policy.name)
        judge = load_prm(f"{shapes.make_prm(where / 'prm', prm, device)}:qwen", loading)
        if part == "prefill":
            return _measure_prefill(judge, prm.name)
        return _measure_busy(LocalPolicy(shapes.make_policy(where / "policy", policy, device), loading), judge)


def _measure_peaks(device: torch.device) -> dict[str, Any]:
    """Bytes a second that a copy moves, and FLOP/s of a matrix product: what this device really does."""
    big = device.type == "cuda"
    source = torch.empty(1 << (30 if big else 26), dtype=torch.uint8, device=device)
    goal = torch.empty_like(source)
    copied = _seconds(lambda: goal.copy_(source), device, times=20)
    side, dtype = (8192, torch.bfloat16) if big else (1024, torch.float32)
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    multiplied = _seconds(lambda: a @ b, device, times=20)
    return {"bandwidth": 2 * source.numel() / copied, "flops": 2 * side**3 / multiplied}


def _seconds(work: Callable[[], Any], device: torch.device, *, times: int = RUNS) -> float:
    """The median of several runs, after one that doesn't count."""
    found = []
    for _ in range(times + 1):
        began = time.perf_counter()
        work()
        _wait(device)
        found.append(time.perf_counter() - began)
    return median(found[1:])


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _measure_decode(policy: LocalPolicy, name: str) -> dict[str, Any]:
    backbone = policy.backbone
    prompt = shapes.text(PROMPT)
    ids = torch.tensor([policy.writer.prompt(prompt)], device=backbone.device)
    seeds = tuple(child_seed(0, name, (i,)) for i in range(ROWS))
    # None of the words has this separator, so that a solution ends by its length alone, or by chance.
    asked = Continuation(prompt, (), seeds, until="end", max_tokens=NEW, max_steps=1, separator="§")
    tokens: list[float] = []

    def ours() -> None:
        backbone.store.clear()
        tokens.append(sum(s.cost.policy_tokens for chain in policy.sample([asked])[0] for s in chain))

    def generate() -> None:
        with torch.inference_mode():
            backbone.causal.generate(
                ids, attention_mask=torch.ones_like(ids), do_sample=True, top_k=0, num_return_sequences=ROWS,
                max_new_tokens=NEW, min_new_tokens=NEW, pad_token_id=1,
            )  # fmt: skip

    seconds = _seconds(ours, backbone.device)
    backbone.causal.set_attn_implementation("sdpa")
    weights = sum(p.numel() * p.element_size() for p in backbone.causal.parameters())
    kept = sum(len(ids[0]) + ROWS * t for t in range(NEW)) * backbone.store.token_bytes
    return {
        "model": name,
        "tokens": ROWS * NEW,
        "ours": seconds * ROWS * NEW / median(tokens),
        "generate": _seconds(generate, backbone.device),
        "bytes": NEW * weights + kept,
    }


def _chains() -> list[Chain]:
    """Solutions that share nothing, so that both ways read as many tokens."""
    steps = [[shapes.text(shapes.EVERY - 1, i * STEPS + j) for j in range(STEPS)] for i in range(CHAINS)]
    return [Chain(shapes.text(PROMPT, -1 - i), tuple(own), ended=True) for i, own in enumerate(steps)]


def _measure_prefill(prm: Any, name: str) -> dict[str, Any]:
    backbone, chains = prm.backbone, _chains()
    costs = []

    def ours() -> None:
        backbone.store.clear()
        rewards = [r for chain in prm.score(chains) for r in chain]
        costs.append([(r.cost.prm_tokens, r.cost.prm_flops) for r in rewards])

    laid = [[t for segment in prm.layout(c.prompt, c.steps, True) for t in segment] for c in chains]
    width = max(map(len, laid))
    ids = torch.tensor([row + [1] * (width - len(row)) for row in laid], device=backbone.device)
    mask = (ids != 1).long()

    def padded() -> None:
        with torch.inference_mode():
            backbone.body(input_ids=ids, attention_mask=mask, use_cache=False)

    seconds = _seconds(ours, backbone.device)
    return {
        "model": name,
        "tokens": sum(tokens for tokens, _ in costs[0]),
        "flops": sum(flops for _, flops in costs[0]),
        "ours": seconds,
        "one padded forward pass": _seconds(padded, backbone.device),
    }


def _measure_busy(policy: LocalPolicy, prm: Any) -> dict[str, Any]:
    setting = make_setting(
        "jsonl", "beam", {"n": N}, loaded=(policy, prm), writing={"steps": DEPTH, "step_tokens": 2 * shapes.EVERY}
    )
    jobs = [Job(i, Problem(str(i), shapes.text(PROMPT, i))) for i in range(PROBLEMS)]
    device = policy.backbone.device

    def search() -> list[Any]:
        for model in (policy, prm):
            model.backbone.store.clear()
        return [tree for _, tree in run_searches(jobs, setting)]

    seconds = _seconds(search, device)
    trees = search()
    return {
        "seconds": seconds,
        "nodes": sum(len(t.nodes) - 1 for t in trees),
        "policy_tokens": sum(t.cost.policy_tokens for t in trees),
        "prm_tokens": sum(t.cost.prm_tokens for t in trees),
        "kernels": _kernel_seconds(search) if device.type == "cuda" else None,
    }


def _kernel_seconds(work: Callable[[], Any]) -> float:
    """Seconds in which at least one kernel ran."""
    from torch._C._autograd import DeviceType
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA]) as seen:
        work()
        torch.cuda.synchronize()
    return covered(
        (e.time_range.start, e.time_range.end) for e in seen.events() if e.device_type == DeviceType.CUDA
    ) / 1e6  # fmt: skip


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """The length of the union of (begin, end)."""
    total, reached = 0.0, float("-inf")
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total
