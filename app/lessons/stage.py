"""What is seen beside a lesson's text: a tree on the canvas, or a figure, each with a line on what it is."""

from html import escape

import plotly.graph_objects as go
import streamlit as st

from app import data, pages, worlds
from app.canvas import NOTHING, tree_canvas
from app.canvas import View as Look
from app.canvas.scale import color, ink
from app.lessons.model import FigureView, TreeView, View
from app.lessons.words import Words
from engine.tree import Node, Tree

CANVAS, SHOWN = "learn-canvas", "learn-shown"
HEIGHT, LARGE = 440, 600
"""Pixels of what is seen beside a text, and of what a whole room sees."""
QUESTION = 400
"""Characters of a question above its tree."""
FIGURE = {"displayModeBar": False, "scrollZoom": False}


def show(view: View, said: Words, *, turn: tuple[str, int, bool], large: bool = False) -> None:
    """Show a view. `turn`: where in the lessons; at another one it is set anew, else it stays as people left it.

    `large`: for a whole room.
    """
    if isinstance(view, FigureView):
        st.html(f'<p class="learn-caption"><b>{escape(said(view.name))}</b></p>')
        figure = view.draw(said)
        if large:
            _enlarge(figure)
        st.plotly_chart(figure, key=f"learn-figure-{view.name}", config=FIGURE, alt=said(view.name))
    else:
        _tree(view, said, turn, LARGE if large else HEIGHT)


def _enlarge(figure: go.Figure) -> None:
    """Letters that can be read from the last row."""
    figure.update_layout(height=max(figure.layout.height or 0, LARGE), font_size=18, legend_font_size=18)
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(tickfont_size=18, title_font_size=20)
    figure.update_annotations(font_size=18)
    figure.update_traces(textfont_size=18, selector=lambda trace: getattr(trace, "text", None) is not None)


def _tree(view: TreeView, said: Words, turn: tuple[str, int, bool], height: int) -> None:
    tree, info = data.load_tree(view.run, view.problem), data.open_run(view.run).info
    st.html(_caption(tree, info.strategy, info.parameters.get("n"), said))
    new = st.session_state.get(SHOWN) != turn
    st.session_state[SHOWN] = turn
    look = Look(moment=view.moment, colour=view.colour, filter=(0.0, 1.0), query="", turn=hash(turn))
    selected = tree_canvas(
        tree, key=CANVAS, of=f"{view.run}:{view.problem}", selected=view.node if new else None, view=look, height=height
    )
    node = None if selected in (None, NOTHING) else tree.node(selected)
    with st.container(key="learn-node"):
        st.html(_node(tree, node, said))
        at = {} if node is None else {"node": str(node.id)}
        pages.link("tree", said("open_tree"), ":material/account_tree:", run=view.run, problem=view.problem, **at)


def _caption(tree: Tree, strategy: str, n: object, said: Words) -> str:
    how = strategy + (f", n = {n}" if n else "")
    question = escape(worlds.brief(tree.problem.question, QUESTION))
    return f'<p class="learn-caption"><b>{question}</b><span>{escape(how)}</span></p>'


def _node(tree: Tree, node: Node | None, said: Words) -> str:
    """The selected step in a line or two; what to do where none is."""
    if node is None or node.parent is None:
        return f'<p class="arbutus-quiet">{escape(said("pick"))}</p>'
    words = [said("step", n=node.depth)]
    if node.mark:
        words.append(said(node.mark))
    if node.finished:
        words.append(said("finished"))
    if tree.root.visits:
        value = "–" if node.value is None else f"{node.value:.2f}"
        words.append(f"N = {node.visits}, Q = {value}")
    if node.label is not None:
        words.append(f"{'✓' if node.label else '✗'} {said('truly_good' if node.label else 'truly_wrong')}")
    swatch = ""
    if node.reward is not None:
        colour = color(node.reward)
        swatch = (
            f'<b style="background:{colour};color:{ink(colour)}" title="{escape(said("reward"))}">{node.reward:.2f}</b>'
        )
    text = escape(node.text) or "–"
    told = escape(" · ".join(words))
    return f'<div class="learn-node">{swatch}<div><code>{text}</code><small>{told}</small></div></div>'
