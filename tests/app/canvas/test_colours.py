"""What colours a tree has data for."""

from app.canvas.colours import COLOURS, offered
from app.canvas.scale import GROWING, STOPS, contrast
from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree
from tests.app import trees

NOTHING = Cost()


def grown(logprob: float | None = None, cost: Cost = NOTHING) -> Tree:
    tree = Tree(Problem("p", "q"))
    tree.apply(Grown([0, 1], ["one", "two"], ["step", "end"], [logprob] * 2, [None] * 2, [cost] * 2))
    return tree


def closed(tree: Tree) -> Tree:
    tree.apply(Closed(None, "", "done", {}, {}))
    return tree


def test_a_tree_search_has_visits_and_values_and_a_beam_has_none() -> None:
    assert offered(trees.mcts()) == list(COLOURS)
    assert offered(trees.beam()) == [name for name in COLOURS if name not in ("value", "visits")]


def test_passes_without_a_prm_have_no_rewards_once_they_are_over() -> None:
    tree = grown(logprob=-1.0)
    assert offered(tree)[0] == "reward"
    assert offered(closed(tree)) == ["logprob", "order"]


def test_what_nobody_logged_is_not_offered() -> None:
    assert offered(closed(grown())) == ["order"]
    assert offered(closed(grown(cost=Cost(policy_tokens=3)))) == ["tokens", "order"]


def test_a_path_has_rewards_so_far_only_where_two_of_its_steps_have_one() -> None:
    tree = grown()
    tree.apply(Scored([2], [0.5], [None], [Cost()]))
    assert offered(closed(tree)) == ["reward", "order"]


def test_what_grows_gets_darker_and_looks_like_no_reward() -> None:
    steps = [contrast("#ffffff", colour) for _, colour in GROWING]
    assert steps == sorted(steps)
    assert not {colour for _, colour in GROWING} & {colour for _, colour in STOPS}
