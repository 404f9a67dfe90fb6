"""What every strategy owes the reader of a tree: a word on each step."""

import re

import pytest

from engine.search import STRATEGIES
from tests.worlds import PROBLEMS, search, setting

SAMPLING = {"greedy", "self-consistency", "best-of-n", "weighted-best-of-n"}
"""These drop nothing: all of a solution is there, and the choice says which."""


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name not in SAMPLING])
def test_every_step_is_kept_or_dropped_for_a_reason_in_words_and_numbers(strategy: str) -> None:
    for problem in PROBLEMS:
        for node in search(problem, setting(strategy)).nodes[1:]:
            assert node.mark, f"{node} is neither kept nor dropped"
            assert re.search("[a-z]{3}", node.reason), node.reason
            assert re.search(r"[0-9]|no reward|too long|never visited|no answer|one pass", node.reason), node.reason


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_choice_says_why(strategy: str) -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting(strategy))
        assert tree.closed and tree.closed.reason
        assert tree.chosen is None or re.search("[0-9]", tree.closed.reason)
