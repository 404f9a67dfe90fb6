"""The commands that train the built-in models again."""

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands.terminal import PolicyName, one_thread, progress_bar

Out = Annotated[Path, typer.Option("--out", help="Where the model and its checkpoints go")]


def train_policy(out_dir: Out, seed: int = 1) -> None:
    """Train the built-in policy for Countdown. Interrupted, the same command goes on."""
    from engine.train.countdown_policy import PHASES
    from engine.train.finish import finish_policy

    _train(lambda progress: finish_policy(out_dir, seed=seed, phases=PHASES, on_progress=progress))


def train_series(
    out_dir: Out,
    chunks: Annotated[
        list[int] | None, typer.Option("--chunk", help="Chunks of training to measure after, rising. Repeatable.")
    ] = None,
) -> None:
    """The Countdown policy's own training once more, measured as it grows: series.json. Interrupted, it goes on."""
    from engine.models.registry import POLICIES, find_model
    from engine.train.countdown_policy import PHASES
    from engine.train.countdown_series import KEPT, series

    final, kept = find_model("countdown-policy", POLICIES), tuple(sorted(chunks)) if chunks else KEPT
    _train(lambda progress: series(out_dir, final, seed=1, phase=PHASES[0], kept=kept, on_progress=progress))


def train_prm(
    out_dir: Out,
    policy: PolicyName = "countdown-policy",
    naive: Annotated[bool, typer.Option("--naive", help="Only legal steps: the PRM that search fools")] = False,
    seed: int = 1,
) -> None:
    """Train the built-in PRM for Countdown, from the policy's weights. Interrupted, the same command goes on."""
    from engine.models.registry import POLICIES, find_model
    from engine.train.finish import finish_prm

    folder = find_model(policy, POLICIES)
    _train(lambda progress: finish_prm(out_dir, policy=folder, naive=naive, seed=seed, on_progress=progress))


def train_words_policy(out_dir: Out, seed: int = 1) -> None:
    """Train the built-in policy for word problems. Interrupted, the same command goes on."""
    from engine.train.finish import finish_words_policy
    from engine.train.words_policy import PHASES

    _train(lambda progress: finish_words_policy(out_dir, seed=seed, phases=PHASES, on_progress=progress))


def train_words_prm(out_dir: Out, policy: PolicyName = "words-policy", seed: int = 1) -> None:
    """Train the built-in PRM for word problems, from the policy's weights. Interrupted, the same command goes on."""
    from engine.models.registry import POLICIES, find_model
    from engine.train.finish import finish_words_prm
    from engine.train.words_prm import PHASES

    folder = find_model(policy, POLICIES)
    _train(lambda progress: finish_words_prm(out_dir, policy=folder, seed=seed, phases=PHASES, on_progress=progress))


def _train(work: Any) -> None:
    with one_thread(), progress_bar() as bar:
        bar_id = bar.add_task("training", total=None, note="")

        def progress(now: Any) -> None:
            bar.update(bar_id, completed=now.step, total=now.steps, note=f"loss {now.loss:.4f}")

        work(progress)
