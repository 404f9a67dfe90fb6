"""A figure in the page's own colours and letters, without a template.

Streamlit puts a template into each figure, and hands plotly a copy of the figure right after it: of another template
plotly can't tell that it says the same, and draws everything twice.
"""

import re
from copy import deepcopy
from typing import Any

import plotly.graph_objects as go

from app.canvas.scale import readable

SANS = '"Source Sans", sans-serif'
INK = {False: ("#6A6F67", "#22271F", "#E1DCD0", "#FCFBF8"), True: ("#C9CCC5", "#E9E7E0", "#313935", "#141816")}
"""By whether the page is dark: of numbers and titles, of names in the key, of lines and of the ground."""


def worn(figure: go.Figure, *, dark: bool) -> go.Figure:
    """`figure` for a page that is light or dark; what it says itself of its looks counts."""
    told = figure.to_plotly_json()
    layout = {name: value for name, value in told["layout"].items() if name != "template"}
    names = {name for name in layout if name.startswith(("xaxis", "yaxis"))} | {"xaxis", "yaxis"}
    usual = _layout(dark) | {name: _axis(name, dark) for name in names}
    dressed = go.Figure([_trace(trace, INK[dark][3]) for trace in told["data"]], _over(usual, layout))
    dressed.layout.template = None
    return dressed


def _trace(trace: dict[str, Any], ground: str) -> dict[str, Any]:
    """The trace, its words in colours that can be read on `ground`; those of its lines stay."""
    font = trace.get("textfont") or {}
    given = font.get("color")
    if given is None or trace.get("type", "scatter") != "scatter":
        return trace
    read = [_readable(c, ground) for c in given] if isinstance(given, list | tuple) else _readable(given, ground)
    return trace | {"textfont": font | {"color": read}}


def _readable(colour: str, ground: str) -> str:
    return readable(colour, ground) if re.fullmatch("#[0-9a-fA-F]{6}", colour) else colour


def _layout(dark: bool) -> dict[str, Any]:
    quiet, loud, line, ground = INK[dark]
    return {
        "font": {"family": SANS, "size": 12, "color": quiet},
        "paper_bgcolor": ground,
        "plot_bgcolor": ground,
        "legend": {"font": {"size": 12, "color": loud}},
        "hoverlabel": {"bgcolor": ground, "bordercolor": line, "font": {"family": SANS, "size": 12, "color": loud}},
        "margin": {"pad": 8},
    }


def _axis(name: str, dark: bool) -> dict[str, Any]:
    quiet, _, line, _ = INK[dark]
    across = name.startswith("x")
    return {
        "title": {"font": {"size": 14, "color": quiet}, "standoff": 20 if across else 24},
        "tickfont": {"size": 12, "color": quiet},
        "ticklabeloverflow": "allow",
        "tickcolor": line,
        "gridcolor": line,
        "zerolinecolor": line,
        "showgrid": not across,
        **({"zeroline": False} if across else {}),
    }


def _over(usual: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What is usual, and over it what is the figure's own."""
    merged = dict(usual)
    for name, value in own.items():
        below = usual.get(name)
        merged[name] = _over(below, value) if isinstance(below, dict) and isinstance(value, dict) else deepcopy(value)
    return merged
