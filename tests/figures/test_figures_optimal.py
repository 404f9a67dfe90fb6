"""What the figure of the compute-optimal policy says of its points."""

import pandas as pd

from engine.figures.curves import draw
from engine.figures.optimal import FIXED, OURS, optimal_info
from engine.measure.curves import COLUMNS
from engine.measure.optimal import compute_optimal
from tests.measure.test_optimal import world


def behind() -> pd.DataFrame:
    """Points of two strategies, one of them a plan that was run, as `engine.measure.curve` gives them."""
    usual: dict[str, object] = {**dict.fromkeys(COLUMNS, 0), "problem_set": "some", "params": ""}
    usual |= {"policy": "", "prm": "", "estimator": "measured", "problems": 20, "seeds": 1, "draw_error": 0.0}
    given = [("beam", 1, 1.0, 0.5), ("beam", 2, 9.0, 1.0), ("compute-optimal", 16, 5.0, 0.9)]
    return pd.DataFrame(
        [
            usual | {"line": name, "strategy": name, "n": n, "x": x, "y": y, "low": y, "high": y}
            for name, n, x, y in given
        ]
    )


def test_points_of_the_plan_tell_their_budget_and_not_an_n_and_those_behind_keep_theirs() -> None:
    arms = world([[0, 1], [1, 1]], [1, 9], [0.1, 0.9])
    points = compute_optimal(arms, [2.0, 6.0, 10.0], parts=2)
    drawn = optimal_info(behind(), arms, points, "policy_tokens")
    lines = {line.name: line for line in drawn.lines}
    assert set(lines) == {"beam", "compute-optimal", OURS, FIXED}
    assert "n = 2" in lines["beam"].hover[1] and "n = 16" in lines["compute-optimal"].hover[0]
    assert lines[OURS].y == [point.accuracy.mean for point in points]
    assert OURS in {trace.name for trace in draw(drawn).data}
    for name in (OURS, FIXED):
        assert len(lines[name].hover) == len(points) and not any("n = " in told for told in lines[name].hover)
    told = lines[OURS].hover[1]
    mean, low, high = points[1].accuracy
    assert "at most 6 policy tokens" in told and f"{mean:.1%} solved ({low:.1%} to {high:.1%})" in told
    assert "20 problems, cross-validated" in told and "5 policy tokens per problem" in told
    assert f"{points[1].fixed[0]:.1%} solved" in lines[FIXED].hover[1]
