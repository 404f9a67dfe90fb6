"""The steps that a PRM is most wrong about, each with why, and the way to its node on the Tree page."""

from collections.abc import Hashable
from html import escape
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from app import data
from app.canvas.scale import color, ink
from engine.protocol import ArbutusError
from engine.tasks import find_task


def gallery(title: str, steps: pd.DataFrame, nothing: str) -> None:
    """Some of `steps.distinct_steps`, in their order."""
    st.markdown(f"**{title}**")
    if steps.empty:
        st.caption(nothing)
        return
    st.html(f'<div class="arbutus-gallery">{"".join(map(_card, steps.to_dict("records")))}</div>')


def _card(step: dict[Hashable, object]) -> str:
    reward = float(str(step["reward"]))
    query = {"run": step["run"], "problem": step["problem"], "node": step["node"]}
    back = color(reward)
    chip = f'<b style="background:{back};color:{ink(back)}">{reward:.3f}</b>'
    words = f"<code>{escape(str(step['text']))}</code>"
    about = f"<span>{escape(str(step['question']))} · step {step['depth']}</span>"
    why = f"<small>{escape(said)}</small>" if (said := _why(step)) else ""
    return f'<a href="tree?{escape(urlencode(query))}" target="_self">{chip}<div>{words}{about}{why}</div></a>'


def _why(step: dict[Hashable, object]) -> str:
    """What the task says of the step; with labels by rollouts also how many of them were right."""
    run, problem, node = str(step["run"]), str(step["problem"]), int(str(step["node"]))
    told = ""
    try:
        tree = data.load_tree(run, problem)
        task = find_task(data.open_run(run).info.task)
        told = task.describe_step(tree.problem, tree.node(node).steps())
    except ArbutusError:
        pass  # the card still leads to the page that says what is wrong
    if pd.notna(step["share"]):
        told = f"{float(str(step['share'])):.0%} of {step['rollouts']} rollouts were right. {told}"
    return told
