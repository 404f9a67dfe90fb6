"""How fast a big log opens.

Builds a run of small trees that grow 64 at a time, as the scheduler does, in a temporary folder, and
measures each reading in a process of its own.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.options import Options, peak
from bench.report import Sheet, verdict
from engine.runs import Run, RunInfo, RunWriter, pack
from engine.tree import Closed, Cost, Grown, Marked, Problem, Scored, Tree

TREES = 100_000
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


def measure(path: Path) -> dict[str, float]:
    """Of one run: seconds to open it and list its trees, milliseconds for a tree, megabytes of memory."""
    start = time.perf_counter()
    opened = Run.open(path)
    trees = sum(1 for _ in opened.summaries)
    seconds = time.perf_counter() - start
    rng, times = random.Random(1), []
    for _ in range(500):
        tree = rng.randrange(trees)
        start = time.perf_counter()
        opened.tree(tree)
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    memory = peak()
    return {"trees": trees, "open": seconds, "median": times[250], "worst": times[-1], "memory": memory}


def run(options: Options) -> list[Sheet]:
    """The list of a run of 100,000 trees, and single trees of it, in a folder and in one file."""
    columns = ("run", "trees", "open and list, s", "a tree, median ms", "at most ms", "memory MB", "on disk MB")
    sheet = Sheet("Opening a big log, each reading in a process of its own", columns)
    with tempfile.TemporaryDirectory() as name:
        folder, packed = Path(name, "run"), Path(name, "run.arbutus")
        start = time.perf_counter()
        build(folder, TREES // 10 if options.quick else TREES)
        sheet.notes.append(f"Written in {time.perf_counter() - start:.0f} s.")
        pack(folder, packed)
        found = [_apart("folder", folder, sheet), _apart("one file", packed, sheet)]
        (folder / "index.jsonl").unlink()
        _apart("folder that lost its index", folder, sheet)
    for what, key, limit in (
        ("open and list", "open", 1.5),
        ("a tree, at most ms", "worst", 50),
        ("MB", "memory", 500),
    ):
        worst = max(facts[key] for facts in found)
        sheet.notes.append(f"Bar: {what} at most {limit}: {worst:.3g}, {verdict(worst <= limit)}.")
    return [sheet]


def _apart(name: str, path: Path, sheet: Sheet) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.runs", str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    facts: dict[str, float] = json.loads(said)
    files = path.iterdir() if path.is_dir() else [path]
    size = sum(file.stat().st_size for file in files) / 1e6
    sheet.add(name, int(facts["trees"]), *(facts[key] for key in ("open", "median", "worst", "memory")), size)
    return facts


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
