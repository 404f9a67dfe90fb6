from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.tree import Grown, Node, Tree
from tests.worlds import HARD, PROBLEMS, search, setting


def taken(tree: Tree) -> list[tuple[Node, int]]:
    """The steps that were taken from the queue, in order, and how many nodes there were then."""
    out, size = [], 1
    for event in tree.events:
        if isinstance(event, Grown):
            out.append((tree.node(event.parent[0]), size))
            size += len(event.text)
    return out


def test_the_open_step_with_the_highest_reward_is_taken_wherever_it_is() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("best-first", {"n": 12, "width": 3, "enough": 2}))
        gone: set[Node] = set()
        for step, size in taken(tree)[:12]:
            waiting = [n for n in tree.nodes[1:size] if n.open and n not in gone and "same step" not in n.reason]
            if step.parent:
                best = max(waiting, key=lambda n: (-1.0 if n.reward is None else n.reward, -n.id))
                assert step is best
            gone.add(step)


def test_it_goes_back_when_the_rewards_of_a_branch_fall() -> None:
    policy = ScriptedPolicy(lambda _, steps: [("left", 1.0, False), ("right", 1.0, False)])
    worth = {("left",): 0.6, ("right",): 0.5, ("left", "left"): 0.55, ("left", "right"): 0.4}
    fall = ScriptedPRM(lambda _, steps: worth.get(steps, 0.1))
    tree = search(HARD, setting("best-first", {"n": 4, "width": 8}, policy=policy, prm=fall))
    assert [step.steps() for step, _ in taken(tree)[:4]] == [[], ["left"], ["left", "left"], ["right"]]


def test_a_solution_that_is_good_enough_ends_it() -> None:
    policy = ScriptedPolicy(lambda _, steps: [(f"go {len(steps)}", 1.0, len(steps) == 2), ("so", 1.0, len(steps) == 2)])
    sure = ScriptedPRM(lambda _, steps: 0.8 + 0.05 * len(steps))
    ends = [
        len(taken(search(HARD, setting("best-first", {"n": 9, "width": 2, "enough": enough}, policy=policy, prm=sure))))
        for enough in (0.95, 0.96)
    ]
    assert ends[0] == 3 < ends[1]


def test_a_search_that_reached_no_solution_completes_the_most_promising_step() -> None:
    tree = search(HARD, setting("best-first", {"n": 1, "width": 3}))
    first = [n for n in tree.root.children if n.open and n.reward is not None]
    assert tree.chosen is not None
    assert tree.chosen.path()[0] is max(first, key=lambda n: n.reward or 0)


def test_every_step_says_what_became_of_it() -> None:
    for problem in PROBLEMS:
        for n in (1, 6):
            tree = search(problem, setting("best-first", {"n": n, "width": 3}))
            assert all(node.mark and node.reason for node in tree.nodes[1:])
