"""More compute, better answers: what each way of spending it buys, in tokens and in money."""

from app.lessons import samples
from app.lessons.figures import curves
from app.lessons.model import Lesson, Part, Question
from app.lessons.samples import PUZZLES, STORIES, key
from engine.measure.frame import priced
from engine.prices import Prices

O1_PREVIEW = Prices(policy=60.0, prompt=15.0, prm=15.0)
"""Dollars for a million tokens, as OpenAI asked for o1-preview in September 2024: written 60, read 15."""
BUDGETS = {
    "self-consistency": (1, 2, 4, 8, 16, 32, 64),
    "best-of-n": (1, 2, 4, 8, 16, 32, 64),
    "beam": (1, 2, 4, 8, 16, 32, 64),
    "explore": (1, 4),
}
SOUGHT = "self-consistency", "best-of-n", "beam"
GOAL = 0.95


def lesson() -> Lesson:
    runs = {name: [key(PUZZLES, name, n) for n in ns] for name, ns in BUDGETS.items()}
    every = [run for of in runs.values() for run in of]
    problems = len(samples.verdicts(every[0]))
    vote, best = runs["self-consistency"], runs["best-of-n"]
    gains = [samples.solved(best[i + 2]) - samples.solved(best[i]) for i in (0, 2, 4)]
    reach = {name: _cheapest(of, GOAL * problems) for name, of in runs.items()}
    order = list(BUDGETS)
    cheapest = min((name for name in order if reach[name]), key=lambda name: reach[name] or 0)
    money = priced(samples.rows(*every), O1_PREVIEW)
    money = money.assign(money=money["money"] * 1000)
    cost = money.groupby("run")["money"].mean()
    rises = curves("compute_best", best, x="policy_tokens")
    everything = curves("compute_all", every, x="tokens")
    dollars = curves("compute_money", every, x="money", rows=money)
    hard = [key(STORIES, name, n) for name in SOUGHT for n in (4, 16, 64)]
    return Lesson(
        parts=[
            Part("rises", rises),
            Question(
                "fourfold",
                rises,
                right=0 if gains[2] > gains[0] else 1 if gains[2] > gains[0] / 2 else 2,
                revealed=rises,
            ),
            Part("ways", everything),
            Question("cheapest", everything, right=order.index(cheapest), revealed=everything),
            Part("money", dollars),
            Part("limits", curves("compute_stories", hard, x="tokens", coverage=True)),
            Part("place", everything),
        ],
        facts={
            "problems": problems,
            **{f"best{n}": samples.solved(run) for n, run in zip(BUDGETS["best-of-n"], best, strict=True)},
            **{f"vote{n}": samples.solved(run) for n, run in zip(BUDGETS["self-consistency"], vote, strict=True)},
            "gain_first": gains[0],
            "gain_last": gains[2],
            "goal": GOAL,
            "cheapest": cheapest,
            "cheapest_tokens": round(reach[cheapest] or 0),
            **{f"{name.replace('-', '_')}_tokens": round(tokens) for name, tokens in reach.items() if tokens},
            "written": O1_PREVIEW.policy,
            "read": O1_PREVIEW.prm,
            "one": float(cost[vote[0]]),
            "sixty_four": float(cost[vote[-1]]),
            "thrifty": float(cost[runs["explore"][-1]]),
            "thrifty_solved": samples.solved(runs["explore"][-1]),
            "vote_solved": samples.solved(vote[-1]),
            **{
                f"stories_{name}{n}": samples.solved(key(STORIES, run, n))
                for name, run in (("vote", "self-consistency"), ("beam", "beam"))
                for n in (4, 64)
            },
        },
        claims={
            "accuracy of best-of-n rises from 1 to 16": samples.solved(best[0])
            < samples.solved(best[2])
            < samples.solved(best[4]),
            "the vote never gets to the goal": reach["self-consistency"] is None,
            "the others get there": all(reach[name] for name in ("best-of-n", "beam", "explore")),
            "the thriftiest is cheaper than the vote of 64 and solves more": cost[runs["explore"][-1]]
            < cost[vote[-1]] / 2
            and samples.solved(runs["explore"][-1]) > samples.solved(vote[-1]),
            "on the stories a right solution is found more often with more compute": all(
                samples.covered(key(STORIES, name, 64)) > samples.covered(key(STORIES, name, 4)) for name in SOUGHT
            ),
            "on the stories more compute brings less than on the puzzles": all(
                _gain(STORIES, name) < _gain(PUZZLES, name) - 5 for name in SOUGHT
            ),
            "each further factor of four buys less": gains[0] > gains[1] > gains[2],
        },
    )


def _gain(collection: str, name: str) -> int:
    """How many more problems a strategy solves at n = 64 than at 4."""
    return samples.solved(key(collection, name, 64)) - samples.solved(key(collection, name, 4))


def _cheapest(runs: list[str], goal: float) -> float | None:
    """The mean tokens of both models of the cheapest run that solves as many as wanted, None if none does."""
    spent = [float(samples.rows(run)["tokens"].mean()) for run in runs if samples.solved(run) >= goal]
    return min(spent, default=None)
