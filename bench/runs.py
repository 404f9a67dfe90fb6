"""How fast a big log opens: `python -m bench.runs [trees]`.

Builds a run of small trees that grow 64 at a time, as the scheduler does, in a temporary folder, and
measures each reading in a process of its own.
"""

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine.runs import Run, RunInfo, RunWriter, pack
from engine.tree import Closed, Cost, Grown, Marked, Problem, Scored, Tree

WINDOW = 64
ROUNDS = 3


def build(folder: Path, trees: int) -> None:
    """Write a run of `trees` trees of ten nodes into `folder`."""
    info = RunInfo(
        task="countdown", problem_set="bench", problems=trees, strategy="beam", parameters={"n": 3}, seed=0,
        policy={"id": "none"}, prm=None,
    )  # fmt: skip
    rng = random.Random(0)
    with RunWriter.create(folder, info) as writer:
        for start in range(0, trees, WINDOW):
            live = {t: _tree(t) for t in range(start, min(start + WINDOW, trees))}
            for left in reversed(range(ROUNDS)):
                for tree in live.values():
                    _grow(tree, rng, "step" if left else "end")
                writer.write(live)
            for tree in live.values():
                best = max(tree.finished(), key=lambda node: node.reward or 0)
                truth: dict[int, bool | None] = {node.id: rng.random() < 0.5 for node in tree.finished()}
                tree.apply(Closed(best.id, "highest last reward", "done", truth, {}))
            writer.write(live)


def _tree(t: int) -> Tree:
    return Tree(Problem(f"bench-{t}", f"Use 3, 5, 8 and {t % 97} to make 24.", meta={"numbers": [3, 5, 8, t % 97]}))


def _grow(tree: Tree, rng: random.Random, finish: str) -> None:
    first = len(tree)
    new = list(range(first, first + 3))
    texts = [f"{rng.randrange(100)} - {rng.randrange(100)} = {rng.randrange(100)}" for _ in new]
    logprobs: list[float | None] = [-rng.random() for _ in new]
    cost = [Cost(12, 0, 0, 2.4e7, 0.0, 0.001)] * 3
    parents = [max(0, first - 3)] * 3
    tree.apply(Grown(parents, texts, [finish] * 3, logprobs, [None] * 3, cost))  # type: ignore[list-item]
    rewards: list[float | None] = [rng.random() for _ in new]
    tree.apply(Scored(new, rewards, rewards, [Cost(prm_tokens=40, prm_flops=8e7, seconds=0.001)] * 3))
    tree.apply(Marked(new, ["kept", "dropped", "dropped"], ["among the best 1", "below 0.51", "below 0.51"]))


def measure(path: Path) -> str:
    """One line: time to open and to list, time for a tree, memory."""
    start = time.perf_counter()
    run = Run.open(path)
    listed = len(run.summaries)
    opened = time.perf_counter() - start
    rng, times = random.Random(1), []
    for _ in range(500):
        t = rng.randrange(listed)
        start = time.perf_counter()
        run.tree(t)
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{listed} trees in {opened:.2f} s; a tree in {times[250]:.2f} ms, at most {times[-1]:.1f}; {memory:.0f} MB"


def main(trees: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run, packed = Path(folder, "run"), Path(folder, "run.arbutus")
        _timed("build", lambda: build(run, trees))
        _timed("pack", lambda: pack(run, packed))
        sizes = {path.name: f"{path.stat().st_size / 1e6:.0f} MB" for path in (*sorted(run.iterdir()), packed)}
        print(sizes, flush=True)
        _print("folder", run)
        _print("packed", packed)
        (run / "index.jsonl").unlink()
        _print("folder without its index", run)


def _timed(name: str, work) -> None:  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    work()
    print(f"{name}: {time.perf_counter() - start:.1f} s", flush=True)


def _print(name: str, path: Path) -> None:
    command = [sys.executable, "-m", "bench.runs", "--measure", str(path)]
    print(f"{name}: {subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(measure(Path(sys.argv[2])))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
