"""PRM lab: what the rewards of some runs are worth, where they are most wrong, and those of a solution of one's own."""

from functools import partial
from html import escape

import pandas as pd
import streamlit as st

from app import data, pages, prm_data
from app.addressed import quoted
from app.below import below
from app.bin_steps import DIAGRAM, bin_steps, clicked
from app.first_errors import first_errors
from app.gallery import gallery
from app.marked import figure
from app.own_address import OWN
from app.own_solution import own_solution
from app.plot import plot
from app.prm_data import Chosen, Judged
from engine.figures.prm_depth import reward_by_depth_figure
from engine.figures.prm_distribution import reward_distribution
from engine.figures.prm_overoptimisation import overoptimisation
from engine.figures.prm_page import OF_K, OF_N, joined
from engine.figures.prm_reliability import reliability_diagram
from engine.measure.prm.quality import Quality, as_table, truth_of
from engine.protocol import ArbutusError

READING = (
    "A step counts once a problem and prefix, however often it was drawn. **AUC**: the chance that a good step is "
    "rewarded more than a wrong one. **ECE**: how far rewards are from the share that is good, in ten bins of equal "
    "width. **Brier**: mean squared error, beside that of always saying the share of good steps. **F1**: of finding "
    "the first wrong step, as ProcessBench defines it; the threshold is chosen on other problems."
)
CHOSEN_BY = (
    "These are steps that searches came to: another search, led by another PRM, comes to others, which may be easier "
    "or harder to judge. Compare PRMs on the steps that all of them rewarded."
)
SHARED_HELP = "Searches led by different PRMs come to different steps. Only on the same steps are two PRMs compared."
OVER = (
    "**Solid**: how many of the chosen answers are right. **Dashed**: the mean reward they were chosen for. Of a PRM "
    "that can be trusted the two lie together; where reward rises and accuracy falls, search finds its mistakes."
)
LOGGED = "Logged steps"
"""What the page can show, as it and the URL name it."""


def page() -> None:
    pages.dress()
    st.title("What the reward is worth", anchor=False)
    look = st.segmented_control(
        "What is looked at", [LOGGED, OWN], default=LOGGED, required=True, key="look", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if look == OWN:
        own_solution()
    else:
        _logged()


def _logged() -> None:
    """What the rewards of logged runs are worth."""
    sources = prm_data.sources()
    if not sources:
        st.info("No run here had a PRM yet. `python -m engine run --strategy beam` makes one.")
        return
    runs, truth, shared = _choose(sources)
    if not runs:
        st.info("Choose a run or a collection above.")
        return
    try:
        with st.spinner("Reading the steps"):
            chosen = prm_data.chosen(runs, truth, shared=shared)
            found = prm_data.quality(chosen)
            said = prm_data.labels(truth)
    except ArbutusError as error:
        st.warning(data.brief(error), icon=":material/error:")
        return
    about = truth_of(said.about if said else None)
    _numbers(found, about)
    if not any(quality.numbers["counted"] for quality in found.values()):
        st.info(
            "Nobody knows which of these steps are good: the task can't tell. `python -m engine label RUN` finds out "
            "by rollouts."
        )
    else:
        _calibration(found, chosen)
        bin_steps(found, prm_data.steps(chosen))
    waits = below("prm_lab")
    _search(found, chosen, waits)
    _one(found, chosen, waits)


def _choose(sources: dict[str, list[data.RunRef]]) -> tuple[list[data.RunRef], str, bool]:
    """The runs to look at, the truth to judge by, and whether only shared steps count; all are in the URL."""
    for wanted in st.query_params.get_all("of"):
        if wanted not in sources:
            st.info(f"{quoted(wanted)} is no run or collection that had a PRM.", icon=":material/search_off:")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = st.multiselect(
            "Runs",
            list(sources),
            default=next(iter(sources)),
            key="of",
            bind="query-params",
            width=480,
            help="A collection stands for all of its runs that had a PRM.",
        )
        files = prm_data.label_files()
        truth = prm_data.EXACT
        if files:
            truth = st.selectbox(
                "Truth",
                [prm_data.EXACT, *files],
                key="truth",
                bind="query-params",
                width=420,
                help="The exact labels of the task, or those that rollouts gave (`python -m engine label`).",
            )
        runs = [run for name in chosen for run in sources[name]]
        shared = len(prm_data.prms(runs)) > 1 and st.toggle(
            "Only steps that all of them rewarded", key="shared", bind="query-params", help=SHARED_HELP
        )
    return runs, truth, shared


def _numbers(found: dict[str, Quality], about: str) -> None:
    head = "<th>PRM</th><th>AUC</th><th>ECE</th><th>Brier</th><th>first-error F1</th><th>steps</th>"
    body = "".join(_row(name, quality.numbers) for name, quality in found.items())
    table = f'<table class="arbutus-against"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    st.html(f'<div class="arbutus-scroll">{table}</div>')
    st.caption(f"Truth: {about}. {READING} {CHOSEN_BY}")
    st.download_button(
        "All tables as CSV",
        lambda: as_table(found, about).to_csv(index=False),
        "prm-quality.csv",
        "text/csv",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _row(name: str, n: dict[str, object]) -> str:
    left_out = {
        "without truth": n["without_truth"],
        "without reward": n["without_reward"],
    }
    missing = ", ".join(f"{count:,} {what}" for what, count in left_out.items() if count)
    f1 = f"<b>{_p(n['f1'])}</b> <small>{_p(n['f1_low'])} to {_p(n['f1_high'])}</small>"
    brier = f"<b>{_f(n['brier'])}</b> <small>{_f(n['brier_of_the_share'])}</small>"
    steps = f"{n['counted']:,} <small>{_p(n['good'])} good{'; ' + missing if missing else ''}</small>"
    cells = (escape(name), f"<b>{_f(n['auc'])}</b>", f"<b>{_f(n['ece'])}</b>", brier, f1, steps)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _p(share: object) -> str:
    return "–" if pd.isna(share) else f"{share:.1%}"


def _f(value: object) -> str:
    return "–" if pd.isna(value) else f"{value:.3f}"


def _calibration(found: dict[str, Quality], chosen: Chosen) -> None:
    st.header("Does 0.8 mean 80 %?", anchor=False)
    table = joined(found, "reliability")
    plot(
        figure("reliability", chosen, lambda: reliability_diagram(table)),
        lambda: table,
        key=DIAGRAM,
        title="Reliability of rewards",
        on_select=clicked,
        selection_mode="points",
        alt="Reliability diagram: the share of good steps against their reward, with the number of steps",
    )
    st.caption("On the dotted line rewards are what they claim to be. Below it the PRM trusts too much.")


def _search(found: dict[str, Quality], chosen: Chosen, waits: bool) -> None:
    curves = {"pool": ("Best of k from one pool", OF_K), "budget": ("More search", OF_N)}
    drawn = {table: joined(found, table) for table in curves}
    drawn = {table: rows for table, rows in drawn.items() if rows["accuracy"].notna().any()}
    if not drawn:
        return
    st.header("What search makes of it", anchor=False)
    for cell, (table, rows) in zip(st.columns(len(drawn), gap="large"), drawn.items(), strict=True):
        title, axis = curves[table]
        with cell:
            st.markdown(f"**{title}**")
            plot(
                figure(table, chosen, partial(overoptimisation, rows, **axis)),
                partial(pd.DataFrame, rows),
                key=f"prm-{table}",
                title=f"{title}, reward and accuracy",
                alt=f"{title}: mean reward and accuracy of the chosen answers",
                waits=waits,
            )
    st.caption(OVER)


def _one(found: dict[str, Quality], chosen: Chosen, waits: bool) -> None:
    """What is looked at one PRM at a time."""
    names = [name for name, quality in found.items() if quality.numbers["counted"]]
    if not names:
        return
    st.header("One PRM, step by step", anchor=False)
    name = names[0]
    if len(names) > 1:
        default = max(names, key=lambda prm: found[prm].numbers["ece"])
        wanted = st.segmented_control("PRM", names, default=default, required=True, key="prm", bind="query-params")
        name = wanted or default
    tables, mark = found[name].tables, (chosen, name)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Rewards of good and of wrong steps**")
        plot(
            figure("distribution", mark, lambda: reward_distribution(tables["distribution"])),
            lambda: tables["distribution"], key="prm-distribution", title=f"Rewards of good and of wrong steps, {name}",
            alt="How the rewards of good and of wrong steps are spread", waits=waits,
        )  # fmt: skip
    with right:
        st.markdown("**Reward by depth**")
        plot(
            figure("depth", mark, lambda: reward_by_depth_figure(tables["by_depth"])),
            lambda: tables["by_depth"], key="prm-depth", title=f"Reward by depth, {name}",
            alt="The rewards of good and of wrong steps at each depth", waits=waits,
        )  # fmt: skip
    judged = prm_data.judged_by(chosen, name)
    first_errors(judged, mark, waits=waits)
    _fooled(judged)


def _fooled(judged: Judged) -> None:
    st.header("Where it is fooled", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        gallery("High reward, wrong", judged.high_and_wrong, "No wrong step has a reward.")
    with right:
        gallery("Low reward, right", judged.low_and_right, "No good step has a reward.")
    st.caption("The most extreme step of each problem; of wrong ones only the first. Click one to see it in its tree.")


page()
