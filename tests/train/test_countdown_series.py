import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
import torch

from engine.measure.series import read_series
from engine.models.registry import POLICIES, find_model
from engine.protocol import ArbutusError
from engine.train import countdown_policy, loop
from engine.train.countdown_policy import Phase
from engine.train.countdown_series import grow, series
from engine.train.loop import Progress

PHASE = Phase(4, 1e-3, (("general-3", 1.0),))
SHIPPED = Path(str(find_model("countdown-policy", POLICIES)))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(countdown_policy, "CHUNK_STEPS", 2)
    monkeypatch.setattr(countdown_policy, "BATCH", 4)
    monkeypatch.setattr(loop, "ProcessPoolExecutor", lambda workers, **_: ThreadPoolExecutor(workers))
    torch.set_num_threads(1)


def silent(_: Progress) -> None: ...


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def test_a_kept_policy_is_the_one_that_the_whole_training_passes(tmp_path: Path) -> None:
    grow(tmp_path / "steps", 1, seed=3, phase=PHASE, on_progress=silent)
    then = grow(tmp_path / "steps", 3, seed=3, phase=PHASE, on_progress=silent)
    at_once = grow(tmp_path / "once", 3, seed=3, phase=PHASE, on_progress=silent)
    assert weights(then) == weights(at_once)
    countdown_policy.train(tmp_path / "whole", seed=3, phases=[PHASE])
    last = grow(tmp_path / "once", 4, seed=3, phase=PHASE, on_progress=silent)
    assert weights(last) == weights(tmp_path / "whole") and weights(last) != weights(then)


def test_what_is_kept_is_not_trained_again(tmp_path: Path) -> None:
    grow(tmp_path, 2, seed=3, phase=PHASE, on_progress=silent)

    def never(_: Progress) -> None:
        raise AssertionError("trained again")

    grow(tmp_path, 2, seed=3, phase=PHASE, on_progress=never)


def test_the_series_tells_each_point_s_compute_and_accuracy_and_ends_with_the_whole_policy(tmp_path: Path) -> None:
    told = series(tmp_path, SHIPPED, seed=3, phase=PHASE, kept=(1, 2), limit=3, on_progress=silent)
    found = read_series(tmp_path / "series.json")
    card = json.loads((SHIPPED / "training.json").read_text())
    assert found.policy == "countdown-policy" and len(found.sha256) == 64
    assert found.table["chunks"].drop_duplicates().tolist() == [1, 2, len(card["losses"])]
    assert found.table.groupby("chunks")["strategy"].agg(list).tolist() == [["greedy", "self-consistency"]] * 3
    assert set(found.table["problems"]) == {3} and found.table["training_flops"].max() == card["flops"]
    untrained = found.table[~found.table["whole"]]
    assert (untrained["y"] == 0).all() and (untrained["high"] > 0).all()
    assert (found.table["training_flops"] == 6 * card["parameters"] * found.table["tokens"]).all()
    again = series(tmp_path, SHIPPED, seed=3, phase=PHASE, kept=(1, 2), limit=3, on_progress=silent)
    assert again == told


@pytest.mark.parametrize("spoil", [lambda t: t[: len(t) // 2], lambda t: "[]", lambda t: t.replace("accuracy", "x")])
def test_a_file_that_is_no_series_is_refused_by_name(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    file = tmp_path / "series.json"
    file.write_text(spoil((SHIPPED / "series.json").read_text()))
    with pytest.raises(ArbutusError, match=r"series\.json: got no series"):
        read_series(file)


def test_the_shipped_series_is_of_the_shipped_weights_and_of_their_own_training() -> None:
    told = json.loads((SHIPPED / "series.json").read_text())
    card = json.loads((SHIPPED / "training.json").read_text())
    assert told["sha256"] == sha256((SHIPPED / "model.safetensors").read_bytes()).hexdigest()
    *kept, whole = told["points"]
    assert whole["flops"] == card["flops"] and whole["whole"]
    for point in kept:  # the batches are the same, the sums differ in their last digits
        assert point["loss"] == pytest.approx(card["losses"][point["chunks"] - 1], rel=0.01)
    assert [p["flops"] for p in kept] == sorted(p["flops"] for p in kept)
