"""The explorer in a headless Chromium: what its benches and its screenshots are taken with."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[1]
HOW_TO_GET_IT = "no Chromium found: install one (Debian: apt-get install chromium), or name it in CHROMIUM"


@contextmanager
def explorer(*roots: Path) -> Iterator[str]:
    """The explorer's address, without a slash, while it runs on folders of runs (the usual ones if none is given)."""
    with served(*roots) as (address, _):
        yield address


@contextmanager
def served(*roots: Path) -> Iterator[tuple[str, int]]:
    """As `explorer`, with the number of the server's process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    if roots:
        environment["ARBUTUS_RUNS"] = os.pathsep.join(map(str, roots))
    server = subprocess.Popen(
        [*command, "--server.headless", "true", "--server.fileWatcherType", "none"],
        cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(address)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium. Raises `SystemExit` that says how to get one."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise SystemExit(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def _wait(address: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"the explorer gave no answer at {address} within two minutes")
