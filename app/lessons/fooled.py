"""When the verifier is fooled: search finds what a reward model has never seen."""

from app import data
from app.lessons import samples
from app.lessons.figures import curves, fooling
from app.lessons.model import Lesson, Part, Question, TreeView
from app.lessons.samples import NAIVE, first_tree, first_wrong, key, right
from engine.tree import Node, Tree

NS = 1, 2, 4, 8, 16, 64
REWARDED = 1, 4, 16, 64
HIGH = 0.9
NAMES = {"countdown-prm": "careful_prm", "countdown-prm-naive": "naive_prm"}


def lesson() -> Lesson:
    naive = {n: key(NAIVE, "beam-naive", n) for n in NS}
    careful = {n: key(NAIVE, "beam-careful", n) for n in NS}
    tree = first_tree(naive[16], _is_fooled, "in which a wrong answer is rewarded more than a right one")
    assert tree.chosen is not None
    passed_over = max((n for n in tree.finished() if n.correct), key=_reward)
    wrong = first_wrong(tree.chosen)
    assert wrong is not None
    seen = {n: samples.solved(run) for n, run in naive.items()}
    told = {n: samples.solved(run) for n, run in careful.items()}
    twin = data.load_tree(careful[16], tree.problem.id)
    few = curves("fooled_few", [naive[n] for n in NS[:4]], x="completions", names=NAMES)
    both = curves("fooled_both", [*naive.values(), *careful.values()], x="completions", names=NAMES)
    gap, means = fooling("fooled_gap", {n: naive[n] for n in REWARDED})
    fall = seen[8] - seen[64]
    return Lesson(
        parts=[
            Part("naive", TreeView(naive[16], tree.problem.id)),
            Part("chosen", TreeView(naive[16], tree.problem.id, node=tree.chosen.id)),
            Part("truth", TreeView(naive[16], tree.problem.id, node=passed_over.id, colour="label")),
            Question("more", few, right=2 if fall > 5 else 1 if fall >= -5 else 0, revealed=both),
            Question(
                "reward",
                both,
                right=0 if means[64] > means[4] + 0.02 else 1 if means[64] > means[4] - 0.02 else 2,
                revealed=gap,
            ),
            Part("goodhart", gap),
            Part("careful", TreeView(careful[16], tree.problem.id, node=twin.chosen.id if twin.chosen else 0)),
            Part("lesson", both),
        ],
        facts={
            "question": tree.problem.question,
            "finished": len(tree.finished()),
            "pleased": sum(_reward(node) > HIGH for node in tree.finished()),
            "high": HIGH,
            "chosen": tree.chosen.text,
            "chosen_reward": _reward(tree.chosen),
            "wrong": wrong.text,
            "wrong_reward": _reward(wrong),
            "right": passed_over.text,
            "right_reward": _reward(passed_over),
            "problems": len(samples.verdicts(naive[16])),
            **{f"naive{n}": solved for n, solved in seen.items()},
            **{f"careful{n}": solved for n, solved in told.items()},
            **{f"reward{n}": mean for n, mean in means.items()},
            "covered": samples.covered(naive[64]),
            "careful_answer": str(twin.chosen.answer) if twin.chosen else "",
        },
        claims={
            "the naive PRM gets better up to n = 8": seen[1] < seen[2] < seen[4] < seen[8],
            "the naive PRM falls from n = 16 on": seen[8] > seen[16] > seen[64],
            "the careful PRM doesn't fall": min(told[16], told[64]) >= told[8] - 2,
            "at n = 64 a right solution is there for nearly every puzzle": samples.covered(naive[64]) >= 95,
            "the rewards of the chosen answers don't fall with their accuracy": means[64] > means[4] - 0.02,
            "a right solution pleases it nearly as much": _reward(tree.chosen) - _reward(passed_over) < 0.05,
            "the careful PRM solves the puzzle that is shown": right(twin),
        },
    )


def _reward(node: Node) -> float:
    return float(node.reward or 0.0)


def _is_fooled(tree: Tree) -> bool:
    chosen = tree.chosen
    return (
        chosen is not None
        and chosen.correct is False
        and _reward(chosen) > HIGH
        and any(n.correct for n in tree.finished())
    )
