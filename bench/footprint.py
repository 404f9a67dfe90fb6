"""What a process and its children hold in memory."""

from pathlib import Path


def resident(process: int) -> float:
    """Megabytes of a process and of all below it; where /proc isn't there, not a number."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        below = {int(child) for task in tasks for child in (task / "children").read_text().split()}
    except OSError:
        return float("nan")
    own = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))
    return own + sum(resident(child) for child in below)
