"""The ways on from a step of a tree: what if it had gone otherwise, what another run made, and one's own version."""

import streamlit as st

from app import own_address, pages, worlds
from engine.runs.info import RunInfo
from engine.tree import Node, Tree


def onward(run: str, tree: Tree, node: Node | None, info: RunInfo) -> None:
    """Links to the pages that begin at a step, or at the question where none is selected."""
    at = {"run": run, "problem": tree.problem.id} | ({} if node is None else {"node": str(node.id)})
    with st.container(horizontal=True, key="tree-onward"):
        pages.link("whatif", "What if …", ":material/alt_route:", **at)
        pages.link("compare", "Compare with …", ":material/compare:", **at)
        if own := own_version(tree, node, info):
            pages.link("prm_lab", "Judge your own version …", ":material/grading:", **own)


def own_version(tree: Tree, node: Node | None, info: RunInfo) -> dict[str, str]:
    """The address where a PRM judges one's own version of the steps to `node`.

    Empty where no PRM here knows the task, or the steps are too long for an address.
    """
    tasks = worlds.playable()
    if node is None or node.parent is None or info.task not in tasks:
        return {}
    steps = "\n".join(" ".join(step.split()) for step in node.steps())
    if not own_address.fits(steps):
        return {}
    prm = str((info.prm or {}).get("id", ""))
    prm = prm if prm in worlds.reward_models(info.task)[1:] else ""
    # What a page does by default it takes out of its address, which would be one more place to step back to.
    task = {} if info.task == tasks[0] else {"task": worlds.title(info.task)}
    return {"look": own_address.OWN} | task | own_address.query(tree.problem.question, steps, prm)
