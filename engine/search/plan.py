"""Which strategy for which difficulty, as text: what `compute-optimal` is told.

    reward of 4: up to 0.3 mcts n=64; up to 0.8 beam; else stop

An estimate of the difficulty (`engine.estimates`) and its samples, then parts by growing estimate, each with a
strategy and its parameters. A strategy without its n gets that of `compute-optimal`; ``stop`` answers from the
estimate's samples. Problems that say of themselves how hard they are need no samples: ``steps: up to 4 greedy; else
beam``. A plan is measured by ``python -m engine optimal``, which writes a TOML file of plans, one a budget.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf, isfinite
from pathlib import Path
from typing import Any

from engine.estimates import SAMPLED
from engine.protocol import Choice, Search, Strategy, StrategyError
from engine.rewards import chain_reward
from engine.search.ranking import AGGREGATE, best_solution, majority
from engine.tree import Tree

DEFAULT = "reward of 4: up to 0.25 dvts; else stop"
"""As measured on tot-100; see LAB.md."""
ITSELF = ("compute-optimal", "router")
HEAD = re.compile(r"\s*([\w-]+)(?:\s+of\s+(\d+))?\s*:(.*)", re.DOTALL)
EXPECTED = "such as 'reward of 4: up to 0.3 mcts n=64; else stop', or FILE.toml, or FILE.toml#BUDGET"


def _nothing(tree: Tree, *, aggregate: str = "last") -> Search:
    yield from ()


def _of_samples(tree: Tree, how: str = "last") -> Choice:
    """The highest reward, or the majority where nothing was rewarded."""
    rewarded = any(chain_reward(node, how) is not None for node in tree.finished())
    return best_solution(tree, how) if rewarded else majority(tree)


STOP = Strategy("stop", "", "", _nothing, _of_samples, {"aggregate": AGGREGATE})
"""Search no further."""


@dataclass(frozen=True)
class Part:
    """A strategy, for problems whose estimate is at most `up_to`."""

    strategy: Strategy
    given: Mapping[str, float | str]
    up_to: float = inf

    @property
    def words(self) -> str:
        return " ".join([self.strategy.name, *(f"{name}={_plain(value)}" for name, value in self.given.items())])

    def parameters(self, n: int, aggregate: str) -> dict[str, float | str]:
        """All of them: those given, then the run's own `n` and `aggregate` where the strategy has these."""
        from engine.search import check_parameters

        usual: dict[str, float | str] = {"n": n, "aggregate": aggregate}
        return check_parameters(
            self.strategy, {k: v for k, v in usual.items() if k in self.strategy.parameters} | dict(self.given)
        )

    def search(self, tree: Tree, n: int, aggregate: str) -> Search:
        """The strategy's search. What it leaves without a word is kept, as drawn by it."""
        before = len(tree)
        yield from self.strategy.search(tree, **self.parameters(n, aggregate))
        drawn = f"drawn by {self.words}, number"
        tree.keep({node: f"{drawn} {node.id}" for node in tree.nodes[before:] if node.mark is None})

    def choose(self, tree: Tree, n: int, aggregate: str) -> Choice:
        return self.strategy.rule(self.parameters(n, aggregate))(tree)


@dataclass(frozen=True)
class Plan:
    """`samples` is 0 where the problem itself tells `by`."""

    by: str
    samples: int
    parts: Sequence[Part]

    @property
    def words(self) -> str:
        parts = [f"up to {part.up_to:g} {part.words}" for part in self.parts[:-1]]
        of = f" of {self.samples}" if self.samples else ""
        return f"{self.by}{of}: " + "; ".join([*parts, f"else {self.parts[-1].words}"])

    def number(self, found: float | None) -> int:
        """Which part is for a problem with this estimate. One that nothing is known of may be as hard as any."""
        return 0 if found is None else next(i for i, part in enumerate(self.parts) if found <= part.up_to)


@lru_cache(maxsize=256)
def read_plan(text: str) -> Plan:
    """The plan in these words. Raises `StrategyError` with what is wrong."""
    match = HEAD.fullmatch(text)
    if not match:
        raise StrategyError(f"got the plan {text!r}, expected one {EXPECTED}")
    by, samples, parts = match.groups()
    return _checked(by, int(samples or 0), [_part(words) for words in parts.split(";")])


def plan_words(text: str) -> str:
    """The plan in these words, or in the file of this name, in the words that a run records."""
    name, _, budget = text.partition("#")
    plan = _of_file(Path(name), budget) if name.endswith(".toml") else read_plan(text)
    return plan.words


def read_strategy(text: str) -> Part:
    """A strategy and its parameters: ``beam width=4``. Raises `StrategyError` with what is wrong."""
    from engine.search import check_parameters, find_strategy

    name, *pairs = text.split() or [""]
    if name in ITSELF:
        raise StrategyError(f"got {name!r} within a plan, expected a strategy that searches by itself")
    given: dict[str, float | str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise StrategyError(f"got {pair!r} in {text!r}, expected a parameter such as n=16")
        given[key] = _value(value)
    strategy = STOP if name == "stop" else find_strategy(name)
    checked = check_parameters(strategy, given)
    usual = {key: parameter.default for key, parameter in strategy.parameters.items() if key not in ("n", "aggregate")}
    return Part(strategy, {key: checked[key] for key in given if key not in usual or checked[key] != usual[key]})


def strategy_words(text: str) -> str:
    return read_strategy(text).words


def _part(words: str) -> Part:
    kind, _, rest = words.strip().partition(" ")
    if kind == "else":
        return read_strategy(rest)
    to, bound, strategy = (*rest.split(maxsplit=2), "", "", "")[:3]
    if kind != "up" or to != "to":
        raise StrategyError(f"got {words.strip()!r} in a plan, expected 'up to 0.3 STRATEGY' or 'else STRATEGY'")
    return _bounded(read_strategy(strategy), _value(bound))


def _bounded(part: Part, bound: object) -> Part:
    if isinstance(bound, bool) or not isinstance(bound, int | float) or not isfinite(bound):
        raise StrategyError(f"got the bound {bound!r} in a plan, expected a number")
    return Part(part.strategy, part.given, float(bound))


def _checked(by: str, samples: int, parts: Sequence[Part]) -> Plan:
    bounds = [part.up_to for part in parts]
    if not bounds or bounds[-1] != inf or any(a >= b for a, b in pairwise(bounds)):
        raise StrategyError(f"got the bounds {bounds[:-1] or bounds} in a plan, expected growing ones and then 'else'")
    if (by in SAMPLED) != (samples > 0):
        raise StrategyError(
            f"got the plan's estimate {by!r} of {samples} samples, expected reward or agreement of at least 1, "
            "or what problems say of themselves, of none"
        )
    if not samples and any(part.strategy is STOP for part in parts):
        raise StrategyError("got a plan that stops without a sample, expected a strategy in its place")
    return Plan(by, samples, parts)


def _of_file(path: Path, budget: str) -> Plan:
    """One of the plans in a file: of those within `budget` the one with the most, without it the last."""
    try:
        plans = tomllib.loads(path.read_text(encoding="utf-8"))["plans"]
        able = [plan for plan in plans if not budget or plan["budget"] <= float(budget)]
        if not able:
            raise StrategyError(f"{path}: got the budget {budget}, expected one of at least {plans[0]['budget']:g}")
        found = max(able, key=lambda plan: plan["budget"]) if budget else able[-1]
        return _checked(found["by"], found.get("samples", 0), [_of_table(part) for part in found["parts"]])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StrategyError(f"{path}: can't be read as TOML: {error}") from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        told = f"{type(error).__name__}: {error}"
        raise StrategyError(f"{path}: a value is missing or of the wrong kind ({told})") from None


def _of_table(table: Mapping[str, Any]) -> Part:
    own = dict(table)
    name, bound = own.pop("strategy"), own.pop("up_to", None)
    part = read_strategy(" ".join([name, *(f"{key}={_plain(value)}" for key, value in own.items())]))
    return part if bound is None else _bounded(part, bound)


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _plain(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, int | float) else value
