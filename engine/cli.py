"""The command line. It alone prints: results to standard output, progress to standard error.

Exit codes: 0 done; 1 something was missing or failed, and the message says what; 2 wrong usage;
3 the run ended, but some of its searches failed.
"""

import sys

import typer
from rich.markup import escape

from engine.commands import (
    changing,
    curving,
    exporting,
    importing,
    judging,
    losing,
    optimising,
    searching,
    showing,
    training,
)
from engine.commands.terminal import err
from engine.protocol import ArbutusError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Search over reasoning steps with a process reward model, and log every tree.",
)
app.command()(searching.run)
app.command()(searching.sweep)
app.command()(showing.summary)
app.command()(curving.curves)
app.command()(optimising.optimal)
app.command()(losing.lost)
app.command()(showing.tree)
app.command("import")(importing.import_)
app.command()(exporting.export)
app.command()(searching.solve)
app.command()(changing.whatif)
app.command()(changing.resume)
app.command()(searching.score)
app.command()(judging.label)
app.command()(judging.prm)
app.command("list")(showing.list_)
app.command()(showing.doctor)
app.command()(showing.pack)
app.command()(showing.unpack)

train_app = typer.Typer(no_args_is_help=True, help="Train the built-in models again.")
train_app.command("countdown-policy")(training.train_policy)
train_app.command("countdown-series")(training.train_series)
train_app.command("countdown-prm")(training.train_prm)
train_app.command("words-policy")(training.train_words_policy)
train_app.command("words-prm")(training.train_words_prm)
app.add_typer(train_app, name="train")


def main() -> None:
    """Run the command line; an `ArbutusError` ends it with its message and exit code 1."""
    try:
        app()
    except ArbutusError as error:
        err.print(f"[red]error[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(1)
