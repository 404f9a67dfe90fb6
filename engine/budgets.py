"""The units that a budget may be in: what was spent of each, and whether a limit is reached."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import cast

from engine.prices import Prices
from engine.protocol import PRM, ArbutusError, Budget, Policy, Request, Score
from engine.tree import Cost, Stopped, Tree


class UncountedError(ArbutusError):
    """A limit in a unit that nobody counts here."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What a search can run out of."""

    words: str
    """What so many of them are called."""
    spent: Callable[[Tree, Prices], float | None]
    """How much a tree has used up; None if nobody knows."""
    scoring: Callable[[Prices], bool]
    """Whether rewards cost any of it."""


def money(cost: Cost, prices: Prices) -> float:
    """What the tokens cost, in the currency of the prices."""
    return prices.money(cost.policy_tokens, cost.prompt_tokens, cost.prm_tokens)


UNITS: Mapping[str, Unit] = {
    "completions": Unit("completions", lambda tree, _: len(tree.finished()), lambda _: False),
    "policy_tokens": Unit("policy tokens", lambda tree, _: tree.cost.policy_tokens, lambda _: False),
    "tokens": Unit("policy + PRM tokens", lambda tree, _: tree.cost.tokens, lambda _: True),
    "flops": Unit("FLOPs", lambda tree, _: tree.cost.flops, lambda _: True),
    "seconds": Unit("seconds of model time", lambda tree, _: tree.cost.seconds, lambda _: True),
    "money": Unit("money", lambda tree, prices: money(tree.cost, prices), lambda prices: prices.prm > 0),
}
"""By the name of the limit in a `protocol.Budget`, and by which `Closed.stopped` names it."""


def limits_of(budget: Budget) -> dict[str, float]:
    """The limits there are, by unit."""
    return {name: limit for name in UNITS if (limit := getattr(budget, name)) is not None}


def spent(tree: Tree, unit: str, prices: Prices) -> float:
    """What `tree` has used up of a unit. Raises `UncountedError` if nobody counted it."""
    amount = UNITS[unit].spent(tree, prices)
    if amount is None:
        raise UncountedError(f"a model didn't count the {UNITS[unit].words} that the budget limits; use another unit")
    return amount


def adds_to(request: Request, unit: str, prices: Prices) -> bool:
    """Whether answering `request` uses up any of a unit."""
    return not isinstance(request, Score) or UNITS[unit].scoring(prices)


def exhausted(tree: Tree, budget: Budget, prices: Prices, request: Request) -> Stopped | None:
    """The first limit that is reached and that `request` would add to."""
    for unit, limit in limits_of(budget).items():
        if adds_to(request, unit, prices) and spent(tree, unit, prices) >= limit:
            return cast(Stopped, unit)
    return None


def limit_words(unit: str, limit: float) -> str:
    """A limit in words: ``400 policy tokens``, ``0.02 in money``."""
    amount = f"{int(limit):,}" if limit == int(limit) else f"{limit:g}"
    return f"{amount} {'in ' * (unit == 'money')}{UNITS[unit].words}"


def check_amounts(budget: Budget) -> None:
    """Raises `ArbutusError` for a limit that is no amount."""
    for unit, limit in limits_of(budget).items():
        if not (isfinite(limit) and limit > 0):
            raise ArbutusError(f"got a limit of {limit} {UNITS[unit].words}, expected a number above 0")


def check_budget(budget: Budget, prices: Prices, policy: Policy, prm: PRM | None) -> None:
    """Raises `ArbutusError` if a limit can't be kept: it is no amount, or nobody counts its unit with these models."""
    check_amounts(budget)
    if budget.money is not None and not (prices.policy or prices.prompt or (prices.prm and prm)):
        raise ArbutusError(
            "got a budget of money, but no price of anything that this search uses; give prices a million tokens: "
            "--price policy=0.6 --price prompt=0.15 --price prm=0.2"
        )
    uncounted = [model.id for model in (policy, prm) if model and model.describe().get("device") == "served"]
    if budget.flops is not None and uncounted:
        raise UncountedError(
            f"got a budget of FLOPs, but nobody knows those of {uncounted[0]}, which is served; "
            "limit its tokens, seconds or money"
        )
