"""The language of a lesson, said to the browser: a component that shows nothing."""

from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "arbutus_tongue", js=Path(__file__).with_name("tongue.js").read_text(encoding="utf-8")
)


def speaks(language: str) -> None:
    """Until another page is opened, this one is in `language`, a code such as ``zh``."""
    _mount(key="learn-tongue", data=language)
