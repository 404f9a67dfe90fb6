"""Honest numbers from logged runs: tables, unbiased estimates, paired intervals, curves.

Knows `engine.tree` and `engine.runs`; knows no model, no search and no page.
"""

from engine.measure.curves import curve
from engine.measure.frame import frame
from engine.measure.summary import summarize_run

__all__ = ["curve", "frame", "summarize_run"]
