"""Rewarding each step: a process reward model reads a solution step by step, and finds the first wrong one."""

from app import data
from app.lessons import samples
from app.lessons.figures import rewards
from app.lessons.model import Lesson, Part, Question, TreeView
from app.lessons.samples import PUZZLES, first_tree, first_wrong, key, moment
from engine.measure.prm.reading import read
from engine.measure.prm.steps import distinct_steps
from engine.tree import Grown, Node, Scored, Tree

HALF = 0.5
BOUNDS = 0.5, 0.8, 0.95
"""Shares of the wrong steps between which one is asked to guess."""


def lesson() -> Lesson:
    run = key(PUZZLES, "best-of-n", 16)
    tree = first_tree(run, lambda t: bool(_turning(t)), "with a solution that is good at first and then found out")
    leaf = _turning(tree)[0]
    path, wrong = leaf.path(), first_wrong(leaf)
    assert wrong is not None
    steps = distinct_steps([read(run, data.open_run(run)).steps])
    steps = steps[steps["reward"].notna() & steps["good"].notna()]
    good = steps["good"].astype(bool)
    caught, doubted = (float((part["reward"] < HALF).mean()) for part in (steps[~good], steps[good]))
    written, rewarded = moment(tree, Grown), moment(tree, Scored)
    unread = TreeView(run, tree.problem.id, node=leaf.id, moment=written)
    spread = rewards("reward_spread", steps)
    cost = samples.rows(run)
    return Lesson(
        parts=[
            Part("outcome", unread),
            Part("process", TreeView(run, tree.problem.id, node=path[0].id, moment=rewarded)),
            Question(
                "where",
                unread,
                right=wrong.depth - 1,
                revealed=TreeView(run, tree.problem.id, node=wrong.id, moment=rewarded),
            ),
            Part("truth", TreeView(run, tree.problem.id, node=wrong.id, colour="label")),
            Question(
                "caught",
                TreeView(run, tree.problem.id, node=wrong.id),
                right=sum(caught >= b for b in BOUNDS),
                revealed=spread,
            ),
            Part("doubted", spread),
            Part("price", TreeView(run, tree.problem.id, node=tree.chosen.id if tree.chosen else 0)),
        ],
        facts={
            "question": tree.problem.question,
            "solutions": len(tree.finished()),
            "right_ones": sum(node.correct is True for node in tree.finished()),
            "first": path[0].text,
            "wrong": wrong.text,
            **{f"reward{i}": float(step.reward or 0.0) for i, step in enumerate(path, 1)},
            "counted": len(steps),
            "good_share": float(good.mean()),
            "caught": caught,
            "doubted": doubted,
            "policy_tokens": round(float(cost["policy_tokens"].mean())),
            "prm_tokens": round(float(cost["prm_tokens"].mean())),
        },
        claims={
            "the shown solution has three steps, good at first": len(path) == 3 and path[0].label is True,
            "its first step is rewarded more than the others": min(_rewards(leaf)[:1]) > max(_rewards(leaf)[1:]),
            "most wrong steps are caught and few good ones doubted": caught > 0.8 and doubted < 0.2,
            "the PRM reads fewer tokens than the policy writes": cost["prm_tokens"].mean()
            < cost["policy_tokens"].mean(),
        },
    )


def _turning(tree: Tree) -> list[Node]:
    """The solutions with a good first step, whose rewards fall where they turn wrong and say so with confidence."""
    return [leaf for leaf in tree.finished() if leaf.depth == 3 and _turns(leaf)]


def _turns(leaf: Node) -> bool:
    wrong, rewards = first_wrong(leaf), _rewards(leaf)
    if wrong is None or wrong.depth == 1 or len(rewards) < leaf.depth:
        return False
    return all((reward > 0.8) == (i < wrong.depth - 1) and not 0.2 < reward <= 0.8 for i, reward in enumerate(rewards))


def _rewards(leaf: Node) -> list[float]:
    return [step.reward for step in leaf.path() if step.reward is not None]
