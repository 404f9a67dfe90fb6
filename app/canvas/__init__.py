"""The tree canvas: one search tree to look at, walk through and replay, all of it in the browser.

Only the selection and the view (moment, colours, filters) come back to Python. The parts: `columns` turns a tree
into flat columns, `answers` adds what it would have answered when, `pack` makes bytes of them, `js/` draws them;
`view` is what can be wished of a view and heard of it; `scale` is the colour of a reward, for here and for the figures.
"""

from app.canvas.answers import choice_of
from app.canvas.component import NO_RULE, NOTHING, has_news, kept_view, tree_canvas, view_of
from app.canvas.view import END, View

__all__ = ["END", "NOTHING", "NO_RULE", "View", "choice_of", "has_news", "kept_view", "tree_canvas", "view_of"]
