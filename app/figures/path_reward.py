"""The reward along a path, step by step: the chosen one, and the selected one beside it."""

from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from app.canvas.scale import color
from engine.tree import Node, Tree

CHOSEN, SELECTED = "chosen path", "selected path"
COLUMNS = {"path": "str", "step": "Int64", "node": "Int64", "text": "str", "reward": "Float64"}
HEIGHT = 250


def path_rewards(tree: Tree, selected: Node | None = None) -> pd.DataFrame:
    """One row a step of each path. The selected path begins at its last step in common with the chosen one."""
    chosen = tree.chosen.path() if tree.chosen else []
    paths = {CHOSEN: chosen}
    if selected is not None and selected not in chosen:
        path = selected.path()
        shared = sum(a is b for a, b in zip(path, chosen, strict=False))
        paths[SELECTED] = path[max(0, shared - 1) :]
    rows = [(name, node.depth, node.id, node.text, node.reward) for name, nodes in paths.items() for node in nodes]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def path_reward(rows: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """The rewards as lines over the steps. A missing reward breaks the line and is named, never drawn as 0."""
    ink, accent = ("#E9E7E0", "#E57858") if dark else ("#22271F", "#B23A22")
    figure = go.Figure()
    for name, line in ((CHOSEN, ink), (SELECTED, accent)):
        path = rows[rows["path"] == name]
        if path["reward"].notna().any():
            figure.add_trace(_line(path, name, line, [_side(row, rows) for row in path.itertuples()]))
    for step in sorted(set(rows.loc[rows["reward"].isna(), "step"])):
        _mark_missing(figure, int(step), " and ".join(rows.loc[rows["reward"].isna() & (rows["step"] == step), "path"]))
    last = int(rows["step"].max()) if len(rows) else 1
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 48, "r": 16, "t": 8, "b": 44},
        showlegend=rows["path"].nunique() > 1,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="closest",
    )
    figure.update_xaxes(
        title="step", range=[0.7, last + 0.3], tickmode="linear", dtick=max(1, last // 12), showgrid=False
    )
    figure.update_yaxes(title="reward", range=[-0.12, 1.14], tickvals=[0, 0.25, 0.5, 0.75, 1], zeroline=False)
    return figure


def _line(path: pd.DataFrame, name: str, line: str, sides: list[str]) -> go.Scatter:
    rewards = [None if pd.isna(r) else float(r) for r in path["reward"]]
    return go.Scatter(
        x=path["step"].tolist(),
        y=rewards,
        name=name,
        mode="lines+markers+text",
        connectgaps=False,
        line={"color": line, "width": 2, "dash": "solid" if name == CHOSEN else "dot"},
        marker={"size": 12, "color": [color(r or 0.0) for r in rewards], "line": {"color": line, "width": 1.5}},
        text=["" if r is None else f"{r:.2f}" for r in rewards],
        textposition=sides,
        customdata=[escape(str(text)) for text in path["text"]],
        hovertemplate="%{customdata}<br>reward %{y:.3f}<extra></extra>",
        cliponaxis=False,
    )


def _side(row: Any, rows: pd.DataFrame) -> str:
    """Where a point's number goes: away from the other path's point at the same step."""
    others = rows.loc[(rows["step"] == row.step) & (rows["node"] != row.node), "reward"].dropna()
    return "bottom center" if len(others) and pd.notna(row.reward) and others.iloc[0] > row.reward else "top center"


def _mark_missing(figure: go.Figure, step: int, paths: str) -> None:
    figure.add_vrect(x0=step - 0.12, x1=step + 0.12, fillcolor="#868E96", opacity=0.18, line_width=0)
    figure.add_annotation(x=step, y=0.5, text="no reward", textangle=-90, showarrow=False, hovertext=paths)
