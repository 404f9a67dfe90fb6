"""Where a run comes from that begins with the tree of another: in words, and the way back."""

from html import escape
from typing import Any

import streamlit as st

from app import data
from app.addressed import go
from engine.runs import RunInfo


def source_of(origin: dict[str, Any]) -> data.RunRef | None:
    """The run that a tree was carried over from; None if it isn't here (any longer, or under that name)."""
    named = str(origin.get("run", ""))
    last = named.rpartition("/")[2]
    found = [
        ref for ref in data.list_runs()
        if ref.info is not None and ref.info.started == origin.get("started") and ref.key.rpartition("/")[2] == last
    ]  # fmt: skip
    return next((ref for ref in found if ref.key == named), next(iter(found), None))


def words(origin: dict[str, Any]) -> str:
    """Where the tree was taken up and what was done, as HTML. What comes from a log is escaped."""
    step, depth = str(origin.get("step", "")), origin.get("depth")
    if origin.get("change") == "rescore":
        return f"the tree of another run, {escape(str(origin.get('words', '')))}"
    if depth:
        at = f"at step {escape(str(depth))}, <code>{escape(step)}</code>"
    else:
        at = "at the question"
    return f"grown from another tree {at}: {escape(str(origin.get('words', '')))}"


def grown_from(info: RunInfo) -> None:
    """On the Tree page: that the run is a changed one, and the way to what it was."""
    with st.container():  # there in any case: what stands below it must not move, or a fragment is drawn twice
        if info.origin:
            _grown_from(info.origin)


def _grown_from(origin: dict[str, Any]) -> None:
    last = f"Its nodes up to {origin.get('carried', 1) - 1} were carried over and cost nothing here."
    own = "The rewards alone cost anything here." if origin.get("change") == "rescore" else last
    said = words(origin)
    st.html(
        f'<p class="arbutus-lineage">{said[:1].upper()}{said[1:]}. <span class="arbutus-quiet">{escape(own)}</span></p>'
    )
    ref = source_of(origin)
    if ref is None:
        st.caption(f"The run it was grown from, {origin.get('run')!s:.80}, isn't here.")
        return
    at = {"run": ref.key, "problem": str(origin.get("problem", ""))}
    node = {} if origin.get("node") is None else {"node": str(origin["node"])}
    st.button(
        "The tree it was grown from", icon=":material/undo:", type="tertiary", key="lineage", on_click=go,
        args=({**at, **node},),
    )  # fmt: skip


def before_and_now(origin: dict[str, Any], answer: str | None, correct: bool | None) -> str:
    """The answer before the change and after it, as HTML."""
    old, new = _said(origin.get("answer"), origin.get("correct")), _said(answer, correct)
    if old == new:
        return f"The answer is the same as before: {new}."
    return f"Before: {old}. Now: {new}."


def _said(answer: object, correct: object) -> str:
    if answer is None:
        return "no answer"
    mark = {True: " ✓", False: " ✗"}.get(correct, "") if isinstance(correct, bool) else ""
    return f"<b>{escape(str(answer))}</b>{mark}"
