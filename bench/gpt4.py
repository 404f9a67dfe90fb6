"""The log of GPT-4 with Tree of Thoughts on tot-100: its nodes for our PRMs to judge, and its success beside ours.

The log is that of Yao et al. 2023 (arXiv:2305.10601), breadth 5. It is not part of this repository:
the folder it lies in is named by ARBUTUS_DATA, by default shared/data beside the repository.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench.ask import solved
from bench.options import Options
from bench.report import Sheet, percent, verdict
from engine.measure.prm import auc
from engine.models.loading import Loading
from engine.models.registry import load_policy, load_prm
from engine.protocol import PRM, ArbutusError, Chain
from engine.tasks import find_task
from engine.tasks.countdown import rules
from engine.tasks.countdown.expressions import makes
from engine.tasks.countdown.solver import solvable
from engine.tree import Problem

TASK = find_task("countdown")
TARGET = Fraction(24)
LEAST_AUC = 0.985
PUBLISHED = (("input-output prompt", 0.073), ("chain of thought", 0.04), ("chain of thought, vote of 100", 0.09),
             ("Tree of Thoughts, b = 5", 0.74))  # fmt: skip
OURS: tuple[tuple[str, dict[str, float]], ...] = (
    ("greedy", {}),
    ("self-consistency", {"n": 64}),
    ("self-consistency", {"n": 100}),
    ("best-of-n", {"n": 64}),
    ("beam", {"n": 16}),
    ("beam", {"n": 64}),
)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A node that GPT-4 proposed, in our notation, with its own value of it and the truth."""

    problem: Problem
    steps: tuple[str, ...]
    value: float
    good: bool


def log_file() -> Path:
    folder = os.environ.get("ARBUTUS_DATA")
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return (Path(folder) if folder else beside) / "tot_game24_gpt4_b5.json"


def run(options: Options) -> list[Sheet]:
    path = log_file()
    if not path.is_file():
        note = f"Skipped: {path.name} isn't there; name the folder that holds it in ARBUTUS_DATA."
        return [Sheet("GPT-4's nodes", ("",), notes=[note]), _ours(options, [])]
    log = json.loads(path.read_text())
    return [_judged(proposed(log), log, options), _ours(options, _recomputed(log))]


def proposed(log: Sequence[dict[str, Any]]) -> list[Proposed]:
    """The distinct nodes at depth 1 and 2 whose steps are all legal and all of whose numbers are integers."""
    found: dict[tuple[str, tuple[str, ...]], Proposed] = {}
    for entry in log:
        problem = TASK.read(f"Make 24 from {entry['steps'][0]['x']}")
        for level in entry["steps"][:2]:
            for text, value in zip(level["new_ys"], level["values"], strict=True):
                moves = [rules.parse(line) for line in text.strip().split("\n")]
                if len(moves) == level["step"] + 1 and (state := _after(entry["steps"][0]["x"], moves)) is not None:
                    steps = tuple(rules.render(move) for move in moves if move)
                    found.setdefault((problem.id, steps), Proposed(problem, steps, value, solvable(state, TARGET)))
    return list(found.values())


def _after(numbers: str, moves: Sequence[rules.Move | None]) -> rules.State | None:
    """The state that integer legal moves leave; None if there is one of another kind."""
    state: rules.State = tuple(sorted(map(Fraction, numbers.split())))
    for move in moves:
        if move is None or not rules.is_legal(state, move):
            return None
        if any(n.denominator > 1 for n in (move.a, move.b, move.result, *move.left)):
            return None
        state = move.left
    return state


def _judged(nodes: Sequence[Proposed], log: Sequence[dict[str, Any]], options: Options) -> Sheet:
    depths: tuple[tuple[int, ...], ...] = ((1, 2), (1,), (2,))
    sheet = Sheet(
        "AUC on the nodes GPT-4 proposed: is 24 still reachable?", ("judge", "both depths", "depth 1", "depth 2")
    )
    judges: list[tuple[str, list[float]]] = [("GPT-4's own values", [n.value for n in nodes])]
    for name in (options.prm, options.naive):
        try:
            judges.append((name, judge(load_prm(name, Loading("cpu")), nodes)))
        except ArbutusError as error:
            sheet.notes.append(f"{name} left out: {error}")
    for name, rewards in judges:
        of = [[(r, n.good) for r, n in zip(rewards, nodes, strict=True) if len(n.steps) in d] for d in depths]
        sheet.add(name, *(round(auc([r for r, _ in rows], [g for _, g in rows]), 4) for rows in of))
    mine = next((row[1] for row in sheet.rows if row[0] == options.prm), None)
    if mine is not None:
        sheet.notes.append(f"Bar: {options.prm} at least {LEAST_AUC}: {verdict(mine >= LEAST_AUC)}.")
    counts = [f"{sum(len(n.steps) == d for n in nodes):,} at depth {d}" for d in (1, 2)]
    total = sum(len(level["new_ys"]) for entry in log for level in entry["steps"][:2])
    sheet.notes.append(
        f"{len(nodes):,} nodes ({', '.join(counts)}; {sum(n.good for n in nodes):,} good) of {total:,} lines: "
        "legal from the first step on, all numbers integers, each distinct pair of steps once a puzzle, lines with "
        "remarks behind the step left out."
    )
    sheet.notes.append(
        "Labels are exact. The PRMs were trained on puzzles of this kind, none of them these; GPT-4 was not."
    )
    return sheet


def judge(prm: PRM, nodes: Sequence[Proposed]) -> list[float]:
    """The PRM's reward of each node's last step (its raw output: rewards near 1 are rounded together)."""
    rewards = prm.score([Chain(TASK.prompt(n.problem), n.steps) for n in nodes])
    return [float("nan") if of[-1].raw is None else of[-1].raw for of in rewards]


def _recomputed(log: Sequence[dict[str, Any]]) -> list[tuple[str, float]]:
    answered = [[_is_right(entry["steps"][0]["x"], text) for text in entry["ys"]] for entry in log]
    return [
        ("Tree of Thoughts, b = 5, its log: any of 5 right", sum(map(any, answered)) / len(log)),
        ("Tree of Thoughts, b = 5, its log: top-ranked right", sum(rows[0] for rows in answered) / len(log)),
    ]


def _is_right(numbers: str, text: str) -> bool:
    """True if the last line is an expression that uses each number once and makes 24, exactly."""
    last = text.strip().split("\n")[-1].lower()
    answer = last.removeprefix("answer:").split("=")[0]
    return last.startswith("answer:") and makes(answer, f"Make 24 from {numbers}")


def _ours(options: Options, recomputed: list[tuple[str, float]]) -> Sheet:
    sheet = Sheet("tot-100: the published figures and ours", ("model", "method", "solved", "from"))
    for method, share in PUBLISHED:
        sheet.add("GPT-4", method, percent(share, 1), "published")
    for method, share in recomputed:
        sheet.add("GPT-4", method, percent(share, 1), "recomputed")
    problems = TASK.problems("tot-100")[:: 10 if options.quick else 1]
    loaded = load_policy(options.policy, Loading("cpu")), load_prm(options.prm, Loading("cpu"))
    for strategy, parameters in OURS:
        share = solved(problems, strategy, parameters, loaded)
        knobs = "".join(f", {name} = {value:g}" for name, value in parameters.items())
        sheet.add(options.policy, strategy + knobs, percent(share, 1), "measured now, seed 0")
    sheet.notes = [
        "Not a contest of models: ours has about a million parameters and was trained on this kind of puzzle (not on "
        "these puzzles); GPT-4 was not trained for it and was shown a few examples in its prompt.",
        "Published: Yao et al. 2023, arXiv:2305.10601, table 2. Recomputed: from their log, by exact arithmetic.",
    ]
    return sheet
