"""The strategies, by name."""

from collections.abc import Mapping
from math import isfinite

from engine.protocol import Strategy, StrategyError
from engine.search.beam import BEAM
from engine.search.dvts import DVTS
from engine.search.greedy import GREEDY
from engine.search.mcts import MCTS
from engine.search.sampling import BEST_OF_N, SELF_CONSISTENCY, WEIGHTED_BEST_OF_N

STRATEGIES: dict[str, Strategy] = {
    s.name: s for s in (GREEDY, SELF_CONSISTENCY, BEST_OF_N, WEIGHTED_BEST_OF_N, BEAM, DVTS, MCTS)
}


def find_strategy(name: str) -> Strategy:
    """The strategy called `name`. Raises `StrategyError` with the names there are."""
    if name not in STRATEGIES:
        raise StrategyError(f"got strategy {name!r}, expected one of: {', '.join(STRATEGIES)}")
    return STRATEGIES[name]


def check_parameters(strategy: Strategy, given: Mapping[str, float]) -> dict[str, float | int]:
    """All parameters of `strategy`, `given` or default. Raises `StrategyError` for a wrong name or value."""
    unknown = sorted(set(given) - set(strategy.parameters))
    if unknown:
        known = ", ".join(strategy.parameters) or "none"
        raise StrategyError(f"strategy {strategy.name!r} has no parameter {unknown[0]!r}; it has: {known}")
    out: dict[str, float | int] = {}
    for name, parameter in strategy.parameters.items():
        value = given.get(name, parameter.default)
        whole = isinstance(parameter.default, int)
        if not isfinite(value) or value < parameter.least or (whole and value != int(value)):
            kind = "a whole number" if whole else "a number"
            expected = f"{kind} of at least {parameter.least}"
            raise StrategyError(f"got {name}={value} for {strategy.name!r}, expected {expected}")
        out[name] = int(value) if whole else value
    return out
