"""How many problems a run solved, a dot a problem in the order of the set. Verdicts in, a plotly figure out."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from engine.figures.prm_style import BAD, GOOD

ACROSS = 20
"""Dots in a row."""
ROW, ROOM = 21, 34
"""Pixels of a row of dots, and of the title above each run."""


def tally(runs: Mapping[str, Mapping[str, bool]], names: Mapping[str, str], right: str, wrong: str) -> go.Figure:
    """`runs`: by title, the verdict on each problem. `names`: of the problems, for who points at a dot."""
    figure = go.Figure()
    top, ticks = 0.0, []
    for title, verdicts in runs.items():
        ticks.append((top - 0.1, title))
        top -= ROOM / ROW
        for is_right, said in ((True, right), (False, wrong)):
            figure.add_trace(_dots(list(verdicts.items()), is_right, said, top, names, showlegend=len(ticks) == 1))
        top -= -(-len(verdicts) // ACROSS)
    for y, title in ticks:
        figure.add_annotation(
            x=-0.6, y=y, text=title, showarrow=False, xanchor="left", yanchor="top", font={"size": 14}
        )
    return figure.update_layout(
        height=int(-top * ROW) + 64,
        margin={"l": 4, "r": 4, "t": 8, "b": 8},
        xaxis={"visible": False, "range": [-0.9, ACROSS - 0.1]},
        yaxis={"visible": False, "range": [top - 0.2, 0.2]},
        legend={"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top", "title": {"text": ""}},
        dragmode=False,
        hovermode="closest",
    )


def _dots(
    verdicts: Sequence[tuple[str, bool]], of: bool, said: str, top: float, names: Mapping[str, str], showlegend: bool
) -> go.Scatter:
    places = [(i, problem) for i, (problem, verdict) in enumerate(verdicts) if verdict is of]
    return go.Scatter(
        x=[i % ACROSS for i, _ in places],
        y=[top - i // ACROSS for i, _ in places],
        mode="markers",
        name=said,
        showlegend=showlegend,
        marker={
            "symbol": "circle" if of else "x-thin",
            "size": 12 if of else 8,
            "color": GOOD if of else BAD,
            "line": {"width": 0 if of else 2, "color": BAD},
        },
        hovertext=[f"{names.get(problem, problem)}<br>{said}" for _, problem in places],
        hoverinfo="text",
    )
