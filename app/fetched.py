"""What the browser gets to know while its reader looks at the Start page: how to show what other pages show.

Streamlit loads the code of a widget when a page first shows one, and React then shows it up to 0.3 s later. Plotly's is
five megabytes, and takes the browser up to a second before it can draw the first curve. So, once Start has stood for a
while, the code is fetched, and one widget of each kind is shown where nobody sees it. Not on pages where one moves
something: they stand still meanwhile.
"""

import json
from functools import cache
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

WIDGETS = (
    "PlotlyChart",
    "BidiComponent",
    "Selectbox",
    "Multiselect",
    "ButtonGroup",
    "Checkbox",
    "DownloadButton",
    "Radio",
    "NumberInput",
    "Slider",
)
"""As Streamlit calls the files of their code; the slowest first."""
SCRIPT = (Path(__file__).parent / "fetched.js").read_text(encoding="utf-8")
KEY = "arbutus-fetched"


def fetch_ahead() -> None:
    """Have the browser fetch, once, what it will need, and show it unseen."""
    if files := _files():
        with st.container(key=KEY):
            st.html(f"<script>({SCRIPT})({json.dumps(files)})</script>", unsafe_allow_javascript=True)
            _unseen()


@st.fragment
def _unseen() -> None:
    """One widget of each kind, once the script has clicked."""
    if not st.button("Show unseen", key=f"{KEY}-show"):
        return
    line = go.Figure(go.Scatter(x=[1, 2], y=[1, 2]))
    st.plotly_chart(line, key=f"{KEY}-plot", theme=None, on_select=lambda: None, config={"displayModeBar": False})
    st.selectbox("Selectbox", ["–"], key=f"{KEY}-selectbox")
    st.multiselect("Multiselect", ["–"], ["–"], key=f"{KEY}-multiselect")
    st.segmented_control("Segmented control", ["–"], key=f"{KEY}-segmented")
    st.toggle("Toggle", key=f"{KEY}-toggle", help="–")
    st.download_button("Download", "–", key=f"{KEY}-download", on_click="ignore")
    st.radio("Radio", ["–"], key=f"{KEY}-radio")
    st.number_input("Number", key=f"{KEY}-number")
    st.slider("Slider", key=f"{KEY}-slider")
    st.caption("**–** –")


@cache
def _files() -> list[str]:
    """The files there are; of a widget whose file is called otherwise nothing is fetched ahead."""
    folder = Path(st.__file__).parent / "static" / "static" / "js"
    return [file.name for widget in WIDGETS for file in sorted(folder.glob(f"{widget}.*.js"))]
