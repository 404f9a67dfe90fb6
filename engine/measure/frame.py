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

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
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
"""Rows that become a table at once: as Python's objects they take ten times the room."""


def frame(runs: Iterable[Run] | Mapping[str, Run]) -> pd.DataFrame:
    """One row per (run, tree) that has ended. Runs are named by their key in a mapping, or by their path."""
    named = runs if isinstance(runs, Mapping) else {str(run.path): run for run in runs}
    rows = (row for name, run in named.items() for row in _rows(name, run))
    parts = [_table(list(islice(rows, AT_ONCE)))]
    while len(parts[-1]) == AT_ONCE:
        parts.append(_table(list(islice(rows, AT_ONCE))))
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict(COLUMNS))


def priced(rows: pd.DataFrame, prices: Prices) -> pd.DataFrame:
    """The same trees with what their tokens cost at these prices; missing where nothing has a price."""
    if not prices:
        return rows
    spent = prices.money(*(rows[name].astype("Float64") for name in ("policy_tokens", "prompt_tokens", "prm_tokens")))
    return rows.assign(money=spent)


def _rows(name: str, run: Run) -> Iterator[dict[str, Any]]:
    about = _about(name, run.info)
    graded = _is_graded(run.summaries)
    prices = Prices(**run.info.prices)
    as_known = _as_imported if run.info.source else lambda row, _: row
    for summary in run.summaries:
        yield about | as_known(_row(summary, graded, prices), summary)


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
    }


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


SPENT = ("policy_tokens", "prompt_tokens", "prm_tokens", "tokens", "flops", "prm_flops", "seconds", "money")


def _as_imported(row: dict[str, Any], summary: Summary) -> dict[str, Any]:
    unsaid = [name for name in SPENT if not row[name]]
    if summary.chosen is None and not row["failed"]:
        unsaid.append("correct")
    told = row | dict.fromkeys(unsaid)
    if not summary.completions:  # then the only solution is the answer, if the file chooses one
        told["covered"] = told["correct"]
    return told


def _row(summary: Summary, graded: bool, prices: Prices) -> dict[str, Any]:
    failed = summary.error is not None
    correct, covered = summary.correct, summary.covered
    tokens = (summary.policy_tokens, summary.prompt_tokens, summary.prm_tokens)
    if failed or summary.chosen is None:
        correct = False if graded else None
    if failed and not covered:
        covered = False if graded else None
    return {
        "problem": summary.id,
        "question": summary.question,
        "level": level if isinstance(level := summary.meta.get("level"), int) else None,
        "steps": steps if isinstance(steps := summary.meta.get("steps"), int) else None,
        "subject": subject if isinstance(subject := summary.meta.get("subject"), str) else None,
        "answer": summary.answer,
        "correct": correct,
        "covered": covered,
        "failed": failed,
        "stopped": summary.stopped,
        "error": summary.error,
        "nodes": summary.nodes,
        "completions": summary.completions,
        "policy_tokens": summary.policy_tokens,
        "prompt_tokens": summary.prompt_tokens,
        "prm_tokens": summary.prm_tokens,
        "tokens": summary.policy_tokens + summary.prm_tokens,
        "flops": total_flops(summary.policy_tokens, summary.policy_flops, summary.prm_tokens, summary.prm_flops),
        "prm_flops": known_flops(summary.prm_tokens, summary.prm_flops),
        "seconds": summary.seconds,
        "money": prices.money(*tokens) if prices else None,
        "estimator": "measured",
        "draw_error": 0.0,
    }
