"""Trees of OmegaPRM (Luo et al. 2024, arXiv:2406.06592) as OpenR writes them: nested nodes, each with its estimate.

A node's `mc_value` is the share of rollouts from it that ended right. Only a right solution is kept whole, as a leaf
of value 1; a wrong one is cut up in the search for its first wrong step, and what is left of it is no solution.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.imports.answers import answer_in
from engine.imports.draft import Draft
from engine.imports.formats import Format


class Node(msgspec.Struct):
    text: str
    children: list["Node"]
    mc_value: float | None = None


class Question(msgspec.Struct):
    question: str
    reasoning_steps: Node
    final_answer: str | None = None


def read(record: dict[str, Any]) -> Draft:
    """One question's tree; of a tree without its record, the first node is the question."""
    if "reasoning_steps" in record or "children" not in record:
        question = msgspec.convert(record, type=Question)
    else:
        alone = msgspec.convert(record, type=Node)
        question = Question(alone.text, alone)
    root = question.reasoning_steps
    draft = Draft(question.question, answer=question.final_answer)
    if root.mc_value is not None:
        draft.meta["mc_value"] = root.mc_value
    waiting = [(0, child) for child in root.children]
    while waiting:
        below = []
        for parent, node in waiting:
            whole = not node.children and node.mc_value == 1
            made = draft.add(
                parent,
                node.text,
                reward=node.mc_value,
                raw=node.mc_value,
                ends=whole,
                answer=(answer_in(node.text) or question.final_answer) if whole else None,
                correct=True if whole else None,
            )
            below += [(made, child) for child in node.children]
        waiting = below
    return draft


def _is_certain(record: Mapping[str, Any]) -> bool:
    tree = record.get("reasoning_steps", record)
    return isinstance(tree, dict) and {"text", "children"} <= tree.keys()


FORMAT = Format(
    name="omegaprm",
    title="OmegaPRM tree",
    source="Luo et al. 2024, arXiv:2406.06592, as written by OpenR (Wang et al. 2024, arXiv:2410.09671)",
    layout=dict[str, Any],
    read=read,
    is_certain=_is_certain,
    scores="A Monte-Carlo estimate: the share of rollouts from here that ended right",
    rewards="the estimate itself",
    truth="answers: OpenR keeps whole only those that it found right; of steps nothing is known but the estimate",
    task="math",
)
