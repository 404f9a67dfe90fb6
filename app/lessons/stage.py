"""What is seen beside a lesson's text: a tree on the canvas, or a figure, each with a line on what it is."""

from html import escape

import plotly.graph_objects as go
import streamlit as st

from app import data, pages, worlds
from app.canvas import END, NOTHING, tree_canvas, view_of
from app.canvas import View as Look
from app.canvas.scale import color, ink
from app.lessons.model import FigureView, TreeView, View
from app.lessons.reasons import reason
from app.lessons.words import Words
from engine.tree import Node, Tree

CANVAS, SHOWN = "learn-canvas", "learn-shown"
HEIGHT, LARGE, LARGEST = 440, 540, 720
"""Pixels of what is seen beside a text, and of the figures and trees that a whole room sees; trees take less of a low
window, see the style sheets."""
QUESTION = 400
"""Characters of a question above its tree."""
ROOM = 6
"""Pixels more that a letter of a line's name takes when it is enlarged."""
FIGURE = {"displayModeBar": False, "scrollZoom": False}


def show(view: View, said: Words, *, turn: tuple[str, int, bool], large: bool = False) -> None:
    """Show a view. `turn`: where in the lessons; at another one it is set anew, else it stays as people left it.

    `large`: for a whole room.
    """
    if isinstance(view, FigureView):
        question = escape(worlds.brief(view.question, QUESTION))
        st.html(f'<p class="learn-caption"><b>{escape(said(view.name))}</b><span lang="en">{question}</span></p>')
        figure = view.draw(said)
        if large:
            _enlarge(figure)
        st.plotly_chart(figure, key=f"learn-figure-{view.name}", config=FIGURE, alt=said(view.name))
    else:
        _tree(view, said, turn, LARGEST if large else HEIGHT)


def _enlarge(figure: go.Figure) -> None:
    """Letters that can be read from the last row."""
    figure.update_layout(height=max(figure.layout.height or 0, LARGE), font_size=18, legend_font_size=18)
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(tickfont_size=18, title_font_size=20)
    figure.update_annotations(font_size=18)
    named = [trace for trace in figure.data if getattr(trace, "text", None) is not None]
    for trace in named:
        trace.textfont.size = 18
        trace.text = [f"\u2002{name}" for name in trace.text] if getattr(trace, "mode", None) == "text" else trace.text
    if figure.layout.xaxis.type == "log":  # names at the ends of lines had room for small letters
        longest = max((len(str(name)) for trace in named for name in trace.text), default=0)
        figure.update_layout(margin_r=(figure.layout.margin.r or 0) + ROOM * longest)


def _tree(view: TreeView, said: Words, turn: tuple[str, int, bool], height: int) -> None:
    tree, info = data.load_tree(view.run, view.problem), data.open_run(view.run).info
    st.html(_caption(tree, info.strategy, info.parameters.get("n"), said))
    new = st.session_state.get(SHOWN) != turn
    st.session_state[SHOWN] = turn
    look = Look(moment=view.moment, colour=view.colour, filter=(0.0, 1.0), query="", turn=hash(turn))
    selected = tree_canvas(
        tree,
        key=CANVAS,
        of=f"{view.run}:{view.problem}",
        selected=view.node if new else None,
        view=look,
        height=height,
        language=said.language,
    )
    node = None if selected in (None, NOTHING) else tree.node(selected)
    with st.container(key="learn-node"):
        moment = view_of(CANVAS, f"{view.run}:{view.problem}").moment
        st.html(describe(tree, node, said, END if moment is None else moment, told=turn[2]))
        at = {} if node is None else {"node": str(node.id)}
        pages.link("tree", said("open_tree"), ":material/account_tree:", run=view.run, problem=view.problem, **at)


def _caption(tree: Tree, strategy: str, n: object, said: Words) -> str:
    how = strategy + (f", n = {n}" if n else "")
    question = escape(worlds.brief(tree.problem.question, QUESTION))
    return f'<p class="learn-caption"><b lang="en">{question}</b><span>{escape(how)}</span></p>'


def describe(tree: Tree, node: Node | None, said: Words, moment: int, *, told: bool) -> str:
    """The selected step as it stood at a moment; what to do where none is selected.

    `told`: whether its truth may be said. It is, once the step has been judged or the search has ended.
    """
    then = tree if moment == END else Tree.replay(tree.events[: moment + 1])
    if node is None or node.parent is None or node.id >= len(then):
        return f'<p class="arbutus-quiet">{escape(said("pick"))}</p>'
    label = node.label if told and (then.closed or then.node(node.id).reward is not None) else None
    node = then.node(node.id)
    words = [said("step", n=node.depth)]
    if node.mark:
        why = reason(node, said)
        words.append(said("because", what=said(node.mark), why=why) if why else said(node.mark))
    if node.finished:
        words.append(said("finished"))
    if then.root.visits:
        value = "–" if node.value is None else f"{node.value:.2f}"
        words.append(f"N = {node.visits}, Q = {value}")
    if label is not None:
        words.append(f"{'✓' if label else '✗'} {said('truly_good' if label else 'truly_wrong')}")
    swatch = ""
    if node.reward is not None:
        colour = color(node.reward)
        swatch = (
            f'<b style="background:{colour};color:{ink(colour)}" title="{escape(said("reward"))}">{node.reward:.2f}</b>'
        )
    text = escape(node.text) or "–"
    facts = escape(" · ".join(words))
    return f'<div class="learn-node">{swatch}<div><code lang="en">{text}</code><small>{facts}</small></div></div>'
