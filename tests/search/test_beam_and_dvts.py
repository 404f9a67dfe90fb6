from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.search.beam import share
from engine.tree import Grown, Node, Tree
from tests.worlds import HARD, PROBLEMS, chance, moves, search, setting

SEEDS = range(4)


def rounds(tree: Tree) -> Iterator[list[Node]]:
    """The nodes of each expansion, in order."""
    first = 1
    for event in tree.events:
        if isinstance(event, Grown):
            yield tree.nodes[first : first + len(event.text)]
            first += len(event.text)


def parents(nodes: list[Node]) -> list[Node]:
    return list(dict.fromkeys(n.parent for n in nodes if n.parent))


def running(nodes: list[Node]) -> list[Node]:
    """What could go on: open, and no repetition."""
    return [n for n in nodes if n.open and not n.reason.startswith("the same step")]


def rank(node: Node) -> tuple[float, int]:
    return (-1.0 if node.reward is None else node.reward), -node.id


# Beam search.


@pytest.mark.parametrize(("n", "width"), [(8, 4), (8, 2), (7, 3), (4, 4), (3, 4), (1, 1), (6, 1)])
def test_beam_samples_n_steps_a_round_and_goes_on_from_exactly_n_over_width_of_them(n: int, width: int) -> None:
    for seed in SEEDS:
        tree = search(HARD, setting("beam", {"n": n, "width": width, "redraws": 0}, seed=seed))
        before = [tree.root]
        for made in rounds(tree):
            assert len(made) == max(n, len(before))
            assert parents(made) == before or set(parents(made)) == set(before)
            counts = [sum(c.parent is p for c in made) for p in before]
            assert max(counts) - min(counts) <= 1
            best = sorted(running(made), key=rank, reverse=True)[: max(1, n // width)]
            assert [node for node in made if node.open and node.mark == "kept"] == sorted(best, key=lambda x: x.id)
            before = best
        assert not before


def test_beam_draws_again_what_repeats_a_sibling_until_all_differ_or_it_has_tried_enough() -> None:
    for redraws in (1, 3):
        for seed in SEEDS:
            tree = search(HARD, setting("beam", {"n": 8, "width": 4, "redraws": redraws}, seed=seed))
            depths = [made[0].depth for made in rounds(tree)]
            assert max(map(depths.count, depths)) <= 1 + redraws
            for before, after in pairwise(rounds(tree)):
                again = [n for n in before if n.reason.startswith("the same step")]
                if after[0].depth == before[0].depth:
                    assert Counter(n.parent for n in after) == Counter(n.parent for n in again)
                else:
                    assert not again or depths.count(before[0].depth) == 1 + redraws


def test_every_node_of_a_beam_is_kept_or_dropped_and_says_why() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("beam"))
        assert all(n.mark and n.reason for n in tree.nodes[1:])


def test_beam_keeps_every_solution_beside_the_beam() -> None:
    tree = search(HARD, setting("beam"))
    solutions = [n for n in tree.finished() if not n.reason.startswith("the same step")]
    assert solutions
    assert all(n.mark == "kept" and n.reason.startswith("ends a solution, with ") for n in solutions)


def test_beam_gives_the_share_that_is_left_over_to_the_first() -> None:
    assert share(8, 3) == [3, 3, 2]
    assert share(4, 4) == [1, 1, 1, 1]
    assert share(2, 3) == [1, 1, 1]


def test_a_duplicate_is_dropped_with_its_reason_and_is_never_scored() -> None:
    for strategy in ("beam", "dvts", "mcts"):
        tree = search(HARD, setting(strategy))
        twins = [n for n in tree if n.reason.startswith("the same step as node")]
        assert twins
        for node in twins:
            first = tree.node(int(node.reason.split()[-1]))
            assert (first.parent, first.text) == (node.parent, node.text)
            assert first.id == min(c.id for c in (node.parent or node).children if c.text == node.text)
            assert node.mark == "dropped" and node.reward is None and not node.children


def test_the_same_words_below_another_parent_are_no_duplicate() -> None:
    policy = ScriptedPolicy(lambda _, steps: [("go", 1.0, len(steps) == 2), ("come", 1.0, len(steps) == 2)])
    tree = search(HARD, setting("beam", {"n": 8, "width": 4}, policy=policy, prm=ScriptedPRM(lambda *_: 0.5)))
    deep = [n for n in tree if n.depth == 2 and n.text == "come" and not n.reason.startswith("the same step")]
    assert len({n.parent for n in deep}) == len(deep) == 2


def test_a_tie_goes_to_the_step_that_was_made_first() -> None:
    how = setting("beam", {"n": 8, "width": 4, "redraws": 0}, prm=ScriptedPRM(lambda *_: 0.5))
    tree = search(HARD, how)
    for made in rounds(tree):
        open_ = running(made)
        assert [n for n in open_ if n.mark == "kept"] == open_[:2]
    assert tree.chosen is tree.finished()[0]


def test_a_missing_reward_ranks_below_every_reward_even_nought() -> None:
    def rule(_: str, steps: tuple[str, ...]) -> float | None:
        return None if chance(steps[0]) < 0.5 else 0.0

    tree = search(HARD, setting("beam", {"n": 12, "width": 12}, prm=ScriptedPRM(rule)))
    first = running(next(rounds(tree)))
    assert {n.reward for n in first} == {None, 0.0}
    (kept,) = (n for n in first if n.mark == "kept")
    assert kept is next(n for n in first if n.reward == 0.0)
    unranked = [n for n in first if n.reward is None]
    assert all("by reward no reward" in n.reason and n.error == "the script gives no reward" for n in unranked)


def test_a_beam_without_any_reward_goes_on_from_the_first_step_and_chooses_the_first_solution() -> None:
    tree = search(HARD, setting("beam", prm=ScriptedPRM(lambda *_: None)))
    assert all(n.reward is None for n in tree)
    assert tree.chosen is tree.finished()[0]
    assert tree.closed and tree.closed.reason.endswith("no reward")


def test_steps_that_failed_or_grew_too_long_are_dropped_with_that_reason() -> None:
    def script(prompt: str, steps: tuple[str, ...]) -> list[tuple[str, float, bool]]:
        return [] if steps else [("a", 1.0, False), ("b", 1.0, False)]

    tree = search(HARD, setting("beam", {"n": 4, "width": 2}, policy=ScriptedPolicy(script)))
    failed = [n for n in tree if n.finish == "error"]
    assert failed
    assert {n.reason for n in failed} == {"stopped by error: the script has no step to go on with"}
    assert all(n.mark == "dropped" and n.reward is None for n in failed)

    endless = ScriptedPolicy(lambda _, steps: [(f"{len(steps)}", 1.0, False), (f"-{len(steps)}", 1.0, False)])
    tree = search(HARD, setting("beam", {"n": 4, "width": 2}, policy=endless))
    last = [n for n in tree if n.depth == 8 and not n.reason.startswith("the same")]
    assert last and max(n.depth for n in tree) == 8
    assert {(n.finish, n.mark, n.reason) for n in last} == {("length", "dropped", "stopped by length: too long")}
    assert tree.chosen is None and tree.closed and tree.closed.reason == "no solution was finished"


# Diverse verifier tree search.


@pytest.mark.parametrize(("n", "width"), [(8, 4), (8, 2), (6, 3), (7, 3), (3, 4), (4, 1)])
def test_dvts_goes_on_from_one_step_in_each_of_its_subtrees(n: int, width: int) -> None:
    each = min(n, width)
    for seed in SEEDS:
        tree = search(HARD, setting("dvts", {"n": n, "width": width}, seed=seed))
        first, *later = rounds(tree)
        assert len(first) == n // each * each
        groups = [first[i : i + each] for i in range(0, len(first), each)]
        while True:
            kept = [[c for c in group if c.open and c.mark == "kept"] for group in groups]
            assert all(len(of) <= 1 for of in kept)
            for of, group in zip(kept, groups, strict=True):
                assert of == sorted(running(group), key=rank, reverse=True)[:1]
            roots = [of[0] for of in kept if of]
            if not later:
                assert not roots
                break
            made = later.pop(0)
            assert parents(made) == roots
            groups = [[c for c in made if c.parent is root] for root in roots]
            assert all(len(group) == each for group in groups)


def test_dvts_names_the_subtree_that_a_step_was_cut_from() -> None:
    tree = search(HARD, setting("dvts"))
    cuts = {n.reason.split("the cut of ")[1].split(" was")[0] for n in tree if "the cut of" in n.reason}
    assert {"subtree 1", "subtree 2"} <= cuts


def test_subtrees_that_begin_alike_stay_apart() -> None:
    policy = ScriptedPolicy(lambda _, steps: [("only", 1.0, len(steps) == 2)])
    tree = search(HARD, setting("dvts", {"n": 4, "width": 2}, policy=policy, prm=ScriptedPRM(lambda *_: 0.5)))
    assert [len(made) for made in rounds(tree)] == [4, 4, 4]
    assert len([n for n in tree.finished() if n.mark == "kept"]) == 2


def test_with_one_subtree_dvts_is_a_beam_that_keeps_one() -> None:
    beam = search(HARD, setting("beam", {"n": 4, "width": 4, "redraws": 0}))
    diverse = search(HARD, setting("dvts", {"n": 4, "width": 4}))
    assert [(n.place, n.text, n.mark) for n in beam] == [(n.place, n.text, n.mark) for n in diverse]


def test_the_script_offers_what_these_tests_need() -> None:
    assert len(moves("Make 24 from 4 5 6 10\n", ())) > 20
