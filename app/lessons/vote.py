"""Many passes and a vote: self-consistency on word problems, whose answers don't check themselves."""

from itertools import pairwise

from app import data
from app.lessons import samples
from app.lessons.figures import curves, votes
from app.lessons.model import Lesson, Part, Question, TreeView
from app.lessons.samples import STORIES, first_tree, key, moment, right, verdicts
from engine.search import ranking
from engine.tree import Grown, Tree

NS = 1, 4, 16, 64
BOUNDS = 0.5, 0.75, 0.95
"""Shares of the stories between which one is asked to guess."""


def lesson() -> Lesson:
    greedy, sixteen, most = (
        key(STORIES, "greedy"),
        key(STORIES, "self-consistency", 16),
        key(STORIES, "self-consistency", 64),
    )
    alone = verdicts(greedy)
    won = first_tree(sixteen, lambda t: right(t) and not alone[t.problem.id] and _spread(t) > 2, "that a vote rescues")
    lost = first_tree(sixteen, lambda t: not right(t) and _leads(t) > 0.5, "with a wrong majority")
    assert won.chosen is not None and lost.chosen is not None
    one = data.load_tree(greedy, won.problem.id)
    options = sorted(dict(_ranked(won)[:3]), key=lambda answer: (len(answer), answer))
    curve = curves("vote_curve", [key(STORIES, "self-consistency", n) for n in NS])
    covered = curves("vote_curve", [key(STORIES, "self-consistency", n) for n in NS], coverage=True)
    seen = TreeView(sixteen, won.problem.id, moment=moment(won, Grown))
    counted, misled = (
        votes("votes", t, _ranked(t), t.chosen.answer if t.chosen else None, "x_votes") for t in (won, lost)
    )
    counts = [samples.solved(key(STORIES, "self-consistency", n)) for n in NS]
    share = samples.covered(most) / len(alone)
    return Lesson(
        parts=[
            Part("story", TreeView(greedy, won.problem.id, node=_end(one))),
            Part("again", seen),
            Question("which", seen, right=options.index(str(won.chosen.answer)), revealed=counted),
            Part("why", counted),
            Part("curve", curve),
            Question("hidden", curve, right=sum(share >= bound for bound in BOUNDS), revealed=covered),
            Part("misled", misled),
            Part("price", covered),
        ],
        facts={
            "greedy_answer": str(one.chosen and one.chosen.answer),
            "answer": str(won.chosen.answer),
            "votes": _ranked(won)[0][1],
            "answers": len(_ranked(won)),
            **{f"option{i}": option for i, option in enumerate(options)},
            "stories": len(alone),
            "greedy": sum(alone.values()),
            **{f"vote{n}": count for n, count in zip(NS, counts, strict=True)},
            "covered64": samples.covered(most),
            "lost_answer": str(lost.chosen.answer),
            "lost_votes": _ranked(lost)[0][1],
            "tokens1": _tokens(key(STORIES, "self-consistency", 1)),
            "tokens64": _tokens(most),
        },
        claims={
            "the vote of 64 beats one pass": samples.solved(most) > sum(alone.values()),
            "more votes are better, from 1 to 16": _rises(counts[:3]),
            "from 16 to 64 votes nothing is won": counts[3] <= counts[2] + 2,
            "far more stories have a right solution than win the vote": samples.covered(most)
            > samples.solved(most) + 10,
            "three answers are there to choose from": len(options) == 3,
        },
    )


def _ranked(tree: Tree) -> list[tuple[str, int]]:
    counts = ranking.votes(tree)
    return sorted(counts.items(), key=lambda answer: -answer[1])


def _spread(tree: Tree) -> int:
    return len(_ranked(tree))


def _leads(tree: Tree) -> float:
    """The share of the solutions that give the most frequent answer."""
    return _ranked(tree)[0][1] / len(tree.finished())


def _answer(tree: Tree) -> str | None:
    return tree.chosen.answer if tree.chosen else None


def _end(tree: Tree) -> int:
    return tree.chosen.id if tree.chosen else 0


def _tokens(run: str) -> int:
    return round(float(samples.rows(run)["policy_tokens"].mean()))


def _rises(values: list[int]) -> bool:
    return all(a < b for a, b in pairwise(values))
