"""What of a search's compute its policy and its PRM take, a bar a strategy. Shares in, a plotly figure out."""

from collections.abc import Mapping

import plotly.graph_objects as go

from engine.figures.prm_style import MARKS


def cost_split(spent: Mapping[str, tuple[float, float]], policy: str, prm: str, axis: str) -> go.Figure:
    """`spent`: by strategy, the FLOPs of policy and PRM per problem; the first is at the top."""
    names = list(spent)[::-1]
    figure = go.Figure()
    for i, (said, (colour, _)) in enumerate(zip((policy, prm), MARKS, strict=False)):
        values = [spent[name][i] for name in names]
        figure.add_trace(
            go.Bar(
                orientation="h",
                y=names,
                x=values,
                name=said,
                marker={"color": colour, "pattern": {"shape": "/" if i else ""}},
                text=[
                    f"{value / sum(spent[name]):.0%}" if value else ""
                    for name, value in zip(names, values, strict=True)
                ],
                textposition="inside",
                insidetextanchor="middle",
                hovertemplate="%{y}<br>" + said + "<br>%{x:.3s}FLOP<extra></extra>",
            )
        )
    return figure.update_layout(
        barmode="stack",
        height=110 + 52 * len(names),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": {"text": axis}, "exponentformat": "SI", "automargin": True},
        yaxis={"automargin": True},
        legend={"orientation": "h", "x": 0, "y": -0.3, "yanchor": "top", "title": {"text": ""}},
        dragmode=False,
    )
