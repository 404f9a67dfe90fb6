"""The views of one tree on the Tree page, and the switch between them, which the address remembers as ``view``.

A view is a name here and an entry in `app/views/tree.py`, which says how it is drawn. What is selected is the same
in all of them.
"""

import streamlit as st

SHOWINGS = {"canvas": "Canvas", "outline": "Outline", "overview": "Overview"}
"""Name in the address and words; the first is the one that opens."""
FIRST = next(iter(SHOWINGS))
_KEY = "tree-showing"


def showing() -> str:
    """The view that the address asks for; the first where it asks for none that there is."""
    wanted = st.query_params.get("view", FIRST)
    return wanted if wanted in SHOWINGS else FIRST


def as_query(name: str) -> dict[str, str]:
    """How a view stands in an address: the first needn't be named."""
    return {} if name == FIRST else {"view": name}


def switch() -> str:
    """Draw the switch, and give the view that is chosen: the address, not the widget, says which."""
    st.session_state[_KEY] = showing()
    st.segmented_control(
        "View", list(SHOWINGS), key=_KEY, format_func=SHOWINGS.__getitem__, required=True,
        on_change=_chosen, label_visibility="collapsed",
    )  # fmt: skip
    return showing()


def _chosen() -> None:
    others = {name: value for name, value in st.query_params.items() if name != "view"}
    st.query_params.from_dict(others | as_query(st.session_state[_KEY]))
