"""Each problem of the small world searched by itself, once for all tests."""

from functools import cache

from engine.search import STRATEGIES
from engine.tree import Event, Problem
from tests.worlds import (
    PROBLEMS,
    search,
    setting,
)

NAMES = list(STRATEGIES)


def alone(strategy: str, problem: Problem) -> list[Event]:
    """The events of a problem that is searched by itself."""
    return _alone(strategy, PROBLEMS.index(problem))


@cache
def _alone(strategy: str, index: int) -> list[Event]:
    return search(PROBLEMS[index], setting(strategy)).events
