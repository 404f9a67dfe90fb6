"""A small world to search in: Countdown played by a scripted policy and judged by a scripted PRM.

The policy offers every legal move, some of them far likelier than others, and now and then a step
that is wrong. The PRM mostly knows which is which, and sometimes has nothing to say. Both are pure
functions of the question and the steps, so every tree has one right shape.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from hashlib import blake2b
from typing import Any

from engine.models.scripted import Option, ScriptedPolicy, ScriptedPRM
from engine.protocol import PRM, Budget, Chain, Continuation, Policy
from engine.scheduler import Job, Setting, run_searches
from engine.search import check_parameters, find_strategy
from engine.tasks import find_task
from engine.tasks.countdown import rules
from engine.tasks.countdown.problems import read_question
from engine.tasks.countdown.solver import solvable
from engine.tree import Cost, Grown, Problem, Reward, Scored, Step, Tree

COUNTDOWN = find_task("countdown")
QUESTIONS = (
    "Make 24 from 4 5 6 10",
    "Make 24 from 1 2 4 7",
    "Make 10 from 2 3 5",
    "Make 24 from 1 1 1 1",
    "Make 7 from 3 4",
    "Make 36 from 1 2 3 6",
)
PROBLEMS = tuple(map(COUNTDOWN.read, QUESTIONS))
HARD = PROBLEMS[0]

KNOBS: dict[str, dict[str, float | str]] = {
    "greedy": {},
    "self-consistency": {"n": 6},
    "early-stop": {"n": 8, "batch": 2},
    "best-of-n": {"n": 6},
    "weighted-best-of-n": {"n": 6},
    "mixture": {"n": 6},
    "beam": {"n": 8, "width": 4},
    "beam-vote": {"n": 8, "width": 4},
    "lookahead": {"n": 6, "width": 3},
    "dvts": {"n": 8, "width": 4},
    "rebase": {"n": 8, "balance": 0.2},
    "particles": {"n": 8},
    "best-first": {"n": 6, "width": 3},
    "mcts": {"n": 8, "width": 3},
    "uct": {"n": 8, "width": 2},
    "gumbel": {"n": 6, "width": 4},
    "ab-mcts": {"n": 8},
    "regenerate": {"n": 6},
    "explore": {"n": 2},
    "compute-optimal": {"n": 8, "plan": "reward of 3: up to 0.5 mcts width=3; up to 0.8 beam; else stop"},
    "router": {"n": 8, "threshold": 0.7},
}
"""Every strategy, at a size that makes a tree worth looking at."""


def chance(*parts: object) -> float:
    """A number in [0, 1) that belongs to `parts`."""
    digest = blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


@cache
def moves(prompt: str, steps: tuple[str, ...]) -> tuple[Option, ...]:
    """The policy's script."""
    start, target = read_question(prompt.strip())
    state = rules.play(start, steps)
    if state is None:
        return (("so be it", 3.0, True), (f"hold on, step {len(steps)}", 1.0, False))
    if len(state) < 2:
        return (("done", 1.0, True),)
    options = [_option(prompt, steps, move, target) for move in rules.legal_moves(state)]
    best = max(weight for _, weight, _ in options)
    a, b, *rest = state
    wrong = rules.Move(a, "+", b, target, tuple(sorted([*rest, target])))
    return (*options, (rules.render(wrong), best / 2, len(wrong.left) == 1))


def _option(prompt: str, steps: tuple[str, ...], move: rules.Move, target: Fraction) -> Option:
    text = rules.render(move)
    likely = 0.01 + chance(prompt, steps, text) ** 6 + 0.5 * solvable(move.left, target)
    return text, likely, len(move.left) == 1


@cache
def opinion(prompt: str, steps: tuple[str, ...]) -> float | None:
    """The PRM's rule: mostly the truth, partly luck, and seldom nothing at all."""
    luck = chance("opinion", prompt, steps)
    if luck < 0.04:
        return None
    good = COUNTDOWN.label(COUNTDOWN.read(prompt.strip()), steps)
    return round(0.6 * bool(good) + 0.4 * luck, 3)


class AskedPolicy:
    """Passes everything on to `inner`, and remembers what it was asked."""

    def __init__(self, inner: Policy | None = None) -> None:
        self.inner = inner or ScriptedPolicy(moves)
        self.id = self.inner.id
        self.calls: list[list[Continuation]] = []

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        self.calls.append(list(wanted))
        return self.inner.sample(wanted)

    def describe(self) -> Mapping[str, Any]:
        return self.inner.describe()


class AskedPRM:
    """Passes everything on to `inner`, and remembers what it was asked."""

    def __init__(self, inner: PRM | None = None) -> None:
        self.inner = inner or ScriptedPRM(opinion)
        self.id = self.inner.id
        self.calls: list[list[Chain]] = []

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        self.calls.append(list(chains))
        return self.inner.score(chains)

    def describe(self) -> Mapping[str, Any]:
        return self.inner.describe()


def setting(
    strategy: str = "beam",
    parameters: Mapping[str, Any] | None = None,
    *,
    policy: Policy | None = None,
    prm: PRM | None = None,
    budget: Budget = Budget(),  # noqa: B008 - frozen
    seed: int = 0,
) -> Setting:
    found = find_strategy(strategy)
    return Setting(
        task=COUNTDOWN,
        strategy=found,
        policy=policy or ScriptedPolicy(moves),
        prm=(prm or ScriptedPRM(opinion)) if found.needs_prm else None,
        parameters=check_parameters(found, KNOBS[strategy] if parameters is None else parameters),
        budget=budget,
        seed=seed,
    )


def search(problem: Problem, how: Setting, past: Tree | None = None) -> Tree:
    """The tree of one problem, searched alone."""
    ((_, tree),) = run_searches([Job(0, problem, past)], how)
    return tree


def search_all(problems: Sequence[Problem], how: Setting, **options: Any) -> list[Tree]:
    """The trees of `problems` searched side by side, in their order."""
    found = dict(run_searches([Job(i, p) for i, p in enumerate(problems)], how, **options))
    return [found[i] for i in range(len(problems))]


def grown_tree(*chains: Sequence[tuple[str, float | None]], ends: bool = True) -> Tree:
    """A tree with a chain of steps and rewards for each of `chains`; the last step of each ends it."""
    tree = Tree(Problem("made", "Make 24 from 4 6"))
    for chain in chains:
        first = len(tree)
        parents = [0, *range(first, first + len(chain) - 1)]
        finish: list[Any] = ["step"] * (len(chain) - 1) + ["end" if ends else "step"]
        answers = [text if f == "end" else None for (text, _), f in zip(chain, finish, strict=True)]
        texts = [text for text, _ in chain]
        tree.apply(Grown(parents, texts, finish, [-1.0] * len(chain), answers, [Cost(2)] * len(chain)))
        ids = list(range(first, first + len(chain)))
        tree.apply(Scored(ids, [r for _, r in chain], [r for _, r in chain], [Cost(prm_tokens=2)] * len(chain)))
    return tree
