from collections.abc import Sequence

from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.tree import Grown, Node, Tree
from tests.worlds import HARD, PROBLEMS, search, setting


def begins(tree: Tree) -> list[Node]:
    """The step that each solution goes on from."""
    return [tree.node(event.parent[0]) for event in tree.events if isinstance(event, Grown)]


def three_steps(_: str, steps: Sequence[str]) -> list[tuple[str, float, bool]]:
    last = len(steps) == 2
    return [(f"right {len(steps)}", 1.0, last), (f"wrong {len(steps)}", 1.0, last)]


def honest(_: str, steps: Sequence[str]) -> float:
    return 0.1 if any(step.startswith("wrong") for step in steps) else 0.9


def run(seed: int = 0, **parameters: float) -> Tree:
    how = setting("regenerate", parameters, policy=ScriptedPolicy(three_steps), prm=ScriptedPRM(honest), seed=seed)
    return search(HARD, how)


def test_each_solution_goes_on_from_before_the_first_wrong_step_of_the_last() -> None:
    for seed in range(8):
        tree = run(seed, n=12, tries=50)
        wrong = [n for n in tree if n.reason.startswith("the first step below 0.5")]
        assert begins(tree) == [tree.root, *(n.parent for n in wrong)][: len(begins(tree))]
        assert all(honest("", step.steps()[:-1]) == 0.9 for step in wrong if step.depth > 1)


def test_what_is_right_is_kept_and_never_written_again() -> None:
    tree = run(3, n=20, tries=50)
    assert tree.chosen is not None and tree.chosen.steps() == ["right 0", "right 1", "right 2"]
    assert all(n.mark == "kept" for n in tree.chosen.path())
    assert len([n for n in tree if n.text == "right 0"]) == 1


def test_a_solution_without_a_rejected_step_ends_it() -> None:
    tree = run(0, n=20, threshold=0.05)
    assert len(begins(tree)) == 1 and tree.chosen is tree.finished()[0]


def test_after_too_many_rejected_steps_at_one_place_the_step_before_is_doubted() -> None:
    def hopeless(_: str, steps: Sequence[str]) -> float:
        return 0.9 if len(steps) < 2 else 0.1

    how = setting("regenerate", {"n": 7, "tries": 2}, policy=ScriptedPolicy(three_steps), prm=ScriptedPRM(hopeless))
    tree = search(HARD, how)
    # from the question, then twice in all after a first step, then from the question again
    assert [n.depth for n in begins(tree)] == [0, 1, 0, 1, 0, 1, 0]


def test_a_missing_reward_rejects_nothing() -> None:
    how = setting("regenerate", {"n": 5}, policy=ScriptedPolicy(three_steps), prm=ScriptedPRM(lambda *_: None))
    tree = search(HARD, how)
    assert len(begins(tree)) == 1 and tree.chosen is not None


def test_what_comes_after_a_rejected_step_says_so() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("regenerate"))
        assert all(n.mark and n.reason for n in tree.nodes[1:])
