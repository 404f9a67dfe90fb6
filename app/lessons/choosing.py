"""Choosing among solutions: by vote, by the best reward, or by a vote that rewards weigh."""

from collections import defaultdict

from app import data
from app.lessons import samples
from app.lessons.figures import curves, votes
from app.lessons.model import Lesson, Part, Question, TreeView
from app.lessons.samples import PUZZLES, STORIES, first_problem, key, verdicts
from engine.rewards import chain_reward
from engine.search import ranking
from engine.tree import Tree

VOTE, BEST, BOTH = "self-consistency", "best-of-n", "weighted-best-of-n"
NS = 1, 4, 16, 64
NEAR = 5
"""Stories between two rules from which one is ahead."""


def lesson() -> Lesson:
    by = {rule: verdicts(key(STORIES, rule, 16)) for rule in (VOTE, BEST, BOTH)}
    problems = list(by[VOTE])
    saved = first_problem(
        problems, lambda p: by[BEST][p] and not by[VOTE][p], "is solved by the PRM and lost by the vote"
    )
    spoilt = first_problem(
        problems, lambda p: by[VOTE][p] and not by[BEST][p], "is solved by the vote and lost by the PRM"
    )
    run = key(STORIES, BEST, 16)
    tree, other = data.load_tree(run, saved), data.load_tree(run, spoilt)
    assert tree.chosen is not None and other.chosen is not None
    count, best, weight = (_count(tree), _best(tree), _weight(tree))
    majority, favourite = count[0][0], str(tree.chosen.answer)
    by_votes = votes("choose_votes", tree, count, majority, "x_votes")
    by_best = votes("choose_best", tree, best, favourite, "x_best")
    by_both = votes("choose_weight", tree, weight, weight[0][0], "x_weight")
    told = {rule: {n: samples.solved(key(STORIES, rule, n)) for n in NS} for rule in (VOTE, BEST, BOTH)}
    ahead = told[BEST][64] - told[VOTE][64]
    stories = curves(
        "choose_stories", [key(STORIES, rule, n) for rule in (VOTE, BEST, BOTH) for n in NS], x="completions"
    )
    puzzles = curves(
        "choose_puzzles", [key(PUZZLES, rule, n) for rule in (VOTE, BEST, BOTH) for n in NS], x="completions"
    )
    return Lesson(
        parts=[
            Part("sixteen", TreeView(run, saved)),
            Part("votes", by_votes),
            Question("best", by_votes, right=0 if favourite == majority else 1, revealed=by_best),
            Part("spoilt", votes("choose_best", other, _best(other), str(other.chosen.answer), "x_best")),
            Part("weighted", by_both),
            Part("puzzles", puzzles),
            Question("stories", puzzles, right=0 if ahead >= NEAR else 2 if ahead <= -NEAR else 1, revealed=stories),
            Part("why", stories),
        ],
        facts={
            "majority": majority,
            "majority_votes": count[0][1],
            "favourite": favourite,
            "favourite_votes": dict(count)[favourite],
            "favourite_reward": best[0][1],
            "weighted": weight[0][0],
            "spoilt_favourite": str(other.chosen.answer),
            "spoilt_majority": _count(other)[0][0],
            "problems": len(problems),
            **{f"{name}{n}": told[rule][n] for name, rule in _NAMES.items() for n in NS},
            **{f"puzzle_{name}": samples.solved(key(PUZZLES, rule, 16)) for name, rule in _NAMES.items()},
            "covered": samples.covered(key(STORIES, VOTE, 64)),
        },
        claims={
            "the PRM chooses another answer than the vote": favourite != majority,
            "on the puzzles the PRM is far ahead of the vote": _lead(PUZZLES) >= 20,
            "on the stories it is far less ahead than on the puzzles": _lead(STORIES) < _lead(PUZZLES) - 10,
            "on the stories the weighted vote is at least as good as the vote": told[BOTH][64] >= told[VOTE][64] - 1,
        },
    )


_NAMES = {"vote": VOTE, "best": BEST, "both": BOTH}


def _lead(collection: str) -> int:
    return samples.solved(key(collection, BEST, 16)) - samples.solved(key(collection, VOTE, 16))


def _count(tree: Tree) -> list[tuple[str, float]]:
    return sorted(((a, float(n)) for a, n in ranking.votes(tree).items()), key=lambda told: -told[1])


def _rewards(tree: Tree) -> dict[str, list[float]]:
    """By answer: the rewards of the solutions that give it."""
    found: dict[str, list[float]] = defaultdict(list)
    for leaf in tree.finished():
        if leaf.answer is not None and (reward := chain_reward(leaf, "last")) is not None:
            found[leaf.answer].append(reward)
    return found


def _best(tree: Tree) -> list[tuple[str, float]]:
    return sorted(((a, max(r)) for a, r in _rewards(tree).items()), key=lambda told: -told[1])


def _weight(tree: Tree) -> list[tuple[str, float]]:
    return sorted(((a, sum(r)) for a, r in _rewards(tree).items()), key=lambda told: -told[1])
