"""The tree as a nested list: for the keyboard, for a screen reader, and for who would rather read than look.

It gets what the canvas gets, the packed tree with the node and the view that are asked for: it shows the moment of the
search that the replay stands at, the number that the colours tell, and finds what is looked for. What is picked comes
back, and so does the view.
"""

import streamlit as st

from app.canvas.component import HERE, NO_RULE, dated, known, packed_tree, script, tell_wish
from app.canvas.view import View
from app.canvas.why import Rule
from engine.tree import Tree

MODULES = (
    "say",
    "model",
    "layout",
    "phases",
    "replay",
    "colours",
    "theme",
    "words",
    "outline_moment",
    "outline_row",
    "outline_state",
    "outline_find",
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
    tree: Tree,
    *,
    key: str,
    of: str = "",
    selected: int | None = None,
    view: View | None = None,
    canvas: str = "",
    rule: Rule = NO_RULE,
) -> int | None:
    """Write `tree` as a nested list and return the node that is selected, None for none.

    `of`, `selected`, `view` and `rule` are those of `tree_canvas`. `canvas` is the key of a canvas that shows the same
    trees in another view of the page: what was packed for it serves here.
    """
    has = known(key, of)

    def picked() -> None:
        has.node, has.picked, has.heard = st.session_state[key].picked, True, True

    def viewed() -> None:
        has.view, has.heard = View.heard(st.session_state[key].viewed), True

    has.ask(selected)
    tell_wish(has, view)
    data = dated(key, packed_tree(tree, f"{canvas or key}:{of}", HEIGHT, rule=rule), has)
    _mount(key=key, data=data, on_picked_change=picked, on_viewed_change=viewed)
    return has.node if 0 <= has.node < len(tree) else None
