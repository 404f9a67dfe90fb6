from dataclasses import replace

import pytest

from engine.models.draws import child_seed
from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.protocol import StrategyError
from engine.scheduler import Job, run_searches
from tests.scheduler.alone import NAMES
from tests.worlds import (
    HARD,
    PROBLEMS,
    AskedPolicy,
    AskedPRM,
    search,
    setting,
)


def test_the_seed_of_a_step_belongs_to_the_run_the_problem_and_its_place() -> None:
    policy = AskedPolicy()
    tree = search(HARD, setting("beam", policy=policy, seed=7))
    asked = [seed for call in policy.calls for wanted in call for seed in wanted.seeds]
    assert asked == [child_seed(7, HARD.id, node.place) for node in tree.nodes[1:]]
    assert len(set(asked)) == len(asked)
    assert child_seed(7, HARD.id, (1,)) != child_seed(8, HARD.id, (1,)) != child_seed(7, "other", (1,))


def test_a_continuation_says_where_it_starts_and_how_far_it_may_go() -> None:
    policy = AskedPolicy()
    tree = search(HARD, replace(setting("beam", {"redraws": 0}, policy=policy), temperature=0.5))
    wanted = policy.calls[1][0]
    assert wanted.prompt == "Make 24 from 4 5 6 10\n"
    (best,) = (n for n in tree.root.children if n.reason.startswith("rank 1 of"))
    assert wanted.steps == (best.text,)
    assert (wanted.until, wanted.temperature, wanted.max_tokens, wanted.max_steps) == ("step", 0.5, 48, 7)


def test_a_chain_is_scored_in_one_pass_and_no_step_twice() -> None:
    prm = AskedPRM()
    tree = search(HARD, setting("best-of-n", prm=prm))
    (call,) = prm.calls
    assert [(chain.known, chain.steps) for chain in call] == [(0, tuple(n.steps())) for n in tree.finished()]

    prm = AskedPRM()
    tree = search(HARD, setting("beam", prm=prm))
    assert all(len(chain.steps) - chain.known == 1 for call in prm.calls for chain in call)
    ended = {chain.steps for call in prm.calls for chain in call if chain.ended}
    assert ended == {tuple(n.steps()) for n in tree.finished() if not n.reason.startswith("the same")}


def test_a_search_that_needs_a_prm_and_has_none_is_refused_before_anything_is_asked() -> None:
    policy = AskedPolicy()
    how = replace(setting("beam", policy=policy), prm=None)
    with pytest.raises(StrategyError, match="strategy 'beam' needs a PRM, got none; name one with --prm"):
        list(run_searches([Job(0, HARD)], how))
    assert not policy.calls


@pytest.mark.parametrize("strategy", NAMES)
def test_the_truth_of_every_step_and_solution_is_recorded_at_the_end(strategy: str) -> None:
    how = setting(strategy)
    for problem in PROBLEMS:
        tree = search(problem, how)
        assert all(n.label == how.task.label(problem, n.steps()) for n in tree.nodes[1:])
        assert all(n.correct == (how.task.correct(problem, n.steps()) if n.finished else None) for n in tree)
    assert all(n.label is None for n in search(HARD, replace(how, label=False)))


@pytest.mark.parametrize("strategy", ["self-consistency", "beam"])
def test_a_chain_that_never_ends_is_cut_at_the_longest_there_may_be(strategy: str) -> None:
    endless = ScriptedPolicy(lambda _, steps: [(f"step {len(steps)}", 1.0, False), ("other", 1.0, False)])
    tree = search(HARD, setting(strategy, policy=endless, prm=ScriptedPRM(lambda *_: 0.5)))
    leaves = [n for n in tree if n.depth == 8]
    assert leaves and {n.finish for n in leaves} == {"length"}
    assert {n.finish for n in tree if n.depth < 8} == {"step"}
    assert tree.finished() == [] and tree.chosen is None
    assert tree.closed and tree.closed.stopped == "done" and tree.closed.error is None
