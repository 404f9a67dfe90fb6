from pathlib import Path
from typing import Any

import pytest

from engine.models.local import LocalPolicy
from engine.runs import Run
from engine.search import STRATEGIES
from engine.tree import Step, Tree
from tests.commands.said import QUESTIONS, Command, events


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_run_searches_every_problem_logs_it_and_prints_its_summary(
    arbutus: Command, questions: Path, models: list[object], tmp_path: Path, strategy: str
) -> None:
    size = [] if strategy == "greedy" else ["--n", 2]
    said = arbutus("run", "--problems", questions, "--strategy", strategy, *size, *models, "--out", tmp_path / "run")
    assert said.code == 0, said.err
    assert f"{strategy} " in said.out and "accuracy" in said.out and "…" not in said.out
    assert f"{strategy} on" in said.err and "3/3" in said.err
    run = Run.open(tmp_path / "run")
    assert [s.question for s in run.summaries] == list(QUESTIONS)
    assert run.info.strategy == strategy and run.info.task == "countdown" and run.info.problems == 3
    assert (run.info.prm is None) == (not STRATEGIES[strategy].needs_prm)
    assert run.info.command.startswith("python -m engine run --problems ")
    assert len(run.info.policy["sha256"]) == 64 and run.info.policy["parameters"] > 500_000
    assert {"python", "torch", "transformers"} <= set(run.info.versions)


def test_a_run_records_its_parameters_budget_seed_and_words(arbutus: Command, beam: list[object]) -> None:
    knobs = ["--set", "width=2", "--set", "aggregate=min", "--seed", 5, "--temperature", 0.9, "--tokens", 300]
    more = [*knobs, "--title", "Mine", "--note", "why"]
    assert arbutus(*beam, *more, "--limit", 2).code == 0
    info = Run.open(Path(str(beam[-1]))).info
    assert info.parameters == {"n": 4, "width": 2, "redraws": 2, "aggregate": "min"}
    assert (info.seed, info.temperature, info.budget, info.problems) == (5, 0.9, {"tokens": 300}, 2)
    assert (info.title, info.note) == ("Mine", "why")


def test_a_run_records_what_it_may_spend_and_the_prices_and_stops_there(arbutus: Command, beam: list[object]) -> None:
    limits = ["--policy-tokens", 30, "--flops", "1e12", "--money", 5]
    prices = ["--price", "policy=0.4", "--price", "prompt=0.1", "--price", "prm=0.05"]
    assert arbutus(*beam, *limits, *prices).code == 0
    run = Run.open(Path(str(beam[-1])))
    assert run.info.budget == {"policy_tokens": 30, "flops": 1e12, "money": 5.0}
    assert run.info.prices == {"policy": 0.4, "prompt": 0.1, "prm": 0.05}
    assert "policy_tokens" in {s.stopped for s in run.summaries}
    assert arbutus(*beam, *limits, *prices[:-1], "prm=0.07", "--resume").err.count("0.07") == 1


def test_the_same_seed_gives_the_same_run_and_another_one_another(
    arbutus: Command, beam: list[object], tmp_path: Path
) -> None:
    for name, more in {"one": [], "two": ["--window", 1], "three": ["--seed", 1]}.items():
        assert arbutus(*beam[:-1], tmp_path / name, *more).code == 0
    one, two, three = (events(tmp_path / name) for name in ("one", "two", "three"))
    assert one != three
    for tree, other in zip(one, two, strict=True):
        assert [node[0] for node in tree] == [node[0] for node in other]


def test_a_run_whose_searches_failed_ends_with_code_3_and_counts_them(
    arbutus: Command, beam: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(tree: Tree, **_: Any) -> Any:
        raise ValueError("torn")
        yield

    found = STRATEGIES["beam"]
    monkeypatch.setitem(STRATEGIES, "beam", type(found)(found.name, "", "", broken, found.choose, found.parameters))
    said = arbutus(*beam)
    assert said.code == 3
    assert "3 of 3 searches failed; the first because: ValueError: torn" in " ".join(said.err.split())
    assert arbutus("summary", beam[-1], "--json").json["failures"] == 3


def test_a_run_whose_steps_all_failed_does_not_pass_for_a_bad_policy(
    arbutus: Command, beam: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Any, wanted: Any) -> Any:
        return [[[Step("", "error", error="the server is gone")] for _ in c.seeds] for c in wanted]

    monkeypatch.setattr(LocalPolicy, "sample", refuse)
    said = arbutus(*beam)
    assert said.code == 3
    told = " ".join(said.err.split())
    assert "3 of 3 searches failed and 12 steps have no text or no reward" in told
    assert "the first because: the server is gone" in told
    assert arbutus("summary", beam[-1], "--json").json["failures"] == 3


def test_a_question_typed_is_searched_in_place_of_a_set(arbutus: Command, models: list[object], tmp_path: Path) -> None:
    out = tmp_path / "run"
    asked = ["--question", "Make 24 from 10 4 6 5", "--question", "Make 10 from 2 3 5"]
    assert arbutus("run", *asked, "--strategy", "beam", "--n", 4, *models, "--out", out).code in (0, 3)
    opened = Run.open(out)
    assert [s.question for s in opened.summaries] == ["Make 24 from 4 5 6 10", "Make 10 from 2 3 5"]
    assert opened.info.problem_set == "24-from-4-5-6-10, 10-from-2-3-5"
    said = arbutus("run", "--question", "Make tea", *models, "--out", tmp_path / "other")
    assert said.code == 1 and "got 'Make tea'" in " ".join(said.err.split())
