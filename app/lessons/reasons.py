"""Why a step was kept or dropped, in the words of a lesson's language: short, as there is a line for all of a step.

A search writes its reason beside each mark, in English. The numbers in it are what counts; how it is said is in the
words, by the key that stands here. A reason that no lesson needs has none, and the mark says enough.
"""

import re

from app.lessons.words import Words
from engine.tree import Node

X = r"\d+(?:\.\d+)?"
KEYS = {
    rf"rank (?P<place>\d+) of (?P<of>\d+) by reward {X}; (?P<kept>\d+) kept": "why_among_the_best",
    rf"rank (?P<place>\d+) of (?P<of>\d+) by reward {X}; the cut of .+ was (?P<cut>{X})": "why_cut",
    r"the same step as node \d+": "why_same",
    rf"never visited, with {X}": "why_never_visited",
    rf"the first step below (?P<limit>{X}), with {X}: written again from before it": "why_first_rejected",
    rf"comes after a step that was rejected, with {X}": "why_after_rejected",
    rf"not rejected, with {X}": "why_not_rejected",
    rf"{X}, and node \d+ has (?P<other>{X})": "why_beaten",
    rf"{X}, not below (?P<limit>{X}): the best of (?P<of>\d+) at alert \d+, temperature (?P<temperature>{X})": (
        "why_holds"
    ),
}
"""By the words in which a search gives its reason; the named numbers are told."""
SILENT = rf"\d+ of \d+ visits, mean {X}", rf"ends a solution, with reward {X}"
"""Reasons that say no more than what stands beside them anyway."""


def reason(node: Node, said: Words) -> str:
    """Why the step got its mark; empty where there are no words for it."""
    for pattern, key in KEYS.items():
        if found := re.fullmatch(pattern, node.reason):
            return said(key, **found.groupdict())
    return ""
