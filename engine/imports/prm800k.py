"""PRM800K (Lightman et al. 2023, arXiv:2305.20050): a solution a line, each step with people's labels.

At a step there may be several completions, each rated −1, 0 or +1; one of them, or one that a person wrote, was chosen
and the next step goes on from it.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.imports.draft import Draft, DraftError
from engine.imports.formats import Format

ANSWER = "# Answer"
REWARDS = {-1: 0.0, 0: 0.5, 1: 1.0}
LABELS = {-1: False, 1: True}


class Completion(msgspec.Struct):
    text: str
    rating: int | None = None


class Step(msgspec.Struct):
    completions: list[Completion] | None = None
    human_completion: Completion | None = None
    chosen_completion: int | None = None


class Labelled(msgspec.Struct):
    steps: list[Step]
    finish_reason: str | None = None


class Question(msgspec.Struct):
    problem: str
    ground_truth_answer: str | None = None
    pre_generated_verifier_score: float | None = None


class Solution(msgspec.Struct):
    question: Question
    label: Labelled
    generation: int | None = None


def read(solution: Solution) -> Draft:
    """One labelled solution, with the completions that were not chosen beside it."""
    asked = solution.question
    draft = Draft(asked.problem, answer=asked.ground_truth_answer)
    why = solution.label.finish_reason or "not said"
    facts = {
        "finish_reason": why,
        "generation": solution.generation,
        "verifier_score": asked.pre_generated_verifier_score,
    }
    draft.meta |= {name: value for name, value in facts.items() if value is not None}
    at: int | None = 0
    for number, step in enumerate(solution.label.steps, 1):
        if at is None:
            raise DraftError(f"got step {number}, but no completion of the step before it was chosen")
        at = _step(draft, at, step, number, asked.ground_truth_answer)
    draft.why = f"the labelling ended: {why}"
    if at and draft.ends(at):
        draft.choose(at, f"the labelled solution; the labelling ended: {why}")
    return draft


def _step(draft: Draft, parent: int, step: Step, number: int, truth: str | None) -> int | None:
    """Add the completions of a step. Returns the chosen one, None if there is none."""
    completions = step.completions or []
    chosen = step.chosen_completion
    if chosen is not None and not 0 <= chosen < len(completions):
        raise DraftError(
            f"got completion {chosen} as the chosen one of step {number}, expected 0 to {len(completions) - 1}"
        )
    nodes = [_completion(draft, parent, one, truth) for one in completions]
    if chosen is not None:
        return _kept(draft, nodes, nodes[chosen], "the labeller went on from it")
    if step.human_completion is not None:
        own = _completion(draft, parent, step.human_completion, truth)
        return _kept(draft, [*nodes, own], own, "written by the labeller, who went on from it")
    return None


def _kept(draft: Draft, nodes: list[int], kept: int, why: str) -> int:
    for node in nodes:
        draft.mark(node, *(("kept", why) if node == kept else ("dropped", "the labeller went on from another")))
    return kept


def _completion(draft: Draft, parent: int, one: Completion, truth: str | None) -> int:
    if one.rating not in (None, *REWARDS):
        raise DraftError(f"got the rating {one.rating}, expected -1, 0, 1 or none")
    answer = one.text.rpartition(ANSWER)[2].strip() if ANSWER in one.text else None
    return draft.add(
        parent,
        one.text,
        reward=None if one.rating is None else REWARDS[one.rating],
        raw=one.rating,
        ends=answer is not None,
        answer=answer,
        correct=None if answer is None else _correct(answer, truth, one.rating),
        label=None if one.rating is None else LABELS.get(one.rating),
    )


def _correct(answer: str, truth: str | None, rating: int | None) -> bool | None:
    """Right if it reads as the key does; else as its last step was rated, for answers may be spelled in many ways."""
    if truth is not None and answer == truth.strip():
        return True
    return None if rating is None else LABELS.get(rating)


def _is_certain(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("label"), dict) and isinstance(record.get("question"), dict)


FORMAT = Format(
    name="prm800k",
    title="PRM800K",
    source="Lightman et al. 2023, arXiv:2305.20050",
    layout=Solution,
    read=read,
    is_certain=_is_certain,
    scores="A person's label: −1 wrong, 0 neutral, +1 good",
    rewards="−1, 0, +1 are 0, 0.5, 1; a step that nobody rated has none",
    truth="steps: the same labels, a neutral one tells nothing; "
    "answers: right if equal to the key, else as the last step is rated",
    task="math",
)
