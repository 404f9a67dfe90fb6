"""Runs killed at random moments and resumed until they are done: `python -m bench.kill [--kills 1000]`.

A run over the scripted models is killed (`kill -9`) somewhere, resumed, killed again, until it ends.
Then its trees must be, event for event, those of a run that nobody disturbed; and whatever was
reported finished before a kill must be in the log after it. Strategies take turns.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path

from bench.options import Options
from bench.report import Sheet, verdict
from engine.models.scripted import Option, ScriptedPolicy, ScriptedPRM
from engine.runner import describe_run, execute
from engine.runs import Run
from engine.scheduler import Setting
from engine.search import check_parameters, find_strategy
from engine.tasks import find_task
from engine.tasks.countdown import rules
from engine.tasks.countdown.problems import read_question
from engine.tree import Event, Tree

TASK = find_task("countdown")
PROBLEMS = TASK.problems("tot-100")[::10]
WINDOW = 3
STRATEGIES: tuple[tuple[str, dict[str, float]], ...] = (
    ("beam", {"n": 8}),
    ("mcts", {"n": 12}),
    ("best-of-n", {"n": 6}),
    ("dvts", {"n": 8}),
)
LONGEST = 0.8
"""The latest moment of a kill, as a share of the time an undisturbed run takes."""


@cache
def moves(prompt: str, steps: tuple[str, ...]) -> tuple[Option, ...]:
    """What the scripted policy may do: any legal move, some likelier than others."""
    state = rules.play(read_question(prompt.strip())[0], steps) or ()
    return tuple((rules.render(m), 0.1 + _chance(prompt, *steps, rules.render(m)), len(m.left) == 1) for m in
                 rules.legal_moves(state))  # fmt: skip


def opinion(prompt: str, steps: tuple[str, ...]) -> float:
    """The scripted PRM's reward."""
    return round(_chance("reward", prompt, *steps), 3)


@cache
def _chance(*parts: str) -> float:
    return int.from_bytes(blake2b("|".join(parts).encode(), digest_size=4).digest()) / 2**32


def setting(strategy: str, parameters: dict[str, float]) -> Setting:
    found = find_strategy(strategy)
    policy, prm = ScriptedPolicy(moves), ScriptedPRM(opinion)
    return Setting(TASK, found, policy, prm, check_parameters(found, parameters), seed=7)


@dataclass(slots=True)
class Tally:
    """What the kills did."""

    kills: int = 0
    runs: int = 0
    torn: int = 0
    """Kills that left a line half written."""
    finished_lost: int = 0
    different: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not (self.finished_lost or self.different or self.failures)


def kill_often(kills: int, *, seed: int = 0, on_kill: Callable[[], None] = lambda: None) -> Tally:
    """Kill and resume until `kills` kills have struck; the last run is finished too."""
    tally, rng = Tally(), random.Random(seed)
    whole = [_undisturbed(*chosen) for chosen in STRATEGIES]
    while tally.kills < kills and not tally.failures:
        i = tally.runs % len(STRATEGIES)
        how, (trees, seconds) = setting(*STRATEGIES[i]), whole[i]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            while not _lives(folder, how, tally, rng.uniform(0, LONGEST * seconds), last=tally.kills >= kills):
                on_kill()
            tally.runs += 1
            if not tally.failures and _events(Run.open(folder)) != trees:
                tally.different += 1
    return tally


def _undisturbed(strategy: str, parameters: dict[str, float]) -> tuple[list[list[Event]], float]:
    how = setting(strategy, parameters)
    for _ in range(2):  # the second time, all that is remembered of the puzzles is warm, as in the children
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as name:
            trees = _events(_run(Path(name), how, resume=False))
    return trees, time.perf_counter() - began


def _events(run: Run) -> list[list[Event]]:
    return [run.tree(i).events for i in range(len(PROBLEMS))]


def _run(folder: Path, how: Setting, *, resume: bool, on_tree: Callable[[Tree], None] = lambda _: None) -> Run:
    info = describe_run(how, "tot-100", PROBLEMS)
    return execute(folder, how, PROBLEMS, info, resume=resume, window=WINDOW, on_tree=on_tree)


def _lives(folder: Path, how: Setting, tally: Tally, delay: float, *, last: bool) -> bool:
    """One life of the run: True if it got to its end (or broke) before it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os._exit(_child(folder, how, writing))
    os.close(writing)
    if not last:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    told = list(_told(reading))
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        if os.WEXITSTATUS(status):
            tally.failures.append(f"{how.strategy.name}: a resumed run ended with exit code {os.WEXITSTATUS(status)}")
        return True
    tally.kills += 1
    if (folder / "run.json").exists():
        tally.torn += (folder / "events.jsonl").read_bytes()[-1:] not in (b"", b"\n")
        there = {summary.id for summary in Run.open(folder).summaries}
        tally.finished_lost += len(set(told) - there)
    return False


def _child(folder: Path, how: Setting, writing: int) -> int:
    try:
        _run(folder, how, resume=True, on_tree=lambda tree: _say(writing, tree.problem.id))
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def _say(writing: int, text: str) -> None:
    os.write(writing, text.encode() + b"\n")


def _told(reading: int) -> Iterator[str]:
    with os.fdopen(reading) as lines:
        yield from (line.strip() for line in lines)


def run(options: Options) -> list[Sheet]:
    kills = 100 if options.quick else 1000
    began = time.perf_counter()
    tally = kill_often(kills)
    sheet = Sheet(
        f"{kills:,} kills at random moments, resumed until done",
        ("kills", "runs", "kills that tore a line", "finished trees lost", "runs that ended otherwise", "s", "verdict"),
    )
    seconds = round(time.perf_counter() - began, 1)
    sheet.add(tally.kills, tally.runs, tally.torn, tally.finished_lost, tally.different, seconds, verdict(tally.ok))
    strategies = ", ".join(name for name, _ in STRATEGIES)
    sheet.notes = [f"Scripted models over {len(PROBLEMS)} problems; {strategies} in turn.", *tally.failures]
    return [sheet]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.kill", description="Kill a run and resume it, again and again."
    )
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    tally = kill_often(given.kills, seed=given.seed)
    print(tally)
    return 0 if tally.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
