"""What the commands share: the two consoles, what models say, the progress bar, common options, the thread."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

err = Console(stderr=True)
out = Console(soft_wrap=True)


class Warnings(logging.Handler):
    """Shows what models had to work around (out of memory, say), above whatever is being drawn."""

    def emit(self, record: logging.LogRecord) -> None:
        text = f"[yellow]{record.levelname.lower()}[/yellow] {escape(record.getMessage())}"
        err.print(text, highlight=False, soft_wrap=True)


logging.getLogger("arbutus").addHandler(Warnings(logging.WARNING))

Parameters = Annotated[list[str] | None, typer.Option("--set", help="A parameter: width=4, aggregate=min. Repeatable.")]
Device = Annotated[str, typer.Option(help="auto, cuda, mps or cpu")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON to standard output")]
PolicyName = Annotated[str, typer.Option(help="A built-in policy, or a folder")]
PrmName = Annotated[str, typer.Option(help="A built-in PRM, or a folder")]


@contextmanager
def one_thread() -> Iterator[None]:
    """The built-in models are small: a second thread costs more than it gives, ruinously so on a busy machine."""
    import torch

    if torch.get_num_threads() > 1 and not torch.cuda.is_available():
        torch.set_num_threads(1)
    yield


@contextmanager
def progress_bar() -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=err) as bar:
        yield bar
