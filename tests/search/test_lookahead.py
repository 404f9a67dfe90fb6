import pytest

from engine.models.scripted import ScriptedPRM
from engine.tree import Grown, Node, Tree
from tests.worlds import HARD, PROBLEMS, AskedPolicy, moves, search, setting


def rounds(tree: Tree, asked: AskedPolicy) -> list[tuple[list[Node], list[list[Node]]]]:
    """The candidates of each round, and the nodes of each step of their rollouts."""
    out: list[tuple[list[Node], list[list[Node]]]] = []
    first = 1
    for event, call in zip([e for e in tree.events if isinstance(e, Grown)], asked.calls, strict=True):
        made = tree.nodes[first : first + len(event.text)]
        first += len(made)
        if call[0].temperature == 0:
            out[-1][1].append(made)
        else:
            out.append((made, []))
    return out


def end_of(step: Node, rolled: list[list[Node]]) -> Node:
    for made in rolled:
        step = next((node for node in made if node.parent is step), step)
    return step


def leads_to_a_solution(node: Node) -> bool:
    """Whether the rollout that `node` is of comes to an end."""
    while node.children:
        (node,) = node.children
    return node.finished


@pytest.mark.parametrize("ahead", [1, 2, 3])
def test_steps_are_kept_by_the_reward_at_the_end_of_their_rollouts(ahead: int) -> None:
    for problem in PROBLEMS:
        asked = AskedPolicy()
        tree = search(problem, setting("lookahead", {"n": 9, "width": 3, "ahead": ahead}, policy=asked))
        for candidates, rolled in rounds(tree, asked):
            assert len(rolled) <= ahead
            able = [n for n in candidates if n.open and "same step" not in n.reason]
            rewards = {n: end_of(n, rolled).reward for n in able}
            worth = {n: -1.0 if reward is None else reward for n, reward in rewards.items()}
            best = sorted(able, key=lambda n: (-worth[n], end_of(n, rolled).id))[:3]
            assert {n for n in able if n.mark == "kept"} == set(best)


@pytest.mark.parametrize("ahead", [1, 2])
def test_a_rollout_takes_the_likeliest_step_each_time_and_says_that_it_is_one(ahead: int) -> None:
    tree = search(HARD, setting("lookahead", {"n": 9, "width": 3, "ahead": ahead}))
    rolled = [n for n in tree if "rollout from node" in n.reason]
    assert rolled
    for node in rolled:
        assert node.parent is not None
        options = moves("Make 24 from 4 5 6 10\n", tuple(node.parent.steps()))
        assert node.text == max(options, key=lambda option: option[1])[0]
        assert all(child in rolled for child in node.children)
        assert node.mark == ("kept" if leads_to_a_solution(node) else "dropped")


def test_no_steps_ahead_is_beam_search() -> None:
    for problem in PROBLEMS:
        plain = search(problem, setting("beam", {"n": 8, "width": 4, "redraws": 0}))
        ahead = search(problem, setting("lookahead", {"n": 8, "width": 4, "ahead": 0}))
        assert [n.steps() for n in ahead] == [n.steps() for n in plain]
        assert [n.mark for n in ahead] == [n.mark for n in plain] and ahead.cost == plain.cost


def test_rollouts_are_paid_for() -> None:
    short, far = (search(HARD, setting("lookahead", {"n": 9, "width": 3, "ahead": ahead})) for ahead in (0, 2))
    assert far.cost.policy_tokens > short.cost.policy_tokens
    assert far.cost.policy_tokens == sum(n.cost.policy_tokens for n in far)


def test_the_end_is_what_counts_however_a_step_looks() -> None:
    fooled = ScriptedPRM(lambda _, steps: (0.9 if "4 * 5" in steps[0] else 0.1) if len(steps) == 1 else 0.5)
    honest = ScriptedPRM(lambda _, steps: 0.2 if len(steps) == 1 else 0.1 if "4 * 5" in steps[0] else 0.9)
    for prm, liked in ((fooled, True), (honest, False)):
        tree = search(HARD, setting("lookahead", {"n": 12, "width": 12, "ahead": 2 * (not liked)}, prm=prm))
        (kept,) = (n for n in tree.root.children if n.mark == "kept")
        assert ("4 * 5" in kept.text) is liked
