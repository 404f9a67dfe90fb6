"""What is asked of a changed tree: the widgets that say what is to be otherwise, and how."""

from typing import Any

import streamlit as st

from app import knobs, worlds
from engine.protocol import ArbutusError
from engine.runs import RunInfo
from engine.search import STRATEGIES
from engine.tree import Node, Tree
from engine.whatif.changes import Change, Kind, prms_for, refusal, rewards_alone

HELP: dict[Kind, str] = {
    "more": "Its next children are sampled, those that the search itself would have drawn next, and rewarded.",
    "edit": "Your step stands beside this one; the run's strategy starts from it.",
    "go-on": "The run's strategy starts at this step, as if the search had kept it.",
    "regenerate": "What follows this step is left out; the run's strategy writes it again with other random numbers.",
    "rescore": "The same tree, every step rewarded by another PRM; and which decisions would have been otherwise.",
}


def refused(info: RunInfo) -> str:
    """Why nothing of a run can be changed on the page; empty if something can."""
    if why := refusal(info):
        return why
    if (why := rewards_alone(info)) and not prms_for(info.task):
        return (
            f"{why}; and no reward model for its task comes with the engine, to reward those it has. From the command "
            "line one can be named: `python -m engine whatif RUN PROBLEM --rescore PRM --out DIR`"
        )
    return ""


def possible(node: Node, *, rewards: bool = False) -> dict[Kind, str]:
    """What can be changed at a node, with what it is called there; the most likely wish first.

    `rewards`: nothing but them can be.
    """
    if rewards:
        return {"rescore": "Another PRM"}
    found: dict[Kind, str] = {}
    if node.open and not node.children:
        found["go-on"] = "Force it to go on" if node.mark == "dropped" else "Go on from here"
    if node.open:
        found["more"] = "More children"
    if node.parent is not None:
        found["edit"] = "Edit the step"
    if node.open and node.children:
        found["regenerate"] = "Write again from here"
    return found | {"rescore": "Another PRM"}


def choose_change(node: Node, info: RunInfo) -> Change:
    """What is to be otherwise."""
    able = possible(node, rewards=bool(rewards_alone(info)))
    kind = st.radio("What if", list(able), format_func=able.__getitem__, key=f"whatif-kind-{','.join(able)}")
    assert kind is not None
    st.caption(HELP[kind])
    if kind == "more":
        return Change(kind, node.id, more=int(st.number_input("How many", 1, 256, 8, key="whatif-more")))
    if kind == "edit":
        text = st.text_area("The step", node.text, key=f"whatif-text-{node.id}-{hash(node.text)}", height="content")
        return Change(kind, node.id, text=str(text).strip())
    if kind == "rescore":
        own = (info.prm or {}).get("id")
        names = sorted(prms_for(info.task), key=lambda name: name == own)
        said = worlds.WORLDS[info.task].prms if info.task in worlds.WORLDS else {}
        prm = st.selectbox("Reward model", names, format_func=lambda name: said.get(name, name), key="whatif-prm")
        return Change(kind, prm=str(prm or ""))
    return Change(kind, node.id)


def choose_how(change: Change, info: RunInfo, tree: Tree) -> dict[str, Any]:
    """The strategy's size, the budget, temperature and seed of what is new; the run's own unless changed."""
    how: dict[str, Any] = {"parameters": {}, "budget": {}, "prices": {}, "temperature": None, "seed": None}
    if change.kind == "rescore":
        return how
    searched = change.kind != "more"
    strategy = STRATEGIES[info.strategy]
    with st.expander("More: " + ("size, budget, temperature, seed" if searched else "temperature, seed")):
        if searched and "n" in strategy.parameters:
            own = int(info.parameters.get("n", 16))
            n = st.number_input("n", 1, max(256, own), own, key="whatif-n", help=strategy.parameters["n"].help)
            how["parameters"] = {} if n == own else {"n": n}
        if searched:
            how["budget"], how["prices"] = knobs.budget("whatif")
        temperature = st.slider("Temperature", 0.0, 2.0, min(2.0, info.temperature), 0.1, key="whatif-temperature")
        usual = info.seed + (change.kind == "regenerate")
        seed = st.number_input("Seed", 0, 2**31 - 1, usual, key=f"whatif-seed-{change.kind}")
    if abs(temperature - info.temperature) > 1e-9:
        how["temperature"] = temperature
    if seed != usual:
        how["seed"] = int(seed)
    return how


def said_of(error: ArbutusError) -> str:
    """An error as a sentence that begins one."""
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
