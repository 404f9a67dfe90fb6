"""The steps behind a point of the reliability diagram: rewarded alike, the good ones beside the wrong ones."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app.gallery import gallery
from engine.measure.prm.calibration import bins_of
from engine.measure.prm.quality import Quality
from engine.measure.prm.surprises import most_drawn

DIAGRAM = "prm-reliability"
KEY = "bin"
SHOWN = 6
"""Steps of each kind."""


def bin_steps(found: Mapping[str, Quality], steps: pd.DataFrame) -> None:
    """Choose a bin by a click on the diagram or by name; `steps`: those that `found` was counted from."""
    bins = {
        label(prm, row["low"], row["high"]): (prm, place)
        for prm, quality in found.items()
        for place, row in quality.tables["reliability"].iterrows()
        if row["count"]
    }
    chosen = st.selectbox(
        "Steps with such a reward", list(bins), index=None, key=KEY, bind="query-params", width=420,
        placeholder="Click a point above, or choose one",
    )  # fmt: skip
    if chosen is None:
        return
    prm, place = bins[chosen]
    own = steps[(steps["prm"] == prm) & steps["good"].notna()]
    here = own[bins_of(own["reward"].to_numpy()) == place]
    good = here["good"].astype(bool)
    left, right = st.columns(2, gap="large")
    with left:
        gallery(f"Good: {good.sum():,} of {len(here):,}", most_drawn(here[good], SHOWN), "None of these steps is good.")
    with right:
        gallery(
            f"Wrong: {(~good).sum():,} of {len(here):,}",
            most_drawn(here[~good], SHOWN),
            "None of these steps is wrong.",
        )
    st.caption(f"At most {SHOWN} of each, one a problem: those that were drawn most often. Each leads to its node.")


def label(prm: str, low: float, high: float) -> str:
    """What a bin is called, on the page and in the URL."""
    return f"{prm}: {low:.3g} to {high:.3g}"


def clicked() -> None:
    """A point of the diagram was: its bin is chosen."""
    for point in st.session_state[DIAGRAM].selection.points[:1]:
        if "customdata" in point:
            st.session_state[KEY] = label(*point["customdata"])
