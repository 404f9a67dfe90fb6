"""Start: what this is, the sample runs and the question each answers, upload, and the way to a live search."""

from collections.abc import Iterator
from html import escape

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import data, pages, places, upload, when, worlds
from app.fetched import fetch_ahead
from app.figures.growing import growing
from app.sparks import spark_of
from engine.figures.curves_info import set_name
from engine.imports import FORMATS
from engine.protocol import ArbutusError

WHAT = (
    "A small language model looks for an answer step by step: it proposes steps, a process reward model scores "
    "each of them, and the branches that look hopeless are dropped. Every tree of such a search is logged whole, "
    "with what was kept, what was dropped, and why. Here you walk through those trees, see the reward of each step, "
    "and see what more test-time compute buys."
)
READ = (
    "A search as it was logged. The reward model finds blue steps promising and orange ones hopeless; faint ones were "
    "dropped. The thick line is what the search answered."
)
BRING = "A packed run (.arbutus), or a file of another system (.json, .jsonl, also as .gz; .parquet)"
BRING_HELP = (
    "`python -m engine pack` makes a packed run. Other systems: Tree of Thoughts logs, PRM800K, OmegaPRM trees, "
    "Math-Shepherd, llm-reasoners tree logs, search-and-learn outputs, GSM8K's example solutions, and plain JSON. "
    "A file that isn't understood is refused with the lines that are wrong."
)
# The run whose search grows beside the first words.
EXAMPLE = "trees/went-back"
# Runs shown in a section; the others are on the Tree page.
CARDS = 6


def page() -> None:
    pages.dress()
    with st.container(horizontal_alignment="center"), st.container(width=1120, gap="large"):
        refs = data.list_runs()
        with st.container(gap="medium"):
            _head(refs)
        collections = data.collections()
        _collections(collections)
        told = {ref.key for group in collections.values() for ref in group}
        single = [ref for ref in refs if ref.error is None and ref.key not in told]
        _trees("Trees", [ref for ref in single if data.is_sample(ref)])
        _trees("Your runs", _newest_first([ref for ref in single if not data.is_sample(ref)]))
        if not collections and not single:
            st.info("There is no run here yet. Run a search, upload a packed run, or make the samples: `make samples`.")
        _upload()
        _unreadable([ref for ref in refs if ref.error is not None])
    fetch_ahead()


def _head(refs: list[data.RunRef]) -> None:
    example = next((ref for ref in refs if ref.key == EXAMPLE and ref.error is None), None)
    told, seen = st.columns([5, 6], gap="large", vertical_alignment="center") if example else (st.container(), None)
    with told:
        st.title("Watch a model think", anchor=False)
        st.html(f'<p class="arbutus-lead">{WHAT}</p>')
        _ways_on()
    if example and seen:
        with seen:
            _example(example)


def _example(ref: data.RunRef) -> None:
    """A sample run's search, growing once."""
    try:
        tree = data.load_tree(ref.key, str(data.frame(ref.key)["problem"].iloc[0]))
    except ArbutusError:
        return  # its card below says what is wrong with it
    st.html(growing(tree, dark=st.context.theme.type == "dark"))
    st.html(f'<p class="arbutus-quiet">{READ}</p>')
    with st.container(key="card-example"):
        pages.link("tree", "Open this tree", ":material/account_tree:", run=ref.key)


def _ways_on() -> None:
    with st.container(horizontal=True):
        if pages.exists("live") and st.button("Run a search now", type="primary", icon=":material/play_arrow:"):
            st.session_state[pages.RUN_NOW] = True
            pages.switch("live")
        for task in worlds.playable()[1:]:
            world = worlds.WORLDS[task]
            if pages.exists("live") and st.button(f"Solve a {world.thing} now", icon=":material/play_arrow:"):
                st.session_state[pages.RUN_NOW] = True
                pages.switch("live", task=world.title)
        if st.button("See the curves", icon=":material/show_chart:"):
            pages.switch("curves")
        if st.button("New here? Learn in ten short lessons", icon=":material/school:"):
            pages.switch("learn")


def _collections(collections: dict[str, list[data.RunRef]]) -> None:
    if not collections:
        return
    with st.container(gap="small"):
        st.header("Curves", anchor=False)
        for cell, (name, refs) in zip(_cells(len(collections), 2), collections.items(), strict=True):
            with cell:
                _collection_card(name, refs)


def _collection_card(name: str, refs: list[data.RunRef]) -> None:
    drawing = spark_of(name)
    with st.container(border=True, gap="small", height="stretch", key=f"card-{name}"):
        st.html(
            f'{_eyebrow(refs[0])}<p class="arbutus-question">{escape(_question(refs) or name)}</p>'
            f'<p class="arbutus-quiet">{escape(_extent(name, refs))}</p>'
        )
        if drawing:
            st.html(drawing)
        pages.link("curves", "See the curves", ":material/arrow_forward:", collection=name)


def _eyebrow(ref: data.RunRef) -> str:
    """The world that a card is about, or that its run is from elsewhere; when, if it is one of one's own."""
    if ref.info is None:
        return ""
    about = "Imported" if ref.info.source else worlds.title(ref.info.task)
    began = "" if data.is_sample(ref) else when.said(ref.info.started)
    return f'<p class="arbutus-eyebrow">{escape(" · ".join(filter(None, (about, began))))}</p>'


def _question(refs: list[data.RunRef]) -> str:
    return next((ref.info.note for ref in refs if ref.info and ref.info.note), "")


def _extent(name: str, refs: list[data.RunRef]) -> str:
    infos = [ref.info for ref in refs if ref.info]
    strategies = {info.strategy for info in infos}
    ns = sorted(int(info.parameters.get("n", 1)) for info in infos)
    what = f"{len(strategies)} strategies" if len(strategies) > 1 else next(iter(strategies))
    sets = ", ".join(sorted({set_name(info.problem_set) for info in infos}))
    return f"{what}, n = {ns[0]} to {ns[-1]}, {len(refs)} runs over {sets}"


def _trees(title: str, refs: list[data.RunRef]) -> None:
    if not refs:
        return
    shown = refs[:CARDS]
    with st.container(gap="small"):
        st.header(title, anchor=False)
        for cell, ref in zip(_cells(len(shown), 3), shown, strict=True):
            with cell:
                _run_card(ref)
        if len(refs) > len(shown):
            with st.container(key=f"card-more-{places.slug(title)}"):
                pages.link("tree", f"{len(refs) - len(shown)} more on the Tree page", ":material/arrow_forward:")


def _newest_first(refs: list[data.RunRef]) -> list[data.RunRef]:
    return sorted(refs, key=lambda ref: ref.info.started if ref.info else "", reverse=True)


def _run_card(ref: data.RunRef) -> None:
    with st.container(border=True, gap="small", height="stretch", key=f"card-{ref.key}"):
        heading, outcome = _told(ref)
        told = f'<p class="arbutus-question">{escape(heading)}</p><p class="arbutus-quiet">{escape(outcome)}</p>'
        st.html(_eyebrow(ref) + told)
        pages.link("tree", "Open the tree", ":material/account_tree:", run=ref.key)


def _told(ref: data.RunRef) -> tuple[str, str]:
    """What a card says of a run: the question it answers, and how that went."""
    assert ref.info is not None
    heading = ref.info.note or ref.info.title
    try:
        rows = data.frame(ref.key)
    except ArbutusError as error:
        return heading or ref.key, str(error)
    n = ref.info.parameters.get("n")
    how = ref.info.strategy + (f", n = {n}" if n else "")
    if len(rows) == 1:
        verdict = {True: "solved", False: "not solved"}.get(rows["correct"].iloc[0], "not graded")
        question = worlds.brief(str(rows["question"].iloc[0]))
        about = f"{how}: {question}, " if heading else f"{how}: "
        return heading or question, f"{about}{rows['nodes'].iloc[0]} nodes, {verdict}"
    return heading or ref.key, f"{how}: {_solved(rows)}, {set_name(ref.info.problem_set)}"


def _solved(rows: pd.DataFrame) -> str:
    """How many problems were solved; of a file that chooses no answer, for how many it has a right solution."""
    graded, found = rows["correct"].dropna(), rows["covered"].dropna()
    if len(graded):
        return f"{int(graded.sum())} of {len(graded)} solved"
    if len(found):
        return f"no answers chosen, a right solution for {int(found.sum())} of {len(found)}"
    return f"{len(rows)} trees, none graded"


def _upload() -> None:
    with st.container(gap="small"):
        st.header("Bring a run", anchor=False)
        file = st.file_uploader(BRING, type=list(upload.KINDS), help=BRING_HELP)
        if file is None:
            return
        format = None if file.name.endswith(places.PACKED) else _format()
        try:
            with st.spinner("Reading the file"):
                ref = upload.keep(file.name, file.getvalue(), format)
        except ArbutusError as error:
            st.error("This is not a run that can be read.", icon=":material/error:")
            st.text(data.brief(error))
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(f"Kept as {ref.key}", icon=":material/check:")
            pages.link("tree", "Open its trees", ":material/account_tree:", run=ref.key)


def _format() -> str | None:
    """What a file of another system is, None if that is to be seen from it."""
    by_itself = "Recognise it"
    chosen = st.selectbox(
        "Format", [by_itself, *FORMATS], key="start-format", width=320,
        format_func=lambda name: FORMATS[name].title if name in FORMATS else name,
    )  # fmt: skip
    return None if chosen == by_itself else chosen


def _unreadable(refs: list[data.RunRef]) -> None:
    if refs:
        with st.expander(f"{len(refs)} runs can't be read" if len(refs) > 1 else "1 run can't be read"):
            for ref in refs:
                st.markdown(f"`{ref.key}`")
                st.text(ref.error)


def _cells(count: int, across: int) -> Iterator[DeltaGenerator]:
    """Places for `count` cards, `across` side by side."""
    for start in range(0, count, across):
        yield from st.columns(across)[: count - start]


page()
