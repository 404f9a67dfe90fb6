"""Compare: two runs over the problems they share, and on one of them side by side, with the point where they part."""

from html import escape
from urllib.parse import urlencode

import streamlit as st

from app import data, pages, pairing, parting, versus, worlds
from app.addressed import chooser, go, node_of, quoted, way_out
from app.canvas import NOTHING, choice_of, facts, tree_canvas
from app.canvas.inspector import HERE, question
from app.maths.drawing import draws_formulas
from engine.measure.align import Alignment, Pair, align
from engine.measure.pair import against
from engine.protocol import ArbutusError
from engine.tree import Tree

HEIGHT = 430
"""Of each tree, in pixels."""
LISTED = 500
"""Problems in the list at most."""


def page() -> None:
    pages.dress()
    st.html(HERE / "inspector.css")
    draws_formulas()
    refs = [ref for ref in data.list_runs() if ref.error is None]
    known = {ref.key: ref for ref in refs}
    wanted = {name: st.query_params.get(name, "") for name in ("run", "with")}
    for key in wanted.values():
        if key and key not in known:
            way_out(f"There is no run called {quoted(key)} here.", "Choose two runs")
            return
    try:
        _page(wanted["run"], wanted["with"], refs)
    except ArbutusError as error:
        way_out(data.brief(error), "Choose two runs")


def _page(run: str, other: str, refs: list[data.RunRef]) -> None:
    if not run:
        st.title("Two runs on the same problems", anchor=False)
    others = pairing.partners(run, refs) if run else []
    _pickers(run, other, refs, others)
    if not run:
        _offers(pairing.offers(refs))
    elif not others:
        st.info("No other run here has a problem of this one. Run the same problems with another strategy or PRM.")
    elif not other:
        _likely(run, others)
    else:
        _pair(run, other)


def _pickers(run: str, other: str, refs: list[data.RunRef], others: list[data.RunRef]) -> None:
    titles = {ref.key: ref.title for ref in refs}
    problem = st.query_params.get("problem", "")
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-pickers"):
        chooser(
            "A", list(titles), run or None, key="compare-run", name=titles.__getitem__, width=330,
            query=lambda key: {"run": key, "problem": problem},
        )  # fmt: skip
        if not run:
            return
        st.button(
            "Swap", icon=":material/swap_horiz:", key="compare-swap", disabled=not other,
            on_click=go, args=({"run": other, "with": run, "problem": problem},),
        )  # fmt: skip
        listed = [ref.key for ref in others]
        chooser(
            "B, with the same problems", listed if other in listed or not other else [other, *listed], other or None,
            key="compare-with", name=titles.__getitem__, width=330,
            query=lambda key: {"run": run, "with": key, "problem": problem},
        )  # fmt: skip


def _offers(found: list[pairing.Offer]) -> None:
    """Pairs of the runs there are that tell something."""
    if not found:
        st.info("Choose two runs over the same problems. A sweep makes such runs: `python -m engine sweep`.")
        return
    st.header("Pairs that tell something", anchor=False)
    for start in range(0, len(found), 3):
        for column, offer in zip(st.columns(3), found[start : start + 3], strict=False):
            with column, st.container(border=True, gap="small", height="stretch", key=f"card-{start}-{offer.a.key}"):
                assert offer.a.info is not None
                st.html(
                    f'<p class="arbutus-eyebrow">{escape(worlds.title(offer.a.info.task))}</p>'
                    f'<p class="arbutus-question">{pairing.KINDS[offer.kind]}</p>'
                    f'<p class="arbutus-quiet">{escape(pairing.sentence(offer))}</p>'
                )
                query = {"run": offer.a.key, "with": offer.b.key}
                pages.link("compare", "Compare them", ":material/arrow_forward:", **query)


def _likely(run: str, others: list[data.RunRef]) -> None:
    """The runs most like one: what else is the same makes a difference tell."""
    own = data.find(run).info
    assert own is not None
    st.header("Compare it with", anchor=False)
    chips = []
    for ref in others[:12]:
        assert ref.info is not None
        names = pairing.differences(own, ref.info)
        query = {"run": run, "with": ref.key, "problem": st.query_params.get("problem", "")}
        told = f"{pairing.told(ref.info, names)}" if names else "the same setting"
        title = f'<span>{escape(ref.title)}</span><span class="arbutus-quiet">{escape(told)}</span>'
        chips.append(f'<a href="{escape(_address(query))}" target="_self">{title}</a>')
    st.html(f'<div class="arbutus-chips arbutus-long arbutus-runs">{"".join(chips)}</div>')
    st.caption("The most alike first: the fewer settings differ, the more a difference in outcome tells.")


def _address(query: dict[str, str], page: str = "compare") -> str:
    return f"{page}?{urlencode({name: value for name, value in query.items() if value})}"


def _pair(run: str, other: str) -> None:
    """Both runs: all problems, or the one that the URL names."""
    told = against(data.frame(run), data.frame(other))
    ids = told.problems["problem"].tolist()
    problem = st.query_params.get("problem")
    if not ids:
        st.info("These two runs have no problem in common. Choose another run as B.")
        return
    if problem is None and len(ids) == 1:
        problem = ids[0]
    if problem is None:
        _runs(run, other)
        st.html(f'<p class="arbutus-parting">{versus.verdict(told)}</p>')
        with st.container(horizontal=True, gap="large", key="compare-tables"):
            st.html(versus.counts_table(told), width="content")
            if spent := versus.spent_table(told):
                st.html(spent, width="content")
        at = {"run": run, "with": other}
        for title, chips in versus.problem_lists(told, lambda id: _address({**at, "problem": id})).items():
            st.markdown(f"**{title}**")
            st.html(chips)
    elif problem not in set(ids):
        where = "these two runs have both searched" if problem else "has no name"
        way_out(f"There is no problem {quoted(problem)} that {where}.", "See all problems", run=run, **{"with": other})
    else:
        _problem(run, other, problem, ids, dict(zip(ids, told.problems["question"], strict=True)))


def _runs(run: str, other: str) -> None:
    """What the two runs are, and in what they differ."""
    infos = [data.open_run(key).info for key in (run, other)]
    names = pairing.differences(*infos)
    if not names:
        st.caption("Both were made with the same setting.")
        return
    shown = [name for name in names if name != "shape"] or ["strategy"]
    lines = [
        f"{parting.side(letter)} {escape(pairing.told(info, shown))}" for letter, info in zip("AB", infos, strict=True)
    ]
    st.html(f'<p class="arbutus-quiet">They differ in {escape(", ".join(names))}: {" against ".join(lines)}.</p>')


def _problem(run: str, other: str, problem: str, ids: list[str], questions: dict[str, str]) -> None:
    at = {"run": run, "with": other}
    here = ids.index(problem)
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-problem-row"):
        if len(ids) > 1:
            st.button(
                f"All {len(ids):,} problems", icon=":material/arrow_back:", on_click=go, args=(at,), key="compare-all"
            )
        near = ids[max(0, here - LISTED // 2) : here + LISTED // 2]
        chooser(
            "Problem", near, problem, key="compare-problem", width=330,
            name=lambda id: worlds.brief(questions[id]), query=lambda id: {**at, "problem": id},
        )  # fmt: skip
        for label, icon, step in (("Previous", "chevron_left", -1), ("Next", "chevron_right", 1)):
            to = ids[here + step] if 0 <= here + step < len(ids) else ""
            st.button(
                label, icon=f":material/{icon}:", key=f"compare-{label}", disabled=not to,
                on_click=go, args=({**at, "problem": to},),
            )  # fmt: skip
    with st.spinner("Reading both trees", show_time=False):
        laid = _laid(data.load_tree(run, problem), data.load_tree(other, problem))
    _side_by_side(run, other, problem, laid)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={Tree: id})
def _laid(a: Tree, b: Tree) -> Alignment:
    return align(a, b)


@st.fragment
def _side_by_side(run: str, other: str, problem: str, laid: Alignment) -> None:
    """Both trees and the step that is selected in either, and where they part."""
    at = {"run": run, "with": other, "problem": problem}
    partings = laid.partings()
    st.html(
        f'<div class="arbutus-head">{question(laid.a)}</div>'
        f'<p class="arbutus-parting">{parting.sentence(laid, (run, other))}</p>'
    )
    pair, letter = _selected(laid)
    wanted = [_asked(pair, side, letter) for side in "AB"]
    picked = []
    columns = st.columns(2, vertical_alignment="bottom")
    for column, tree, side, key, asked in zip(columns, (laid.a, laid.b), "AB", (run, other), wanted, strict=True):
        with column:
            st.html(_outcome(tree, side, data.find(key).title))
            of = f"{key}:{problem}"
            rule = choice_of(data.open_run(key).info)
            shared = [n.id for p in laid.shared for n in (p.a if side == "A" else p.b).nodes]
            picked.append(
                tree_canvas(tree, key=f"compare-{side}", of=of, selected=asked, height=HEIGHT, marked=shared, rule=rule)
            )
    for side, asked, now in zip("AB", wanted, picked, strict=True):
        if now is not None and now != asked:
            go({**at, "node": str(now), "side": "" if side == "A" else "B"})
            st.rerun(scope="fragment")
    if pair is not None:
        links = (
            _address({**at, "with": "", "node": _id(pair, "A")}, "tree"),
            _address({"run": other, "problem": problem, "node": _id(pair, "B")}, "tree"),
        )
        st.html(parting.step_cards(pair, links))
    elif partings:
        st.button(
            "Go to where they part", icon=":material/call_split:", key="compare-part", on_click=go,
            args=({**at, **_place(partings[0])},),
        )  # fmt: skip
    if partings:
        st.markdown(f"**Where one went on and the other did not** · {len(partings):,}")
        st.html(parting.partings_table(partings, lambda p: _address({**at, **_place(p)})))
    _reading(laid)


def _selected(laid: Alignment) -> tuple[Pair | None, str]:
    """The step that the URL names, and the side on which it was picked."""
    letter = "B" if st.query_params.get("side") == "B" else "A"
    tree = laid.b if letter == "B" else laid.a
    wanted = st.query_params.get("node")
    if wanted is None:
        return None, letter
    node = node_of(wanted, len(tree))
    if node is None:
        st.warning(f"The tree of {letter} has no node {quoted(wanted)}: its nodes are 0 to {len(tree) - 1}.")
        return None, letter
    return laid.of(tree.node(node)), letter


def _asked(pair: Pair | None, side: str, letter: str) -> int:
    """The node that is to be selected on a side: the one that was picked there, or the same step of the other tree."""
    if pair is None:
        return NOTHING
    if side == letter:
        return int(st.query_params["node"])
    return int(_id(pair, side) or NOTHING)


def _id(pair: Pair, side: str) -> str:
    node = (pair.a if side == "A" else pair.b).node
    return "" if node is None else str(node.id)


def _place(pair: Pair) -> dict[str, str]:
    """How the URL names a step."""
    return {"node": _id(pair, "A")} if pair.a.nodes else {"node": _id(pair, "B"), "side": "B"}


def _outcome(tree: Tree, letter: str, title: str) -> str:
    if tree.chosen is None:
        said = "no answer"
    else:
        mark = {True: "✓ solved", False: "✗ not solved", None: "answered"}[tree.chosen.correct]
        said = f"{mark}: {tree.chosen.answer or '–'}"
    cost = f"{tree.cost.policy_tokens:,} tokens sampled, {tree.cost.prm_tokens:,} read by the PRM"
    if (imported := facts.origin(tree)) and not tree.cost.tokens:
        cost = imported
    return (
        f'<p class="arbutus-run">{parting.side(letter)} <b>{escape(title)}</b> {escape(said)}'
        f'<span class="arbutus-quiet">{cost}</span></p>'
    )


def _reading(laid: Alignment) -> None:
    st.caption(
        f"{len(laid.shared):,} steps were drawn by both (the same words behind the same words); they are marked in "
        "both trees, and picking one selects it in the other. Rewards have one scale of colours on both sides: "
        "orange 0, blue 1. Steps are compared where both searches went on from the step before."
    )


page()
