"""The steps a PRM for word problems is shown: solutions of the policy and forged ones, each step with its label.

Labels are exact (`words.checking`), and so are those of the tokens: a token is right as long as some true next step
begins so. All that comes after a wrong step is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from random import Random

from engine.models.local import LocalPolicy
from engine.models.writing import Writer
from engine.protocol import Continuation
from engine.tasks.words.checking import first_wrong, made_by, truths
from engine.tasks.words.generate import STEPS
from engine.tasks.words.problems import may_train, stories
from engine.tasks.words.story import Story
from engine.train.packing import Pack
from engine.train.words_forge import forged

TEMPERATURES = (0.6, 0.6, 0.8, 1.0)
SEPARATOR = "\n"
Solution = tuple[tuple[str, ...], bool]
"""Steps, and whether the last one ends the solution."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training with its own data and its own decay of the learning rate.

    Of each story: `samples` solutions of the policy, of which at most `shown` wrong ones and as many right ones are
    shown, and `forged` solutions.
    """

    chunks: int
    lr: float
    samples: int
    shown: int
    forged: int


def make_packs(policy: LocalPolicy, phase: Phase, count: int, rng: Random, readings: int = 1) -> list[Pack]:
    """The packs of `count` stories, none held out; each story is read `readings` times."""
    stream = stories(rng, lambda rng: rng.choice(STEPS), may_train)
    told = [next(stream) for _ in range(count)]
    sampled = sample(policy, told, phase.samples, rng)
    packs = []
    for i, story in enumerate(told):
        pack = Pack(policy.writer.prompt((story.question + SEPARATOR) * readings))
        made = [tuple(forged(story, rng)) for _ in range(phase.forged)]
        ended = [(steps, bool(steps) and steps[-1].startswith("Answer")) for steps in made]
        for solution in [*_shown(story, sampled[i], phase.shown), *ended]:
            add(pack, policy.writer, story, solution)
        packs.append(pack)
    return [pack for pack in packs if pack.labels]


def sample(
    policy: LocalPolicy, told: Sequence[Story], count: int, rng: Random, temperatures: Sequence[float] = TEMPERATURES
) -> list[list[Solution]]:
    """Distinct solutions of each story, at one of the temperatures."""
    wanted = [
        Continuation(
            story.question + SEPARATOR,
            (),
            tuple(rng.getrandbits(63) for _ in range(count)),
            "end",
            rng.choice(temperatures),
            max_tokens=32,
            max_steps=14,
        )
        for story in told
    ]
    return [
        list(
            dict.fromkeys(
                (tuple(s.text for s in chain), chain[-1].finish == "end")
                for chain in chains
                if chain[-1].finish in ("step", "end")
            )
        )
        for chains in policy.sample(wanted)
    ]


def _shown(story: Story, order: Sequence[Solution], most: int) -> list[Solution]:
    right = [s for s in order if first_wrong(story, s[0]) is None]
    return right[:most] + [s for s in order if s not in right][:most]


def add(pack: Pack, writer: Writer, story: Story, solution: Solution) -> None:
    """Add a solution's steps to the pack of its story, with their labels and those of their tokens.

    Beside its first wrong step stands the true one that is most like it: the PRM sees where they part.
    """
    steps, ended = solution
    wrong = first_wrong(story, steps)
    at, done = pack.start, list[int]()
    for i, step in enumerate(steps):
        tokens = writer.step(step, SEPARATOR, ended=ended and i == len(steps) - 1)
        good = wrong is None or i < wrong
        right = None
        if good:
            right = len(tokens)
        elif i == wrong:
            right, true = max((_common(tokens, writer, true), true) for true in truths(story, done))
            meant = writer.step(true, SEPARATOR, ended=true == story.answer_step)
            pack.add(at, meant, True, len(meant))
        at = pack.add(at, tokens, good, right)
        if good and (made := made_by(story, done, step)) is not None:
            done.append(story.quantity(made))


def _common(tokens: Sequence[int], writer: Writer, true: str) -> int:
    """How many of a step's tokens, its end left out, begin the step `true`."""
    pairs = zip(tokens[:-1], writer.ids(true, SEPARATOR), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
