"""What if: take up a tree at any step, change something, and watch what would have become of it. Always a new run."""

from html import escape
from typing import Any

import streamlit as st

from app import changing, data, interrupted, lineage, live, pages, places, watching, worlds
from app.addressed import chooser, go, node_of, quoted, way_out
from app.canvas import NOTHING, choice_of, tree_canvas
from app.canvas.inspector import HERE, inspector, question
from app.maths.drawing import draws_formulas
from app.parting import swatch
from app.worker import change_command
from engine.measure.recut import has_cut, otherwise
from engine.protocol import ArbutusError
from engine.runs import RunInfo
from engine.tree import Tree
from engine.whatif.changes import Change, check, missing_models, refusal, rewards_alone

PAGE = "whatif"
STOPPED = 6
"""Interrupted trees that are offered at most."""
LISTED = 500
"""Problems in the list at most."""


def page() -> None:
    pages.dress()
    st.html(HERE / "inspector.css")
    draws_formulas()
    interrupted.lead(PAGE)
    refs = {ref.key: ref for ref in data.list_runs() if ref.error is None}
    run = st.query_params.get("run", "")
    if run and run not in refs:
        way_out(f"There is no run called {quoted(run)} here.", "Choose a run")
        return
    try:
        if run:
            _run(run, refs)
        else:
            _invitation(refs)
    except ArbutusError as error:
        way_out(data.brief(error), "Choose a run")


def _invitation(refs: dict[str, data.RunRef]) -> None:
    st.title("What if the search had gone otherwise?", anchor=False)
    st.html(
        '<p class="arbutus-lead">Take up a tree at any of its steps: sample more children, write the step yourself, '
        "force a dropped branch to go on, or let another reward model judge it. The new tree is a run of its own.</p>"
    )
    _choose_run("", refs)
    if stopped := interrupted.found(refs):
        st.header("Interrupted", anchor=False)
        for ref in stopped[:STOPPED]:
            interrupted.offer(PAGE, ref)
    told = [r for r in refs.values() if data.is_sample(r) and r.info and r.info.problems == 1 and not _alone(r.info)]
    if not told:
        return
    st.header("Trees worth taking up", anchor=False)
    for start in range(0, len(told), 2):
        for column, ref in zip(st.columns(2), told[start : start + 2], strict=False):
            with column, st.container(border=True, gap="small", height="stretch", key=f"card-{ref.key}"):
                assert ref.info is not None
                st.html(f'<p class="arbutus-question">{escape(ref.info.note or ref.title)}</p>')
                pages.link("whatif", "Take it up", ":material/alt_route:", run=ref.key)


def _alone(info: RunInfo) -> bool:
    """Whether no steps can be added to a run's trees."""
    return bool(refusal(info) or rewards_alone(info))


def _choose_run(run: str, refs: dict[str, data.RunRef]) -> None:
    chooser(
        "Run", list(refs), run or None, key="whatif-run", name=lambda key: refs[key].title, width=330,
        query=lambda key: {"run": key},
    )  # fmt: skip


def _run(run: str, refs: dict[str, data.RunRef]) -> None:
    watching.worker().start()
    info = refs[run].info
    assert info is not None
    rows = data.frame(run)
    ids = rows["problem"].tolist()
    problem = st.query_params.get("problem", ids[0] if ids else "")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _choose_run(run, refs)
        if ids:
            here = ids.index(problem) if problem in ids else 0
            near = ids[max(0, here - LISTED // 2) : here + LISTED // 2]
            names = dict(zip(rows["problem"], rows["question"].map(worlds.brief), strict=True))
            chooser(
                "Problem", near if problem in near else [problem, *near], problem, key="whatif-problem", width=330,
                name=lambda id: names.get(id, id), query=lambda id: {"run": run, "problem": id},
            )  # fmt: skip
    if not ids:
        _unfinished(refs[run])
    elif problem not in ids:
        way_out(f"This run has no problem called {quoted(problem)}.", "See its first problem", run=run)
    else:
        _tree(run, problem, info, data.load_tree(run, problem))


def _unfinished(ref: data.RunRef) -> None:
    if ref in interrupted.found({ref.key: ref}):
        interrupted.offer(PAGE, ref)
    else:
        st.info("No tree of this run has ended yet. Come back in a moment.")


def _tree(run: str, problem: str, info: RunInfo, tree: Tree) -> None:
    if why := changing.refused(info):
        st.warning(f"Nothing can be changed in this tree: {why}.", icon=":material/block:")
        st.html(f'<div class="arbutus-head">{question(tree)}</div>')
        tree_canvas(tree, key="whatif-canvas", of=f"{run}:{problem}", selected=NOTHING, rule=choice_of(info))
        return
    controls, view = st.columns([1, 2.6], gap="large")
    with view:
        if st.session_state.get("whatif-of") != (run, problem) and not watching.running(PAGE):
            watching.forget(PAGE)  # another tree is looked at now
        folder = watching.shown(PAGE)
        if folder is None:
            _pick(run, problem, tree, info)
        else:
            st.button(
                "Back to the tree as it was", icon=":material/undo:", key="whatif-back",
                disabled=watching.running(PAGE), on_click=watching.forget, args=(PAGE,),
            )  # fmt: skip
            watching.watch(PAGE, folder, _afterwards, interrupted.after_stop)
    with controls:
        _form(run, problem, info, tree)


@st.fragment
def _pick(run: str, problem: str, tree: Tree, info: RunInfo) -> None:
    """The tree as it was, to pick the step in."""
    asked = node_of(st.query_params.get("node", ""), len(tree))
    st.html(f'<div class="arbutus-head">{question(tree)}</div>')
    shown = NOTHING if asked is None else asked
    selected = tree_canvas(tree, key="whatif-canvas", of=f"{run}:{problem}", selected=shown, rule=choice_of(info))
    if selected is not None and selected != asked:
        go({"run": run, "problem": problem, "node": str(selected)})
        st.rerun()
    if selected is None:
        st.caption("Pick the step that is to go otherwise; the question is a step too.")
    else:
        st.html(inspector(tree, tree.node(selected), info.task))


def _form(run: str, problem: str, info: RunInfo, tree: Tree) -> None:
    wanted = st.query_params.get("node", "0")
    at = node_of(wanted, len(tree))
    st.header("What if …", anchor=False)
    if at is None:
        st.warning(f"This tree has no node {quoted(wanted)}: its nodes are 0 to {len(tree) - 1}. Pick one.")
        return
    node = tree.node(at)
    step = escape(node.text) if node.parent else "The question"
    where = f"Step {node.depth}, node {node.id}" + (f", {node.mark}" if node.mark else "") if node.parent else "Node 0"
    reward = swatch(node.reward) if node.parent else ""
    st.html(f'<p class="arbutus-eyebrow">{where}</p><p class="arbutus-told">{step} {reward}</p>')
    if only := rewards_alone(info):
        st.caption(f"Only rewards can be otherwise: {only}.")
    change = changing.choose_change(node, info)
    if missing := missing_models(info, change):
        st.warning(
            f"This needs a model that isn't here: {missing}. From the command line: "
            f"`python -m engine whatif RUN {problem} {' '.join(change.options())} --policy … --out DIR`."
        )
        return
    pause = st.slider("Pause between rounds", 0.0, 2.0, 0.5, 0.1, format="%.1f s", key="whatif-pause")
    how = changing.choose_how(change, info, tree)
    running = watching.running(PAGE)
    with st.container(horizontal=True):
        if st.button("Run", type="primary", icon=":material/play_arrow:", disabled=running, key="whatif-go"):
            _start(run, problem, info, tree, change, {**how, "pause": pause})
        if running:
            st.button("Cancel", icon=":material/stop:", key="whatif-cancel", on_click=watching.cancel, args=(PAGE,))
    st.caption("A new run is made; this one stays as it is.")


def _start(run: str, problem: str, info: RunInfo, tree: Tree, change: Change, how: dict[str, Any]) -> None:
    try:
        check(tree, info, change)
    except ArbutusError as error:
        st.error(changing.said_of(error), icon=":material/edit:")
        return
    folder = live.new_folder(tree.problem.question, change.kind, "whatif")
    fields = {name: getattr(change, name) for name in ("kind", "node", "more", "text", "prm")}
    job = {**how, "run": run, "path": str(data.find(run).path), "problem": problem, "change": fields}
    st.session_state["whatif-of"] = run, problem
    watching.submit(PAGE, folder, {**job, "command": change_command(folder, job)})
    st.rerun()


def _afterwards(tree: Tree) -> None:
    """The answer before and now, and what other rewards would have decided otherwise."""
    folder = watching.shown(PAGE)
    if folder is None:
        return
    run = places.key_of(folder)
    info = data.open_run(run).info
    now = tree.chosen
    said = lineage.before_and_now(info.origin, now.answer if now else None, now.correct if now else None)
    st.html(f'<p class="arbutus-parting">{said}</p>')
    ref = lineage.source_of(info.origin)
    if ref is not None:
        query = {"run": ref.key, "with": run, "problem": tree.problem.id}
        pages.link("compare", "Compare with the tree as it was", ":material/compare:", **query)
    if info.origin.get("change") == "rescore":
        _decisions(run, info, tree)


def _decisions(run: str, info: RunInfo, tree: Tree) -> None:
    if not has_cut(info):
        st.caption(
            "This strategy has no cut to make again: what other rewards change here is the choice of the answer."
        )
        return
    found = otherwise(tree, str(info.parameters.get("aggregate", "last")))
    st.markdown(f"**Decisions that would have been otherwise** · {len(found)}")
    rows = "".join(
        f"<tr><td>{d.node.depth}</td><td>{escape(d.node.text)}</td><td>{swatch(d.node.reward)}</td>"
        f"<td>{d.was}</td><td><b>{d.would}</b> <small>rank {d.rank} of {d.of}</small></td></tr>"
        for d in found
    )
    head = "<tr><th>Step</th><th>Its words</th><th>Reward now</th><th>Was</th><th>Would be</th></tr>"
    table = f'<table class="arbutus-pairs"><thead>{head}</thead><tbody>{rows}</tbody></table>'
    st.html(f'<div class="arbutus-scroll">{table}</div>' if found else "<p>None: the same steps would be kept.</p>")
    st.caption(
        "Each round is cut again by itself, as many kept as were; what the other choice leads to was never searched."
    )


page()
