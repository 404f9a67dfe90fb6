"""How a problem and its steps are written for whoever trains: as the policy saw and wrote them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.protocol import ArbutusError, Task
from engine.runs import RunInfo
from engine.tasks import TASKS
from engine.tree import Tree


@dataclass(frozen=True, slots=True)
class Writing:
    """The prompt of a task, and what stands between two steps."""

    task: Task | None
    """None for a task that isn't known here: the question is its own prompt."""
    separator: str

    def prompt(self, tree: Tree, steps: Sequence[str] = ()) -> str:
        """What the policy continues: the question, and the steps so far, ready for the next step."""
        asked = self._asked(tree)
        begin = asked if not asked or asked[-1].isspace() else asked + self.separator
        return begin + "".join(step + self.separator for step in steps)

    def text(self, steps: Sequence[str]) -> str:
        return self.separator.join(steps)

    def _asked(self, tree: Tree) -> str:
        if self.task is None:
            return tree.problem.question
        try:
            return self.task.prompt(tree.problem)
        except ArbutusError:  # a log from elsewhere may carry anything
            return tree.problem.question

    def example(self, prompt: str, texts: Mapping[str, Any], *, chat: bool) -> dict[str, Any]:
        if not chat:
            return {"prompt": prompt, **texts}
        system = [{"role": "system", "content": self.task.system}] if self.task and self.task.system else []
        turns = [*system, {"role": "user", "content": prompt.strip()}]
        return {"prompt": turns} | {name: [{"role": "assistant", "content": text}] for name, text in texts.items()}


def writing_of(info: RunInfo) -> Writing:
    """How a run's solutions were written."""
    task = TASKS.get(info.task)
    separator = info.writing.get("separator") or (task.writing.separator if task else "\n")
    return Writing(task, str(separator))
