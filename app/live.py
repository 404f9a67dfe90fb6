"""The page's end of live searches: one warm worker process for the whole app, jobs in, words out."""

import json
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import places
from app.worker import CANCEL
from engine.tree import Problem

IDLE = 300.0
"""Seconds without a job, and without a page that may ask for one, after which the worker's memory is given back."""


@dataclass
class Status:
    """What became of a job: waiting, running, done, cancelled or failed, and why."""

    state: str = "waiting"
    error: str = ""
    found: dict[str, Any] | None = None
    """What a job found that logs nothing."""

    @property
    def ended(self) -> bool:
        return self.state in ("done", "cancelled", "failed")


@dataclass
class Worker:
    """A worker process, started on first need, ended when it has been idle for long, and started again."""

    idle: float = IDLE
    jobs: dict[str, Status] = field(default_factory=dict)
    """Those of the process that runs."""
    process: "subprocess.Popen[str] | None" = None
    ready: bool = False
    wanted_at: float = 0.0
    """When it was last asked for, or a job of it ended."""
    changing: threading.RLock = field(default_factory=threading.RLock)
    """Held by who starts it, ends it, or hands it a job: none is handed to a process that is being ended."""
    said: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    """The last lines of its standard error."""

    def start(self) -> None:
        """Have a worker process, warm or warming up."""
        with self.changing:
            self.wanted_at = time.monotonic()
            if self.process is not None and self.process.poll() is None:
                return
            self.ready, self.jobs = False, {}
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.worker"], cwd=places.REPOSITORY, text=True, encoding="utf-8",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            threading.Thread(target=self._listen, args=(self.process, self.jobs), daemon=True).start()
            for attend in (self._overhear, self._retire):
                threading.Thread(target=attend, args=(self.process,), daemon=True).start()

    def submit(self, job: Mapping[str, Any]) -> Status:
        """Hand a job to the worker. It waits its turn behind those of other visitors."""
        with self.changing:
            self.start()
            assert self.process is not None and self.process.stdin is not None
            status = self.jobs[job["id"]] = Status("running")
            try:
                self.process.stdin.write(json.dumps(job) + "\n")
                self.process.stdin.flush()
            except OSError as error:
                status.state, status.error = "failed", f"the worker process can't be reached: {error}"
            return status

    def _listen(self, process: "subprocess.Popen[str]", jobs: Mapping[str, Status]) -> None:
        """Hear what a process says of its jobs, to its end; the next one has jobs of its own."""
        assert process.stdout is not None and process.stdin is not None
        with process.stdout:
            for line in process.stdout:
                message = json.loads(line)
                if message["state"] == "ready":
                    self.ready = process is self.process
                elif status := jobs.get(message["job"]):
                    self.wanted_at = time.monotonic()
                    status.error, status.found = message.get("error", ""), message.get("found")
                    status.state = message["state"]
        process.wait()
        with self.changing, suppress(OSError):  # what it was handed last and didn't read
            process.stdin.close()
        last = self.said[-1] if self.said else "it said nothing"
        for status in jobs.values():
            if not status.ended:
                status.state, status.error = "failed", f"the worker process ended: {last}"

    def _retire(self, process: "subprocess.Popen[str]") -> None:
        """End a process that has been idle for long, by the end of its input."""
        assert process.stdin is not None
        while process.poll() is None:
            time.sleep(max(self.idle / 10, self.wanted_at + self.idle - time.monotonic()))
            with self.changing:
                busy = any(not status.ended for status in self.jobs.values())
                if not busy and time.monotonic() - self.wanted_at >= self.idle:
                    self.process, self.ready = None, False
                    process.stdin.close()
                    return

    def _overhear(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                if line.strip():
                    self.said.append(line.strip())


def as_json(problem: Problem) -> dict[str, Any]:
    """A problem as the worker is handed it, with its key and all."""
    return {**asdict(problem), "meta": dict(problem.meta)}


GROWN = "live", "whatif"
"""Folders below the last root: of searches run on the Live page, and of trees changed on the What-if page."""


def new_folder(question: str, how: str, kind: str = GROWN[0]) -> Path:
    """A folder for a new run, below the last root. `how`: its strategy, or what was changed."""
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    return places.roots()[-1] / kind / f"{now}-{how}-{places.slug(question.lower())[:40]}"


def cancel(folder: Path) -> None:
    """Ask for the end of the run in `folder`, after its present round."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CANCEL).touch()


def is_grown(folder: Path) -> bool:
    """Whether a run was grown here: its folder is directly below one of `GROWN`."""
    return folder.parent in [places.roots()[-1] / kind for kind in GROWN]


def discard(folder: Path) -> None:
    """Delete a run that was grown here, and no other."""
    if is_grown(folder):
        shutil.rmtree(folder, ignore_errors=True)
