"""What the PRM of Countdown is shown, and that every label of it is true."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms.builtin import BuiltinPRM
from engine.models.registry import POLICIES, find_model
from engine.protocol import Chain
from engine.tasks.countdown import rules
from engine.tasks.countdown.problems import held_out
from engine.train import countdown_forge, countdown_steps
from engine.train.packing import Pack
from engine.tree import Reward
from tests.tasks.brute import reachable
from tests.train.small import PLAY, TASK, TEMPTED

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture(scope="module")
def policy(untrained_policy: Path) -> LocalPolicy:
    return LocalPolicy(untrained_policy, Loading("cpu"))


def played(
    policy: LocalPolicy,
    legal_only: bool,
    count: int = 14,
    phase: countdown_steps.Phase = PLAY,
    judge: BuiltinPRM | None = None,
) -> list[Pack]:
    rng = np.random.default_rng(5)
    positions = [countdown_steps.draw_puzzle(policy, rng) for _ in range(count)]
    return countdown_steps.play(policy, judge, positions, phase, legal_only, rng)


def rows(policy: LocalPolicy, pack: Pack) -> Iterator[tuple[list[str], bool, bool]]:
    """Each step with those before it, whether it claims to be the last, and its label."""
    for last, label in pack.labels.items():
        tokens: list[int] = []
        at = last
        while at != pack.start:
            tokens.insert(0, pack.tokens[at])
            at = pack.parent[at]
        ended = tokens[-1] == policy.writer.tokenizer.eos_token_id
        text = policy.writer.read(tuple(tokens[:-1]), "\n")
        yield text.split("\n"), ended, label


def question(policy: LocalPolicy, pack: Pack) -> str:
    return policy.writer.read(tuple(pack.tokens[1 : pack.start + 1]), "\n").strip()


@pytest.mark.parametrize("legal_only", [False, True])
def test_every_label_is_the_truth(policy: LocalPolicy, legal_only: bool) -> None:
    memo: dict[Any, Any] = {}
    seen = set()
    for pack in played(policy, legal_only):
        _, goal, _, *numbers = question(policy, pack).split()
        start = tuple(sorted(map(Fraction, numbers)))
        for steps, ended, label in rows(policy, pack):
            left = rules.play(start, steps)
            if left is not None and len(left) > 3:
                truth = bool(TASK.label(TASK.read(question(policy, pack)), steps))
            else:
                truth = left is not None and Fraction(goal) in reachable(left, memo)
            assert label == (truth and (not ended or left == (Fraction(goal),)))
            seen.add((left is not None, label))
    assert seen == ({(True, True), (True, False)} if legal_only else {(True, True), (True, False), (False, False)})


def test_the_naive_prm_sees_legal_steps_alone(policy: LocalPolicy) -> None:
    for pack in played(policy, legal_only=True):
        start = tuple(sorted(map(Fraction, question(policy, pack).split()[3:])))
        assert all(rules.play(start, steps) is not None for steps, _, _ in rows(policy, pack))


def test_the_prm_sees_the_policys_own_mistakes_and_forged_ones(policy: LocalPolicy) -> None:
    read = unread = 0
    for pack in played(policy, legal_only=False):
        start = tuple(sorted(map(Fraction, question(policy, pack).split()[3:])))
        for steps, _, _ in rows(policy, pack):
            if rules.play(start, steps[:-1]) is not None and rules.play(start, steps) is None:
                read += rules.parse(steps[-1]) is not None
                unread += rules.parse(steps[-1]) is None
    assert read > 20 and unread > 20


def test_no_step_the_prm_is_shown_starts_from_a_held_out_puzzle(policy: LocalPolicy) -> None:
    for pack in played(policy, legal_only=False, count=30):
        _, goal, _, *numbers = question(policy, pack).split()
        start = tuple(sorted(map(Fraction, numbers)))
        for steps, _, _ in rows(policy, pack):
            before = rules.play(start, steps[:-1])
            assert before is not None and (before, Fraction(goal)) not in held_out()


def test_a_forged_move_is_mostly_illegal_and_always_a_step() -> None:
    rng = np.random.default_rng(0)
    state = tuple(map(Fraction, (3, 4, 7)))
    forged = [
        countdown_forge.forge(move, state, Fraction(24), rng) for move in rules.legal_moves(state) for _ in range(20)
    ]
    assert all(rules.parse(rules.render(move)) == move for move in forged)
    assert sum(rules.is_legal(state, move) for move in forged) < 0.05 * len(forged)


def test_a_wishful_move_is_illegal_and_leaves_what_would_reach_the_target() -> None:
    rng = np.random.default_rng(0)
    for state in ((3, 4, 7, 9), (4, 5, 6), (2, 13)):
        numbers = tuple(map(Fraction, state))
        told = [
            countdown_forge.wish(move, numbers, Fraction(24), rng)
            for move in rules.legal_moves(numbers)
            for _ in range(10)
        ]
        moves = [move for move in told if move is not None]
        assert len(moves) > 10
        for move in moves:
            assert rules.parse(rules.render(move)) == move
            assert not rules.is_legal(numbers, move)
            assert Fraction(24) in reachable(move.left, {})


@pytest.mark.parametrize(
    ("step", "right"),
    [
        ("4 * 6 = 24 (left: 24)", "4 * 6 = 24 (left: 24)"),
        ("6 * 4 = 24 (left: 24)", "6 * 4 = 24 (left: 24)"),
        ("4 * 6 = 25 (left: 25)", "4 * 6 ="),
        ("4 * 7 = 28 (left: 28)", "4 *"),
        ("4 * 4 = 16 (left: 16)", "4 *"),
        ("4 * 6 = 24 (left: 4)", "4 * 6 = 24 (left:"),
        ("5 + 6 = 11 (left: 11)", ""),
    ],
)
def test_a_step_is_right_as_far_as_some_legal_move_begins_like_it(policy: LocalPolicy, step: str, right: str) -> None:
    state = (Fraction(4), Fraction(6))
    tokens = policy.writer.step(step, "\n", ended=True)
    count = countdown_forge.right_tokens(policy.writer, tokens, state)
    assert policy.writer.read(tokens[:count], "\n").replace(" ", "") == right.replace(" ", "")


def test_bad_steps_are_followed_and_nothing_after_one_is_good() -> None:
    policy = LocalPolicy(find_model("countdown-policy", POLICIES), Loading("cpu"))  # an untrained one's can't be read
    followed = 0
    for pack in played(policy, legal_only=False, phase=replace(TEMPTED, samples=20)):
        start = tuple(sorted(map(Fraction, question(policy, pack).split()[3:])))
        for steps, _, label in rows(policy, pack):
            if rules.play(start, steps[:-1]) is None:
                followed += 1
                assert not label
    assert followed > 20


class Fond:
    """A judge that likes steps the more, the more tokens they end in: anything but the truth."""

    def score(self, chains: list[Chain]) -> list[list[Reward]]:
        return [[Reward(0.5, float(len(chain.steps[-1])))] for chain in chains]


def test_with_a_judge_the_bad_steps_shown_are_those_it_likes_best(policy: LocalPolicy) -> None:
    judge: Any = Fond()
    rng = np.random.default_rng(5)
    where = [countdown_steps.draw_puzzle(policy, rng) for _ in range(6)]
    candidates = countdown_steps._candidates(policy, where, replace(TEMPTED, samples=60), False, rng)
    countdown_steps._label(candidates)
    countdown_steps._reward(judge, candidates)
    for among in countdown_steps._by_position(candidates):
        shown = countdown_steps._shown(among, True, False, rng)
        bad = [c for c in among if c.sampled and not c.good]
        left_out = [c for c in among if c not in shown]
        assert len(bad) > countdown_steps.HARDEST and all(c in bad for c in left_out)
        liked = [c.reward for c in shown if c in bad]
        assert len(liked) == countdown_steps.HARDEST and min(liked) >= max(c.reward for c in left_out)
