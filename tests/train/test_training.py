import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForTokenClassification

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms.builtin import BuiltinPRM, read_builtin
from engine.models.registry import POLICIES, find_model
from engine.protocol import Chain, Continuation
from engine.tasks import find_task
from engine.tasks.countdown import rules
from engine.tasks.countdown.problems import held_out
from engine.train import (
    card,
    countdown_forge,
    countdown_measure,
    countdown_policy,
    countdown_prm,
    countdown_steps,
    demonstrations,
    finish,
    loop,
)
from engine.train.countdown_policy import Phase, make_chunk
from engine.train.demonstrations import Demonstration, encode, loss_of
from engine.train.loop import Ledger, Progress, schedule
from engine.train.packing import Pack
from engine.train.tokenizer import build_tokenizer
from engine.tree import Reward
from tests.tasks.brute import reachable

TASK = find_task("countdown")
PHASES = (Phase(3, 1e-3, (("general-3", 1.0),)), Phase(1, 5e-4, (("general-3", 0.9), ("general-4", 0.1))))
PLAY_ALL = countdown_steps.play
PLAY = countdown_steps.Phase(2, 1e-3, samples=4, share=1.0, forged=3)
TEMPTED = countdown_steps.Phase(
    1, 5e-4, samples=6, share=0.25, forged=4, wishes=2, tempted=True, traced=True, judged=True
)
PRM_PHASES = (PLAY, TEMPTED)


class Killed(BaseException):
    """As if the power had gone."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few steps on a few rows, and the next chunk made in a thread, which needs no new process."""
    monkeypatch.setattr(countdown_policy, "CHUNK_STEPS", 3)
    monkeypatch.setattr(countdown_policy, "BATCH", 4)
    monkeypatch.setattr(countdown_prm, "CHUNK_STEPS", 2)
    monkeypatch.setattr(countdown_prm, "TOKENS", 600)
    monkeypatch.setattr(
        countdown_prm, "play", lambda model, judge, positions, *how: PLAY_ALL(model, judge, positions[:3], *how)
    )
    monkeypatch.setattr(loop, "ProcessPoolExecutor", lambda workers, **_: ThreadPoolExecutor(workers))
    torch.set_num_threads(1)


def train_policy(out: Path, **options: Any) -> tuple[torch.nn.Module, list[Ledger]]:
    return countdown_policy.train(out, seed=3, phases=PHASES, **options)


def train_prm(policy: Path, out: Path, **options: Any) -> tuple[torch.nn.Module, list[Ledger]]:
    return countdown_prm.train(out, policy=policy, legal_only=False, seed=3, phases=PRM_PHASES, **options)


def stop_at(step: int) -> Callable[[Progress], None]:
    def progress(now: Progress) -> None:
        if now.step == step:
            raise Killed

    return progress


def same(one: torch.nn.Module, two: torch.nn.Module) -> bool:
    mine, yours = one.state_dict(), two.state_dict()
    return mine.keys() == yours.keys() and all(torch.equal(mine[name], yours[name]) for name in mine)


def spent(ledgers: list[Ledger]) -> list[tuple[int, int, list[float]]]:
    return [(ledger.step, ledger.tokens, ledger.losses) for ledger in ledgers]


# The loop.


@pytest.mark.parametrize("step", [3, 9])
def test_a_policy_trained_in_two_sittings_is_the_one_trained_in_one(tmp_path: Path, step: int) -> None:
    whole, ledgers = train_policy(tmp_path / "whole")
    with pytest.raises(Killed):
        train_policy(tmp_path / "again", on_progress=stop_at(step))
    again, resumed = train_policy(tmp_path / "again")
    assert same(whole, again)
    assert spent(resumed) == spent(ledgers)
    assert [ledger.step for ledger in ledgers] == [9, 3]


def test_a_prm_trained_in_two_sittings_is_the_one_trained_in_one(untrained_policy: Path, tmp_path: Path) -> None:
    whole, ledgers = train_prm(untrained_policy, tmp_path / "whole")
    with pytest.raises(Killed):
        train_prm(untrained_policy, tmp_path / "again", on_progress=stop_at(2))
    again, resumed = train_prm(untrained_policy, tmp_path / "again")
    assert [ledger.step for ledger in ledgers] == [4, 2]
    for one, two in zip(resumed, ledgers, strict=True):
        assert (one.step, one.tokens) == (two.step, two.tokens) and one.losses == pytest.approx(two.losses, rel=1e-4)
    for name, weight in whole.state_dict().items():
        assert torch.allclose(weight.float(), again.state_dict()[name].float(), atol=1e-4), name


def test_training_that_is_done_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, ledgers = train_policy(tmp_path)

    def make_chunk(*_: Any) -> Any:
        raise AssertionError("no data should be made")

    monkeypatch.setattr(countdown_policy, "make_chunk", make_chunk)
    again, before = train_policy(tmp_path)
    assert same(model, again) and spent(before) == spent(ledgers)


def test_another_seed_is_another_model(tmp_path: Path) -> None:
    one, _ = countdown_policy.train(tmp_path / "1", seed=1, phases=PHASES[1:])
    two, _ = countdown_policy.train(tmp_path / "2", seed=2, phases=PHASES[1:])
    assert not same(one, two)


def test_progress_tells_the_step_the_loss_and_the_time_of_all_sittings(tmp_path: Path) -> None:
    told: list[Progress] = []
    _, (first, second) = train_policy(tmp_path, on_progress=told.append)
    assert [(p.step, p.steps) for p in told] == [(3, 9), (6, 9), (9, 9), (3, 3)]
    assert [p.loss for p in told] == [*first.losses, *second.losses]
    assert told[0].seconds < told[1].seconds < told[2].seconds == first.seconds


def test_a_checkpoint_cut_short_by_a_kill_is_never_read(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train_policy(tmp_path, on_progress=stop_at(3))
    (tmp_path / "checkpoint-0.partial").write_bytes(b"half a checkpoint")
    again, _ = train_policy(tmp_path)
    whole, _ = train_policy(tmp_path.parent / "whole")
    assert same(again, whole)


def test_what_makes_a_chunk_can_be_sent_to_another_process(untrained_policy: Path) -> None:
    prm_chunk = partial(countdown_prm.make_chunk, untrained_policy, None, True, PLAY, 3)
    for work in (partial(make_chunk, PHASES[0].mix, 3), prm_chunk):
        assert pickle.loads(pickle.dumps(work)).args == work.args


def test_a_chunk_is_a_function_of_its_number() -> None:
    first, again, other = (make_chunk(PHASES[0].mix, 3, index) for index in (1, 1, 2))
    assert len(first) == 3
    shown = [[batch["ids"].tolist() for batch in chunk] for chunk in (first, again, other)]
    assert shown[0] == shown[1] != shown[2]


def test_the_learning_rate_warms_up_and_decays() -> None:
    shares = [schedule(step, 1000) for step in range(1000)]
    assert shares[0] == pytest.approx(0.01) and max(shares) == shares[99] == 1.0
    assert shares[:100] == sorted(shares[:100]) and shares[100:] == sorted(shares[100:], reverse=True)
    assert shares[-1] == pytest.approx(0.02, abs=0.001)
    assert all(0 < schedule(step, 3) <= 1 for step in range(3))


# What is learnt from.


def test_a_demonstration_is_learnt_from_its_first_step_to_its_end() -> None:
    tokenizer = build_tokenizer()
    ids, start = encode(tokenizer, Demonstration("Make 7 from 3 4", ("3 + 4 = 7 (left: 7)",)))
    assert tokenizer.decode(ids[1:start]) == "Make 7 from 3 4\n"
    assert tokenizer.decode(ids[start:-1]) == "3 + 4 = 7 (left: 7)"
    assert ids[0] == tokenizer.bos_token_id and ids[-1] == tokenizer.eos_token_id
    (batch,) = [demonstrations.collate([(ids, start), (ids[:-4], start)])]
    assert batch["tokens"] == 2 * len(ids) - 4
    assert batch["labels"][0, :start].eq(-100).all() and batch["labels"][0, start:].tolist() == ids[start:]
    assert batch["labels"][1, -4:].eq(-100).all()


def test_the_loss_of_a_policy_is_that_of_the_model_itself(untrained_policy: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(untrained_policy, dtype=torch.float32).eval()
    (batch, *_) = make_chunk(PHASES[0].mix, 3, 0)
    mask = torch.arange(batch["ids"].shape[1])[None] < batch["ids"].ne(0).sum(1)[:, None]
    with torch.no_grad():
        expected = model(input_ids=batch["ids"], attention_mask=mask.long(), labels=batch["labels"]).loss
        assert loss_of(model, batch) == pytest.approx(float(expected), rel=1e-4)


def test_a_trained_policy_is_loaded_with_plain_classes_and_answers(tmp_path: Path) -> None:
    model, _ = train_policy(tmp_path)
    assert same(AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32), model)
    ((chain,),) = LocalPolicy(tmp_path, Loading("cpu")).sample([Continuation("Make 7 from 3 4\n", (), (1,), "end")])
    assert chain[0].cost.policy_tokens > 0


def test_a_trained_prm_is_loaded_with_plain_classes_and_rewards(untrained_policy: Path, tmp_path: Path) -> None:
    train_prm(untrained_policy, tmp_path)
    assert AutoModelForTokenClassification.from_pretrained(tmp_path).config.num_labels == 1
    ((reward,),) = read_builtin(tmp_path, Loading("cpu")).score([Chain("Make 7 from 3 4\n", ("3 + 4 = 7 (left: 7)",))])
    assert reward.value is not None and 0 < reward.value < 1


# What the PRM is shown.


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
    return PLAY_ALL(policy, judge, positions, phase, legal_only, rng)


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


# The card.


def test_training_flops_are_six_a_parameter_and_token() -> None:
    assert card.training_flops(torch.nn.Linear(10, 10, bias=False), 7) == 6 * 100 * 7


def test_a_card_names_no_ones_folders(tmp_path: Path) -> None:
    assert card._portable(["train", "--out", str(tmp_path / "mine")]) == ["train", "--out", "mine"]


def test_a_model_is_described_in_full_once_it_is_trained(
    untrained_policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Few(type(TASK)):  # type: ignore[misc]
        def problem_sets(self) -> list[str]:
            return ["tot-100"]

        def problems(self, name: str) -> list[Any]:
            return [TASK.read("Make 24 from 4 5 6 10"), TASK.read("Make 7 from 3 4")]

    monkeypatch.setattr(countdown_measure, "TASK", Few())
    monkeypatch.setattr(countdown_measure, "POOL", 32)
    monkeypatch.setattr("sys.argv", ["engine", "train", "countdown-policy", "--out", str(tmp_path / "policy")])
    finish.finish_policy(tmp_path / "policy", seed=3, phases=PHASES[1:], on_progress=lambda _: None)
    monkeypatch.setattr(countdown_prm, "PHASES", PRM_PHASES[1:])
    finish.finish_prm(tmp_path / "prm", policy=untrained_policy, naive=False, seed=3, on_progress=lambda _: None)
    for name, kind in (("policy", "LlamaForCausalLM"), ("prm", "LlamaForTokenClassification")):
        told = (tmp_path / name / "README.md").read_text()
        assert kind in told and "| tot-100 |" in told and str(tmp_path) not in told
        facts = (tmp_path / name / "training.json").read_text()
        assert '"flops"' in facts and str(tmp_path) not in facts
    described = LocalPolicy(tmp_path / "policy", Loading("cpu")).describe()
    assert described["training_flops"] > 0
