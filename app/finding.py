"""Finding a problem by its words among the many of a run."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

LISTED = 500
"""Problems that a list offers at once."""
_KEY = "tree-find"


def found(problems: pd.DataFrame, go: Callable[[str], None]) -> pd.DataFrame:
    """Those of the problems that hold the words one typed, all while there are none; few problems have no such field.

    New words lead to the first problem that holds them: `go` goes to a problem by its id.
    """
    if len(problems) <= LISTED:
        return problems

    def to_the_first() -> None:
        here = holding(problems, st.session_state[_KEY])["problem"].tolist()
        if here and st.query_params.get("problem") not in here:
            go(here[0])

    words = st.text_input("Find a problem", key=_KEY, width=160, placeholder="words or id", on_change=to_the_first)
    return holding(problems, words)


def holding(problems: pd.DataFrame, words: str) -> pd.DataFrame:
    """The problems whose id or question holds these words, in any case of letters."""
    wanted = words.strip()
    if not wanted:
        return problems
    held = [problems[text].str.contains(wanted, case=False, regex=False) for text in ("problem", "question")]
    return problems[held[0] | held[1]]


def counted(here: int, of: int) -> str:
    """How a list of problems is called: how many were found, among how many."""
    return f"Problem ({of:,})" if here == of else f"Problem ({here:,} of {of:,} found)"
