"""The script that draws formulas, for a page of Streamlit and for a page of its own."""

from pathlib import Path
from string import Template

import streamlit as st

from app.maths.mathml import ATTRIBUTES, ELEMENTS

CSS = Path(__file__).with_name("maths.css")


def script() -> str:
    """The functions ``drawFormulas`` and ``watchFormulas``; both take what the formulas are in."""
    source = Path(__file__).with_name("drawing.js").read_text(encoding="utf-8")
    names = {"ELEMENTS": " ".join(sorted(ELEMENTS)), "ATTRIBUTES": " ".join(sorted(ATTRIBUTES))}
    return Template(source).substitute(names)


_mount = st.components.v2.component(
    "arbutus_maths", js=f"{script()}\nexport default () => watchFormulas(document.body);\n"
)


def draws_formulas() -> None:
    """From here on the page draws the formulas that are on it, and those that come."""
    st.html(CSS)
    _mount(key="maths")
