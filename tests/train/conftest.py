"""A small world to train in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from engine.train import countdown_policy, countdown_prm, countdown_steps, loop


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few steps on a few rows, and the next chunk made in a thread, which needs no new process."""
    monkeypatch.setattr(countdown_policy, "CHUNK_STEPS", 3)
    monkeypatch.setattr(countdown_policy, "BATCH", 4)
    monkeypatch.setattr(countdown_prm, "CHUNK_STEPS", 2)
    monkeypatch.setattr(countdown_prm, "TOKENS", 600)
    monkeypatch.setattr(
        countdown_prm,
        "play",
        lambda model, judge, positions, *how: countdown_steps.play(model, judge, positions[:3], *how),
    )
    monkeypatch.setattr(loop, "ProcessPoolExecutor", lambda workers, **_: ThreadPoolExecutor(workers))
    torch.set_num_threads(1)
