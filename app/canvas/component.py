"""The canvas as a Streamlit component: it sends the packed tree, and learns which node was picked."""

import re
import time
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from app.canvas.columns import columns
from app.canvas.pack import message, pack
from app.canvas.scale import STOPS
from engine.tree import Tree

HERE = Path(__file__).parent
MODULES = (
    "model",
    "layout",
    "replay",
    "text",
    "theme",
    "view",
    "cards",
    "state",
    "memory",
    "draw",
    "words",
    "input",
    "panel",
    "main",
)
"""In the order of what each may use when it is loaded."""


def script() -> str:
    """The modules of `js/` as one: a component takes a single script, which can import nothing beside it."""
    sources = (Path(HERE, "js", f"{name}.js").read_text(encoding="utf-8") for name in MODULES)
    joined = "\n".join(re.sub(r"^import [^;]*;$", "", source, flags=re.M) for source in sources)
    return re.sub(r"^export (?!default)", "", joined, flags=re.M)


_mount = st.components.v2.component(
    "arbutus_tree",
    html=(HERE / "canvas.html").read_text(encoding="utf-8"),
    css=(HERE / "canvas.css").read_text(encoding="utf-8"),
    js=script(),
)


NOTHING = -1
"""What to pass as `selected` so that nothing is."""


def tree_canvas(tree: Tree, *, key: str, of: str = "", selected: int | None = None, height: int = 600) -> int | None:
    """Draw `tree` and return the node that is selected, None for none.

    `of` says which tree it is, where one canvas shows several in turn: another one starts with a fresh
    view, or with the view it was left with. Under the same name it is the same tree, grown perhaps.

    `selected` is what the page wants selected, from its URL say; None leaves that to the browser. The
    canvas is told only when it differs from what it has, so a pick is never answered with an echo. It
    never moves the view, except at the first sight of a tree if the node lies outside of it.
    """
    has: dict[str, Any] = st.session_state.setdefault(
        f"{key}:{of}:canvas", {"node": NOTHING, "picked": False, "asked": NOTHING, "requests": 0}
    )

    def picked() -> None:
        has["node"], has["picked"] = st.session_state[key].picked, True

    if not has["picked"] and selected is not None and selected != has["node"]:
        has["node"] = has["asked"] = selected
        has["requests"] += 1
    has["picked"] = False
    data = _dated(key, _packed(tree, f"{key}:{of}", height), has["asked"], has["requests"])
    _mount(key=key, data=data, on_picked_change=picked)
    return has["node"] if 0 <= has["node"] < len(tree) else None


def _dated(key: str, packed: bytes, node: int, request: int) -> bytes:
    """The message to the canvas: with the time at which it was first said, so that what says nothing new is the same.

    A time and no count: a session that begins anew, under a page that lives on, is later than the last.
    """
    last: dict[str, Any] = st.session_state.setdefault(f"{key}:message", {"says": b"", "at": 0.0})
    says = message(packed, node=node, request=request, said_at=0.0)
    if says != last["says"]:
        last["says"], last["at"] = says, max(time.time(), last["at"])
    return message(packed, node=node, request=request, said_at=last["at"])


_kept: WeakKeyDictionary[Tree, tuple[tuple[int, str, int], bytes]] = WeakKeyDictionary()


def _packed(tree: Tree, key: str, height: int) -> bytes:
    """The packed tree, packed again only when it has new events."""
    state = len(tree.events), key, height
    if tree not in _kept or _kept[tree][0] != state:
        chosen = -1 if tree.chosen is None else tree.chosen.id
        about = {"question": tree.problem.question, "chosen": chosen, "stops": STOPS, "key": key, "height": height}
        _kept[tree] = state, pack(columns(tree), about)
    return _kept[tree][1]
