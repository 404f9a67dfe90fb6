"""Labels of a run's steps by Monte-Carlo rollouts, for tasks that can grade answers but not steps.

From each distinct step the policy completes the solution k times (Math-Shepherd, Wang et al. 2023,
arXiv:2312.08935). The share of completions that are right is the step's soft label, whether any is
its hard one. The run itself is only read; the labels go to a file of their own, see `measure.prm.labels`.

A rollout's random numbers belong to the seed, the words of its step and its number. So labels are the
same in any batch, in one sitting or resumed, and for a step that is found in two runs.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from engine.measure.prm.keys import prefix_key
from engine.measure.prm.labels import SUFFIX, VERSION, read_labels
from engine.models.draws import child_seed
from engine.protocol import ArbutusError, Continuation, Policy, Task, Writing
from engine.runs import Run, Summary
from engine.scheduler import failed_steps, halving, split_seeds
from engine.tree import Finish, Problem, Step, Tree

BATCH = 2048
"""Rollouts asked for at once."""
SAME = ("run", "policy", "rollouts", "seed", "temperature", "writing")
"""What labels of one file must agree in."""


@dataclass(frozen=True)
class Rollouts:
    """How steps are rolled out."""

    task: Task
    policy: Policy
    count: int
    """Rollouts a step."""
    seed: int
    temperature: float
    writing: Writing


@dataclass
class Counts:
    """What became of it."""

    problems: int = 0
    ungradable: int = 0
    """Problems without an answer key; their steps are not labelled."""
    steps: int = 0
    """Labelled now; those found in the file come on top."""
    before: int = 0
    good: int = 0
    """Of the steps labelled now, those from which any rollout was right."""
    failed: int = 0
    """Rollouts that could not be sampled; they are missing from their step's label."""
    first_error: str = ""
    tokens: int = 0
    """Sampled."""

    def add(self, right: int, chains: Sequence[Sequence[Step]]) -> None:
        """A step is labelled; `right` of its rollouts `chains` were."""
        self.steps, self.good = self.steps + 1, self.good + (right > 0)
        parts = [part for chain in chains for part in chain]
        self.tokens += sum(part.cost.policy_tokens for part in parts)
        errors = [part.error for part in parts if part.finish == "error"]
        self.failed += len(errors)
        self.first_error = self.first_error or next(filter(None, errors), "")


@dataclass(frozen=True, slots=True)
class _Step:
    problem: Problem
    words: tuple[str, ...]
    finish: Finish
    key: int

    @property
    def open(self) -> bool:
        return self.finish == "step"


def label_run(
    run: Run,
    out: Path,
    how: Rollouts,
    *,
    command: str = "",
    limit: int | None = None,
    resume: bool = False,
    on_tree: Callable[[int], None] = lambda _: None,
) -> Counts:
    """Label the distinct steps of the first `limit` trees that ended, and append them to the file `out`.

    With `resume`, steps that are labelled there are kept. `on_tree` is told how many trees are done.
    Raises `ArbutusError` if nothing of the run can be graded, if the file is there already, or if
    it holds labels made in another way.
    """
    counts = Counts()
    summaries = run.summaries[:limit]
    _check_key(how.task, run, summaries)
    done = _begin(out, _head(run, how, command), resume=resume)
    counts.before = len(done)
    with out.open("ab") as file:
        batch: list[_Step] = []
        for number, summary in enumerate(summaries, 1):
            batch += _wanted(run.tree(summary.index), how.task, done, counts)
            while len(batch) * how.count >= BATCH or (number == len(summaries) and batch):
                now, batch = batch[: max(1, BATCH // how.count)], batch[max(1, BATCH // how.count) :]
                _write(file, _labelled(now, how, counts))
            on_tree(number)
    return counts


def _wanted(tree: Tree, task: Task, done: set[int], counts: Counts) -> Iterator[_Step]:
    """The steps of a tree that have no label yet. Of steps with the same words, one that can be continued counts."""
    counts.problems += 1
    if len(tree) > 1 and not _gradable(task, tree.problem):
        counts.ungradable += 1
        return
    found: dict[int, _Step] = {}
    for node in tree.nodes[1:]:
        if node.finish != "error":
            words = tuple(node.steps())
            key = prefix_key(tree.problem.question, words)
            if key not in done and (node.open or key not in found):
                found[key] = _Step(tree.problem, words, node.finish, key)
    done.update(found)
    yield from found.values()


def _labelled(steps: Sequence[_Step], how: Rollouts, counts: Counts) -> Iterator[dict[str, Any]]:
    asked = [_asked(step, how) for step in steps if step.open]
    answers = iter(halving(how.policy.sample, asked, split_seeds, failed_steps))
    for step in steps:
        chains = next(answers) if step.open else [[]]  # what has ended is its own one rollout
        sampled = [chain for chain in chains if not (chain and chain[-1].finish == "error")]
        right = sum(_is_right(step, chain, how.task) for chain in sampled)
        counts.add(right, chains)
        yield {
            "problem": step.problem.id,
            "question": step.problem.question,
            "steps": list(step.words),
            "rollouts": len(sampled),
            "right": right,
            "tokens": sum(part.cost.policy_tokens for chain in chains for part in chain),
        }


def _asked(step: _Step, how: Rollouts) -> Continuation:
    writing = how.writing
    return Continuation(
        prompt=how.task.prompt(step.problem),
        steps=step.words,
        seeds=tuple(child_seed(how.seed, f"rollouts|{step.key:016x}", (i,)) for i in range(how.count)),
        until="end",
        temperature=how.temperature,
        max_tokens=writing.step_tokens,
        max_steps=max(1, writing.steps - len(step.words)),
        max_solution=writing.solution_tokens,
        separator=writing.separator,
        ends=partial(how.task.ends, step.problem),
    )


def _is_right(step: _Step, chain: Sequence[Step], task: Task) -> bool:
    """Whether the completed solution is. One that never came to its end answers nothing, and is not."""
    finish = chain[-1].finish if chain else step.finish
    return finish == "end" and bool(task.correct(step.problem, [*step.words, *(part.text for part in chain)]))


def _gradable(task: Task, problem: Problem) -> bool:
    return task.correct(problem, ["?"]) is not None


def _check_key(task: Task, run: Run, summaries: Sequence[Summary]) -> None:
    if not summaries:
        raise ArbutusError(f"{run.path}: no tree of this run has ended yet, so there are no steps to label")
    trees = (run.tree(summary.index) for summary in summaries)
    if not any(_gradable(task, tree.problem) for tree in trees if len(tree) > 1):
        raise ArbutusError(
            f"{run.path}: its problems have no answer key, so nobody can say which rollouts are right; "
            "run problems that come with their answers"
        )


# The file.


def _head(run: Run, how: Rollouts, command: str) -> dict[str, Any]:
    return {
        "labels": VERSION,
        "run": run.path.name,
        "task": how.task.name,
        "problem_set": run.info.problem_set,
        "policy": dict(how.policy.describe()),
        "rollouts": how.count,
        "seed": how.seed,
        "temperature": how.temperature,
        "writing": asdict(how.writing),
        "command": command,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def beside(run: Path) -> Path:
    """Where the labels of a run go unless somebody says otherwise."""
    return run.with_name(run.name.removesuffix(".arbutus") + SUFFIX)


def _begin(out: Path, head: dict[str, Any], *, resume: bool) -> set[int]:
    """Make the file with its first line, or cut a torn last line off the one that is there. Gives the keys in it."""
    try:
        if out.exists() and out.stat().st_size and not resume:
            raise ArbutusError(f"{out}: is there already; go on with it (--resume) or name another file")
        whole = out.read_bytes().rpartition(b"\n")[0] if out.exists() else b""
        if not whole:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_bytes(_line(head))
            return set()
        os.truncate(out, len(whole) + 1)
    except OSError as error:
        raise ArbutusError(f"{out}: can't be written: {error.strerror or error}") from None
    before = read_labels(out)
    for name in SAME:
        if _essence(before.about, name) != (now := _essence(head, name)):
            raise ArbutusError(
                f"{out}: the labels there have {name} {_essence(before.about, name)!r}, these {now!r}; "
                "resume in the same way, or name another --out"
            )
    return set(before.table["key"].tolist())


def _essence(head: dict[str, Any], name: str) -> Any:
    value = head.get(name)
    return value.get("sha256", value.get("id")) if name == "policy" and isinstance(value, dict) else value


def _write(file: IO[bytes], lines: Iterator[dict[str, Any]]) -> None:
    """Append a batch at once: what a kill leaves of it is cut off when it goes on."""
    file.write(b"".join(map(_line, lines)))
    file.flush()


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
