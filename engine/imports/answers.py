"""What a solution answers, found in a time that grows with its length alone, whatever is in it."""

import re

from engine.tasks.maths.answers import answer_of

END = 4000
"""Characters at the end of a solution in which its answer is looked for."""
BLANKS = re.compile(r"[^\S\n]+")
LINES = re.compile(r"[\n ]*\n[\n ]*")


def answer_in(solution: str) -> str | None:
    """What a solution says that its answer is, at its end; None if it says nothing of the kind.

    Long gaps and unclosed boxes cost the patterns dearly, so gaps are closed, and little is looked at.
    """
    return answer_of(LINES.sub("\n", BLANKS.sub(" ", solution[-END:])))
