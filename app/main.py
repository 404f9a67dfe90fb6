"""The explorer: ``streamlit run app/main.py``. Navigation only; the pages are in `views`."""

import sys
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # streamlit puts this script's own folder there, not the repository
    sys.path.insert(0, str(HERE.parent))

from app import pages  # noqa: E402
from app.idle import PAGES, begin  # noqa: E402
from app.settling import put_aside  # noqa: E402
from app.visiting import is_visit  # noqa: E402

ICON = str(HERE / "arbutus.svg")

st.set_page_config(page_title="Arbutus", page_icon=ICON, layout="wide")
st.logo(ICON, size="large")
with PAGES.making(seen=not is_visit()):
    try:
        st.navigation(pages.navigation(), position="top").run()
    finally:
        put_aside()
begin()
