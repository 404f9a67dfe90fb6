"""What is to be said of a node, in words and numbers. Pure: no page, no browser.

**The rule for ranks.** A step is ranked by its reward among the children of its parent. Equal
rewards share the better rank ("tied 2nd"), and the ranks they take up are skipped after them. A step
without a reward has no rank, and doesn't count in "of 16".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from engine.budgets import UNITS, limit_words
from engine.protocol import ArbutusError
from engine.search import ranking
from engine.tasks import find_task
from engine.tasks.words import sums
from engine.tree import Cost, Node, Tree

CHECKS: dict[str, Callable[[str, Sequence[str]], str]] = {"word-problems": sums.check}
"""By task: what can be checked of a step from the question and the steps alone, whether or not there is a key."""


class Rank(NamedTuple):
    place: int
    of: int
    """Siblings with a reward, the node itself included."""
    tied: bool

    def __str__(self) -> str:
        return f"{'tied ' if self.tied else ''}{ordinal(self.place)} of {self.of}"


def rank(node: Node) -> Rank | None:
    """The rank of a node among its siblings, None without a reward or without siblings (the root)."""
    if node.reward is None or node.parent is None:
        return None
    rewards = [s.reward for s in node.parent.children if s.reward is not None]
    better = sum(r > node.reward for r in rewards)
    return Rank(better + 1, len(rewards), rewards.count(node.reward) > 1)


def ordinal(n: int) -> str:
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"


def by_reward(siblings: list[Node]) -> list[Node]:
    """The best first, those without a reward last, otherwise in the order they were made."""
    return sorted(siblings, key=lambda n: (n.reward is None, -(n.reward or 0.0), n.id))


def status(tree: Tree, node: Node) -> list[str]:
    """What became of a node, a word or two each."""
    words: list[str] = [node.mark] if node.mark else []
    words += {"step": [], "end": ["finished"], "length": ["cut at the length limit"], "error": ["failed"]}[node.finish]
    if tree.chosen is not None and (node is tree.chosen or node in tree.chosen.path()):
        words.append("chosen answer" if node is tree.chosen else "on the chosen path")
    return words


def checked(tree: Tree, node: Node, task: str) -> str:
    """What anybody can check of a step; empty if there is nothing, or nobody has said how for this task."""
    return CHECKS[task](tree.problem.question, node.steps()) if task in CHECKS and node.text else ""


def truth(tree: Tree, node: Node, task: str) -> str:
    """Whether the step is truly good, in the words of the task; empty if nothing is known."""
    if node.label is None:
        return ""
    try:
        said = find_task(task).describe_step(tree.problem, node.steps())
    except (ArbutusError, LookupError, TypeError, ValueError):  # a log from elsewhere may carry anything
        said = ""
    return said or ("Truly a good step." if node.label else "Truly a bad step.")


class Votes(NamedTuple):
    """An answer, and the solutions that give it."""

    answer: str
    votes: int
    chosen: bool
    correct: bool | None
    """Whether it is right; None where nobody can tell."""


def votes(tree: Tree) -> list[Votes]:
    """The answers, those that most solutions give first; a solution without an answer has no vote."""
    chosen = None if tree.chosen is None else tree.chosen.answer
    correct = {node.answer: node.correct for node in tree.finished()}
    counts = ranking.votes(tree)
    return [Votes(a, counts[a], a == chosen, correct[a]) for a in sorted(counts, key=lambda a: -counts[a])]


def stopped(tree: Tree, budget: Mapping[str, float | None] | None = None) -> str:
    """Why the search ended, or that it hasn't; empty if nobody knows, or the reason for its answer says so already.

    `budget`: the run's limits, by unit.
    """
    if tree.closed is None:
        return "still growing"
    if origin(tree):
        return ""
    why = tree.closed.stopped
    if why not in UNITS:
        return {"done": "ended by itself", "error": "ended by a failure"}[why]
    if "stopped at its limit" in tree.closed.reason:
        return ""
    limit = (budget or {}).get(why)
    return f"ended at its limit of {UNITS[why].words if limit is None else limit_words(why, limit)}"


def origin(tree: Tree) -> str:
    """Whose file a tree was imported from, which doesn't say all that it cost; empty for one that was made here."""
    imported = tree.problem.meta.get("imported")
    return f"imported from {imported}" if isinstance(imported, str) else ""


def score_words(tree: Tree, node: Node) -> str:
    """The score before it was a reward from 0 to 1, and of an imported tree what such a score is; empty without one."""
    scores = tree.problem.meta.get("scores")
    if isinstance(scores, str) and origin(tree):
        known = node.raw if node.raw is not None else node.reward
        return "" if known is None else f"In the file: {known:g}. {scores}.".replace("-", "−", known < 0)
    return "" if node.raw is None else f"The PRM's raw output is {node.raw:.3f}.".replace("-", "−")


def count(n: int, thing: str) -> str:
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def flops(value: float | None) -> str:
    if value is None:
        return "FLOPs unknown"
    return f"{short(value)}FLOP" if value >= 1000 else f"{value:.0f} FLOP"


def short(value: float) -> str:
    """A number of three digits and the unit's prefix: ``34.1 M``."""
    for size, prefix in ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {prefix}"
    return f"{value:.3g} "


def logprob(value: float, tokens: int) -> str:
    """A step's log-probability, and the mean over its tokens where that says something."""
    if abs(value) < 0.005:
        return "0" if value == 0 else "above −0.005"
    each = f" ({value / tokens:.2f} a token)" if tokens else ""
    return f"{value:.2f}{each}".replace("-", "−")


def seconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


def cost_words(cost: Cost) -> str:
    """The cost of a tree in one line; the PRM's share is named."""
    tokens = f"{cost.tokens:,} tokens ({cost.policy_tokens:,} sampled, {cost.prm_tokens:,} read by the PRM)"
    return f"{tokens}, {flops(cost.flops)}, {seconds(cost.seconds)}"
