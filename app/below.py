"""Plots far below are drawn once their reader comes near: each takes the browser 40 ms, and the page waits for all.

A button stands where they begin, and a script clicks it before it comes into sight.
"""

from pathlib import Path

import streamlit as st

SCRIPT = (Path(__file__).parent / "below.js").read_text(encoding="utf-8")
KEY = "arbutus-below"


def below(page: str) -> bool:
    """Say that plots begin here which may wait; whether they still do. Once near, they don't for the whole session."""
    near = f"{KEY}-{page}"
    if st.session_state.get(near):
        return False
    with st.container(key=KEY):
        st.button(
            "Draw the plots below", on_click=_came, args=(near,), type="tertiary", icon=":material/arrow_downward:"
        )
        st.html(f"<script>({SCRIPT})()</script>", unsafe_allow_javascript=True)
    return True


def _came(near: str) -> None:
    st.session_state[near] = True
