"""The commands `whatif`, a new run that begins with the tree of an old one and goes on differently, and `resume`."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands.options import BudgetOptions, ModelOptions, with_options
from engine.commands.progress import watching
from engine.commands.searching import read_parameters, threads
from engine.commands.terminal import Parameters, out
from engine.protocol import ArbutusError
from engine.whatif.changes import Change


@with_options(ModelOptions, BudgetOptions)
def whatif(
    models: ModelOptions,
    limits: BudgetOptions,
    path: Annotated[Path, typer.Argument(help="A run; it is only read")],
    problem: Annotated[str, typer.Argument(help="A problem's id, its number in the run, or its question")],
    out_dir: Annotated[Path, typer.Option("--out", help="The folder of the new run")],
    node: Annotated[int, typer.Option(min=0, help="The node to begin at; 0 is the question")] = 0,
    more: Annotated[int | None, typer.Option(min=1, help="Sample so many more children of the node")] = None,
    edit: Annotated[str | None, typer.Option(help="Go on from a step with these words, beside the node")] = None,
    go_on: Annotated[
        bool, typer.Option("--go-on", help="Go on from the node, dropped or not, by the strategy")
    ] = False,
    regenerate: Annotated[
        bool, typer.Option("--regenerate", help="Write everything after the node again, with the next seed")
    ] = False,
    rescore: Annotated[str | None, typer.Option(help="Reward the whole tree by this PRM")] = None,
    n: Annotated[int | None, typer.Option(help="The strategy's n, for what is new; default: the run's")] = None,
    parameters: Parameters = None,
    seed: Annotated[int | None, typer.Option(help="Default: the run's, and of --regenerate the next one")] = None,
    temperature: Annotated[float | None, typer.Option(min=0.0, help="Default: the run's")] = None,
) -> None:
    """What if a search had gone otherwise: a new run that begins with one of its trees."""
    from engine.commands.showing import tree_of
    from engine.runner import command_line
    from engine.runs import Run
    from engine.whatif.growing import change_run

    change = _change(node, more, edit, go_on, regenerate, rescore)
    run = Run.open(path)
    with threads(models), watching() as watch:
        watch.begin(f"what if: {change.words()}", 1, None)
        made = change_run(
            run,
            tree_of(path, problem).problem.id,
            change,
            out_dir,
            asked=models.asked(),
            parameters=read_parameters(n, parameters),
            seed=seed,
            temperature=temperature,
            budget=limits.budget(),
            prices=limits.prices() if limits.price else None,
            command=command_line(sys.argv[1:]),
            after_round=watch.after_round,
        )
    _show(made)


@with_options(ModelOptions)
def resume(
    models: ModelOptions,
    path: Annotated[Path, typer.Argument(help="The folder of a changed tree (`whatif`) that was interrupted")],
    run: Annotated[Path | None, typer.Option(help="The run it was grown from; default: as its command says")] = None,
) -> None:
    """Go on with a changed tree that was interrupted. Of any other run the command is told that goes on with it."""
    from engine.runs import Run
    from engine.whatif.resuming import resume_change

    info = Run.open(path).info
    if not info.origin:
        raise ArbutusError(f"{path}: go on with it by the command that made it: {info.command or '…'} --resume")
    with threads(models), watching() as watch:
        watch.begin(f"what if: {info.origin.get('words', '')}", 1, None)
        old = Run.open(run or _old(path, info.origin, info.command))
        _show(resume_change(path, old, asked=models.asked(), after_round=watch.after_round))


def _old(path: Path, origin: dict[str, Any], command: str) -> Path:
    """The run that a changed one was grown from, as its command named it. Raises `ArbutusError` if it isn't there."""
    from engine.runs import find_runs

    try:
        words = [Path(word) for word in shlex.split(command)]
    except ValueError:
        words = []
    for word in words:
        if word.exists() and word.resolve() != path.resolve() and find_runs(word) == [word]:
            return word
    raise ArbutusError(f"{path}: the run it was grown from, {origin.get('run')!s:.80}, isn't there; name it: --run RUN")


def _show(made: Any) -> None:
    from engine.render import show

    tree = made.tree(0)
    out.print(show(tree, width=out.width), markup=False, highlight=False)
    _tell(made.info, tree)


def _change(
    node: int, more: int | None, edit: str | None, go_on: bool, regenerate: bool, rescore: str | None
) -> Change:
    asked = [
        *([Change("more", node, more=more)] if more is not None else []),
        *([Change("edit", node, text=edit)] if edit is not None else []),
        *([Change("go-on", node)] if go_on else []),
        *([Change("regenerate", node)] if regenerate else []),
        *([Change("rescore", prm=rescore)] if rescore is not None else []),
    ]
    if len(asked) != 1:
        raise ArbutusError(
            f"got {len(asked)} changes, expected one of --more K, --edit TEXT, --go-on, --regenerate, --rescore PRM"
        )
    return asked[0]


def _tell(info: Any, tree: Any) -> None:
    """The answer before and now; after new rewards also the decisions that they would have changed."""
    origin = info.origin
    before, now = origin["answer"] or "none", tree.chosen.answer if tree.chosen else "none"
    out.print(f"answer before: {before}; now: {now}", markup=False, highlight=False)
    if origin["change"] == "rescore":
        from engine.measure.recut import has_cut, otherwise

        how = str(info.parameters.get("aggregate", "last"))
        for decision in otherwise(tree, how) if has_cut(info) else []:
            reward = "no reward" if decision.node.reward is None else f"{decision.node.reward:.3f}"
            out.print(
                f"node {decision.node.id} was {decision.was}, would be {decision.would}: rank {decision.rank} of "
                f"{decision.of} by {reward}: {decision.node.text}",
                markup=False, highlight=False,
            )  # fmt: skip
