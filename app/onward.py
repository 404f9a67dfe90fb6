"""The ways on from a step of a tree: what if it had gone otherwise, and what another run made of it."""

import streamlit as st

from app import pages


def onward(run: str, problem: str, node: int | None) -> None:
    """Links to the pages that begin at a step, or at the question where none is selected."""
    at = {"run": run, "problem": problem} | ({} if node is None else {"node": str(node)})
    with st.container(horizontal=True, key="tree-onward"):
        pages.link("whatif", "What if …", ":material/alt_route:", **at)
        pages.link("compare", "Compare with …", ":material/compare:", **at)
