"""All figures on PRMs as one page of HTML that stands alone: plotly's script is in it, nothing is fetched."""

from collections.abc import Mapping
from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from engine.figures.prm_depth import reward_by_depth_figure
from engine.figures.prm_distribution import reward_distribution
from engine.figures.prm_first_error import first_error_matrix
from engine.figures.prm_overoptimisation import overoptimisation
from engine.figures.prm_reliability import reliability_diagram
from engine.measure.prm.quality import Quality

STYLE = """body { font: 16px/1.5 "Source Sans", system-ui, sans-serif; color: #22271F; background: #FCFBF8;
max-width: 60rem; margin: 2rem auto; padding: 0 1rem; } h1, h2 { font-family: "Source Serif", Georgia, serif; }
p { color: #6A6F67; }"""

OF_K = {"x": "k", "title": "k: the best of so many samples is chosen"}
OF_N = {"x": "n", "title": "n: the budget of the search"}


def joined(found: Mapping[str, Quality], table: str) -> pd.DataFrame:
    """One table of all PRMs, with the columns `prm` and `name`: what a line of a figure is called."""
    parts = [q.tables[table].assign(prm=prm) for prm, q in found.items() if len(q.tables[table])]
    if not parts:
        return next(iter(found.values())).tables[table].assign(prm="", name="")
    rows = pd.concat(parts, ignore_index=True)
    if "line" not in rows:
        return rows.assign(name=rows["prm"])
    return rows.assign(name=rows["line"] + (" · " + rows["prm"] if len(parts) > 1 else ""))


def prm_page(found: Mapping[str, Quality], lines: Mapping[str, list[str]], truth: str) -> str:
    """The page. `lines`: what is said of each PRM in words; `truth`: what steps were judged by."""
    parts = [f"<p>Truth: {escape(truth)}. A step counts once a problem and prefix.</p>"]
    for prm in found:
        said = "".join(f"<li>{escape(line)}</li>" for line in lines[prm])
        parts.append(f"<h2>{escape(prm)}</h2><ul>{said}</ul>")
    parts.append(_section("Is 0.8 really 80 %?", reliability_diagram(joined(found, "reliability"))))
    for title, table, axis in (("Best of k", "pool", OF_K), ("The search's budget", "budget", OF_N)):
        rows = joined(found, table)
        if len(rows):
            parts.append(_section(f"{title}: reward and worth", overoptimisation(rows, **axis)))
    for prm, quality in found.items():
        tables = quality.tables
        parts.append(_section(f"{prm}: rewards of good and wrong steps", reward_distribution(tables["distribution"])))
        parts.append(_section(f"{prm}: reward by depth", reward_by_depth_figure(tables["by_depth"])))
        parts.append(_section(f"{prm}: the first wrong step", first_error_matrix(tables["first_error"])))
    head = f'<meta charset="utf-8"><title>PRM quality</title><style>{STYLE}</style><script>{get_plotlyjs()}</script>'
    body = f"<h1>What the reward is worth</h1>{''.join(parts)}"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def _section(title: str, figure: go.Figure) -> str:
    figure.update_layout(template="plotly_white", paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)")
    drawn = figure.to_html(full_html=False, include_plotlyjs=False, config={"displayModeBar": False})
    return f"<h2>{escape(title)}</h2>{drawn}"
