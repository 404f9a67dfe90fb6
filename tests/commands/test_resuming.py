import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine import runner, scheduler
from engine.runs import Run
from engine.scheduler import run_searches
from tests.commands.said import Command, events


class Killed(BaseException):
    """As if the power had gone."""


@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_an_interrupted_run_goes_on_to_the_trees_it_would_have_had(
    arbutus: Command, beam: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    assert arbutus(*beam[:-1], tmp_path / "whole", "--temperature", 0).code == 0

    def killed(jobs: Any, setting: Any, *, window: int, on_round: Any) -> Any:
        seen = 0

        def counted(trees: Any) -> None:
            nonlocal seen
            on_round(trees)
            seen += 1
            if seen == rounds:
                raise Killed

        return run_searches(jobs, setting, window=window, on_round=counted)

    with monkeypatch.context() as patch:
        patch.setattr(runner, "run_searches", killed)
        with pytest.raises(Killed):
            arbutus(*beam, "--window", 2, "--temperature", 0)
    assert Run.open(tmp_path / "run").finished < 3
    assert arbutus(*beam, "--resume", "--temperature", 0).code == 0
    for tree, whole in zip(events(tmp_path / "run"), events(tmp_path / "whole"), strict=True):
        assert [node[0] for node in tree] == [node[0] for node in whole]


def test_a_finished_run_is_resumed_without_a_search(
    arbutus: Command, beam: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert arbutus(*beam).code == 0
    before = (Path(str(beam[-1])) / "events.jsonl").read_bytes()
    monkeypatch.setattr(scheduler, "_begin", None)
    assert arbutus(*beam, "--resume").code == 0
    assert (Path(str(beam[-1])) / "events.jsonl").read_bytes() == before


def test_resuming_what_was_never_begun_begins_it(arbutus: Command, beam: list[object]) -> None:
    assert arbutus(*beam, "--resume").code == 0
    assert Run.open(Path(str(beam[-1]))).is_complete


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (["--seed", 1], "seed 0, this one 1"),
        (["--n", 8], r"parameters \{'n': 4, 'width': 4, .*\}, this one \{'n': 8, 'width': 4, .*\}"),
        (["--set", "aggregate=min"], r"parameters \{.*'aggregate': 'last'\}, this one \{.*'aggregate': 'min'\}"),
        (["--strategy", "dvts"], "strategy 'beam', this one 'dvts'"),
        (["--tokens", 9], r"budget \{\}, this one \{'tokens': 9\}"),
        (["--temperature", 0.5], r"temperature 1\.0, this one 0\.5"),
        (["--limit", 2], "number of problems 3, this one 2"),
        (["--problems", "tot-100"], "problem set .*, this one 'tot-100'"),
    ],
)
def test_a_run_is_not_resumed_with_another_setting(
    arbutus: Command, beam: list[object], changed: list[object], named: str
) -> None:
    assert arbutus(*beam).code == 0
    said = arbutus(*beam, *changed, "--resume")
    assert said.code == 1
    assert re.search(rf"the run there has {named}; resume with the same setting, or choose another --out", said.err)


def test_a_run_from_before_there_was_a_choice_of_aggregate_is_resumed_as_last(
    arbutus: Command, beam: list[object]
) -> None:
    assert arbutus(*beam).code == 0
    file = Path(str(beam[-1])) / "run.json"
    info = json.loads(file.read_text(encoding="utf-8"))
    del info["parameters"]["aggregate"]
    file.write_text(json.dumps(info), encoding="utf-8")
    assert arbutus(*beam, "--resume").code == 0
    said = arbutus(*beam, "--set", "aggregate=mean", "--resume")
    assert said.code == 1 and "'aggregate': 'last'" in said.err and "'aggregate': 'mean'" in said.err


def test_another_model_is_another_setting(
    arbutus: Command, beam: list[object], untrained_prm: Path, tmp_path: Path
) -> None:
    assert arbutus(*beam).code == 0
    from safetensors.torch import load_file, save_file

    other = tmp_path / "other-prm"
    other.mkdir()
    for file in untrained_prm.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    weights = load_file(other / "model.safetensors")
    weights["score.weight"] *= 2
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    said = arbutus(*beam, "--prm", other, "--resume")
    assert said.code == 1 and "the run there has PRM" in said.err


def test_a_folder_that_holds_a_run_is_not_overwritten(arbutus: Command, beam: list[object]) -> None:
    assert arbutus(*beam).code == 0
    said = arbutus(*beam)
    assert said.code == 1 and said.out == ""
    assert "holds a run already; go on with it (--resume) or name another folder" in said.err
