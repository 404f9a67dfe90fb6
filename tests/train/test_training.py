"""The loop of training: in one sitting or several, and chunk by chunk."""

import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.train import countdown_policy, countdown_prm
from engine.train.countdown_policy import make_chunk
from engine.train.loop import Ledger, Progress, schedule
from tests.train.small import PHASES, PLAY, same, train_policy, train_prm

pytestmark = pytest.mark.usefixtures("small")


class Killed(BaseException):
    """As if the power had gone."""


def stop_at(step: int) -> Callable[[Progress], None]:
    def progress(now: Progress) -> None:
        if now.step == step:
            raise Killed

    return progress


def spent(ledgers: list[Ledger]) -> list[tuple[int, int, list[float]]]:
    return [(ledger.step, ledger.tokens, ledger.losses) for ledger in ledgers]


@pytest.mark.parametrize("step", [3, 9])
def test_a_policy_trained_in_two_sittings_is_the_one_trained_in_one(tmp_path: Path, step: int) -> None:
    whole, ledgers = train_policy(tmp_path / "whole")
    with pytest.raises(Killed):
        train_policy(tmp_path / "again", on_progress=stop_at(step))
    again, resumed = train_policy(tmp_path / "again")
    assert same(whole, again)
    assert spent(resumed) == spent(ledgers)
    assert [ledger.step for ledger in ledgers] == [9, 3]


def test_a_prm_trained_in_two_sittings_is_the_one_trained_in_one(untrained_policy: Path, tmp_path: Path) -> None:
    whole, ledgers = train_prm(untrained_policy, tmp_path / "whole")
    with pytest.raises(Killed):
        train_prm(untrained_policy, tmp_path / "again", on_progress=stop_at(2))
    again, resumed = train_prm(untrained_policy, tmp_path / "again")
    assert [ledger.step for ledger in ledgers] == [4, 2]
    for one, two in zip(resumed, ledgers, strict=True):
        assert (one.step, one.tokens) == (two.step, two.tokens) and one.losses == pytest.approx(two.losses, rel=1e-4)
    for name, weight in whole.state_dict().items():
        assert torch.allclose(weight.float(), again.state_dict()[name].float(), atol=1e-4), name


def test_training_that_is_done_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, ledgers = train_policy(tmp_path)

    def make_chunk(*_: Any) -> Any:
        raise AssertionError("no data should be made")

    monkeypatch.setattr(countdown_policy, "make_chunk", make_chunk)
    again, before = train_policy(tmp_path)
    assert same(model, again) and spent(before) == spent(ledgers)


def test_another_seed_is_another_model(tmp_path: Path) -> None:
    one, _ = countdown_policy.train(tmp_path / "1", seed=1, phases=PHASES[1:])
    two, _ = countdown_policy.train(tmp_path / "2", seed=2, phases=PHASES[1:])
    assert not same(one, two)


def test_progress_tells_the_step_the_loss_and_the_time_of_all_sittings(tmp_path: Path) -> None:
    told: list[Progress] = []
    _, (first, second) = train_policy(tmp_path, on_progress=told.append)
    assert [(p.step, p.steps) for p in told] == [(3, 9), (6, 9), (9, 9), (3, 3)]
    assert [p.loss for p in told] == [*first.losses, *second.losses]
    assert told[0].seconds < told[1].seconds < told[2].seconds == first.seconds


def test_a_checkpoint_cut_short_by_a_kill_is_never_read(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train_policy(tmp_path, on_progress=stop_at(3))
    (tmp_path / "checkpoint-0.partial").write_bytes(b"half a checkpoint")
    again, _ = train_policy(tmp_path)
    whole, _ = train_policy(tmp_path.parent / "whole")
    assert same(again, whole)


def test_what_makes_a_chunk_can_be_sent_to_another_process(untrained_policy: Path) -> None:
    prm_chunk = partial(countdown_prm.make_chunk, untrained_policy, None, True, PLAY, 3)
    for work in (partial(make_chunk, PHASES[0].mix, 3), prm_chunk):
        assert pickle.loads(pickle.dumps(work)).args == work.args


def test_a_chunk_is_a_function_of_its_number() -> None:
    first, again, other = (make_chunk(PHASES[0].mix, 3, index) for index in (1, 1, 2))
    assert len(first) == 3
    shown = [[batch["ids"].tolist() for batch in chunk] for chunk in (first, again, other)]
    assert shown[0] == shown[1] != shown[2]


def test_the_learning_rate_warms_up_and_decays() -> None:
    shares = [schedule(step, 1000) for step in range(1000)]
    assert shares[0] == pytest.approx(0.01) and max(shares) == shares[99] == 1.0
    assert shares[:100] == sorted(shares[:100]) and shares[100:] == sorted(shares[100:], reverse=True)
    assert shares[-1] == pytest.approx(0.02, abs=0.001)
    assert all(0 < schedule(step, 3) <= 1 for step in range(3))
