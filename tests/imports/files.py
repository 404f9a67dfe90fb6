"""Small files in the layouts of other systems, written here; and the real ones, where they are."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("ARBUTUS_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


def real(name: str) -> Path:
    """A published file. Skips the test where it isn't there."""
    file = DATA / name
    if not file.is_file():
        pytest.skip(f"no {name} in {DATA}; name its folder in ARBUTUS_DATA")
    return file


def write(file: Path, records: Sequence[Any], *, array: bool = False) -> Path:
    text = json.dumps(records, indent=1) if array else "".join(json.dumps(record) + "\n" for record in records)
    file.write_text(text, encoding="utf-8")
    return file


A, B = "10 - 4 = 6 (left: 5 6 6)\n", "4 + 5 = 9 (left: 6 9 10)\n"
A2, A3 = A + "5 * 6 = 30 (left: 6 30)\n", A + "5 * 6 = 30 (left: 6 30)\n30 - 6 = 24 (left: 24)\n"
DONE, WRONG = A3 + "Answer: 5 * (10 - 4) - 6 = 24\n", A3 + "Answer: 5 * 6 - 6 = 24\n"


def level(ys: list[str], new_ys: list[str], values: list[float], selected: list[str], x: str = "4 5 6 10") -> Any:
    return {"x": x, "ys": ys, "new_ys": new_ys, "values": values, "select_new_ys": selected}


THOUGHTS = {
    "idx": 900,
    "steps": [
        level([""], [A, B, A], [60.0, 3.0, 0], [A, B]),
        level([A, B], [A2], [22.0], [A2]),
        level([A2], [A3], [60.0], [A3]),
        level([A3], [WRONG, DONE], [3.0, 60.0], [DONE]),
    ],
    "ys": [DONE],
    "infos": [{"r": 1}],
    "usage_so_far": {"cost": 1.4},
}


def completion(text: str, rating: int | None) -> Any:
    return {"text": text, "rating": rating, "flagged": False}


LABELLED = {
    "labeler": "someone",
    "question": {"problem": "What is 1 + 1?", "ground_truth_answer": "2"},
    "label": {
        "steps": [
            {"completions": [completion("Add.", 1)], "human_completion": None, "chosen_completion": 0},
            {
                "completions": [completion("It is 3.", -1), completion("It is 4.", -1)],
                "human_completion": {"text": "It is 2.", "rating": None, "source": "human"},
                "chosen_completion": None,
            },
            {
                "completions": [completion("Well.", 0), completion("So 2.\n\n# Answer\n\n2", 1)],
                "human_completion": None,
                "chosen_completion": 1,
            },
        ],
        "finish_reason": "solution",
    },
}
ESTIMATED = {
    "question": "What is 1 + 1?",
    "final_answer": "2",
    "question_id": 0,
    "reasoning_steps": {
        "text": "What is 1 + 1?",
        "mc_value": 0.75,
        "children": [
            {"text": "It is \\(\\boxed{2}\\).", "mc_value": 1.0, "children": []},
            {
                "text": "Count.",
                "mc_value": 0.5,
                "children": [
                    {"text": "One and one is three.", "mc_value": 0.0, "children": []},
                    {"text": "One and one is 2.", "mc_value": 1.0, "children": []},
                ],
            },
        ],
    },
}
SHEPHERD = {
    "input": "What is 1 + 1? Step 1: Add 1 and 1. ки\nStep 2: It is 2. The answer is: 2 ки",
    "label": "What is 1 + 1? Step 1: Add 1 and 1. +\nStep 2: It is 2. The answer is: 2 -",
    "task": "GSM8K",
}
SAMPLES = {
    "question": "What is 999 + 1?",
    "ground_truth": "999 + 1 = <<999+1=1000>>1000\nA: 1,000",
    "6b_finetuning": {"is_correct": False, "solution": "It is 999.\nA: 999"},
    "175b_verification": {"is_correct": True, "solution": "999 + 1 = 1000\nA: 1000"},
}
FOUND = {
    "problem": "What is 1/2 + 1/2?",
    "answer": "1",
    "unique_id": "test/algebra/1.json",
    "level": 3,
    "subject": "Algebra",
    "completions": [
        "Add them.\n\nIt is $\\boxed{1}$.",
        "Add them.\n\nIt is $\\boxed{\\frac{2}{2}}$.\n\n",
        "Guess: \\boxed{3}",
    ],
    "scores": [[0.5, 0.75], [0.5, 0.25, 0.125], [0.1, 0.2]],
    "pred": "Add them.\n\nIt is $\\boxed{1}$.",
    "completion_tokens": [9, 11, -1],
}


def snapshot(nodes: list[int], edges: list[tuple[int, int, float]]) -> Any:
    """Nodes by number; the edges lead to them with a Q, and of each node the best one is selected."""
    best = {s: max(range(len(edges)), key=lambda i: (edges[i][0] == s, edges[i][2])) for s, _, _ in edges}
    return {
        "nodes": {str(n): {"id": n, "data": {"state": f"state {n}"}, "selected_edge": best.get(n)} for n in nodes},
        "edges": {
            str(i): {"id": i, "source": s, "target": t, "data": {"Q": q, "r_conf": 0.5}}
            for i, (s, t, q) in enumerate(edges)
        },
    }


SNAPSHOTS = {
    "logs": [
        snapshot([0, 7, 3], [(0, 7, 0.25), (0, 3, 0.5)]),
        snapshot([0, 7, 3, 9], [(0, 7, 0.75), (0, 3, 0.5), (7, 9, 0.9)]),
    ]
}
PLAIN = {
    "arbutus": 1,
    "question": "What is 1 + 1?",
    "id": "sum",
    "answer": "2",
    "steps": [
        {"id": "b", "parent": "a", "text": "So 2.", "end": True, "answer": "2", "correct": True, "reward": 0.9},
        {"id": "a", "text": "Add.", "reward": 0.8, "score": 1.4, "logprob": -0.5, "tokens": 3, "label": True},
        {"id": 3, "text": "Guess.", "kept": False, "why": "below the best"},
    ],
    "chosen": "b",
    "why": "the best",
}
SAMPLED = {
    "idx": 900,
    "ys": [
        f"Steps:\n{DONE.strip()}",
        "Steps:\n10 - 4 = 6 (left: 5 6 6)\n6 / 6 = 1 (left: 1 5)\nAnswer: None",
        "No valid combination found",
    ],
    "infos": [{"r": 1}, {"r": 0}, {"r": 0}],
    "usage_so_far": {"cost": 0.4},
}


def visit(actions: list[str], impossible: int = 0, right: float = 0.1) -> Any:
    count = {"sure": 1, "maybe": 2, "impossible": impossible}
    info = {"r_letter": 0.2, "r_word": right}
    return {"total_step": 7, "env_step": len(actions), "actions": actions, "info": info, "count": count}


CROSSWORD = [
    visit(["h2. motor"]),
    visit(["h2. motor", "h1. tasks"]),
    visit(["h2. motor", "h1. tasks", "h4. salon"], impossible=1),
    visit(["h2. motor", "v5. drier"], right=0.3),
]
PREFIXES = {
    "question": "What is 1 + 1?",
    "final_answer": "2",
    "reasoning_steps": [
        {"solution_prefix": "What is 1 + 1?", "mc_value": 0.75},
        {"solution_prefix": "What is 1 + 1?\n\nIt is \\(\\boxed{2}\\).", "mc_value": 1.0},
        {"solution_prefix": "What is 1 + 1?\n\nCount.", "mc_value": 0.5},
        {"solution_prefix": "What is 1 + 1?\n\nCount.\n\nOne and one is three.", "mc_value": 0.0},
    ],
}
ALL = {
    "tree-of-thoughts": THOUGHTS,
    "tree-of-thoughts-samples": SAMPLED,
    "tree-of-thoughts-crosswords": CROSSWORD,
    "omegaprm-prefixes": PREFIXES,
    "prm800k": LABELLED,
    "omegaprm": ESTIMATED,
    "math-shepherd": SHEPHERD,
    "gsm8k-solutions": SAMPLES,
    "search-and-learn": FOUND,
    "llm-reasoners": SNAPSHOTS,
    "plain": PLAIN,
}
