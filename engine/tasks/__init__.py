"""The tasks, by name."""

from engine.protocol import ArbutusError, Task
from engine.tasks.countdown.task import Countdown
from engine.tasks.maths.task import AIME, GSM8K, JSONL, MATH
from engine.tasks.words.task import WordProblems

TASKS: dict[str, Task] = {task.name: task for task in (Countdown(), WordProblems(), GSM8K, MATH, AIME, JSONL)}


def find_task(name: str) -> Task:
    """The task called `name`. Raises `ArbutusError` with the names there are."""
    if name not in TASKS:
        raise ArbutusError(f"got task {name!r}, expected one of: {', '.join(TASKS)}")
    return TASKS[name]
