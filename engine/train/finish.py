"""Train a built-in model to the end, measure it on what was held out, and describe it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms import load_prm
from engine.models.prms.builtin import read_builtin
from engine.train import (
    countdown_measure,
    countdown_policy,
    countdown_prm,
    countdown_steps,
    words_measure,
    words_policy,
    words_prm,
    words_steps,
)
from engine.train.card import describe
from engine.train.loop import Progress

Report = Callable[[Progress], None]
COUNTDOWN = "It knows Countdown with numbers to 20 and targets to 100, and nothing else."
WORDS = "It knows the words, names and kinds of sentence of these stories, with numbers to 999, and nothing else."


def finish_policy(out: Path, *, seed: int, phases: Sequence[countdown_policy.Phase], on_progress: Report) -> None:
    """Train, measure and describe the policy in `out`."""
    model, ledgers = countdown_policy.train(out, seed=seed, phases=phases, on_progress=on_progress)
    data = (
        "Solved Countdown puzzles of three to five numbers, made by the exact solver: "
        f"{sum(p.chunks for p in phases) * countdown_policy.CHUNK_STEPS * countdown_policy.BATCH:,} demonstrations, "
        "none through a held-out puzzle."
    )
    metrics = {
        name: countdown_measure.measure_policy(LocalPolicy(out, Loading("cpu")), name)
        for name in countdown_measure.TASK.problem_sets()
    }
    describe(out, "countdown-policy", model, data=data, seed=seed, ledgers=ledgers, metrics=metrics, **_countdown())


def finish_prm(out: Path, *, policy: Path, naive: bool, seed: int, on_progress: Report) -> None:
    """Train, measure and describe the PRM in `out`."""
    phases = countdown_prm.NAIVE_PHASES if naive else countdown_prm.PHASES
    model, ledgers = countdown_prm.train(
        out, policy=policy, legal_only=naive, seed=seed, phases=phases, on_progress=on_progress
    )
    kind = "legal steps only" if naive else "legal and illegal steps"
    data = (
        f"Candidate steps ({kind}) of puzzles played to the end, labelled by the rules "
        "and the exact solver: the policy's own at temperatures "
        f"{', '.join(map(str, sorted(set(countdown_steps.TEMPERATURES))))}, random legal moves"
        f"{'' if naive else ', forged moves; and the tokens of each step, as far as the first wrong one'}. "
        "None through a held-out puzzle."
    )
    metrics = {
        name: countdown_measure.measure_prm(
            read_builtin(out, Loading("cpu")), LocalPolicy(policy, Loading("cpu")), name
        )
        for name in countdown_measure.TASK.problem_sets()
    }
    name = "countdown-prm-naive" if naive else "countdown-prm"
    describe(out, name, model, data=data, seed=seed, ledgers=ledgers, metrics=metrics, **_countdown())


def _countdown() -> dict[str, str]:
    temperature = countdown_measure.TASK.temperature
    told = f"Measured at temperature {temperature} on puzzles that were never trained on:"
    return {"task": "Countdown", "limits": COUNTDOWN, "measured": told}


def finish_words_policy(out: Path, *, seed: int, phases: Sequence[words_policy.Phase], on_progress: Report) -> None:
    """Train, measure and describe the policy for word problems in `out`."""
    model, ledgers = words_policy.train(out, seed=seed, phases=phases, on_progress=on_progress)
    data = (
        "Generated stories of 2 to 8 steps with their solutions, each in one of the orders and phrasings that are "
        "right, the short ones first; none with a held-out template or held-out numbers."
    )
    policy = LocalPolicy(out, Loading("cpu"))
    metrics = {name: words_measure.measure_policy(policy, name) for name in words_measure.TASK.problem_sets()}
    describe(out, "words-policy", model, data=data, seed=seed, ledgers=ledgers, metrics=metrics, **_words())


def finish_words_prm(
    out: Path, *, policy: Path, seed: int, phases: Sequence[words_steps.Phase], on_progress: Report
) -> None:
    """Train, measure and describe the PRM for word problems in `out`."""
    model, ledgers = words_prm.train(out, policy=policy, seed=seed, phases=phases, on_progress=on_progress)
    data = (
        "Solutions of the policy at temperatures "
        f"{', '.join(map(str, sorted(set(words_steps.TEMPERATURES))))}, and forged ones (a number copied wrong, "
        "another operation, a slip in the sum, something left out, the wrong thing answered); each step labelled by "
        "the story's own facts, its tokens as far as the first wrong one. No held-out template and no held-out numbers."
    )
    prm, writer = load_prm(str(out), Loading("cpu")), LocalPolicy(policy, Loading("cpu"))
    metrics = {name: words_measure.measure_prm(prm, writer, name) for name in words_measure.TASK.problem_sets()}
    describe(out, "words-prm", model, data=data, seed=seed, ledgers=ledgers, metrics=metrics, **_words())


def _words() -> dict[str, str]:
    told = (
        f"Measured at temperature {words_measure.TASK.temperature} on stories of which neither the template nor the "
        "numbers were ever trained on:"
    )
    return {"task": "word-problems", "limits": WORDS, "measured": told}
