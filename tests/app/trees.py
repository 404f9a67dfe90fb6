"""Hand-grown Countdown trees, one a strategy, for the tests of the explorer. No model is asked."""

import random
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from engine.runs import RunInfo, RunWriter
from engine.tree import Closed, Cost, Finish, Grown, Node, Problem, Scored, Tree

Numbers = tuple[Fraction, ...]
FORMS = "a + b", "a - b", "b - a", "a * b", "a / b", "b / a"


class Grower:
    """Grows one tree: proposes steps, rewards them with a noisy but informed guess, and closes with the truth."""

    def __init__(self, numbers: Sequence[int] = (4, 5, 6, 10), *, target: int = 24, seed: int = 0) -> None:
        question = f"Make {target} from {' '.join(map(str, numbers))}"
        self.tree = Tree(Problem(f"{'-'.join(map(str, numbers))}-{target}", question, meta={"rank": 901}))
        self.random = random.Random(seed)
        self.target = Fraction(target)
        self.left: dict[int, Numbers] = {0: tuple(Fraction(n) for n in numbers)}
        self.legal: dict[int, bool] = {0: True}

    def expand(self, nodes: Sequence[Node], n: int, *, failures: float = 0.0) -> list[Node]:
        """`n` sampled steps of each node; a share of `failures` breaks off."""
        columns = Grown([], [], [], [], [], [])
        made: list[tuple[Numbers, bool]] = []
        for node in nodes:
            for _ in range(n):
                text, left, legal = self._step(node)
                for _ in range(self.random.choice([0, 0, 3, 9])):
                    if legal and reachable(left, self.target):
                        break
                    text, left, legal = self._step(node)
                finish: Finish = "end" if len(left) == 1 else "step"
                if self.random.random() < failures:
                    finish = self.random.choice(["length", "error"])
                    if finish == "error":
                        columns.error[len(self.tree) + len(made)] = "the model returned no tokens"
                columns.parent.append(node.id)
                columns.text.append(text)
                columns.finish.append(finish)
                columns.logprob.append(round(-self.random.expovariate(0.6), 3))
                columns.answer.append(str(left[0]) if finish == "end" else None)
                columns.cost.append(Cost(policy_tokens=19, policy_flops=3.4e7, seconds=0.003))
                made.append((left, legal))
        first = len(self.tree)
        self.tree.apply(columns)
        for i, (left, legal) in enumerate(made, start=first):
            self.left[i], self.legal[i] = left, legal
        return self.tree.nodes[first:]

    def _step(self, node: Node) -> tuple[str, Numbers, bool]:
        rest = list(self.left[node.id])
        a, b = (rest.pop(self.random.randrange(len(rest))) for _ in range(2))
        form = self.random.choice(FORMS if a and b else FORMS[:4])
        x, op, y = form.replace("a", str(a)).replace("b", str(b)).split(" ")
        result = {"+": a + b, "*": a * b}.get(op)
        if result is None:
            first, second = (a, b) if form[0] == "a" else (b, a)
            result = first - second if op == "-" else first / second
        legal = self.random.random() > 0.08
        if not legal:
            result += 1
        left = tuple(sorted([*rest, result]))
        return f"{x} {op} {y} = {result} (left: {' '.join(map(str, left))})", left, legal and self.legal[node.id]

    def good(self, node: Node) -> bool:
        return self.legal[node.id] and reachable(self.left[node.id], self.target)

    def score(self, nodes: Sequence[Node], *, missing: float = 0.0) -> None:
        """Reward nodes; a share of them comes back without one."""
        nodes = [n for n in nodes if n.finish in ("step", "end")]
        raw = [self.random.gauss(2.2 if self.good(n) else -2.2, 1.4) for n in nodes]
        absent = [self.random.random() < missing for _ in nodes]
        self.tree.apply(
            Scored(
                [n.id for n in nodes],
                [None if gone else round(1 / (1 + 2.718281828**-x), 4) for x, gone in zip(raw, absent, strict=True)],
                [None if gone else round(x, 4) for x, gone in zip(raw, absent, strict=True)],
                [Cost(prm_tokens=34, prm_flops=6.1e7, seconds=0.002)] * len(nodes),
                {n.id: "the PRM ran out of memory" for n, gone in zip(nodes, absent, strict=True) if gone},
            )
        )

    def select(self, nodes: Sequence[Node], width: int) -> list[Node]:
        """Keep the `width` best, drop the others."""
        ranked = sorted(nodes, key=lambda n: -1.0 if n.reward is None else n.reward, reverse=True)
        kept, dropped = ranked[:width], ranked[width:]
        self.tree.keep({n: f"reward {_said(n)} is among the {width} best of {len(nodes)}" for n in kept})
        self.tree.drop({n: f"reward {_said(n)} is below the {width} best of {len(nodes)}" for n in dropped})
        return [n for n in kept if n.open]

    def close(self) -> Tree:
        """Choose the finished solution of the highest reward, and tell the truth."""
        finished = self.tree.finished()
        best = max(finished, key=lambda n: n.reward or 0.0, default=None)
        correct = {n.id: self.legal[n.id] and self.left[n.id] == (self.target,) for n in finished}
        labels = {n.id: self.good(n) for n in self.tree.nodes[1:]}
        reason = "no solution was finished" if best is None else f"highest last reward, {_said(best)}"
        self.tree.apply(Closed(None if best is None else best.id, reason, "done", dict(correct), labels))
        return self.tree


def _said(node: Node) -> str:
    return "missing" if node.reward is None else f"{node.reward:.3f}"


@cache
def reachable(left: Numbers, target: Fraction) -> bool:
    if len(left) == 1:
        return left[0] == target
    for i, a in enumerate(left):
        for j, b in enumerate(left):
            if i == j:
                continue
            rest = tuple(x for k, x in enumerate(left) if k not in (i, j))
            results = [a + b, a - b, a * b, *([a / b] if b else [])]
            if any(reachable(tuple(sorted([*rest, r])), target) for r in results):
                return True
    return False


def beam(
    n: int = 16,
    width: int = 4,
    *,
    numbers: Sequence[int] = (4, 5, 6, 10),
    seed: int = 0,
    failures: float = 0.0,
    missing: float = 0.0,
) -> Tree:
    grower = Grower(numbers, seed=seed)
    frontier = [grower.tree.root]
    while frontier:
        steps = grower.expand(frontier, max(1, n // len(frontier)), failures=failures)
        grower.score(steps, missing=missing)
        frontier = grower.select([s for s in steps if s.finish in ("step", "end")], width)
    return grower.close()


def best_of_n(n: int = 8, *, numbers: Sequence[int] = (4, 5, 6, 10), seed: int = 0, scored: bool = True) -> Tree:
    grower = Grower(numbers, seed=seed)
    chains = grower.expand([grower.tree.root], n)
    for _ in range(2):
        chains = grower.expand(chains, 1)
    if scored:
        grower.score(grower.tree.nodes[1:])
    return grower.close()


def mcts(simulations: int = 24, *, numbers: Sequence[int] = (4, 5, 6, 10), seed: int = 0) -> Tree:
    """UCT with a uniform prior: enough to have visits and values that differ."""
    grower = Grower(numbers, seed=seed)
    tree = grower.tree
    for _ in range(simulations):
        node = tree.root
        while node.children:
            parent = node
            node = max(
                parent.children,
                key=lambda c: (c.value or c.reward or 0.0) + 0.7 * (1 + parent.visits) ** 0.5 / (1 + c.visits),
            )
        if node.open:
            grower.score(grower.expand([node], 4))
            node = max(node.children, key=lambda c: c.reward or 0.0)
        tree.back_up(node, node.reward or 0.0)
    return grower.close()


def big(nodes: int, *, seed: int = 0, branching: int = 10) -> Tree:
    """A tree of about `nodes` nodes, wide and without truth: for the paint tests."""
    dice = random.Random(seed)
    tree = Tree(Problem("big", "Make 24 from many numbers"))
    frontier = [tree.root]
    while len(tree) < nodes:
        parents = [p.id for p in frontier for _ in range(branching)][: nodes - len(tree)]
        first = len(tree)
        texts = [f"{dice.randint(1, 99)} + {dice.randint(1, 99)} = {dice.randint(2, 198)}" for _ in parents]
        count = len(parents)
        tree.apply(Grown(parents, texts, ["step"] * count, [-1.0] * count, [None] * count, [Cost(9)] * count))
        fresh = tree.nodes[first:]
        rewards: list[float | None] = [round(dice.random(), 3) for _ in fresh]
        tree.apply(Scored([n.id for n in fresh], rewards, [None] * count, [Cost()] * count))
        dice.shuffle(fresh)
        kept = fresh[: max(1, len(fresh) // 4)]
        tree.keep(dict.fromkeys(kept, "kept"))
        tree.drop(dict.fromkeys(fresh[len(kept) :], "dropped"))
        frontier = kept
    tree.apply(Closed(None, "the budget of nodes was reached", "tokens", {}, {}))
    return tree


def write_run(folder: Path, trees: Sequence[Tree], strategy: str = "beam", **about: Any) -> Path:
    """A run of these trees in `folder`, as the engine writes it."""
    known: dict[str, Any] = {
        "task": "countdown",
        "problem_set": "by hand",
        "parameters": {"n": 16},
        "seed": 0,
        "policy": {"id": "scripted"},
        "prm": {"id": "scripted"},
    }
    info = RunInfo(**{**known, "strategy": strategy, "problems": len(trees), **about})
    with RunWriter.create(folder, info) as writer:
        writer.write(dict(enumerate(trees)))
    return folder
