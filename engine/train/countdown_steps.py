"""The steps the PRM is shown: puzzles played to the end, candidates in every state, each with its exact label.

What matters is which steps the PRM gets to see: under search, the policy's rare mistakes are looked for
by thousands of samples and picked by the PRM itself. So most of the data are the policy's own steps at
several temperatures, from states a search would be in, good and bad; to those come random legal moves
and forged ones.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from engine.models.local import LocalPolicy
from engine.models.prms.builtin import BuiltinPRM
from engine.protocol import Chain, Continuation
from engine.tasks.countdown.problems import GENERAL_NUMBERS, GENERAL_TARGETS, held_out, training_24
from engine.tasks.countdown.rules import State, format_number, is_legal, parse, render
from engine.tasks.countdown.solver import chances, to_arrays
from engine.train.countdown_forge import forge, random_move, right_tokens, wish
from engine.train.packing import Pack

MOVES = {2: 5, 3: 8, 4: 12, 5: 8}
"""Random legal moves looked at in a state, by how many numbers it has."""
TEMPERATURES = (0.7, 1.0, 1.3, 1.3, 1.8)
# Whether some numbers can make any target is far harder to learn than whether they can make 24.
MIX = (("24-cards", 0.4), ("24", 0.3), ("general-4", 0.14), ("general-5", 0.10), ("general-3", 0.06))
HARDEST = 12
"""Bad samples of the policy shown in a state once there is a judge."""
TEMPTING = 6
"""Bad samples shown after a step that was bad already, of twice as many: all that follows is bad."""


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
    wishes: int = 0
    """Forged moves too: a number that isn't there, or a wrong result, to a state that would be worth reaching."""
    tempted: bool = False
    """Follow a bad step too, to the end: under search it will be followed whenever its reward is high."""
    traced: bool = False
    """Label the tokens of each step too: is it right so far? So the PRM learns where a step goes wrong."""
    judged: bool = False
    """Show and follow the bad steps that the PRM of the phase before rewards most: what a search would find."""


@dataclass
class Position:
    """A puzzle in mid-play: the numbers left (as the last step tells them), and where it is in its pack."""

    question: str
    target: Fraction
    state: State
    pack: Pack
    at: int
    steps: tuple[str, ...] = ()
    good: bool = True
    """The label of the last step: all steps legal, and the target can still be reached."""


@dataclass
class Candidate:
    """A step that may follow a position."""

    position: Position
    text: str
    ended: bool
    sampled: bool
    """The policy's own."""
    left: State | None = None
    """What it says is left; None if it can't be read."""
    legal: bool = False
    good: bool = False
    reward: float = 0.0
    """The judge's, of a bad step, if there is a judge."""
    at: int = 0

    def follow(self) -> Position:
        p = self.position
        return Position(p.question, p.target, self.left or (), p.pack, self.at, (*p.steps, self.text), self.good)


def draw_puzzle(model: LocalPolicy, rng: np.random.Generator) -> Position:
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
    pack = Pack(model.writer.prompt(question + "\n"))
    return Position(question, target, state, pack, pack.start)


def play(
    model: LocalPolicy,
    judge: BuiltinPRM | None,
    positions: list[Position],
    phase: Phase,
    legal_only: bool,
    rng: np.random.Generator,
) -> list[Pack]:
    """Play puzzles to the end; their packs, with the candidate steps met on the way."""
    packs = [p.pack for p in positions]
    while positions:
        positions = [p for p in positions if (p.state, p.target) not in held_out()]
        candidates = _candidates(model, positions, phase, legal_only, rng)
        _label(candidates)
        if judge is not None:
            _reward(judge, [c for c in candidates if c.sampled and not c.good])
        of_pack: dict[int, list[Candidate]] = {}
        for among in _by_position(candidates):
            for c in _shown(among, judge is not None, legal_only, rng):
                tokens = model.writer.step(c.text, "\n", ended=c.ended)
                right = (
                    right_tokens(model.writer, tokens, c.position.state) if phase.traced and c.position.good else None
                )
                c.at = c.position.pack.add(c.position.at, tokens, c.good, right)
                of_pack.setdefault(id(c.position.pack), []).append(c)
        positions = [p for among in of_pack.values() for p in _continue_with(among, phase, rng)]
    return [p for p in packs if p.labels]


def _by_position(candidates: list[Candidate]) -> list[list[Candidate]]:
    groups: dict[int, list[Candidate]] = {}
    for c in candidates:
        groups.setdefault(id(c.position), []).append(c)
    return list(groups.values())


def _shown(among: list[Candidate], judged: bool, legal_only: bool, rng: np.random.Generator) -> list[Candidate]:
    """Of the candidates of one position those the PRM is shown."""
    if legal_only:
        return [c for c in among if c.legal]
    most = HARDEST if among[0].position.good else TEMPTING
    if among[0].position.good and not judged:
        return among
    bad = [c for c in among if c.sampled and not c.good]
    order = sorted(bad, key=lambda c: -c.reward) if judged else [bad[i] for i in rng.permutation(len(bad))]
    return [c for c in among if c.good or not c.sampled] + order[:most]


def _continue_with(among: list[Candidate], phase: Phase, rng: np.random.Generator) -> list[Position]:
    """The steps that are followed: one that a player could make and, if that is wanted, a tempting bad one."""
    open_ = [c for c in among if c.left is not None and not c.ended and len(c.left) == len(c.position.state) - 1 > 1]
    legal = [c for c in open_ if c.legal and c.position.good]
    good = [c for c in legal if c.good]
    pool = good if good and rng.random() < 0.85 else legal
    followed = [pool[rng.integers(len(pool))]] if pool else []
    bad = [c for c in open_ if c.sampled and not c.good and c not in followed]
    if phase.tempted and bad:
        followed.append(max(bad, key=lambda c: (c.reward, not c.legal and rng.random())))
    return [c.follow() for c in followed]


def _candidates(
    model: LocalPolicy, positions: list[Position], phase: Phase, legal_only: bool, rng: np.random.Generator
) -> list[Candidate]:
    """Distinct candidate steps of each position; of one that is lost and followed as a temptation, samples alone."""

    def dead(p: Position) -> bool:
        return phase.tempted and not p.good

    wanted = [
        Continuation(
            p.question + "\n",
            p.steps,
            tuple(int(s) for s in rng.integers(2**63, size=2 * TEMPTING if dead(p) else phase.samples)),
            temperature=float(rng.choice(TEMPERATURES)),
            max_tokens=40,
        )
        for p in positions
    ]
    out = []
    for p, chains in zip(positions, model.sample(wanted), strict=True):
        found = {c[0].text: c[0].finish == "end" for c in chains if c[0].finish in ("step", "end")}
        out += [Candidate(p, text, ended, sampled=True) for text, ended in found.items()]
        if dead(p):
            continue
        moves = [random_move(p.state, rng) for _ in range(max(1, round(phase.share * MOVES[len(p.state)])))]
        legal = [move for move in moves if move is not None]
        told = (
            []
            if legal_only
            else [forge(legal[i % len(legal)], p.state, p.target, rng) for i in range(phase.forged) if legal]
        )
        told += [
            made for i in range(phase.wishes) if legal and (made := wish(legal[i % len(legal)], p.state, p.target, rng))
        ]
        texts = dict.fromkeys(render(move) for move in [*legal, *told])
        out += [Candidate(p, text, len(p.state) == 2, sampled=False) for text in texts if text not in found]
    return out


def _label(candidates: list[Candidate]) -> None:
    """Fill in what each candidate leaves, whether it is legal, and whether it is good."""
    by_size: dict[int, list[Candidate]] = {}
    for c in candidates:
        move = parse(c.text)
        c.left = None if move is None else move.left
        c.legal = move is not None and is_legal(c.position.state, move)
        if c.legal and c.position.good and c.left and (not c.ended or len(c.left) == 1):
            by_size.setdefault(len(c.left), []).append(c)
    for members in by_size.values():
        num, den = to_arrays([c.left or () for c in members])
        goals = np.array([int(c.position.target) for c in members]).astype(num.dtype)
        for c, share in zip(members, chances(num, den, goals, np.ones_like(goals)), strict=True):
            c.good = bool(share > 0)


def _reward(judge: BuiltinPRM, candidates: list[Candidate]) -> None:
    chains = [
        Chain(c.position.question + "\n", (*c.position.steps, c.text), len(c.position.steps), c.ended)
        for c in candidates
    ]
    for c, (reward,) in zip(candidates, judge.score(chains), strict=True):
        c.reward = reward.raw or 0.0
