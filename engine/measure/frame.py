"""Runs as a table: one row a tree. What every curve, summary and page counts from.

Reads the summaries of the log and nothing else: no tree is opened, so a sweep of a hundred runs is a
matter of a second. Trees that are still growing are not in the table.

**The rule for trees without a verdict.** A tree that failed, or that ended without an answer, is *not
correct*: leaving it out would reward a strategy for giving up. `failed` says which trees failed, and
every summary and curve reports how many. An answer that nobody can grade stays missing
(`pandas.NA`) and counts in no accuracy. If a run answered and not one answer could be graded,
nothing of it is known, and its failures are missing too.

**The rule for imported runs.** A file of another system that chooses no answer was not wrong: whether it
was right is missing. So is what it doesn't say was spent, and whether there was a right solution where
it has none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import pandas as pd

from engine.prices import Prices
from engine.runs import Run, RunInfo, Summary
from engine.tree import known_flops, total_flops

COLUMNS: Mapping[str, str] = {
    "run": "str",  # the run's name: unique in one frame
    "problem_set": "str",
    "strategy": "str",
    "n": "Int64",  # the strategy's parameter n, 1 if it has none
    "params": "str",  # the other parameters and the budget, as "name=value, …" in alphabetical order; no aggregate=last
    "seed": "Int64",
    "policy": "str",
    "prm": "str",  # missing where the strategy used none
    "temperature": "Float64",
    "problem": "str",
    "question": "str",
    "level": "Int64",  # difficulty, subject and steps are missing where the problem set doesn't tell
    "subject": "str",
    "steps": "Int64",  # steps that a solution needs, where the problem was made that way
    "answer": "str",
    "correct": "boolean",  # the chosen answer is right
    "covered": "boolean",  # some finished solution is right
    "failed": "bool",
    "stopped": "str",
    "error": "str",
    "nodes": "Int64",
    "completions": "Int64",  # finished solutions
    "policy_tokens": "Int64",  # sampled
    "prompt_tokens": "Int64",  # read by the policy before it wrote
    "prm_tokens": "Int64",  # read by the PRM
    "tokens": "Int64",  # policy_tokens + prm_tokens
    "flops": "Float64",  # floating-point operations of both models, missing where one is served
    "prm_flops": "Float64",  # of the PRM alone
    "seconds": "Float64",  # this tree's share of the time the models worked
    "money": "Float64",  # at the run's own prices; missing where it has none, until `priced`
    "estimator": "str",  # how `correct` and `covered` came about: measured, or estimated from a pool
    "draw_error": "Float64",  # the standard error that random draws left in `correct`, 0 if there were none
}
"""The columns of a frame and their pandas types."""
AT_ONCE = 5000
"""Summaries that become a table at once: as Python's objects they take ten times the room."""


def frame(runs: Iterable[Run] | Mapping[str, Run]) -> pd.DataFrame:
    """One row per (run, tree) that has ended. Runs are named by their key in a mapping, or by their path."""
    named = runs if isinstance(runs, Mapping) else {str(run.path): run for run in runs}
    tables, held = [], _nothing()
    for name, run in named.items():
        for part in _parts(name, run):
            for column, values in part.items():
                held[column] += values
            if len(held["run"]) >= AT_ONCE:
                tables.append(_table(held))
                held = _nothing()
    tables += [_table(held)] if held["run"] or not tables else []
    return tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)


def _nothing() -> dict[str, list[Any]]:
    return {name: [] for name in COLUMNS}


def _table(columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.array(values, dtype=COLUMNS[name]) for name, values in columns.items()})


def priced(rows: pd.DataFrame, prices: Prices) -> pd.DataFrame:
    """The same trees with what their tokens cost at these prices; missing where nothing has a price."""
    if not prices:
        return rows
    spent = prices.money(*(rows[name].astype("Float64") for name in ("policy_tokens", "prompt_tokens", "prm_tokens")))
    return rows.assign(money=spent)


def _parts(name: str, run: Run) -> Iterator[dict[str, list[Any]]]:
    """The columns of a run, some thousand rows at a time."""
    about, prices, summaries = _about(name, run.info), Prices(**run.info.prices), run.summaries
    first = summaries[:AT_ONCE]
    graded = _is_graded(chain(first, islice(summaries, AT_ONCE, None)))
    for begin in range(0, len(summaries), AT_ONCE):
        part = summaries[begin : begin + AT_ONCE] if begin else first
        told = _ended(part, graded) | _spent(part, prices)
        told = _as_imported(told, part) if run.info.source else told
        yield {column: [about.get(column)] * len(part) for column in COLUMNS} | told


def _is_graded(summaries: Iterable[Summary]) -> bool:
    """False if there are answers and not one of them can be graded."""
    answered = False
    for summary in summaries:
        if summary.chosen is not None and summary.stopped != "error":
            answered = True
            if summary.correct is not None:
                return True
    return not answered


def _about(name: str, info: RunInfo) -> dict[str, Any]:
    limits = {f"max {unit}": limit for unit, limit in info.budget.items() if limit is not None}
    parameters = dict(info.parameters) | limits
    if parameters.get("aggregate") == "last":
        del parameters["aggregate"]  # as in runs from before there was a choice
    n = parameters.pop("n", 1)
    return {
        "run": name,
        "problem_set": info.problem_set,
        "strategy": info.strategy,
        "n": int(n),
        "params": ", ".join(f"{key}={_number(value)}" for key, value in sorted(parameters.items())),
        "seed": info.seed,
        "policy": info.policy.get("id"),
        "prm": info.prm.get("id") if info.prm else None,
        "temperature": info.temperature,
        "estimator": "measured",
        "draw_error": 0.0,
    }


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _ended(part: Sequence[Summary], graded: bool) -> dict[str, list[Any]]:
    """What was asked, and how it ended."""
    verdicts = [_verdicts(s, graded) for s in part]
    return {
        "problem": [s.id for s in part],
        "question": [s.question for s in part],
        "level": _meta(part, "level", int),
        "steps": _meta(part, "steps", int),
        "subject": _meta(part, "subject", str),
        "answer": [s.answer for s in part],
        "correct": [correct for correct, _ in verdicts],
        "covered": [covered for _, covered in verdicts],
        "failed": [s.error is not None for s in part],
        "stopped": [s.stopped for s in part],
        "error": [s.error for s in part],
        "nodes": [s.nodes for s in part],
        "completions": [s.completions for s in part],
    }


def _meta(part: Sequence[Summary], name: str, kind: type) -> list[Any]:
    return [value if isinstance(value := s.meta.get(name), kind) else None for s in part]


def _verdicts(summary: Summary, graded: bool) -> tuple[bool | None, bool | None]:
    """Whether the answer was right, and whether some solution was."""
    correct, covered, failed = summary.correct, summary.covered, summary.error is not None
    unknown = False if graded else None
    if failed or summary.chosen is None:
        correct = unknown
    return correct, unknown if failed and not covered else covered


def _spent(part: Sequence[Summary], prices: Prices) -> dict[str, list[Any]]:
    return {
        "policy_tokens": [s.policy_tokens for s in part],
        "prompt_tokens": [s.prompt_tokens for s in part],
        "prm_tokens": [s.prm_tokens for s in part],
        "tokens": [s.policy_tokens + s.prm_tokens for s in part],
        "flops": [total_flops(s.policy_tokens, s.policy_flops, s.prm_tokens, s.prm_flops) for s in part],
        "prm_flops": [known_flops(s.prm_tokens, s.prm_flops) for s in part],
        "seconds": [s.seconds for s in part],
        "money": [prices.money(s.policy_tokens, s.prompt_tokens, s.prm_tokens) if prices else None for s in part],
    }


SPENT = ("policy_tokens", "prompt_tokens", "prm_tokens", "tokens", "flops", "prm_flops", "seconds", "money")


def _as_imported(told: dict[str, list[Any]], part: Sequence[Summary]) -> dict[str, list[Any]]:
    unsaid = {name: [value or None for value in told[name]] for name in SPENT}
    chose = [s.chosen is not None or s.error is not None for s in part]
    correct = [right if known else None for right, known in zip(told["correct"], chose, strict=True)]
    # Where a file has no solutions, the only one is the answer, if it chooses one.
    covered = [right if s.completions else only for s, right, only in zip(part, told["covered"], correct, strict=True)]
    return told | unsaid | {"correct": correct, "covered": covered}
