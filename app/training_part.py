"""Training beside searching, on the Curves page: shown where the policy of a collection was measured as it learned."""

from pathlib import Path

import pandas as pd
import streamlit as st

from app import curve_data, data, places
from app.plot import plot
from engine.figures.training import train_and_test
from engine.measure.series import Series, read_series
from engine.protocol import ArbutusError

SHIPPED = places.REPOSITORY / "engine" / "pretrained"
SHOWN = ("greedy", "self-consistency", "best-of-n")


def training_part(name: str, runs: list[data.RunRef], rows: pd.DataFrame) -> None:
    """The two panels and what they rest on; nothing where no series belongs to the policy and the problems."""
    policies = {str(ref.info.policy.get("sha256")) for ref in runs if ref.info is not None}
    sets = set(rows["problem_set"])
    found = next((one for one in _all() if policies == {one.sha256} and sets == {one.problem_set}), None)
    if found is None or found.table["chunks"].nunique() < 2:
        return
    tests = curve_data.points(rows, "flops", "accuracy")
    shown = [line for line in SHOWN if line in set(tests["line"])]
    if not shown:
        return
    st.header("Training or searching", anchor=False)
    plot(
        train_and_test(found, tests, shown),
        lambda: pd.concat([found.table.assign(panel="training"), tests.assign(panel="search")], ignore_index=True),
        key=f"training-{name}",
        title=f"Training and searching, {name}",
        alt="Accuracy against the compute of training, and beside it against the compute of searching",
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


def _all() -> list[Series]:
    found = []
    for file in sorted(Path(SHIPPED).glob("*/series.json")):
        try:
            found.append(_read(file, file.stat().st_mtime_ns))
        except ArbutusError as error:
            st.warning(data.brief(error))
    return found


@st.cache_data(max_entries=8, show_spinner=False)
def _read(file: Path, changed: int) -> Series:
    return read_series(file)
