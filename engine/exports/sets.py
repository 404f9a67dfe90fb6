"""Sets to train models with, from the trees of runs, as JSONL in the layouts that `datasets` and TRL read.

    sft          {"prompt": "…", "completion": "…"}                      right solutions
    preferences  {"prompt": "…", "chosen": "…", "rejected": "…"}          contrasts between siblings
    steps        {"prompt": "…", "completions": ["…"], "labels": [true]}  TRL's stepwise supervision

**What is good.** By default what is known: a solution that is right, a step whose label is known, or the labels of a
file made by rollouts. By reward it is a reward of `least` or more, true or not. What can't be told is left out and
counted, never taken for bad.

**Once each.** Equal examples count once over all runs, and of a question at most `per_problem` are written, those that
come first.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from engine.exports.examples import SETS
from engine.exports.files import whole_file
from engine.exports.filters import ORIGIN, Filters, Report, Source
from engine.exports.prompts import writing_of
from engine.protocol import ArbutusError
from engine.runs import Run


def write_set(what: str, runs: Mapping[str, Run], file: Path, filters: Filters) -> Report:
    """Write the set `what` from some runs, named by their keys, and say what became of their trees.

    Raises `ArbutusError` for a name that doesn't end in .jsonl, and if there is no example, having written nothing.
    """
    if file.suffix != ".jsonl":
        raise ArbutusError(f"got {file.name!r}, expected a name that ends in .jsonl")
    if filters.chat and what == "steps":
        raise ArbutusError("got --chat for steps, expected sft or preferences: TRL knows no stepwise conversation")
    report = Report()
    with whole_file(file) as part:
        with part.open("w", encoding="utf-8") as out:
            for example in _chosen(what, runs, filters, report):
                out.write(json.dumps(example, ensure_ascii=False) + "\n")
        if not report.written:
            raise ArbutusError(f"{file.name}: got no example: {report.words()}")
    return report


def _chosen(what: str, runs: Mapping[str, Run], filters: Filters, report: Report) -> Iterator[dict[str, Any]]:
    seen: set[bytes] = set()
    of_question: Counter[str] = Counter()
    for name, run in runs.items():
        writing = writing_of(run.info)
        for summary in run.summaries:
            report.trees += 1
            question = summary.question
            for example in SETS[what](Source(name, run.tree(summary.index), writing, filters, report)):
                key = _key(example)
                if key in seen:
                    report.repeats += 1
                elif filters.per_problem is not None and of_question[question] >= filters.per_problem:
                    report.over += 1
                else:
                    seen.add(key)
                    of_question[question] += 1
                    report.written += 1
                    report.problems.add(question)
                    yield example


def _key(example: Mapping[str, Any]) -> bytes:
    """What makes two examples the same: all that is trained on."""
    told = {name: value for name, value in example.items() if name not in ORIGIN}
    return blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=16).digest()
