"""What the browser fetches while its reader looks at the Start page: the code of what other pages show.

Streamlit loads the code of a widget when a page first shows one. Plotly's is five megabytes, and takes the browser up
to a second before it can draw the first curve. Not on pages where one moves something: it stands still meanwhile.
"""

import json
from functools import cache
from pathlib import Path

import streamlit as st

WIDGETS = ("PlotlyChart", "BidiComponent", "Selectbox", "Multiselect", "ButtonGroup", "Checkbox", "Slider")
"""As Streamlit calls the files of their code; the slowest first."""
SCRIPT = (Path(__file__).parent / "fetched.js").read_text(encoding="utf-8")


def fetch_ahead() -> None:
    """Have the browser fetch, once, what it will need."""
    if files := _files():
        with st.container(key="arbutus-fetched"):
            st.html(f"<script>({SCRIPT})({json.dumps(files)})</script>", unsafe_allow_javascript=True)


@cache
def _files() -> list[str]:
    """The files there are; of a widget whose file is called otherwise nothing is fetched ahead."""
    folder = Path(st.__file__).parent / "static" / "static" / "js"
    return [file.name for widget in WIDGETS for file in sorted(folder.glob(f"{widget}.*.js"))]
