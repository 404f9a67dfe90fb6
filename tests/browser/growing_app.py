"""A Streamlit script, not a test: the canvas over a tree that grows while it is looked at."""

import streamlit as st

from app.canvas import tree_canvas
from tests.app.trees import Grower

if "grower" not in st.session_state:
    st.session_state.grower = Grower()
    st.session_state.grower.score(st.session_state.grower.expand([st.session_state.grower.tree.root], 4))

grower: Grower = st.session_state.grower
if st.button("Grow"):
    grower.score(grower.expand([n for n in grower.tree.nodes[1:] if n.open and not n.children], 2))
st.text(f"selected: {tree_canvas(grower.tree, key='growing')}")
