"""GSM8K's example solutions (Cobbe et al. 2021, arXiv:2110.14168): four models' solutions of each test question.

A line has the question, the reference (`ground_truth`), and for each model its `solution` and whether it is correct.
Steps are lines; the last line is "A: 18".
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.imports.draft import Draft, DraftError
from engine.imports.formats import Format

MODELS = {
    "6b_finetuning": "6B, finetuned",
    "6b_verification": "6B, best of 100 by a verifier",
    "175b_finetuning": "175B, finetuned",
    "175b_verification": "175B, best of 100 by a verifier",
}
ANSWER = "A:"


class Sample(msgspec.Struct):
    solution: str
    is_correct: bool


Line = dict[str, Any]


def read(line: Line) -> Draft:
    """One question, a chain of steps a model."""
    question, truth = line.get("question"), line.get("ground_truth")
    if not isinstance(question, str) or not isinstance(truth, str):
        raise DraftError("got no text as “question” and “ground_truth”, expected both")
    models = [name for name, value in line.items() if isinstance(value, dict)]
    if not models:
        raise DraftError("got no model's solution, expected such as “175b_verification”")
    draft = Draft(question, answer=_said(truth))
    draft.n = len(models)
    for model in models:
        _chain(draft, msgspec.convert(line[model], type=Sample), model)
    return draft


def _chain(draft: Draft, sample: Sample, model: str) -> None:
    steps = [step for step in sample.solution.split("\n") if step.strip()]
    node = 0
    for number, step in enumerate(steps, 1):
        last = number == len(steps)
        node = draft.add(
            node, step, ends=last, answer=_said(step) if last else None, correct=sample.is_correct if last else None
        )
        if last or number == 1:
            draft.mark(node, "kept", f"a solution of {MODELS.get(model, model)}")


def _said(text: str) -> str | None:
    last = text.rpartition("\n")[2].strip()
    return last[len(ANSWER) :].strip().replace(",", "") if last.startswith(ANSWER) else None


def _is_certain(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("ground_truth"), str) and any(
        isinstance(value, dict) and {"solution", "is_correct"} <= value.keys() for value in record.values()
    )


FORMAT = Format(
    name="gsm8k-solutions",
    title="GSM8K example solutions",
    source="Cobbe et al. 2021, arXiv:2110.14168",
    layout=dict[str, Any],
    read=read,
    is_certain=_is_certain,
    scores="There are none",
    rewards="there are none",
    truth="answers: as graded in the file; of steps nothing is known",
    task="gsm8k",
)
