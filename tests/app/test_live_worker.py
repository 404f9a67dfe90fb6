"""The worker process comes and goes, and no job is lost by it. It is a real one."""

import time
from pathlib import Path
from typing import Any

from app import live
from engine.runs import Run
from engine.tasks import find_task

PATIENCE = 120
PROBLEM = live.as_json(find_task("countdown").read("Make 24 from 4 5 6 10"))
STEPS = {"task": "countdown", "prm": "countdown-prm", "problem": PROBLEM, "steps": ["10 - 4 = 6 (left: 5 6 6)"]}


def until(holds: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_idle_worker_ends_and_the_next_job_starts_another_and_no_job_is_lost(tmp_path: Path) -> None:
    worker = live.Worker(idle=0.1)
    search = {"task": "countdown", "problem": PROBLEM, "strategy": "beam", "parameters": {"n": 4}, "pause": 0.15}
    searched = worker.submit({**search, "id": "search", "folder": str(tmp_path / "run")})
    first = worker.process
    assert first is not None
    until(lambda: searched.ended)  # it took longer than an idle worker lives
    assert searched.state == "done" and Run.open(tmp_path / "run").tree(0).closed is not None

    until(lambda: worker.process is None)
    assert not worker.ready
    judged = worker.submit({**STEPS, "id": "judge"})  # while the first may still be ending
    assert worker.process is not first
    until(lambda: judged.ended)
    assert judged.state == "done" and judged.found is not None and judged.found["steps"][0]["reward"] > 0.5
    assert first.wait(PATIENCE) == 0
    until(lambda: worker.process is None)


def test_who_opens_a_page_that_may_ask_for_a_job_keeps_the_worker(tmp_path: Path) -> None:
    worker = live.Worker(idle=1.5)
    worker.start()
    kept = worker.process
    for _ in range(20):
        time.sleep(0.1)
        worker.start()
    assert worker.process is kept and kept is not None and kept.poll() is None
    until(lambda: worker.process is None)
    assert kept.wait(PATIENCE) == 0


def test_a_worker_that_dies_fails_its_jobs_and_none_of_the_next() -> None:
    worker = live.Worker()
    lost = worker.submit({**STEPS, "id": "lost"})
    assert worker.process is not None
    worker.process.kill()
    worker.process.wait()
    kept = worker.submit({**STEPS, "id": "kept"})
    until(lambda: lost.ended and kept.ended)
    assert lost.state == "failed" and "the worker process ended" in lost.error
    assert kept.state == "done"
    assert worker.process is not None and worker.process.stdin is not None
    worker.process.stdin.close()
    worker.process.wait(PATIENCE)
