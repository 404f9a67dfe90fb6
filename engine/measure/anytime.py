"""Anytime curves: what would the search have answered, had it been stopped after so much compute?

A log holds every batch in its order. Replayed batch by batch, the tree stands as it stood then, and the
strategy's own rule of choice says what it would have answered; truth is known from the end of the log.
A batch is asked for as a whole: its answers count once all of it is paid for. Before the first finished
solution there is no answer, and that is not correct.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from engine.measure import bootstrap
from engine.measure.bootstrap import Floats
from engine.measure.curves import COLUMNS as POINTS
from engine.measure.curves import OUTCOME, SETTING, X, Y, line_names
from engine.measure.frame import COLUMNS, frame
from engine.protocol import Choice
from engine.runs import Run
from engine.tree import Closed, Cost, Grown, Node, Scored, Tree

Rule = Callable[[Tree], Choice]
BUDGETS = 32
"""Points of an anytime curve, evenly spaced on the log axis."""


class Moment(NamedTuple):
    """The state after one batch: what had been spent, and what would have been answered."""

    cost: Cost
    completions: int
    chosen: Node | None
    covered: bool | None
    """Whether a finished solution is right. None: nobody can tell."""
    event: int
    """Index in the log of the batch: from there on its cost is paid."""


def moments(tree: Tree, rule: Rule) -> Iterator[Moment]:
    """The states of a closed tree after each batch that added a node or a reward, in their order.

    `rule` is what the strategy chooses by (`protocol.Strategy.rule`); it is asked only where a solution
    is there and something changed. Raises `ValueError` if the tree is still open.
    """
    if tree.closed is None:
        raise ValueError("got a tree that is still open, expected a closed one: nobody knows its truth yet")
    past, verdicts, batch = Tree(tree.problem), list[bool | None](), 1
    for i, (event, following) in enumerate(pairwise(tree.events[1:]), start=1):
        past.apply(event)
        batch = i if isinstance(event, Grown | Scored) else batch
        if isinstance(following, Grown | Scored | Closed):  # marks and visits belong to the batch before them
            finished = past.finished()
            verdicts += [tree.closed.correct.get(node.id) for node in finished[len(verdicts) :]]
            covered = True if True in verdicts else None if None in verdicts else False
            yield Moment(past.cost, len(finished), rule(past)[0] if finished else None, covered, batch)


def timelines(name: str, run: Run, rule: Rule) -> pd.DataFrame:
    """Like `frame`, one row a tree and change: costs are what had been spent when the outcome became this one.

    The last row of a tree has the whole cost. A tree that failed is not correct at any time; one of
    which nobody can grade the answer has no outcome from then on.
    """
    rows = frame({name: run})
    found = [row for about in rows.to_dict("records") for row in _changes(about, run, rule)]
    return pd.DataFrame(found, columns=list(COLUMNS)).astype(dict(COLUMNS))


def _changes(about: dict[Any, Any], run: Run, rule: Rule) -> Iterator[dict[Any, Any]]:
    estimator = {"estimator": "anytime, replayed from the log"}
    if about["failed"] or pd.isna(about["correct"]):
        yield about | estimator
        return
    tree = run.tree(about["problem"])
    truth = tree.closed.correct if tree.closed else {}
    before: tuple[Any, Any] | None = None
    for moment in moments(tree, rule):
        outcome = (truth.get(moment.chosen.id) if moment.chosen else False, moment.covered)
        if outcome != before:
            yield about | estimator | _spent(moment) | {"correct": outcome[0], "covered": outcome[1]}
        before = outcome
    yield about | estimator


def _spent(moment: Moment) -> dict[str, Any]:
    cost = moment.cost
    return {
        "completions": moment.completions,
        "policy_tokens": cost.policy_tokens,
        "prompt_tokens": cost.prompt_tokens,
        "prm_tokens": cost.prm_tokens,
        "tokens": cost.tokens,
        "flops": cost.flops,
        "seconds": cost.seconds,
    }


def anytime_curve(
    rows: pd.DataFrame,
    *,
    x: X = "policy_tokens",
    y: Y = "accuracy",
    draws: int = bootstrap.DRAWS,
    seed: int = 0,
    budgets: int = BUDGETS,
) -> pd.DataFrame:
    """The columns of `curve`, one row a line and budget; each setting and n is a line. `rows`: of `timelines`.

    `x` is a budget: the most that is spent on any problem. A search that ended before it keeps its answer.
    The budgets go from what the first answer of any problem took to what the dearest problem took.
    """
    parts = [_of_one_search(part, x, y, draws, seed, budgets) for _, part in _searches(rows)]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=POINTS)
    points = pd.concat(parts, ignore_index=True)
    points["line"] = line_names(points) + ", n = " + points["n"].astype("str")
    return points[POINTS].sort_values(["line", "x"], ignore_index=True)


def _searches(rows: pd.DataFrame) -> Iterator[tuple[Any, pd.DataFrame]]:
    return iter(rows.groupby([*SETTING, "n"], dropna=False, sort=True))


def _of_one_search(rows: pd.DataFrame, x: X, y: Y, draws: int, seed: int, budgets: int) -> pd.DataFrame:
    spent = rows[x].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(spent).any() or not (spent > 0).any():
        return pd.DataFrame(columns=POINTS)
    first = spent[rows["completions"].to_numpy() > 0]
    low = first[first > 0].min() if (first > 0).any() else spent[spent > 0].min()
    grid = np.geomspace(low, spent.max(), budgets) if spent.max() > low else np.array([low])
    grid[-1] = spent.max()  # geomspace may end a rounding error below
    solved, last = _outcomes_at(rows, spent, grid, OUTCOME[y])
    told = dict(
        zip(("y", "low", "high"), zip(*bootstrap.means(solved, draws=draws, seed=seed), strict=True), strict=True)
    )
    about = {name: rows[name].iloc[0] for name in (*SETTING, "n", "estimator")}
    return pd.DataFrame(
        {
            "x": grid,
            **told,
            **about,
            "problems": (~np.isnan(solved)).sum(axis=0),
            "seeds": last["seed"].nunique(),
            "trees": len(last),
            "failures": int(last["failed"].sum()),
            "ungraded": int(last[OUTCOME[y]].isna().sum()),
            "draw_error": 0.0,
        }
    )


def _outcomes_at(rows: pd.DataFrame, spent: Floats, grid: Floats, outcome: str) -> tuple[Floats, pd.DataFrame]:
    """[problems, budgets], the mean over seeds; and the last row of each tree."""
    worth = rows[outcome].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    whose = rows.groupby(["problem", "run"], sort=True).ngroup().to_numpy()
    values, ends = [], []
    for tree in range(whose.max() + 1):
        of_tree = np.flatnonzero(whose == tree)
        place = np.searchsorted(spent[of_tree], grid, side="right")
        values.append(np.where(np.isnan(worth[of_tree[-1]]), np.nan, np.append(0.0, worth[of_tree])[place]))
        ends.append(of_tree[-1])
    last = rows.iloc[ends]
    means = pd.DataFrame(np.array(values)).groupby(last["problem"].to_numpy()).mean()
    return means.to_numpy(), last
