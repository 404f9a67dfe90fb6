"""The built-in Countdown policy as it was while it learned: what training compute buys, to set beside what search buys.

The policy's own training is run again, seed, batches and schedule as they were, and the weights are kept after some
chunks. Nothing is tuned at a kept point: the learning rate has not decayed there, so a policy that was only ever meant
to be trained that long might do a little better (Hoffmann et al. 2022, arXiv:2203.15556, section 3.1).
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from engine.train import countdown_policy
from engine.train.countdown_policy import Phase, make_chunk, make_model
from engine.train.demonstrations import loss_of
from engine.train.loop import Ledger, Progress, fit
from engine.train.tokenizer import build_tokenizer

KEPT = (2, 4, 8, 16, 32)
"""Chunks after which the weights are kept: twice the compute each time, all in the first phase."""


def grow(
    out: Path, *, seed: int, phase: Phase, kept: Sequence[int] = KEPT, on_progress: Callable[[Progress], None]
) -> Iterator[tuple[Path, Ledger]]:
    """Train as `countdown_policy.train` begins; give each kept policy, as a folder below `out`, with its cost so far.

    Resumes where it was stopped. `phase`: the first of the training; `kept`: numbers of chunks, rising.
    """
    tokenizer = build_tokenizer()
    model = make_model(tokenizer, seed)
    for chunks in kept:
        ledger = fit(
            model,
            partial(loss_of, model),
            partial(make_chunk, phase.mix, seed),
            chunks=phase.chunks,
            chunk_steps=countdown_policy.CHUNK_STEPS,
            lr=phase.lr,
            checkpoint=out / "checkpoint-0.pt",
            until=chunks,
            on_progress=on_progress,
        )
        folder = out / f"chunk-{chunks}"
        if not (folder / "ledger.json").exists():
            ...
        yield folder, ledger
