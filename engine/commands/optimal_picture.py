"""The curve of the compute-optimal policy as a page or a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.figures.image import IMAGES, save_image
from engine.figures.optimal import optimal_info
from engine.figures.web import page
from engine.measure.arms import Arms
from engine.measure.curves import curve
from engine.measure.frame import frame, priced
from engine.measure.optimal import Point, table


def save(file: Path, arms: Arms, points: Sequence[Point], x: Any, runs: Mapping[str, Any], prices: Any) -> None:
    """Write `file`, whose name ends in .html, .png or .svg."""
    rows = frame(runs)
    drawn = optimal_info(curve(rows if prices is None else priced(rows, prices), x=x), arms, points, x)
    if file.suffix in IMAGES:
        save_image([drawn], file)
    else:
        told = table(arms, points).map(lambda value: f"{value:.4g}" if isinstance(value, float) else value)
        file.write_text(page([drawn], [("Each budget", told)]), encoding="utf-8")
