"""The overview of the Tree page: the whole tree as an icicle, in which a click or a key selects."""

import streamlit as st

from app.canvas.view import END, NAMES
from app.figures.blocks import WIDTHS, blocks, has_tokens
from app.figures.icicle import folded, icicle
from app.overview_keys import block_keys
from engine.tree import Node, Tree

KEY = "tree-overview"
AT = NAMES["moment"]
"""What the moment is called in the address."""


def overview(tree: Tree, *, of: str, selected: int | None, moment: int = END) -> None:
    """Draw `tree`, which is called `of`, as it was at a moment of its search, with the node `selected`.

    What is clicked and what widths mean goes into the address, and so does the way back to the end of the search.
    """
    last = len(tree.events) - 1
    if moment != END and moment < last:
        _moment(moment, last)
        tree = Tree.replay(tree.events[: moment + 1])
    _draw(tree, of, tree.node(selected) if selected is not None and selected < len(tree) else None)


def _moment(moment: int, last: int) -> None:
    """Which moment is shown, in the canvas's numbers."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{KEY}-moment"):
        st.html(f'<p class="arbutus-quiet">As it stood at event {moment:,} of {last:,}.</p>')
        st.button("See the end", type="tertiary", key=f"{KEY}-end", on_click=_at_the_end)


def _at_the_end() -> None:
    st.query_params.pop(AT, None)


def _draw(tree: Tree, of: str, selected: Node | None) -> None:
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
