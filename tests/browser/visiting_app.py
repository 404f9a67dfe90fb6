"""A Streamlit script, not a test: who comes is written down, and the first of them has the page visited by nobody."""

import os
import threading
from pathlib import Path

import streamlit as st

from app.visiting import is_visit, visit

came = Path(os.environ["CAME"])
with came.open("a") as file:
    print("nobody" if is_visit() else "somebody", file=file)


def visited() -> None:
    made = visit("")
    with came.open("a") as file:
        print(f"made: {made}", file=file)


@st.cache_resource
def begun() -> threading.Thread:
    thread = threading.Thread(target=visited, daemon=True)
    thread.start()
    return thread


if not is_visit():
    begun()
st.text("Here")
