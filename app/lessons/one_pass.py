"""One pass: what the policy writes at temperature 0, and how often that is right."""

from app.lessons import samples
from app.lessons.figures import dots
from app.lessons.model import Lesson, Part, Question, TreeView
from app.lessons.samples import PUZZLES, first_tree, first_wrong, key, moment
from engine.figures.curves_info import GPT4
from engine.tree import Grown, Tree

BOUNDS = 0.2, 0.6, 0.9
"""Shares of the puzzles between which one is asked to guess."""


def lesson() -> Lesson:
    run = key(PUZZLES, "greedy")
    tree = first_tree(run, _pretends, "that claims to reach its target by a step which isn't legal")
    assert tree.chosen is not None
    path = tree.chosen.path()
    wrong = first_wrong(tree.chosen)
    assert wrong is not None
    seen, written = TreeView(run, tree.problem.id), moment(tree, Grown)
    solved, problems = samples.solved(run), len(samples.verdicts(run))
    pretending = sum(map(_pretends, samples.trees(run)))
    tally = dots("tally", {run: "greedy_solves"})
    return Lesson(
        parts=[
            Part("puzzle", TreeView(run, tree.problem.id, moment=0)),
            Part("steps", TreeView(run, tree.problem.id, node=path[0].id, moment=written)),
            Question(
                "where",
                TreeView(run, tree.problem.id, node=tree.chosen.id, moment=written),
                right=wrong.depth,
                revealed=TreeView(run, tree.problem.id, node=wrong.id, colour="label"),
            ),
            Part("pretence", TreeView(run, tree.problem.id, node=tree.chosen.id, colour="label")),
            Question("how-many", seen, right=sum(solved >= bound * problems for bound in BOUNDS), revealed=tally),
            Part("compared", tally),
        ],
        facts={
            "question": tree.problem.question,
            "first": path[0].text,
            "wrong": wrong.text,
            "last": path[-1].text,
            "steps": len(path),
            "problems": problems,
            "solved": solved,
            "failed": problems - solved,
            "pretending": pretending,
            "tokens": round(float(samples.rows(run)["policy_tokens"].mean())),
            "cot": next(line.y for line in GPT4 if line.label == "CoT"),
        },
        claims={
            "the shown solution has three steps": len(path) == 3,
            "its first wrong step is its first": wrong is path[0],
            "it pretends most of the times that it fails": pretending > (problems - solved) / 2,
            "one pass solves some puzzles, but not most of them": 0 < solved < problems / 2,
        },
    )


def _pretends(tree: Tree) -> bool:
    """Whether the last step claims to be the target, and isn't."""
    target = tree.problem.question.split()[1]
    return tree.chosen is not None and tree.chosen.correct is False and f"= {target} " in f"{tree.chosen.text} "
