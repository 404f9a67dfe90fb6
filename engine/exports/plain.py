"""Runs as plain JSON, a tree a line: what `engine.imports.plain` reads, for programs that know nothing of the log.

Left out is what plain JSON has no word for: visits and values of a tree search, errors, and what anything cost but
the tokens sampled.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.exports.files import whole_file
from engine.protocol import ArbutusError
from engine.runs import Run
from engine.tree import Grown, Node, Tree


def write_plain(runs: Mapping[str, Run], file: Path) -> int:
    """Write every tree that has ended, and give their number. Raises `ArbutusError` as `write_table`."""
    if file.suffix != ".jsonl":
        raise ArbutusError(f"got {file.name!r}, expected a name that ends in .jsonl")
    count = 0
    with whole_file(file) as part, part.open("w", encoding="utf-8") as out:
        for run in runs.values():
            for summary in run.summaries:
                out.write(json.dumps(plain(run.tree(summary.index)), ensure_ascii=False) + "\n")
                count += 1
    return count


def plain(tree: Tree) -> dict[str, Any]:
    """A tree as a record of plain JSON; what is missing is left out."""
    rounds = _rounds(tree)
    about = {
        "arbutus": 1,
        "question": tree.problem.question,
        "id": tree.problem.id,
        "answer": tree.problem.answer,
        "meta": dict(tree.problem.meta) or None,
        "steps": [_step(node, rounds[node.id]) for node in tree.nodes[1:]],
        "chosen": tree.chosen.id if tree.chosen else None,
        "why": tree.closed.reason if tree.closed else None,
    }
    return {name: value for name, value in about.items() if value is not None}


def _rounds(tree: Tree) -> list[int]:
    """For each node, by how many others its round came after."""
    found, made = [0], 0
    for event in tree.events:
        if isinstance(event, Grown):
            made += 1
            found += [made] * len(event.parent)
    return found


def _step(node: Node, round: int) -> dict[str, Any]:
    known = {
        "id": node.id,
        "parent": node.parent.id if node.parent and node.parent.id else None,
        "text": node.text,
        "reward": node.reward,
        "score": node.raw,
        "logprob": node.logprob,
        "tokens": node.cost.policy_tokens or None,
        "end": node.finished or None,
        "answer": node.answer if node.finished else None,
        "correct": node.correct if node.finished else None,
        "label": node.label,
        "kept": node.mark == "kept" if node.mark else None,
        "why": node.reason or None,
        "round": round,
    }
    return {name: value for name, value in known.items() if value is not None}
