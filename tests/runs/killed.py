"""A writer to be killed: `python -m tests.runs.killed FOLDER` goes on with a run and tells which trees are finished."""

import sys
from pathlib import Path

from engine.runs import RunInfo, RunWriter
from engine.tree import Closed, Cost, Event, Grown, Problem, Tree

PROBLEMS = 100_000
WINDOW = 6


def expected(t: int) -> Tree:
    """The tree that problem `t` always ends with."""
    tree = Tree(Problem(f"p{t}", f"question {t}"))
    for i in range(1 + t % 7):
        tree.apply(Grown([i], [f"step {i} of {t}" * 40], ["step"], [-0.1 * t], [None], [Cost(t, i)]))
    tree.apply(Closed(None, "nothing found", "done", {}, {}))
    return tree


def main(folder: Path) -> None:
    if (folder / "run.json").exists():
        writer, run = RunWriter.resume(folder)
        done = {summary.index for summary in run.summaries}
    else:
        writer, done = RunWriter.create(folder, _info()), set()
    print(flush=True)
    waiting = (t for t in range(PROBLEMS) if t not in done)
    live: dict[int, tuple[Tree, list[Event]]] = {}
    while True:
        while len(live) < WINDOW:
            t = next(waiting)
            whole = expected(t).events
            live[t] = Tree(whole[0].problem), whole[:0:-1]  # type: ignore[union-attr]
        for tree, to_come in live.values():
            tree.apply(to_come.pop())
        writer.write({t: tree for t, (tree, _) in live.items()})
        for t in [t for t, (tree, _) in live.items() if tree.closed]:
            del live[t]
            print(t, flush=True)


def _info() -> RunInfo:
    return RunInfo(
        task="none", problem_set="none", problems=PROBLEMS, strategy="none", parameters={}, seed=0, policy={}, prm=None
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
