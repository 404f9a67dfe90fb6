"""The keys of presenter mode, as a keyboard or a clicker sends them: a component that shows nothing."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_mount = st.components.v2.component("arbutus_keys", js=Path(__file__).with_name("keys.js").read_text(encoding="utf-8"))


def keys(pressed: Callable[[str], None], *, key: str) -> None:
    """Call `pressed` with ``next``, ``back``, ``leave`` or a digit when its key is pressed anywhere on the page."""
    _mount(key=key, on_pressed_change=lambda: pressed(st.session_state[key].pressed))
