"""Math-Shepherd's training set (Wang et al. 2023, arXiv:2312.08935): a solution a line, as text.

`input` has the question and the steps, each followed by the token "ки"; `label` is the same text with + or − in place
of the tokens: whether any rollout from that step came to the right answer, and for the last step whether its own is.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from engine.imports.draft import Draft, DraftError
from engine.imports.formats import Format

TAG = "ки"
FIRST = re.compile(r"\bStep 1\s*:")
ANSWER = "The answer is"
REWARDS = {"+": 1.0, "-": 0.0}


class Line(msgspec.Struct):
    input: str
    label: str
    task: str | None = None


def read(line: Line) -> Draft:
    """One solution: a chain of steps."""
    parts = line.input.split(TAG)
    if len(parts) < 2 or parts[-1].strip():
        raise DraftError(f"got an input that doesn't end with {TAG!r}, expected one after each step")
    labels = _labels(parts[:-1], line.label)
    begin = FIRST.search(parts[0])
    if begin is None:
        raise DraftError("got no “Step 1:” in the input, expected the question before it")
    draft = Draft(parts[0][: begin.start()].strip(), **({"subject": line.task} if line.task else {}))
    steps = [parts[0][begin.start() :].strip(), *(part.strip() for part in parts[1:-1])]
    node = 0
    for number, (step, label) in enumerate(zip(steps, labels, strict=True), 1):
        last = number == len(steps)
        node = draft.add(
            node,
            step,
            reward=REWARDS[label],
            ends=last,
            answer=step.rpartition(ANSWER)[2].lstrip(":").strip() if last and ANSWER in step else None,
            correct=label == "+" if last else None,
        )
    draft.choose(node, "the only solution of this line")
    return draft


def _labels(parts: list[str], text: str) -> list[str]:
    """The labels, one for each part of the input. Raises `DraftError` where the two texts differ otherwise."""
    found, at = [], 0
    for number, part in enumerate(parts, 1):
        at += len(part)
        label = text[at : at + 1]
        if text[at - len(part) : at] != part or label not in REWARDS:
            raise DraftError(f"got a label that differs from the input at step {number}, expected + or - for {TAG!r}")
        found.append(label)
        at += 1
    if text[at:].strip():
        raise DraftError(f"got more label than input after step {len(parts)}, expected both to end there")
    return found


def _is_certain(record: Mapping[str, Any]) -> bool:
    text = record.get("input")
    return isinstance(text, str) and TAG in text and isinstance(record.get("label"), str)


FORMAT = Format(
    name="math-shepherd",
    title="Math-Shepherd",
    source="Wang et al. 2023, arXiv:2312.08935",
    layout=Line,
    read=read,
    is_certain=_is_certain,
    scores="A hard Monte-Carlo estimate: + if any rollout from here came to the right answer",
    rewards="+ is 1, − is 0",
    truth="answers: the label of the last step; of other steps nothing is known but the estimate",
    task="jsonl",
)
