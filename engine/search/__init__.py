"""The strategies, by name."""

from collections.abc import Mapping
from math import isfinite

from engine.protocol import Parameter, Strategy, StrategyError
from engine.search.beam import BEAM
from engine.search.best_first import BEST_FIRST
from engine.search.dvts import DVTS
from engine.search.greedy import GREEDY
from engine.search.mcts import MCTS
from engine.search.particles import PARTICLES
from engine.search.rebase import REBASE
from engine.search.regenerate import REGENERATE
from engine.search.sampling import BEST_OF_N, SELF_CONSISTENCY, WEIGHTED_BEST_OF_N

STRATEGIES: dict[str, Strategy] = {
    s.name: s
    for s in (
        GREEDY,
        SELF_CONSISTENCY,
        BEST_OF_N,
        WEIGHTED_BEST_OF_N,
        BEAM,
        DVTS,
        REBASE,
        PARTICLES,
        BEST_FIRST,
        MCTS,
        REGENERATE,
    )
}


def find_strategy(name: str) -> Strategy:
    """The strategy called `name`. Raises `StrategyError` with the names there are."""
    if name not in STRATEGIES:
        raise StrategyError(f"got strategy {name!r}, expected one of: {', '.join(STRATEGIES)}")
    return STRATEGIES[name]


def check_parameters(strategy: Strategy, given: Mapping[str, float | str]) -> dict[str, float | str]:
    """All parameters of `strategy`, `given` or default. Raises `StrategyError` for a wrong name or value."""
    unknown = sorted(set(given) - set(strategy.parameters))
    if unknown:
        known = ", ".join(strategy.parameters) or "none"
        raise StrategyError(f"strategy {strategy.name!r} has no parameter {unknown[0]!r}; it has: {known}")
    out: dict[str, float | str] = {}
    for name, parameter in strategy.parameters.items():
        value = given.get(name, parameter.default)
        if not _possible(parameter, value):
            raise StrategyError(f"got {name}={value!r} for {strategy.name!r}, expected {_expected(parameter)}")
        out[name] = int(value) if isinstance(parameter.default, int) else value
    return out


def _possible(parameter: Parameter, value: object) -> bool:
    if parameter.choices:
        return value in parameter.choices
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return False
    return value >= parameter.least and (not isinstance(parameter.default, int) or value == int(value))


def _expected(parameter: Parameter) -> str:
    if parameter.choices:
        return f"one of: {', '.join(parameter.choices)}"
    return f"{'a whole number' if isinstance(parameter.default, int) else 'a number'} of at least {parameter.least}"
