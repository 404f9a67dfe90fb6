"""Any figure of a page as a file: PNG and SVG drawn here, HTML with plotly inside. Light, and nothing is fetched."""

from html import escape

import plotly.graph_objects as go

from engine.figures.paper import picture
from engine.figures.png import png
from engine.figures.svg import svg

STYLE = "body { font: 15px/1.45 system-ui, sans-serif; color: #22271f; margin: 1.5rem } h1 { font-size: 1.15rem }"


def as_png(figure: go.Figure, title: str) -> bytes:
    """A PNG of 1,800 pixels' width. Raises `ValueError` for a figure that can't be drawn."""
    return png(picture(figure, title))


def as_svg(figure: go.Figure, title: str) -> str:
    """The same as SVG, its words as words. Raises `ValueError` for a figure that can't be drawn."""
    return svg(picture(figure, title))


def as_html(figure: go.Figure, title: str) -> str:
    """A page with the figure, which can be hovered over, and with plotly's own script: some 5 MB."""
    light = go.Figure(figure).update_layout(template="plotly_white")
    config = {"displayModeBar": False, "responsive": True}
    drawn = light.to_html(full_html=False, include_plotlyjs=True, config=config)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f'<!doctype html><html lang="en"><head>{head}{view}</head><body><h1>{escape(title)}</h1>{drawn}</body></html>'
    )
