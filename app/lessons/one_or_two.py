"""One model or two, and what o1 might be doing: what the runs show, what is known, and what is only inferred."""

from app import data
from app.lessons import samples
from app.lessons.figures import costs, curves
from app.lessons.model import Lesson, Part, Question, TreeView
from app.lessons.samples import PUZZLES, first_tree, key, moment, right, verdicts
from engine.tree import Grown, Scored, Tree

BOUNDS = 0.25, 0.5, 0.75
"""Shares of the compute between which one is asked to guess."""


def lesson() -> Lesson:
    beam, again = key(PUZZLES, "beam", 16), key(PUZZLES, "regenerate", 16)
    alone = verdicts(key(PUZZLES, "greedy"))
    tree = first_tree(beam, lambda t: right(t) and not alone[t.problem.id], "that a beam rescues")
    lonely = first_tree(again, lambda t: right(t) and _rounds(t) >= 3, "that went back twice")
    assert lonely.chosen is not None
    info = data.open_run(beam).info
    share = _prm_share(beam)
    named = ("greedy", None), ("best-of-n", 16), ("beam", 16), ("mcts", 16), ("explore", 4)
    split = costs("cost_split", {key(PUZZLES, name, n): name for name, n in named})
    curve = curves("o1_curve", [key(PUZZLES, "best-of-n", n) for n in (1, 2, 4, 8, 16, 32, 64)], x="flops")
    first = TreeView(beam, tree.problem.id, moment=moment(tree, Grown))
    return Lesson(
        parts=[
            Part("policy", first),
            Part("prm", TreeView(beam, tree.problem.id, moment=moment(tree, Scored))),
            Question("share", first, right=sum(share >= b for b in BOUNDS), revealed=split),
            Part("one", split),
            Part("known", curve),
            Part("inferred", TreeView(again, lonely.problem.id, node=lonely.chosen.id, colour="order")),
            Part("since", TreeView(again, lonely.problem.id, node=lonely.chosen.id)),
            Part("end", curve),
        ],
        facts={
            "policy_parameters": int(info.policy["parameters"]),
            "prm_parameters": int((info.prm or {})["parameters"]),
            "share": share,
            "rounds": _rounds(lonely),
            "best1": samples.solved(key(PUZZLES, "best-of-n", 1)),
            "best64": samples.solved(key(PUZZLES, "best-of-n", 64)),
            "problems": len(alone),
        },
        claims={
            "policy and PRM are of one size": info.policy["parameters"] == (info.prm or {})["parameters"],
            "more compute solved more": samples.solved(key(PUZZLES, "best-of-n", 64))
            > samples.solved(key(PUZZLES, "best-of-n", 1)),
            "every search with a PRM pays for it": all(_prm_share(key(PUZZLES, name, n)) > 0 for name, n in named[1:]),
        },
    )


def _rounds(tree: Tree) -> int:
    return sum(isinstance(event, Grown) for event in tree.events)


def _prm_share(run: str) -> float:
    """The PRM's part of the compute."""
    rows = samples.rows(run)
    return float(rows["prm_flops"].sum() / rows["flops"].sum())
