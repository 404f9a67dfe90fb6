"""Train the built-in Countdown PRM: is this step legal, and can the target still be reached?

The label is exact (the rules and the solver say it). What matters is which steps the PRM gets to
see: under search, the policy's rare mistakes are looked for by thousands of samples and picked by
the PRM itself. So most of the data are the policy's own steps at several temperatures, from states
a search would be in; to those come random legal moves and forged ones. The naive PRM is trained
on the legal steps alone, and is fooled under search: it is shipped as a lesson.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, LlamaForTokenClassification
from transformers.utils import logging as transformers_logging

from engine.models.local import LocalPolicy
from engine.protocol import Continuation
from engine.tasks.countdown.problems import GENERAL_NUMBERS, GENERAL_TARGETS, held_out, training_24
from engine.tasks.countdown.rules import Move, State, apply, format_number, is_legal, parse, render
from engine.tasks.countdown.solver import chances, to_arrays
from engine.train.loop import Batch, Ledger, fit
from engine.train.packing import Pack, attention, collate

CHUNK_STEPS = 50
TOKENS = 4500
"""Tokens of one batch, about."""
MOVES = {2: 5, 3: 8, 4: 12, 5: 8}
"""Random legal moves looked at in a state, by how many numbers it has."""
TEMPERATURES = (0.7, 1.0, 1.3, 1.3, 1.8)
# Whether some numbers can make any target is far harder to learn than whether they can make 24.
MIX = (("24-cards", 0.5), ("24", 0.2), ("general-4", 0.14), ("general-5", 0.10), ("general-3", 0.06))


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training with its own data and its own decay of the learning rate.

    In each state: `samples` of the policy, the `share` of `MOVES` that is looked at, and `forged` moves.
    """

    chunks: int
    lr: float
    samples: int
    share: float
    forged: int


# First which states can still be won; then, with most of the data, the policy's own illegal steps.
PHASES = (Phase(24, 1.5e-3, samples=6, share=1.0, forged=3), Phase(10, 1e-3, samples=20, share=0.25, forged=6))
NAIVE_PHASES = (Phase(10, 1.5e-3, samples=6, share=1.0, forged=0),)


@dataclass
class Position:
    """A puzzle in mid-play, all steps so far legal, and where it is in its pack."""

    question: str
    target: Fraction
    state: State
    pack: Pack
    steps: tuple[str, ...] = ()
    segment: int = 0
    good: bool = True
    """The target can still be reached."""


@cache
def _policy(folder: Path) -> LocalPolicy:
    torch.set_num_threads(1)
    return LocalPolicy(folder, device="cpu")


def make_chunk(policy: Path, legal_only: bool, phase: Phase, seed: int, index: int) -> list[Batch]:
    """Chunk `index` of the training data: packs, sorted into batches of similar length."""
    rng = np.random.default_rng([seed, index])
    model = _policy(policy)
    packs: list[Pack] = []
    while sum(p.length for p in packs) < CHUNK_STEPS * TOKENS:
        packs += play(model, [_draw(model, rng) for _ in range(64)], phase, legal_only, rng)
    packs.sort(key=lambda p: p.length)
    bounds = np.linspace(0, len(packs), CHUNK_STEPS + 1).round().astype(int)
    batches = [collate(packs[i:j]) for i, j in pairwise(bounds)]
    rng.shuffle(batches)
    return batches


def loss_of(model: LlamaForTokenClassification, batch: Batch) -> torch.Tensor:
    """Mean binary cross-entropy at each step's last token."""
    hidden = model.model(
        batch["ids"], attention_mask=attention(batch), position_ids=batch["positions"], use_cache=False
    ).last_hidden_state
    row, column = batch["last"].unbind(1)
    logits = model.score(hidden[row, column])[:, 0]
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, batch["labels"])


def _draw(model: LocalPolicy, rng: np.random.Generator) -> Position:
    """A solvable or hopeless puzzle that isn't held out."""
    kind = str(rng.choice([k for k, _ in MIX], p=[p for _, p in MIX]))
    if kind == "24-cards":
        pool = training_24()
        state, target = pool[rng.integers(len(pool))], Fraction(24)
    else:
        size = 4 if kind == "24" else int(kind[-1])
        numbers = rng.integers(GENERAL_NUMBERS.start, GENERAL_NUMBERS.stop, size=size)
        state = tuple(sorted(Fraction(int(n)) for n in numbers))
        goal = 24 if kind == "24" else int(rng.integers(GENERAL_TARGETS.start, GENERAL_TARGETS.stop))
        target = Fraction(goal)
    question = f"Make {target} from {' '.join(map(format_number, state))}"
    return Position(question, target, state, Pack([model.encoder.prompt(question + "\n")]))


def play(
    model: LocalPolicy, positions: list[Position], phase: Phase, legal_only: bool, rng: np.random.Generator
) -> list[Pack]:
    """Play puzzles to the end; their packs, with all the candidate steps met on the way."""
    packs = [p.pack for p in positions]
    while positions:
        positions = [p for p in positions if (p.state, p.target) not in held_out()]
        candidates = _candidates(model, positions, phase, legal_only, rng)
        flat = [(p, text, ended) for p, texts in zip(positions, candidates, strict=True) for text, ended in texts]
        following: dict[int, list[Position]] = {}
        for (p, text, ended), (state, good) in zip(flat, _label(flat), strict=True):
            if legal_only and state is None:
                continue
            segment = p.pack.add(p.segment, model.encoder.step(text, ended=ended), good)
            if state is not None and len(state) > 1 and not ended:
                after = Position(p.question, p.target, state, p.pack, (*p.steps, text), segment, good)
                following.setdefault(id(p), []).append(after)
        positions = [_continue_with(options, rng) for options in following.values()]
    return [p for p in packs if len(p.tokens) > 1]


def _continue_with(options: list[Position], rng: np.random.Generator) -> Position:
    good = [o for o in options if o.good]
    pool = good if good and rng.random() < 0.85 else options
    return pool[rng.integers(len(pool))]


def _candidates(
    model: LocalPolicy, positions: list[Position], phase: Phase, legal_only: bool, rng: np.random.Generator
) -> list[list[tuple[str, bool]]]:
    """Distinct candidate steps of each position, and whether each claims to end the solution."""
    wanted = [
        Continuation(
            p.question + "\n",
            p.steps,
            tuple(int(s) for s in rng.integers(2**63, size=phase.samples)),
            temperature=float(rng.choice(TEMPERATURES)),
            max_tokens=40,
        )
        for p in positions
    ]
    out = []
    for p, chains in zip(positions, model.sample(wanted), strict=True):
        found = {c[0].text: c[0].finish == "end" for c in chains if c[0].finish in ("step", "end")}
        ends = len(p.state) == 2
        moves = [_random_move(p.state, rng) for _ in range(max(1, round(phase.share * MOVES[len(p.state)])))]
        legal = [move for move in moves if move is not None]
        told = [] if legal_only else [_forge(legal[i % len(legal)], p, rng) for i in range(phase.forged) if legal]
        for move in [*legal, *told]:
            found.setdefault(render(move), ends)
        out.append(list(found.items()))
    return out


def _random_move(state: State, rng: np.random.Generator) -> Move | None:
    i, j = rng.choice(len(state), size=2, replace=False)
    return apply(state, state[i], str(rng.choice(list("+-*/"))), state[j])


def _forge(move: Move, position: Position, rng: np.random.Generator) -> Move:
    """The move told wrong: in its result, its remainder or its operand. Often by what would please."""
    kind = rng.random()
    rest = list(move.left)
    rest.remove(move.result)
    if kind < 0.5:
        wrong = move.result + int(rng.choice([-10, -3, -2, -1, 1, 2, 3, 10]))
        if len(position.state) == 2 and rng.random() < 0.6:
            wrong = position.target
        return Move(move.a, move.op, move.b, wrong, tuple(sorted([*rest, wrong])))
    if kind < 0.85:
        left = list(move.left)
        spot = int(rng.integers(len(left)))
        left[spot] += int(rng.choice([-2, -1, 1, 2]))
        if rng.random() < 0.3 and len(left) > 1:
            left.pop(spot)
        return Move(move.a, move.op, move.b, move.result, tuple(sorted(left)))
    a = move.a + int(rng.choice([-2, -1, 1, 2]))
    other = apply(tuple(sorted([*rest, a, move.b])), a, move.op, move.b)
    return other or move


def _label(flat: list[tuple[Position, str, bool]]) -> list[tuple[State | None, bool]]:
    """For each candidate the state it leaves (None if illegal) and whether it is good."""
    states: list[State | None] = []
    for p, text, _ in flat:
        move = parse(text)
        states.append(move.left if move is not None and is_legal(p.state, move) else None)
    good = [False] * len(flat)
    by_size: dict[int, list[int]] = {}
    for i, ((_, _, ended), state) in enumerate(zip(flat, states, strict=True)):
        if state is not None and (not ended or len(state) == 1):
            by_size.setdefault(len(state), []).append(i)
    for members in by_size.values():
        num, den = to_arrays([states[i] or () for i in members])
        goals = np.array([int(flat[i][0].target) for i in members]).astype(num.dtype)
        for i, share in zip(members, chances(num, den, goals, np.ones_like(goals)), strict=True):
            good[i] = bool(share > 0)
    return list(zip(states, good, strict=True))


def train(
    out: Path, *, policy: Path, legal_only: bool, seed: int, phases: Sequence[Phase], **options: Any
) -> tuple[LlamaForTokenClassification, list[Ledger]]:
    """Train and save a PRM to `out` (Hugging Face layout), starting from the policy's weights."""
    torch.manual_seed(seed)
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    model = LlamaForTokenClassification.from_pretrained(policy, num_labels=1, dtype=torch.float32)
    torch.nn.init.zeros_(model.score.weight)
    ledgers = [
        fit(
            model,
            partial(loss_of, model),
            partial(make_chunk, policy, legal_only, phase, seed + 1000 * number),
            chunks=phase.chunks,
            chunk_steps=CHUNK_STEPS,
            lr=phase.lr,
            checkpoint=out / f"checkpoint-{number}.pt",
            **options,
        )
        for number, phase in enumerate(phases)
    ]
    torch.nn.Module.half(model)
    model.save_pretrained(out)  # rewards keep four digits, and the file is half as large
    AutoTokenizer.from_pretrained(policy).save_pretrained(out)
    return model, ledgers
