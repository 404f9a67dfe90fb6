"""Training in little: a few steps of each kind, for tests."""

from pathlib import Path
from typing import Any

import torch

from engine.tasks import find_task
from engine.train import countdown_policy, countdown_prm, countdown_steps
from engine.train.countdown_policy import Phase
from engine.train.loop import Ledger

TASK = find_task("countdown")
PHASES = (Phase(3, 1e-3, (("general-3", 1.0),)), Phase(1, 5e-4, (("general-3", 0.9), ("general-4", 0.1))))
PLAY = countdown_steps.Phase(2, 1e-3, samples=4, share=1.0, forged=3)
TEMPTED = countdown_steps.Phase(
    1, 5e-4, samples=6, share=0.25, forged=4, wishes=2, tempted=True, traced=True, judged=True
)
PRM_PHASES = (PLAY, TEMPTED)


def train_policy(out: Path, **options: Any) -> tuple[torch.nn.Module, list[Ledger]]:
    return countdown_policy.train(out, seed=3, phases=PHASES, **options)


def train_prm(policy: Path, out: Path, **options: Any) -> tuple[torch.nn.Module, list[Ledger]]:
    return countdown_prm.train(out, policy=policy, legal_only=False, seed=3, phases=PRM_PHASES, **options)


def same(one: torch.nn.Module, two: torch.nn.Module) -> bool:
    mine, yours = one.state_dict(), two.state_dict()
    return mine.keys() == yours.keys() and all(torch.equal(mine[name], yours[name]) for name in mine)
