"""Labels by rollouts, on a policy whose script says what each step is truly worth."""

import json
from collections.abc import Sequence
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from engine.label import Rollouts, beside, label_run
from engine.measure.prm.keys import prefix_key
from engine.measure.prm.labels import read_labels
from engine.measure.prm.quality import quality_of
from engine.measure.prm.reading import read
from engine.models.scripted import ScriptedPolicy
from engine.protocol import ArbutusError, Continuation, Policy, Writing
from engine.runs import Run
from engine.tasks import find_task
from engine.tree import Closed, Cost, Grown, Problem, Step, Tree
from tests.measure.logged import write_run
from tests.worlds import COUNTDOWN, PROBLEMS, chance, moves, search_all, setting

ROLLOUTS = 32


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A beam search over six puzzles by the scripted models."""
    return Run.open(write_run(tmp_path_factory.mktemp("runs") / "beam", search_all(PROBLEMS, setting("beam"))))


def by(policy: Policy | None = None, count: int = ROLLOUTS, **changes: Any) -> Rollouts:
    usual: dict[str, Any] = {"task": COUNTDOWN, "seed": 0, "temperature": 1.0, "writing": COUNTDOWN.writing}
    return Rollouts(policy=policy or ScriptedPolicy(moves), count=count, **usual | changes)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()[1:]]


def worth(question: str, steps: tuple[str, ...], ended: bool) -> float:
    """The chance that the scripted policy goes on from here to a right solution, from its weights alone."""
    problem = COUNTDOWN.read(question)
    if ended:
        return float(bool(COUNTDOWN.correct(problem, steps)))
    return _worth(problem.id, question, steps)


@cache
def _worth(problem: str, question: str, steps: tuple[str, ...]) -> float:
    if len(steps) >= COUNTDOWN.writing.steps:
        return 0.0
    options = moves(f"{question}\n", steps)
    total = sum(weight for _, weight, _ in options)
    return sum(weight / total * worth(question, (*steps, text), ends) for text, weight, ends in options)


def test_every_distinct_step_is_labelled_once_and_its_share_is_what_the_policy_truly_makes_of_it(
    run: Run, tmp_path: Path
) -> None:
    counts = label_run(run, tmp_path / "x.jsonl", by())
    found = {(line["question"], tuple(line["steps"])): line for line in lines(tmp_path / "x.jsonl")}
    nodes = {
        (tree.problem.question, tuple(node.steps())): node
        for tree in (run.tree(s.index) for s in run.summaries)
        for node in tree.nodes[1:]
    }
    assert set(found) == set(nodes) and counts.steps == len(found) and counts.problems == len(PROBLEMS)
    far = []
    for place, line in found.items():
        node = nodes[place]
        expected = worth(*place, node.finished)
        assert line["rollouts"] == (ROLLOUTS if node.open else 1)
        if expected in (0, 1):
            assert line["right"] == expected * line["rollouts"]
        else:
            error = sqrt(expected * (1 - expected) / ROLLOUTS)
            far.append((line["right"] / ROLLOUTS - expected) / error)
    assert len(far) > 20
    assert max(map(abs, far)) < 4.5 and abs(sum(far)) / sqrt(len(far)) < 3.5


def test_rollouts_never_call_a_hopeless_step_good_and_agree_with_the_exact_labels(run: Run, tmp_path: Path) -> None:
    label_run(run, tmp_path / "x.jsonl", by())
    reading = read("a", run)
    numbers = quality_of([reading], read_labels(tmp_path / "x.jsonl"))["tiny-prm"].numbers
    assert numbers["labelled_twice"] == (~reading.steps["finished"]).sum()
    assert numbers["bad_called_good"] == 0
    assert 0.9 < numbers["agreement"] <= 1


def test_labels_do_not_depend_on_the_batch_or_on_the_run_that_a_step_is_found_in(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    label_run(run, tmp_path / "x.jsonl", by(count=8))
    monkeypatch.setattr("engine.label.BATCH", 24)
    label_run(run, tmp_path / "y.jsonl", by(count=8))
    assert lines(tmp_path / "x.jsonl") == lines(tmp_path / "y.jsonl")
    other = Run.open(write_run(tmp_path / "other", search_all(PROBLEMS[::-1], setting("mcts"))))
    label_run(other, tmp_path / "z.jsonl", by(count=8))
    own, others = ({(line["question"], *line["steps"]): line for line in lines(tmp_path / f"{x}.jsonl")} for x in "xz")
    shared = own.keys() & others.keys()
    assert len(shared) > 10
    assert all(own[step]["right"] == others[step]["right"] for step in shared if own[step]["rollouts"] == 8)


def test_another_seed_draws_other_rollouts(run: Run, tmp_path: Path) -> None:
    for seed in (0, 1):
        label_run(run, tmp_path / f"{seed}.jsonl", by(count=8, seed=seed))
    assert lines(tmp_path / "0.jsonl") != lines(tmp_path / "1.jsonl")


@pytest.mark.parametrize("left", [0, 40, 1500, 4000])
def test_interrupted_at_any_byte_the_labels_go_on_and_end_as_if_they_had_not_been(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    monkeypatch.setattr("engine.label.BATCH", 64)
    label_run(run, tmp_path / "x.jsonl", by(count=4))
    whole = (tmp_path / "x.jsonl").read_bytes()
    (tmp_path / "y.jsonl").write_bytes(whole[:left])
    kept = max(0, whole[:left].count(b"\n") - 1)
    counts = label_run(run, tmp_path / "y.jsonl", by(count=4), resume=True)
    assert counts.before == kept and counts.steps == len(lines(tmp_path / "x.jsonl")) - kept
    assert lines(tmp_path / "y.jsonl") == lines(tmp_path / "x.jsonl")
    again = label_run(run, tmp_path / "y.jsonl", by(count=4), resume=True)
    assert again.steps == 0 and lines(tmp_path / "y.jsonl") == lines(tmp_path / "x.jsonl")


def test_labels_are_never_written_over_nor_mixed_with_others(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    label_run(run, file, by(count=4), limit=1)
    before = file.read_bytes()
    with pytest.raises(ArbutusError, match="is there already; go on with it"):
        label_run(run, file, by(count=4))
    with pytest.raises(ArbutusError, match="the labels there have rollouts 4, these 8"):
        label_run(run, file, by(count=8), resume=True)
    with pytest.raises(ArbutusError, match="have policy 'scripted-policy', these 'another'"):
        label_run(run, file, by(ScriptedPolicy(moves, id="another"), count=4), resume=True)
    assert file.read_bytes() == before
    file.write_text('{"some": "other file"}\n')
    with pytest.raises(ArbutusError, match="expected labels of version 1"):
        label_run(run, file, by(count=4), resume=True)


def test_the_run_itself_is_only_read(run: Run, tmp_path: Path) -> None:
    before = {file: file.read_bytes() for file in run.path.iterdir()}
    label_run(run, beside(run.path), by(count=2), limit=2)
    assert {file: file.read_bytes() for file in run.path.iterdir()} == before
    assert beside(run.path).name == "beam.labels.jsonl"
    assert beside(Path("runs/x.arbutus")) == Path("runs/x.labels.jsonl")


def poisonous(steps: Sequence[str]) -> bool:
    return chance(steps[0]) < 0.3


class Poisoned(ScriptedPolicy):
    """Fails at any continuation of some first steps."""

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        if any(poisonous(c.steps) for c in wanted):
            raise ValueError("poison")
        return super().sample(wanted)


def test_rollouts_that_fail_are_missing_and_the_others_go_on(run: Run, tmp_path: Path) -> None:
    counts = label_run(run, tmp_path / "x.jsonl", by(Poisoned(moves), count=3))
    bad = [line for line in lines(tmp_path / "x.jsonl") if line["rollouts"] == 0]
    assert bad and all(poisonous(line["steps"]) for line in bad)
    assert counts.failed == 3 * len(bad) and counts.first_error == "ValueError: poison"
    table = read_labels(tmp_path / "x.jsonl").table.set_index("key")
    assert table.loc[[prefix_key(b["question"], b["steps"]) for b in bad], "share"].isna().all()
    label_run(run, tmp_path / "y.jsonl", by(count=3))
    fine = [line for line in lines(tmp_path / "y.jsonl") if not poisonous(line["steps"])]
    assert [line for line in lines(tmp_path / "x.jsonl") if line in fine] == fine


def test_a_step_cut_off_at_its_limit_is_never_right_and_asks_nothing(tmp_path: Path) -> None:
    tree = Tree(PROBLEMS[4])
    words = ["3 + 4 = 7 (left: 7)", "3 + 4 and so"]
    tree.apply(Grown([0, 0], words, ["end", "length"], [-1.0] * 2, ["7", None], [Cost()] * 2))
    tree.apply(Closed(1, "as the test wants it", "done", {1: True}, {1: True, 2: False}))
    counts = label_run(Run.open(write_run(tmp_path / "run", [tree])), tmp_path / "x.jsonl", by())
    assert [(line["rollouts"], line["right"]) for line in lines(tmp_path / "x.jsonl")] == [(1, 1), (1, 0)]
    assert counts.tokens == 0


def test_problems_without_an_answer_key_are_an_error_that_says_so(tmp_path: Path) -> None:
    task = find_task("jsonl")
    trees = []
    for answer in (None, "4"):
        tree = Tree(Problem(f"p{answer}", "What is 2 + 2?", answer))
        tree.apply(Grown([0], ["It is \\boxed{4}"], ["end"], [-1.0], ["4"], [Cost()]))
        tree.apply(Closed(1, "as the test wants it", "done", {1: True if answer else None}, {}))
        trees.append(tree)
    how = by(task=task, writing=Writing("\n\n", 10, 4))
    with pytest.raises(ArbutusError, match="its problems have no answer key"):
        label_run(Run.open(write_run(tmp_path / "a", trees[:1], task="jsonl")), tmp_path / "a.jsonl", how)
    counts = label_run(Run.open(write_run(tmp_path / "b", trees, task="jsonl")), tmp_path / "b.jsonl", how)
    assert (counts.problems, counts.ungradable, counts.steps, counts.good) == (2, 1, 1, 1)
    assert not (tmp_path / "a.jsonl").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "x.jsonl:2: not JSON"),
        ("7", "x.jsonl:2: got no object"),
        ('{"steps": []}', "x.jsonl:2: got .* expected a line like"),
        ('{"question": "q", "steps": ["a"], "rollouts": 2, "right": 3}', "expected a line like"),
        ('{"question": "q", "steps": [1], "rollouts": 2, "right": 1}', "expected a line like"),
    ],
)
def test_a_bad_line_of_labels_is_named(tmp_path: Path, line: str, message: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"labels": 1}\n' + line + "\n")
    with pytest.raises(ArbutusError, match=message):
        read_labels(file)
    file.write_text("")
    with pytest.raises(ArbutusError, match="got an empty file"):
        read_labels(file)
