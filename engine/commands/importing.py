"""The command that makes a run of another system's file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.commands.terminal import err
from engine.protocol import ArbutusError


def import_(
    words: Annotated[
        list[str], typer.Argument(metavar="[FORMAT] FILE", help="The file, after its format where that isn't certain")
    ],
    out_dir: Annotated[Path, typer.Option("--out", help="The folder of the run")],
    policy: Annotated[str, typer.Option(help="Who wrote the steps, where you know")] = "",
    prm: Annotated[str, typer.Option(help="Who gave the scores, where you know")] = "",
    strategy: Annotated[str, typer.Option(help="What the search was; default: the name of the format")] = "",
    title: str = "",
    note: str = "",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out what can't be understood; run.json says what that was")
    ] = False,
) -> None:
    """Make a run of a file of another system: see docs/formats.md for the formats.

    What can't be understood is told by line, and then nothing is imported.
    """
    from engine.commands.showing import print_summary
    from engine.imports import FORMATS, About, find_format, import_file, recognise
    from engine.runner import command_line

    if len(words) > 2:
        raise ArbutusError(f"got {len(words)} words, expected [FORMAT] FILE; formats: {', '.join(FORMATS)}")
    file = Path(words[-1])
    format = find_format(words[0]) if len(words) == 2 else recognise(file)
    about = About(policy, prm, strategy, title, note, command_line(sys.argv[1:]))
    made = import_file(file, out_dir, format, about, skip_bad=skip_bad)
    skipped = len(made.info.source["skipped"])
    left = f", {skipped} left out" if skipped else ""
    told = f"{format.title}: {len(made)} trees from {file.name}{left}"
    err.print(told, markup=False, highlight=False, soft_wrap=True)
    print_summary([made])
