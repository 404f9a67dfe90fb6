"""Training beside searching, on the Curves page: shown where the policy of a collection was measured as it learned."""

from collections.abc import Hashable, Iterator
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from app import curve_data, data, places
from app.below import below
from app.marked import Marked, figure
from app.plot import plot
from app.shelf import Shelf
from engine.figures.training import train_and_test
from engine.measure.series import Series, read_series
from engine.protocol import ArbutusError

SHIPPED = places.REPOSITORY / "engine" / "pretrained"
READ: Shelf[Series] = Shelf(8, lambda _: 1)
SHOWN = ("greedy", "self-consistency", "best-of-n")


def training_part(name: str, runs: list[data.RunRef], trees: Marked) -> None:
    """The two panels and what they rest on; nothing where no series belongs to the policy and the problems."""
    policies = {str(ref.info.policy.get("sha256")) for ref in runs if ref.info is not None}
    sets = set(trees.rows["problem_set"].unique())
    fitting = (one for one in _all() if policies == {one[0].sha256} and sets == {one[0].problem_set})
    found, mark = next(fitting, (None, None))
    if found is None or found.table["chunks"].nunique() < 2:
        return
    points = curve_data.points(trees, "flops", "accuracy")
    tests = points.rows
    shown = [line for line in SHOWN if line in set(tests["line"])]
    if not shown:
        return
    st.header("Training or searching", anchor=False)
    waits = below("curves")
    plot(
        figure("training", (points.mark, mark), lambda: train_and_test(found, tests, shown)),
        lambda: pd.concat([found.table.assign(panel="training"), tests.assign(panel="search")], ignore_index=True),
        key=f"training-{name}",
        title=f"Training and searching, {name}",
        alt="Accuracy against the compute of training, and beside it against the compute of searching",
        waits=waits,
    )
    st.caption(said(found))


def said(found: Series) -> str:
    """What the panels show, in words."""
    kept = sorted(found.table.loc[~found.table["whole"], "chunks"].unique())
    whole = int(found.table.loc[found.table["whole"], "chunks"].max())
    return (
        f"**Left**: {found.policy} itself as it learned. Its training was run again with the same seed, batches and "
        f"schedule; its weights were kept after {', '.join(map(str, kept))} of {whole} chunks, before the learning "
        "rate had decayed, so a training meant to be so short might do a little better. The last point is the policy "
        f"as shipped. A greedy pass, and a vote of 16 at temperature {found.temperature:g}, on puzzles never trained "
        "on. Training: 6 FLOPs a parameter and token. **Right**: the whole policy with more and more search. "
        "Training is paid once, a search for every problem."
    )


def _all() -> Iterator[tuple[Series, Hashable]]:
    """Each series there is, with a mark that changes when its file does."""
    for file in sorted(Path(SHIPPED).glob("*/series.json")):
        mark = (file, file.stat().st_mtime_ns)
        try:
            yield READ.take(file, mark, partial(read_series, file)), mark
        except ArbutusError as error:
            st.warning(data.brief(error))
