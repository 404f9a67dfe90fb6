"""Trees larger than any of the sample runs: real searches, led by a script, written as runs.

Speed on them depends on how many steps there are and how they hang together, not on whether they are clever.
"""

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path

from engine.models.scripted import Option, ScriptedPolicy, ScriptedPRM
from engine.runner import describe_run, execute
from engine.runs import Run
from engine.scheduler import Setting
from engine.search import check_parameters, find_strategy
from engine.tasks import find_task

QUESTION = "Make 952 from 3 7 8 25 50 75"
DEPTH = 8
"""Steps of a solution."""
OPTIONS = 2000


def grow(folder: Path, strategy: str, n: int, **shape: int) -> Run:
    """A run of one tree, searched with `n`."""
    task, found = find_task("countdown"), find_strategy(strategy)
    parameters = check_parameters(found, {"n": n, **shape})
    setting = Setting(task, found, ScriptedPolicy(_steps), ScriptedPRM(_luck), parameters, label=False)
    problems = [task.read(QUESTION)]
    info = describe_run(setting, "bench", problems, title=f"{strategy}, n = {n:,}")
    return execute(folder, setting, problems, info)


def _steps(prompt: str, steps: tuple[str, ...]) -> Sequence[Option]:
    return _options(len(steps))


@cache
def _options(depth: int) -> Sequence[Option]:
    """So many steps to choose from at a depth that few siblings are the same; none is better than another."""
    wholes = [(depth + 1 + i % 50, 2 + i // 50) for i in range(OPTIONS)]
    return [(f"{a} + {b} = {a + b} (left: {a + b} {a * b} {depth})", 1.0, depth == DEPTH - 1) for a, b in wholes]


def _luck(prompt: str, steps: tuple[str, ...]) -> float:
    """A reward as good as drawn, the same for the same steps."""
    digest = blake2b("\n".join([prompt, *steps]).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") / 2**32
