"""The figures of lessons: those of the engine, fed with the sample runs, their words in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from app import worlds
from app.figures.answers import answers
from app.figures.tally import tally
from app.lessons import samples
from app.lessons.model import FigureView
from app.lessons.words import Words
from engine.figures.curves import draw
from engine.figures.curves_info import info
from engine.measure import curve
from engine.measure.curves import X
from engine.tree import Tree


def curves(
    name: str,
    runs: Sequence[str],
    *,
    x: X = "policy_tokens",
    coverage: bool = False,
    shown: Sequence[str] | None = None,
    rows: pd.DataFrame | None = None,
) -> FigureView:
    """Accuracy against compute of some runs; `shown`: the lines in colour. `rows`: theirs, where they were changed."""

    def drawn(words: Words) -> go.Figure:
        table = samples.rows(*runs) if rows is None else rows
        points = curve(table, x=x)
        dashed = curve(table, x=x, y="coverage") if coverage else None
        told = info(points, dashed, x=x, shown=shown)
        notes = [words("curve_basis", problems=int(points["problems"].max()))]
        notes += [words("curve_faint")] if any(line.faint for line in told.lines) else []
        notes += [words("curve_coverage")] if coverage else []
        figure = draw(replace(told, x_title=words(f"x_{x}"), notes=notes))
        for trace in figure.data:
            if trace.name == "coverage (dashed)":
                trace.name = words("coverage")
        return figure.update_yaxes(title=words("y_solved")).update_layout(height=500)

    return FigureView(name, drawn)


def dots(name: str, runs: Mapping[str, str]) -> FigureView:
    """Which problems each run solved. `runs`: by run, the key of its title in the words."""

    def drawn(words: Words) -> go.Figure:
        table = samples.rows(*runs)
        named = {p: worlds.brief(q) for p, q in zip(table["problem"], table["question"], strict=True)}
        verdicts = {run: samples.verdicts(run) for run in runs}
        titles = {
            words(title, solved=sum(verdicts[run].values()), problems=len(verdicts[run])): verdicts[run]
            for run, title in runs.items()
        }
        return tally(titles, named, words("right"), words("wrong"))

    return FigureView(name, drawn)


def votes(name: str, tree: Tree, counts: Sequence[tuple[str, float]], chosen: str | None, x: str) -> FigureView:
    """What the solutions of a tree answer, how often or with how much weight; `x`: the key of what is counted."""
    right = next((node.answer for node in tree.finished() if node.correct), None)

    def drawn(words: Words) -> go.Figure:
        said = {"right": words("right"), "chosen": words("chosen"), "x": words(x), "y": words("answer")}
        return answers(counts, right, chosen, said | {"more": words.said["more_answers"]})

    return FigureView(name, drawn)
