"""The training loop both built-in models share: chunks of batches in, a checkpoint after each chunk.

A chunk is a pure function of its number, so a run that was stopped goes on from its last
checkpoint and sees the data an uninterrupted run would have seen. The next chunk is made in
another process while this one trains.
"""

import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import torch

Batch = dict[str, Any]
"""What one optimiser step is computed from: tensors by name."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where training stands. `loss` is the mean over the last chunk; seconds are of all sittings."""

    step: int
    steps: int
    loss: float
    seconds: float


@dataclass
class Ledger:
    """What training has cost so far."""

    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    losses: list[float] = field(default_factory=list)


def fit(
    model: torch.nn.Module,
    loss_of: Callable[[Batch], torch.Tensor],
    make_chunk: Callable[[int], Sequence[Batch]],
    *,
    chunks: int,
    chunk_steps: int,
    lr: float,
    checkpoint: Path,
    optimizers: Callable[[torch.nn.Module, float], list[torch.optim.Optimizer]] | None = None,
    until: int | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Ledger:
    """Train `model` in place for ``chunks * chunk_steps`` steps, with warm-up and cosine decay.

    `optimizers`: what takes the steps, made from the model and `lr`; `adamw` if None. `until`: the number of chunks to
    stop after, on the schedule of all of them; a later call goes on from there.

    `make_chunk(i)` returns `chunk_steps` batches, each with a count of its ``tokens``; it must be
    importable (it runs in a worker process). Resumes from `checkpoint` if that file exists.
    """
    steppers, ledger = (optimizers or adamw)(model, lr), Ledger()
    peaks = [group["lr"] for group in _groups(steppers)]
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        for optimizer, state in zip(steppers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        ledger = Ledger(**saved["ledger"])
    total, first = chunks * chunk_steps, ledger.step // chunk_steps
    last = chunks if until is None else min(until, chunks)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        upcoming = pool.submit(make_chunk, first) if first < last else None
        for chunk in range(first, last):
            assert upcoming is not None
            batches = upcoming.result()
            upcoming = pool.submit(make_chunk, chunk + 1) if chunk + 1 < last else None
            began, losses = time.monotonic(), 0.0
            for batch in batches:
                for group, peak in zip(_groups(steppers), peaks, strict=True):
                    group["lr"] = peak * schedule(ledger.step, total)
                loss = loss_of(batch)
                model.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                for optimizer in steppers:
                    optimizer.step()
                losses += loss.item()
                ledger.step += 1
                ledger.tokens += int(batch["tokens"])
            ledger.seconds += time.monotonic() - began
            ledger.losses.append(losses / len(batches))
            _save(checkpoint, model, steppers, ledger)
            on_progress(Progress(ledger.step, total, ledger.losses[-1], ledger.seconds))
    return ledger


def adamw(model: torch.nn.Module, lr: float) -> list[torch.optim.Optimizer]:
    """AdamW for everything."""
    return [torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.98), weight_decay=0.05, fused=True)]


def muon(model: torch.nn.Module, lr: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers (Jordan et al. 2024), at twice `lr`; AdamW for embeddings and norms.

    Steps are scaled to those of AdamW (Liu et al. 2025, arXiv:2502.16982).
    """
    learning = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    matrices = [p for name, p in learning if p.ndim == 2 and ".layers." in name]
    rest = [p for name, p in learning if p.ndim != 2 or ".layers." not in name]
    return [
        torch.optim.Muon(matrices, lr=2 * lr, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.98), weight_decay=0.05, fused=True),
    ]


def _groups(optimizers: Sequence[torch.optim.Optimizer]) -> list[dict[str, Any]]:
    return [group for optimizer in optimizers for group in optimizer.param_groups]


def _end_with_parent() -> None:
    """A worker whose trainer was killed would otherwise finish its chunk first."""

    def wait() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def schedule(step: int, total: int, warmup: int = 100) -> float:
    """The share of the peak learning rate at `step`: linear warm-up, then cosine to 2 %."""
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / max(1, total - warmup)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def _save(path: Path, model: torch.nn.Module, optimizers: Sequence[torch.optim.Optimizer], ledger: Ledger) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    states = [optimizer.state_dict() for optimizer in optimizers]
    torch.save({"model": model.state_dict(), "optimizers": states, "ledger": vars(ledger)}, partial)
    partial.replace(path)
