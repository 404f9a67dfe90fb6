"""What is told of a trained model."""

from pathlib import Path
from typing import Any

import pytest
import torch

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.train import card, countdown_measure, countdown_prm, finish
from tests.train.small import PHASES, PRM_PHASES, TASK

pytestmark = pytest.mark.usefixtures("small")


def test_training_flops_are_six_a_parameter_and_token() -> None:
    assert card.training_flops(torch.nn.Linear(10, 10, bias=False), 7) == 6 * 100 * 7


def test_a_card_names_no_ones_folders(tmp_path: Path) -> None:
    assert card._portable(["train", "--out", str(tmp_path / "mine")]) == ["train", "--out", "mine"]


def test_a_model_is_described_in_full_once_it_is_trained(
    untrained_policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Few(type(TASK)):  # type: ignore[misc]
        def problem_sets(self) -> list[str]:
            return ["tot-100"]

        def problems(self, name: str) -> list[Any]:
            return [TASK.read("Make 24 from 4 5 6 10"), TASK.read("Make 7 from 3 4")]

    monkeypatch.setattr(countdown_measure, "TASK", Few())
    monkeypatch.setattr(countdown_measure, "POOL", 32)
    monkeypatch.setattr("sys.argv", ["engine", "train", "countdown-policy", "--out", str(tmp_path / "policy")])
    finish.finish_policy(tmp_path / "policy", seed=3, phases=PHASES[1:], on_progress=lambda _: None)
    monkeypatch.setattr(countdown_prm, "PHASES", PRM_PHASES[1:])
    finish.finish_prm(tmp_path / "prm", policy=untrained_policy, naive=False, seed=3, on_progress=lambda _: None)
    for name, kind in (("policy", "LlamaForCausalLM"), ("prm", "LlamaForTokenClassification")):
        told = (tmp_path / name / "README.md").read_text()
        assert kind in told and "| tot-100 |" in told and str(tmp_path) not in told
        facts = (tmp_path / name / "training.json").read_text()
        assert '"flops"' in facts and str(tmp_path) not in facts
    described = LocalPolicy(tmp_path / "policy", Loading("cpu")).describe()
    assert described["training_flops"] > 0
