"""Curves as a PNG or an SVG, one figure below the other."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.figures.curves import draw
from engine.figures.curves_info import Info
from engine.figures.paper import picture
from engine.figures.picture import Picture, stacked
from engine.figures.png import png
from engine.figures.svg import svg

IMAGES = (".png", ".svg")


def save_image(panels: Sequence[Info], file: Path) -> None:
    """Write the figures, each with its title and notes. `file`: its name ends in one of `IMAGES`."""
    sheet = stacked([_picture(info) for info in panels])
    if file.suffix == ".svg":
        file.write_text(svg(sheet), encoding="utf-8")
    else:
        file.write_bytes(png(sheet))


def _picture(info: Info) -> Picture:
    titled = replace(info, notes=[f"<b>{info.title}</b>", *info.notes]) if info.title else info
    return picture(draw(titled), info.title)
