"""The overview of the Tree page: the whole tree as an icicle, in which a click or a key selects."""

import streamlit as st

from app.figures.blocks import WIDTHS, blocks, has_tokens
from app.figures.icicle import folded, icicle
from app.overview_keys import block_keys
from engine.tree import Node, Tree

KEY = "tree-overview"


def overview(tree: Tree, *, of: str, selected: Node | None) -> None:
    """Draw `tree`, which is called `of`. What is clicked and what widths mean goes into the address."""
    width = _width(tree)
    dark = st.context.theme.type == "dark"
    drawn = blocks(tree, width, selected)
    with st.container(key=f"{KEY}-plot"):
        st.plotly_chart(
            icicle(tree, width=width, selected=selected, dark=dark), key=f"{KEY}:{of}:{width}",
            on_select=lambda: _clicked(f"{KEY}:{of}:{width}"), selection_mode="points",
            config={"displayModeBar": False},
        )  # fmt: skip
        block_keys(tree, drawn, key=f"{KEY}-keys", selected=selected, picked=_picked)
    hidden = folded(drawn)
    said = f"**{hidden:,} of {len(tree) - 1:,} steps are folded away** in dotted blocks. " if hidden else ""
    wide = "A block is as wide as the leaves below it" if width == "leaves" else "A block is as wide as what was spent "
    wide += "" if width == "leaves" else "on it and below it, and beside its children is what it took itself"
    st.caption(
        f"{said}{wide}. Colours are rewards; faded: dropped; hatched: no reward; framed: the chosen path. "
        "Arrow keys walk the blocks, Enter selects. The outline has the same, and hides nothing."
    )


def as_query() -> dict[str, str]:
    """How what widths mean stands in an address: the first needn't be named."""
    wanted = st.query_params.get("width", "")
    return {"width": wanted} if wanted in list(WIDTHS)[1:] else {}


def _width(tree: Tree) -> str:
    """What widths mean, from the address; there is nothing to choose where nothing was spent."""
    if not has_tokens(tree):
        return "leaves"
    wanted = st.query_params.get("width", "leaves")
    key = f"{KEY}-width"
    st.session_state[key] = wanted if wanted in WIDTHS else "leaves"
    st.segmented_control(
        "Width", list(WIDTHS), key=key, format_func=WIDTHS.__getitem__, required=True,
        on_change=lambda: st.query_params.update({"width": st.session_state[key]}),
    )  # fmt: skip
    return str(st.session_state[key])


def _clicked(key: str) -> None:
    for point in st.session_state[key].selection.points:
        _picked(point["customdata"])


def _picked(node: int) -> None:
    st.query_params["node"] = str(node)
