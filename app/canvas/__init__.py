"""The tree canvas: one search tree to look at, walk through and replay, all of it in the browser.

Only the selection comes back to Python. The parts: `columns` turns a tree into flat columns, `pack`
those into bytes, `js/` draws them; `scale` is the colour of a reward, for here and for the figures.
"""

from app.canvas.component import NOTHING, tree_canvas

__all__ = ["NOTHING", "tree_canvas"]
