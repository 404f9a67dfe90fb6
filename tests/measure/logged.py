"""Small real runs with chosen outcomes, written to disk as the engine writes them. No model is asked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.runs import RunInfo, RunWriter
from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree

POLICY = {"id": "tiny-policy"}
PRM = {"id": "tiny-prm"}


def a_tree(
    problem: str,
    right: Sequence[bool | None],
    *,
    chosen: int | None = 0,
    error: str | None = None,
    counted: bool = True,
    **meta: Any,
) -> Tree:
    """A question with one finished solution a verdict; `chosen` counts solutions from 0.

    `counted`: whether anybody knows the FLOPs. `meta`: of the problem.
    """
    n = len(right)
    tree = Tree(Problem(problem, f"Make 24 from {problem.replace('-', ' ')}", None, meta))
    steps = [f"solution {i} (left: {24 if ok else i + 25})" for i, ok in enumerate(right)]
    answers: list[str | None] = ["24" if ok else str(i + 25) for i, ok in enumerate(right)]
    costs = [Cost(policy_tokens=20 + i % 3, policy_flops=4e7 * counted, seconds=0.002) for i in range(n)]
    if n:
        tree.apply(Grown([0] * n, steps, ["end"] * n, [-1.0] * n, answers, costs))
        rewards: list[float | None] = [0.9 if ok else 0.2 for ok in right]
        tree.apply(
            Scored(list(range(1, n + 1)), rewards, list(rewards), [Cost(prm_tokens=30, prm_flops=6e7 * counted)] * n)
        )
    node = None if chosen is None or not n else chosen + 1
    truth = {i + 1: ok for i, ok in enumerate(right)}
    tree.apply(Closed(node, "as the test wants it", "error" if error else "done", truth, {}, error))
    return tree


def an_info(problems: int, strategy: str = "beam", **changes: Any) -> RunInfo:
    """What such a run says of itself."""
    usual: dict[str, Any] = {
        "task": "countdown",
        "problem_set": "tot-100",
        "problems": problems,
        "strategy": strategy,
        "parameters": {"n": 4},
        "seed": 0,
        "policy": POLICY,
        "prm": PRM,
        "command": f"python -m engine run --task countdown --problems tot-100 --strategy {strategy}",
    }
    return RunInfo(**usual | changes)


def write_run(folder: Path, trees: Sequence[Tree], strategy: str = "beam", **changes: Any) -> Path:
    """Log the trees as a run in `folder`."""
    with RunWriter.create(folder, an_info(len(trees), strategy, **changes)) as writer:
        writer.write(dict(enumerate(trees)))
    return folder


def write_sweep(folder: Path, *, problems: int = 6, ns: Sequence[int] = (1, 4, 16), seeds: int = 2) -> Path:
    """Greedy, best-of-n and beam runs over the same problems: the harder ones need a larger n."""
    names = [f"{i + 1}-{i + 2}-6-10" for i in range(problems)]
    for strategy in ("greedy", "best-of-n", "beam"):
        for n in (1,) if strategy == "greedy" else ns:
            for seed in range(seeds):
                reach = {"greedy": 2, "best-of-n": n, "beam": n + 1}[strategy] + seed
                trees = [a_tree(name, [i < reach] + [False] * (n - 1)) for i, name in enumerate(names)]
                parameters = {} if strategy == "greedy" else {"n": n}
                prm = None if strategy == "greedy" else PRM
                place = folder / f"{strategy}-n{n}-s{seed}"
                write_run(place, trees, strategy, parameters=parameters, seed=seed, prm=prm)
    return folder
