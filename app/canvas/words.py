"""The words of the canvas in other languages than its own, English: a file each, from the English ones to theirs.

The scripts and the page are written in English, and what is said there is looked up here. `{names}` stand for values.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ENGLISH = "en"
HERE = Path(__file__).parent


@cache
def words(language: str) -> Mapping[str, str]:
    """What is said in `language`, a code such as ``zh``, by what is said in English; nothing for English itself."""
    if language == ENGLISH:
        return {}
    return tomllib.loads((HERE / f"{language}.toml").read_text(encoding="utf-8"))
