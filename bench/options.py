"""What the benches share: which models, how many threads, how much; the machine; the clocks."""

import os
import platform
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure. `quick`: a tenth of the work, to see that a bench runs; its figures mean little."""

    threads: int = 1
    policy: str = "countdown-policy"
    prm: str = "countdown-prm"
    naive: str = "countdown-prm-naive"
    quick: bool = False


def machine(threads: int) -> dict[str, Any]:
    """What figures depend on and no code can change."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return {
        "processor": model or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "torch threads": threads,
        "load when started": round(load, 1),
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "transformers", "numpy")},
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


@dataclass(slots=True)
class Spent:
    """Of one piece of work. `cpu` is what wall time would be on an idle core (one thread)."""

    wall: float
    cpu: float
    grown: float
    """Peak resident memory above what was resident before, in MB."""


def spend(work: Callable[[], Result]) -> tuple[Result, Spent]:
    """Do `work` and say what it took."""
    before = _resident()
    _forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return result, Spent(wall, cpu, max(0.0, peak() - before))


def _status(key: str) -> float | None:
    found = [line.split()[1] for line in _lines("/proc/self/status") if line.startswith(key + ":")]
    return float(found[0]) / 1024 if found else None


def peak() -> float:
    """The most megabytes that this process has held; getrusage alone would count what started it, too."""
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _resident() -> float:
    return _status("VmRSS") or peak()


def _forget_peak() -> None:
    """Where the system can, begin the peak anew: loading a model is not part of what is measured."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def median(values: list[float]) -> float:
    return statistics.median(values)
