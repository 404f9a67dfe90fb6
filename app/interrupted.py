"""Changed trees whose search was interrupted: what was to become of them, and going on or discarding them."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from app import data, lineage, live, places, watching
from app.addressed import go
from engine.runs import RunError, RunInfo
from engine.runs.writer import is_being_written


def found(refs: Mapping[str, data.RunRef]) -> list[data.RunRef]:
    """Those that nobody is at work on, the latest first."""
    changed = [ref for ref in refs.values() if ref.info is not None and ref.info.origin and ref.path.is_dir()]
    return [ref for ref in reversed(changed) if _has_no_end(ref) and not is_being_written(ref.path)]


def _has_no_end(ref: data.RunRef) -> bool:
    try:
        return not data.open_run(ref.key).finished
    except RunError:  # what is damaged is told of where runs are listed
        return False


def offer(page: str, ref: data.RunRef) -> None:
    """What the tree was to become, and what can be done with it."""
    assert ref.info is not None
    told = lineage.words(ref.info.origin)
    with st.container(border=True, gap="small", key=f"interrupted-{ref.key}"):
        st.html(
            f'<p class="arbutus-question">{escape(ref.title)}</p>'
            f'<p class="arbutus-quiet">{told[:1].upper()}{told[1:]}; its search was interrupted.</p>'
        )
        _what_now(page, ref)


def _what_now(page: str, ref: data.RunRef) -> None:
    assert ref.info is not None
    source = lineage.source_of(ref.info.origin)
    with st.container(horizontal=True, vertical_alignment="center"):
        if source is None:
            st.caption(f"The run it was grown from, {ref.info.origin.get('run')!s:.80}, isn't here, so it can't go on.")
        elif st.button("Go on", icon=":material/play_arrow:", key=f"go-on-{ref.key}", disabled=watching.running(page)):
            go_on(page, ref, source)
        if live.is_grown(ref.path) and st.button("Discard", icon=":material/delete:", key=f"discard-{ref.key}"):
            live.discard(ref.path)
            st.rerun()


def go_on(page: str, ref: data.RunRef, source: data.RunRef) -> None:
    """Have the worker go on with a tree, and watch it beside the one it was grown from."""
    assert ref.info is not None
    at = where(ref.info, source)
    st.session_state[f"{page}-of"] = at["run"], at["problem"]
    st.session_state[_way(page)] = st.query_params.to_dict(), at
    watching.submit(page, ref.path, {"resume": str(source.path), "pause": 0.0})
    st.rerun()


def lead(page: str) -> None:
    """Go to the tree that `go_on` was asked for, as long as the address is the one before: another run of the page may
    come in between, with the address that the browser had then."""
    before, at = st.session_state.get(_way(page), ({}, None))
    if at is None:
        return
    if st.query_params.to_dict() == before:
        go(at)
    else:
        del st.session_state[_way(page)]


def _way(page: str) -> str:
    return f"{page}-way"


def where(info: RunInfo, source: data.RunRef) -> dict[str, str]:
    """The step that a changed tree was grown from, as the address has it."""
    node = info.origin.get("node")
    at = {"run": source.key, "problem": str(info.origin.get("problem", ""))}
    return at | ({} if node is None else {"node": str(node)})


def after_stop(page: str) -> None:
    """Below a tree that was cancelled or failed: going on with it."""
    folder = watching.shown(page)
    if folder is None or not (folder / "run.json").exists():
        return
    ref = data.find(places.key_of(folder))
    if ref.info is None or not ref.info.origin or data.open_run(ref.key).finished:
        return
    source = lineage.source_of(ref.info.origin)
    if source is not None and st.button("Go on", icon=":material/play_arrow:", key=f"{page}-resume"):
        go_on(page, ref, source)
