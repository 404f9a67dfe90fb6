"""The commands that judge a PRM: label, prm."""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands.options import ModelOptions, with_options
from engine.commands.searching import threads
from engine.commands.terminal import AsJson, err, out, progress_bar
from engine.protocol import ArbutusError


@with_options(ModelOptions)
def label(
    models: ModelOptions,
    run_dir: Annotated[Path, typer.Argument(help="A run, in a folder or packed")],
    file: Annotated[
        Path | None, typer.Option("--out", help="The file of labels; default: beside the run, NAME.labels.jsonl")
    ] = None,
    rollouts: Annotated[int, typer.Option(min=1, help="Completions from each step")] = 8,
    seed: int = 0,
    temperature: Annotated[float | None, typer.Option(min=0.0, help="Default: the run's own")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many trees")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the labels in --out")] = False,
    as_json: AsJson = False,
) -> None:
    """Label each step of a run by rollouts: completed k times by the policy, how many are right?

    The policy is the run's own, unless --policy names another.
    """
    from engine.label import Rollouts, beside, label_run
    from engine.models.registry import load_models
    from engine.protocol import Writing
    from engine.runner import command_line
    from engine.runs import Run
    from engine.tasks import find_task

    if models.prm is not None:
        raise ArbutusError(f"got --prm {models.prm}, but labels are made by a policy alone; leave it out")
    run, file = Run.open(run_dir), file or beside(run_dir)
    task = find_task(run.info.task)
    models = replace(models, policy=models.policy or _policy_of(run))
    with threads(models), progress_bar() as bar:
        policy, _ = load_models(models.asked(), task, needs_prm=False)
        how = Rollouts(
            task,
            policy,
            rollouts,
            seed,
            run.info.temperature if temperature is None else temperature,
            Writing(**run.info.writing) if run.info.writing else task.writing,
        )
        of = bar.add_task("trees", total=len(run.summaries[:limit]), note="")
        counts = label_run(
            run,
            file,
            how,
            command=command_line(sys.argv[1:]),
            limit=limit,
            resume=resume,
            on_tree=lambda done: bar.update(of, completed=done),
        )
    if as_json:
        print(json.dumps(asdict(counts), indent=2))
    else:
        out.print(_told(counts, file), markup=False, highlight=False)


def _policy_of(run: Any) -> str:
    """The name of a run's policy. Raises `ArbutusError` if it was a folder, of which a run keeps no place."""
    from engine.models.loading import is_hub_id
    from engine.models.registry import POLICIES

    name = str(run.info.policy.get("id", ""))
    if name in POLICIES or is_hub_id(name):
        return name
    raise ArbutusError(f"{run.path}: its policy {name!r} can't be found by that name; name it: --policy FOLDER_OR_ID")


def _told(counts: Any, file: Path) -> str:
    lines = [f"{counts.steps:,} steps of {counts.problems:,} problems labelled, {counts.good:,} of them good"]
    if counts.before:
        lines.append(f"{counts.before:,} were labelled before")
    if counts.ungradable:
        lines.append(f"{counts.ungradable:,} problems have no answer key")
    if counts.failed:
        reason = counts.first_error
        lines.append(f"{counts.failed:,} rollouts could not be sampled and are missing, the first because: {reason}")
    return f"{'; '.join(lines)}; {counts.tokens:,} policy tokens\nwrote {file}"


def prm(
    paths: Annotated[list[Path], typer.Argument(help="Runs, or folders of runs", metavar="RUN...")],
    labels: Annotated[
        Path | None, typer.Option(help="A file of labels made by `label`: the truth, in place of exact labels")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--out", help="Also write the tables, *.csv, or the figures, *.html")
    ] = None,
    shared: Annotated[
        bool, typer.Option("--shared", help="Only the steps that every PRM rewarded: to compare PRMs")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """How good the PRM of some runs is: AUC, calibration, first errors, over-optimisation.

    A step is counted once a problem and prefix, however often it was drawn, in however many runs.
    """
    from engine.commands import quality
    from engine.measure.prm.labels import read_labels
    from engine.measure.prm.quality import quality_of, truth_of
    from engine.measure.prm.reading import read
    from engine.runs import Run

    if file and file.suffix not in quality.WRITERS:
        raise ArbutusError(f"got --out {file}, expected a name that ends in {' or '.join(quality.WRITERS)}")
    truth = read_labels(labels) if labels else None
    readings = [read(str(place), Run.open(place)) for path in paths for place in _runs_at(path)]
    found = quality_of(readings, truth, shared=shared)
    if not found:
        raise ArbutusError(f"{', '.join(map(str, paths))}: no run there had a PRM, so there is none to judge")
    said = truth.about if truth else None
    if as_json:
        print(json.dumps(quality.plain(found, readings, said), indent=2, allow_nan=False))
    else:
        quality.show(found, readings, said)
    if file:
        quality.WRITERS[file.suffix](file, found, truth_of(said))
        err.print(f"wrote {file}", markup=False, highlight=False, soft_wrap=True)


def _runs_at(path: Path) -> list[Path]:
    from engine.runs import find_runs

    if found := find_runs(path):
        return found
    raise ArbutusError(f"{path}: got no run there, expected a folder with run.json, or a packed run (*.arbutus)")
