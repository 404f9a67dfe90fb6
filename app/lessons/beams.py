"""Beams and diversity: the best steps go on, the others are dropped, and what can be lost by it."""

from app import data
from app.lessons import samples
from app.lessons.figures import curves, dots
from app.lessons.model import Lesson, Part, Question, TreeView
from app.lessons.samples import PUZZLES, STORIES, first_tree, key, moment, right, verdicts
from engine.tree import Marked, Node, Scored, Tree

BOUNDS = 0.5, 0.8, 0.95
"""Shares of the puzzles between which one is asked to guess."""


def lesson() -> Lesson:
    greedy, beam, narrow = key(PUZZLES, "greedy"), key(PUZZLES, "beam", 16), key(PUZZLES, "beam", 4)
    alone = verdicts(greedy)
    tree = first_tree(beam, lambda t: right(t) and not alone[t.problem.id] and bool(t.chosen), "that a beam rescues")
    assert tree.chosen is not None
    best = tree.chosen.path()[0]
    lost = first_tree(narrow, lambda t: not right(t) and _regretted(t) is not None, "whose good step was dropped")
    regretted = _regretted(lost)
    assert regretted is not None
    spread = data.load_tree(key(PUZZLES, "dvts", 16), tree.problem.id)
    problems, solved = len(alone), samples.solved(beam)
    tally = dots("tally", {greedy: "greedy_solves", beam: "beam_solves"})
    rules = "self-consistency", "beam", "dvts"
    hidden = curves("beam_stories", [key(STORIES, rule, n) for rule in rules for n in (4, 16)], coverage=True)
    n = int(data.open_run(beam).info.parameters["n"])
    return Lesson(
        parts=[
            Part("candidates", TreeView(beam, tree.problem.id, moment=moment(tree, Scored))),
            Part("cut", TreeView(beam, tree.problem.id, node=best.id, moment=_cut(tree))),
            Part("onwards", TreeView(beam, tree.problem.id, node=tree.chosen.id)),
            Question(
                "how-many",
                TreeView(beam, tree.problem.id),
                right=sum(solved >= b * problems for b in BOUNDS),
                revealed=tally,
            ),
            Question(
                "regret",
                TreeView(narrow, lost.problem.id, moment=moment(lost, Scored)),
                right=0 if regretted.depth == 1 else 1,
                revealed=TreeView(narrow, lost.problem.id, node=regretted.id),
            ),
            Part("alike", TreeView(beam, tree.problem.id, colour="order")),
            Part("dvts", TreeView(key(PUZZLES, "dvts", 16), tree.problem.id)),
            Part("coverage", hidden),
        ],
        facts={
            "question": tree.problem.question,
            "n": n,
            "kept": _kept_first(tree),
            "different": len([c for c in tree.root.children if c.reward is not None]),
            "best": best.text,
            "best_reward": float(best.reward or 0.0),
            "solved": solved,
            "problems": problems,
            "greedy": sum(alone.values()),
            "lost_question": lost.problem.question,
            "regretted": regretted.text,
            "regretted_reward": float(regretted.reward or 0.0),
            "narrow": samples.solved(narrow),
            "firsts": _firsts(tree),
            "dvts_firsts": _firsts(spread),
            "dvts_kept": _kept_first(spread),
            **{
                f"{rule}_cover": samples.covered(key(STORIES, name, 16))
                for rule, name in zip(("vote", "beam", "dvts"), rules, strict=True)
            },
            "stories": len(verdicts(key(STORIES, "beam", 16))),
        },
        claims={
            "the beam keeps a quarter of its candidates": _kept_first(tree) * 4 == n,
            "the beam solves far more puzzles than one pass": solved > sum(alone.values()) + 30,
            "a narrow beam solves fewer": samples.solved(narrow) < solved - 5,
            "the step that was dropped is the good one": regretted.label is True and regretted.mark == "dropped",
            "on the stories samples find a right solution more often than the beam": samples.covered(
                key(STORIES, "self-consistency", 16)
            )
            > samples.covered(key(STORIES, "beam", 16)) + 5,
        },
    )


def _cut(tree: Tree) -> int:
    """The event at which the first round has been kept and dropped."""
    first = moment(tree, Scored)
    return next(i for i in range(first + 1, len(tree.events)) if not isinstance(tree.events[i + 1], Marked))


def _kept_first(tree: Tree) -> int:
    return sum(node.mark == "kept" for node in tree.root.children)


def _firsts(tree: Tree) -> int:
    """How many of the first steps lead to a finished solution."""
    return len({leaf.path()[0].text for leaf in tree.finished()})


def _regretted(tree: Tree) -> Node | None:
    """A good step that was dropped for its reward while every step kept beside it was hopeless."""
    for node in tree:
        if node.label and node.mark == "dropped" and node.reward is not None:
            kept = [other for other in tree if other.depth == node.depth and other.mark == "kept"]
            if kept and not any(other.label for other in kept):
                return node
    return None
