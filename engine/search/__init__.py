"""The strategies, by name."""

from collections.abc import Mapping
from math import isfinite, isinf

from engine.protocol import Parameter, Strategy, StrategyError
from engine.search.ab_mcts import AB_MCTS
from engine.search.beam import BEAM
from engine.search.beam_vote import BEAM_VOTE
from engine.search.best_first import BEST_FIRST
from engine.search.compute_optimal import COMPUTE_OPTIMAL
from engine.search.dvts import DVTS
from engine.search.early_stop import EARLY_STOP
from engine.search.explore import EXPLORE
from engine.search.greedy import GREEDY
from engine.search.gumbel import GUMBEL
from engine.search.lookahead import LOOKAHEAD
from engine.search.mcts import MCTS
from engine.search.mixture import MIXTURE
from engine.search.particles import PARTICLES
from engine.search.rebase import REBASE
from engine.search.regenerate import REGENERATE
from engine.search.router import ROUTER
from engine.search.sampling import BEST_OF_N, SELF_CONSISTENCY, WEIGHTED_BEST_OF_N
from engine.search.uct import UCT

STRATEGIES: dict[str, Strategy] = {
    s.name: s
    for s in (
        GREEDY,
        SELF_CONSISTENCY,
        EARLY_STOP,
        BEST_OF_N,
        WEIGHTED_BEST_OF_N,
        MIXTURE,
        BEAM,
        BEAM_VOTE,
        LOOKAHEAD,
        DVTS,
        REBASE,
        PARTICLES,
        BEST_FIRST,
        MCTS,
        UCT,
        GUMBEL,
        AB_MCTS,
        REGENERATE,
        EXPLORE,
        COMPUTE_OPTIMAL,
        ROUTER,
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
        if parameter.read and isinstance(value, str):
            out[name] = parameter.read(value)
            continue
        if not _possible(parameter, value):
            raise StrategyError(f"got {name}={value!r} for {strategy.name!r}, expected {_expected(parameter)}")
        out[name] = int(value) if isinstance(parameter.default, int) else value
    return out


def _possible(parameter: Parameter, value: object) -> bool:
    if parameter.read:
        return False
    if parameter.choices:
        return value in parameter.choices
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return False
    return parameter.least <= value <= parameter.most and (
        not isinstance(parameter.default, int) or value == int(value)
    )


def _expected(parameter: Parameter) -> str:
    if parameter.read:
        return f"text: {parameter.help}"
    if parameter.choices:
        return f"one of: {', '.join(parameter.choices)}"
    kind = "a whole number" if isinstance(parameter.default, int) else "a number"
    least, most = f"{parameter.least:g}", f"{parameter.most:g}"
    return f"{kind} of at least {least}" if isinf(parameter.most) else f"{kind} from {least} to {most}"
