"""What a researcher takes along from the Tree page: this tree for graph tools, and its run as tables or training sets.

A file is made when somebody asks for it, and says what is in it before it is taken.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import streamlit as st

from app import data, places
from engine.exports import SETS, TABLES, Filters, write_plain, write_set, write_table
from engine.exports.plain import plain
from engine.graph import write_graph
from engine.protocol import ArbutusError
from engine.runs import Run
from engine.tree import Tree

MOST = 5_000
"""Trees of a run at most: of more, the command line makes files without keeping them in memory."""
WHAT = {
    "nodes": "Nodes, a row each",
    "trees": "Trees, a row each",
    "plain": "Trees, as plain JSON",
    "sft": "To fine-tune: right solutions",
    "preferences": "To prefer: a good step and a bad one",
    "steps": "To train a PRM: paths, a label a step",
}
BY = {"truth": "what is known to be right", "reward": "rewards of 0.5 or more"}


class Made(NamedTuple):
    """A file that is ready, and what is in it."""

    name: str
    content: bytes
    said: str


def other_files(tree: Tree, run: str) -> None:
    """A tree and its run as files for other tools."""
    with st.expander("Other files", icon=":material/download:", key="tree-take"):
        _contents(tree, run)


@st.fragment
def _contents(tree: Tree, run: str) -> None:
    _of_tree(tree)
    st.markdown("**Its whole run**")
    count = data.open_run(run).finished
    if count > MOST:
        st.caption(
            f"Of {count:,} trees the command line makes files: `python -m engine export RUN --out nodes.parquet`."
        )
        return
    what = st.selectbox("What", list(WHAT), format_func=WHAT.__getitem__, key="tree-take-what", width=420)
    how = _how(what)
    if st.button("Make the file", icon=":material/table_view:", key="tree-take-make"):
        with st.spinner("Making the file"):
            st.session_state["tree-take-made"] = (run, what, how), make(run, what, how)
    asked, made = st.session_state.get("tree-take-made", (None, None))
    if asked != (run, what, how) or made is None:
        return
    if isinstance(made, str):
        st.warning(made, icon=":material/block:")
    else:
        st.caption(made.said)
        st.download_button(
            made.name, made.content, made.name, key="tree-take-run", on_click="ignore", icon=":material/download:"
        )


def _of_tree(tree: Tree) -> None:
    st.markdown("**This tree**")
    files: tuple[tuple[str, str, Callable[[], str | bytes], str], ...] = (
        ("GraphML", ".graphml", partial(_graph, tree, ".graphml"), "As a graph: networkx, Gephi, Cytoscape, yEd"),
        ("JSON", ".json", partial(_graph, tree, ".json"), "As a graph in node-link form"),
        ("Plain JSON", ".jsonl", partial(_plain, tree), "As docs/formats.md describes it; can be brought back"),
    )
    with st.container(horizontal=True, gap="small"):
        for label, suffix, made, help in files:
            name = f"{places.slug(tree.problem.id)}{suffix}"
            st.download_button(label, made, name, key=f"tree-take{suffix}", on_click="ignore", help=help)


def _plain(tree: Tree) -> str:
    return json.dumps(plain(tree), ensure_ascii=False) + "\n"


def _graph(tree: Tree, suffix: str) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"tree{suffix}"
        write_graph(tree, file)
        return file.read_bytes()


def _how(what: str) -> str:
    """The format of a table, or what makes an example of a set good."""
    if what in TABLES:
        return str(st.radio("Format", [".parquet", ".csv"], horizontal=True, key="tree-take-format"))
    if what in SETS:
        label = "What is good"
        return str(st.radio(label, list(BY), format_func=BY.__getitem__, key="tree-take-by"))
    return ""


def make(run: str, what: str, how: str) -> Made | str:
    """The file, or why there can be none."""
    runs = {run: data.open_run(run)}
    suffix = how if what in TABLES else ".jsonl"
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{places.slug(run.replace('/', '-'))}-{what}{suffix}"
        try:
            said = _written(what, how, runs, file)
        except ArbutusError as error:
            return data.brief(error)
        return Made(file.name, file.read_bytes(), said)


def _written(what: str, how: str, runs: dict[str, Run], file: Path) -> str:
    if what in TABLES:
        return f"{write_table(what, runs, file):,} rows"
    if what == "plain":
        return f"{write_plain(runs, file):,} trees"
    return write_set(what, runs, file, Filters(by="reward" if how == "reward" else "truth")).words()
