"""Widgets of pages whose address says what is shown: what is chosen is in the URL, and a wrong URL has a way out."""

import re
from collections.abc import Callable, Sequence

import streamlit as st

from app import pages


def go(query: dict[str, str]) -> None:
    """Show what `query` says on this page; for the callback of a widget."""
    st.query_params.from_dict({name: value for name, value in query.items() if value})


def way_out(what: str, label: str, **query: str) -> None:
    """Say what is wrong with the address, and lead on."""
    st.warning(what, icon=":material/travel_explore:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(label, on_click=go, args=(query,))
        pages.link("start", "Go to Start", ":material/home:")


def quoted(text: str) -> str:
    """Text from the URL within a sentence, none of it read as Markdown."""
    return "“" + re.sub(r"([^\w\s])", r"\\\1", text[:80]) + "”"


def chooser(
    label: str,
    options: Sequence[str],
    chosen: str | None,
    *,
    key: str,
    name: Callable[[str], str],
    query: Callable[[str], dict[str, str]],
    width: int,
    placeholder: str = "Choose one",
) -> None:
    """A list whose choice goes into the URL as `query` says. `chosen` None: nothing is chosen yet."""
    st.session_state[key] = chosen
    st.selectbox(
        label, list(options), key=key, index=None, format_func=name, width=width, placeholder=placeholder,
        on_change=lambda: go(query(st.session_state[key])),
    )  # fmt: skip


def node_of(text: str, count: int) -> int | None:
    """The node that a URL names, None if a tree of `count` nodes has none of that name."""
    known = text.isascii() and text.isdigit() and len(text) < 10 and int(text) < count
    return int(text) if known else None
