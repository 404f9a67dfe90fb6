"""The button that gives a tree as a page."""

import streamlit as st

from app import places
from app.standalone.page import MOST, page_of
from engine.runs import RunInfo
from engine.tree import Tree


def page_button(tree: Tree, info: RunInfo, run: str) -> None:
    """Download this tree as a page; it is written when the button is pressed."""
    st.download_button(
        "This tree as a page",
        lambda: page_of(tree, info, run),
        f"{places.slug(tree.problem.id)}.html",
        "text/html",
        key="tree-as-page",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        disabled=len(tree) > MOST,
        help=f"One file with the canvas and the inspector, which opens without a server. Up to {MOST:,} nodes.",
    )
