"""Where a solution's answer stands, and where a solution ends. Text in, text out."""

import re
from collections.abc import Sequence

THINK, THOUGHT = "<think>", "</think>"
BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
FINAL = re.compile(
    r"^\W*(?:####|(?:so|thus|hence|therefore)?,?\s*(?:the\s+)?(?:final\s+)?answer(?:\s+is)?\s*:|A:)\s*(?P<answer>\S.*)$",
    re.IGNORECASE,
)
"""A line that says nothing but the answer: ``#### 18``, ``The answer is: 18``, ``A: 18``."""
SAID = re.compile(r"(?:####|\banswer(?:\s+is)?\s*:?|^A:)\s*(?P<answer>\S[^\n]*)", re.IGNORECASE | re.MULTILINE)
NUMBER = re.compile(r"-?\$?\d[\d,]*(?:\.\d+)?%?")


def after_thinking(text: str) -> str:
    """What stands after the last ``<think>`` block: all if there is none, nothing while one is open.

    A block may have been opened by the prompt, so that only its end is in the text.
    """
    rest = text.rpartition(THOUGHT)[2]
    return "" if THINK in rest else rest


def boxed(text: str) -> str | None:
    r"""The contents of the last ``\boxed{}`` whose braces close, None if there is none."""
    for match in reversed(list(BOXED.finditer(text))):
        depth = 1
        for end in range(match.end(), len(text)):
            if text[end] in "{}" and text[end - 1] != "\\":
                depth += 1 if text[end] == "{" else -1
                if not depth:
                    return text[match.end() : end]
    return None


def answer_of(text: str, *, last_number: bool = False) -> str | None:
    r"""What a finished solution answers: its last ``\boxed{}``, or what it says the answer is.

    With `last_number` the last number is taken where it says nothing of the kind. None if there is nothing.
    """
    said = after_thinking(text)
    found = boxed(said)
    if found is None and (lines := list(SAID.finditer(said))):
        found = lines[-1]["answer"]
    if found is None and last_number and (numbers := NUMBER.findall(said)):
        found = numbers[-1]
    return tidy(found) if found and tidy(found) else None


def ends(steps: Sequence[str], separator: str) -> bool:
    r"""Whether the last step ends the solution: a whole ``\boxed{}`` outside of thinking, or a line with the answer."""
    said = after_thinking(separator.join(steps))
    last = said[-len(steps[-1]) :] if steps[-1] else ""
    return boxed(last) is not None or FINAL.match(last.strip().rpartition("\n")[2]) is not None


def tidy(answer: str) -> str:
    """An answer without what is not part of it: dollar signs around it, a full stop, a wrapping ``\\text{}``."""
    found = answer.strip().strip("*").strip()
    while True:
        before = found
        found = found.strip().removesuffix(".").strip()
        for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
            if len(found) > len(opening) and found.startswith(opening) and found.endswith(closing):
                found = found[len(opening) : -len(closing)]
        found = found.replace("\\!", "").replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
        if found == before:
            return found
