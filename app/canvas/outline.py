"""The tree as a nested list: for the keyboard, for a screen reader, and for who would rather read than look.

It gets what the canvas gets, the packed tree with the node that is asked for, and only a pick comes back.
"""

import streamlit as st

from app.canvas.component import HERE, NO_RULE, dated, known, packed_tree, script
from app.canvas.why import Rule
from engine.tree import Tree

MODULES = (
    "say",
    "model",
    "replay",
    "colours",
    "theme",
    "words",
    "outline_row",
    "outline_state",
    "outline_keys",
    "outline",
)
"""Of `js/`, in the order of what each may use when it is loaded."""
HEIGHT = 600

_mount = st.components.v2.component(
    "arbutus_outline",
    html=(HERE / "outline.html").read_text(encoding="utf-8"),
    css="\n".join((HERE / name).read_text(encoding="utf-8") for name in ("canvas.css", "outline.css")),
    js=script(MODULES),
)


def tree_outline(
    tree: Tree, *, key: str, of: str = "", selected: int | None = None, canvas: str = "", rule: Rule = NO_RULE
) -> int | None:
    """Write `tree` as a nested list and return the node that is selected, None for none.

    `of`, `selected` and `rule` are those of `tree_canvas`. `canvas` is the key of a canvas that shows the same trees in
    another view of the page: what was packed for it serves here.
    """
    has = known(key, of)

    def picked() -> None:
        has.node, has.picked, has.heard = st.session_state[key].picked, True, True

    has.ask(selected)
    data = dated(key, packed_tree(tree, f"{canvas or key}:{of}", HEIGHT, rule=rule), has)
    _mount(key=key, data=data, on_picked_change=picked)
    return has.node if 0 <= has.node < len(tree) else None
