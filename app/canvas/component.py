"""The canvas as a Streamlit component: it sends the packed tree, and learns what was picked and how it is looked at."""

import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from app.canvas.answers import answers
from app.canvas.colours import COLOURS, offered
from app.canvas.columns import columns, marks_of
from app.canvas.pack import message, pack
from app.canvas.scale import GROWING, STOPS
from app.canvas.view import FRESH, View
from app.canvas.why import Rule
from app.canvas.words import ENGLISH, words
from app.maths.plain import plain
from engine.tree import Tree

HERE = Path(__file__).parent
MODULES = (
    "say",
    "model",
    "layout",
    "folds",
    "phases",
    "replay",
    "budget",
    "colours",
    "text",
    "theme",
    "view",
    "cards",
    "state",
    "wish",
    "memory",
    "draw",
    "minimap",
    "crumbs",
    "words",
    "input",
    "budget_bar",
    "panel",
    "main",
)
"""In the order of what each may use when it is loaded."""


def script(modules: Sequence[str] = MODULES) -> str:
    """The modules of `js/` as one: a component takes a single script, which can import nothing beside it."""
    sources = (Path(HERE, "js", f"{name}.js").read_text(encoding="utf-8") for name in modules)
    joined = "\n".join(re.sub(r"^import [^;]*;$", "", source, flags=re.M) for source in sources)
    return re.sub(r"^export (?!default)", "", joined, flags=re.M)


_mount = st.components.v2.component(
    "arbutus_tree",
    html=(HERE / "canvas.html").read_text(encoding="utf-8"),
    css=(HERE / "canvas.css").read_text(encoding="utf-8"),
    js=script(),
)


NO_RULE = Rule()
NOTHING = -1
"""What to pass as `selected` so that nothing is."""


@dataclass(slots=True)
class Known:
    """What this session knows of one tree on one canvas."""

    node: int = NOTHING
    picked: bool = False
    heard: bool = False
    """The browser has reported a pick or a view, and `tree_canvas` hasn't run since."""
    asked: int = NOTHING
    requests: int = 0
    view: View = FRESH
    """As the canvas reported it last, or as it was wished since."""
    wish: View | None = None
    """The page's last, or what it was told since."""
    told: View | None = None
    """The last wish that the canvas was told."""
    wished_at: float = 0.0

    def ask(self, selected: int | None) -> None:
        """What the page wants selected: new only if it differs from what it is, and never an answer to a pick."""
        if not self.picked and selected is not None and selected != self.node:
            self.node = self.asked = selected
            self.requests += 1
        self.picked = self.heard = False


def tree_canvas(
    tree: Tree,
    *,
    key: str,
    of: str = "",
    selected: int | None = None,
    view: View | None = None,
    height: int = 600,
    marked: Collection[int] = (),
    rule: Rule = NO_RULE,
    language: str = ENGLISH,
) -> int | None:
    """Draw `tree` and return the node that is selected, None for none.

    `of` says which tree it is, where one canvas shows several in turn: another one starts with a fresh
    view, or with the view it was left with. Under the same name it is the same tree, grown perhaps.

    `selected` is what the page wants selected, from its URL say; None leaves that to the browser. The
    canvas is told only when it differs from what it has, so a pick is never answered with an echo. It
    never moves the view, except at the first sight of a tree if the node lies outside of it.

    `view` is how the page wants the tree looked at: its moment, colours, filters. The canvas is told once, when the
    wish is another than the one before and isn't fulfilled already; what people change afterwards stays as they
    have it, though the page goes on passing the same wish. `view_of` tells what they see. A change of theirs runs
    the page (or its fragment) again as a pick does, but only once they have paused: not while they drag, type or play.

    `rule` is what the search chooses its answers by (`answers.choice_of`): the replay then tells what it would have
    answered at each moment.

    `marked`: nodes with a bar at their edge, those that another tree has too.

    `language`: in which the canvas speaks, one that `app.canvas.words` has words in.
    """
    has = known(key, of)

    def picked() -> None:
        has.node, has.picked, has.heard = st.session_state[key].picked, True, True

    def viewed() -> None:
        has.view, has.heard = View.heard(st.session_state[key].viewed), True

    has.ask(selected)
    tell_wish(has, view)
    data = dated(key, packed_tree(tree, f"{key}:{of}", height, frozenset(marked), rule, language), has)
    _mount(key=key, data=data, on_picked_change=picked, on_viewed_change=viewed)
    return has.node if 0 <= has.node < len(tree) else None


def view_of(key: str, of: str = "") -> View:
    """How the tree `of` on the canvas `key` is looked at, as far as its browser has told; whole but for `folded`."""
    return known(key, of).view


def has_news(key: str, of: str = "") -> bool:
    """Whether the page runs because the canvas reported something, asked before `tree_canvas`.

    The URL that comes with a report may be older than the page's last change of it, which the browser hadn't
    received yet: it is no wish then.
    """
    return known(key, of).heard


def kept_view(key: str, of: str = "") -> View:
    """`view_of`, for a page that keeps it in its URL and takes its wish from there, asked right after `tree_canvas`.

    The page then wishes what it was told: to pass that the next time is nothing new, to go back to what it passed
    before is.
    """
    has = known(key, of)
    has.wish = has.view
    return has.view


def known(key: str, of: str) -> Known:
    """What this session knows of the tree `of` on the canvas or in the outline `key`."""
    has: Known = st.session_state.setdefault(f"{key}:{of}:canvas", Known())
    return has


def tell_wish(has: Known, wish: View | None) -> None:
    """Remember what the page wants now; it is to be told only if it is new and not yet so."""
    if wish is None or wish == has.wish:
        return
    again = has.wish is not None and wish.turn != has.wish.turn
    has.wish = wish
    after = replace(wish.over(has.view), folded=None, turn=0)
    if after != has.view or wish.folded is not None or again:
        has.view, has.told, has.wished_at = after, wish, max(time.time(), has.wished_at + 0.001)


def dated(key: str, packed: bytes, has: Known) -> bytes:
    """The message to the canvas: with the time at which it was first said, so that what says nothing new is the same.

    A time and no count: a session that begins anew, under a page that lives on, is later than the last.
    """
    last: dict[str, Any] = st.session_state.setdefault(f"{key}:message", {"says": b"", "at": 0.0})
    wish = None if has.told is None else has.told.as_json()

    def said(at: float) -> bytes:
        asks: dict[str, Any] = {"node": has.asked, "request": has.requests, "view": wish, "wished_at": has.wished_at}
        return message(packed, said_at=at, **asks)

    if said(0.0) != last["says"]:
        last["says"], last["at"] = said(0.0), max(time.time(), last["at"])
    return said(last["at"])


_kept: WeakKeyDictionary[Tree, tuple[tuple[Any, ...], bytes]] = WeakKeyDictionary()


def packed_tree(
    tree: Tree,
    key: str,
    height: int,
    marked: frozenset[int] = frozenset(),
    rule: Rule = NO_RULE,
    language: str = ENGLISH,
) -> bytes:
    """The packed tree, packed again only when it has new events, or is wanted in another way."""
    state = len(tree.events), key, height, marked, rule, language
    if tree not in _kept or _kept[tree][0] != state:
        chosen = -1 if tree.chosen is None else tree.chosen.id
        about = {
            "question": plain(tree.problem.question), "chosen": chosen, "key": key, "height": height,
            "offered": [[name, COLOURS[name]] for name in offered(tree)],
            "scales": {"reward": STOPS, "growing": GROWING},
            "language": language, "words": words(language),
        }  # fmt: skip
        _kept[tree] = state, pack(columns(tree) | answers(tree, rule) | marks_of(tree, marked), about)
    return _kept[tree][1]
