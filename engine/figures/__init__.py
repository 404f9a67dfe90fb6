"""Figures of curves and of PRMs: DataFrames in; a plotly figure for the page and for HTML, or an image, out."""
