"""Going back: to the first wrong step, and into a mode that tries more and wilder."""

import re

from app import data
from app.lessons import samples
from app.lessons.figures import curves, dots
from app.lessons.model import Lesson, Part, Question, TreeView
from app.lessons.samples import PUZZLES, STORIES, first_tree, key, right, verdicts
from engine.tree import Grown, Marked, Node, Scored, Tree

BOUNDS = 0.2, 0.5, 1.0
"""Shares of the tokens between which one is asked to guess."""
SOLVED = 0.5, 0.75, 0.9


def lesson() -> Lesson:
    again, walk = key(PUZZLES, "regenerate", 16), key(PUZZLES, "explore", 1)
    best = key(PUZZLES, "best-of-n", 16)
    tree = first_tree(again, lambda t: right(t) and _resumed(t) is not None, "that was mended from a later step on")
    wrong = _resumed(tree)
    assert wrong is not None and wrong.parent is not None and tree.chosen is not None
    alarmed = first_tree(walk, lambda t: right(t) and _alarmed(t) is not None, "whose walk was alarmed")
    step = _alarmed(alarmed)
    assert step is not None
    share = _tokens(again) / _tokens(best)
    alone, problems = verdicts(key(PUZZLES, "greedy")), len(verdicts(again))
    names = "best-of-n", "beam", "mcts"
    lines = [key(PUZZLES, name, n) for name in names for n in (4, 16)]
    lines += [key(PUZZLES, "regenerate", n) for n in (4, 16)] + [key(PUZZLES, "explore", n) for n in (1, 4)]
    curve = curves("back_curve", lines, x="tokens", shown=["regenerate", "explore"])
    walked = samples.solved(walk)
    tally = dots("tally", {key(PUZZLES, "greedy"): "greedy_solves", walk: "explore_solves"})
    return Lesson(
        parts=[
            Part("whole", TreeView(again, tree.problem.id, moment=1)),
            Part("first-wrong", TreeView(again, tree.problem.id, node=wrong.id, moment=_judged(tree, wrong))),
            Part("mended", TreeView(again, tree.problem.id, node=tree.chosen.id)),
            Question("saved", TreeView(again, tree.problem.id), right=sum(share >= b for b in BOUNDS), revealed=curve),
            Part("explore", TreeView(walk, alarmed.problem.id, moment=_scored(alarmed))),
            Part("alert", TreeView(walk, alarmed.problem.id, node=step.id)),
            Question(
                "walk",
                TreeView(walk, alarmed.problem.id),
                right=sum(walked >= b * problems for b in SOLVED),
                revealed=tally,
            ),
            Part(
                "trust",
                dots(
                    "tally",
                    {key(STORIES, "greedy"): "greedy_solves", key(STORIES, "regenerate", 16): "regenerate_solves"},
                ),
            ),
        ],
        facts={
            "question": tree.problem.question,
            "wrong": wrong.text,
            "wrong_step": wrong.depth,
            "wrong_reward": float(wrong.reward or 0.0),
            "kept_step": wrong.parent.text,
            "kept_reward": float(wrong.parent.reward or 0.0),
            "written": sum(isinstance(event, Grown) for event in tree.events),
            "threshold": float(data.open_run(again).info.parameters.get("threshold", 0.5)),
            "solved": samples.solved(again),
            "best_solved": samples.solved(best),
            "tokens": _tokens(again),
            "best_tokens": _tokens(best),
            "problems": problems,
            "walk_question": alarmed.problem.question,
            "alert_step": step.text,
            "alert_reward": float(step.reward or 0.0),
            "temperature": _temperature(step),
            "tried": len(step.parent.children) if step.parent else 0,
            "walked": walked,
            "walk_tokens": _tokens(walk),
            "greedy": sum(alone.values()),
            "stories_greedy": samples.solved(key(STORIES, "greedy")),
            "stories_again": samples.solved(key(STORIES, "regenerate", 16)),
            "stories_best": samples.solved(key(STORIES, "best-of-n", 16)),
            "stories_vote": samples.solved(key(STORIES, "self-consistency", 16)),
        },
        claims={
            "what was kept is good, and what was rejected is wrong": wrong.label is False
            and wrong.parent.label is True,
            "going back is as good as sixteen solutions, for less than half of the tokens": samples.solved(again)
            >= samples.solved(best) - 5
            and share < 0.5,
            "a walk with an alarm solves far more than a greedy pass": walked > sum(alone.values()) + 20,
            "temperature rose": _temperature(step) > 0.7,
            "on the stories going back gains far less than on the puzzles": samples.solved(
                key(STORIES, "regenerate", 16)
            )
            - samples.solved(key(STORIES, "greedy"))
            < samples.solved(again) - sum(alone.values()) - 20,
        },
    )


def _resumed(tree: Tree) -> Node | None:
    """A step rejected with right, not the first of its solution; before it the chosen path goes on."""
    chosen = tree.chosen.path() if tree.chosen else []
    rejected = (n for n in tree if n.depth > 1 and n.label is False and n.reason.startswith("the first step below"))
    return next((n for n in rejected if n.parent in chosen), None)


def _judged(tree: Tree, wrong: Node) -> int:
    """The event at which a step was rejected."""
    return next(i for i, e in enumerate(tree.events) if isinstance(e, Marked) and wrong.id in e.node)


def _scored(tree: Tree) -> int:
    return next(i for i, event in enumerate(tree.events) if isinstance(event, Scored))


def _alarmed(tree: Tree) -> Node | None:
    """The first step that was taken at a raised alert."""
    return next((n for n in tree if n.mark == "kept" and re.search(r"at alert [1-9]", n.reason)), None)


def _temperature(step: Node) -> float:
    found = re.search(r"temperature ([\d.]+)", step.reason)
    return float(found[1]) if found else 0.0


def _tokens(run: str) -> int:
    return round(float(samples.rows(run)["tokens"].mean()))
