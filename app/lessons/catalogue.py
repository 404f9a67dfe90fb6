"""The lessons in their order, built from the sample runs and kept until these change."""

from collections.abc import Callable
from functools import cache
from importlib import import_module

import streamlit as st

from app import data
from app.lessons.model import Lesson

LESSONS = (
    "one-pass",
    "vote",
    "step-rewards",
    "choosing",
    "beams",
    "tree-search",
    "going-back",
    "more-compute",
    "fooled",
    "one-or-two",
)
"""Names of the lessons, in the address and of their files."""


def lesson(name: str) -> Lesson:
    """A lesson as the sample runs tell it. Raises `ArbutusError` if they can't be read, or don't hold what it shows."""
    return _built(name, data.samples_stamp())


@cache
def builder(name: str) -> Callable[[], Lesson]:
    """What makes a lesson: the function `lesson` of its module."""
    made: Callable[[], Lesson] = import_module(f"app.lessons.{name.replace('-', '_')}").lesson
    return made


@st.cache_resource(max_entries=len(LESSONS) * 2, show_spinner=False)
def _built(name: str, stamp: int) -> Lesson:
    return builder(name)()
