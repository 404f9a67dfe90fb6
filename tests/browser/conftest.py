"""A real Chromium and a real Streamlit server for the tests in this folder.

`explorer(folder, …)` starts the app on folders of runs and gives its address; `page` is a fresh
browser page that fails its test if the console shows an error. Without a Chromium these tests are
skipped, except under CI=true, where they must run.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.browser.tree_runs import write_runs

REPOSITORY = Path(__file__).resolve().parents[2]
HOW_TO_GET_IT = (
    "no Chromium found: install one (Debian: apt-get install chromium; anywhere: python -m playwright install "
    "--with-deps chromium), or name it in the environment variable CHROMIUM"
)
PROBES = "/_stcore/health", "/_stcore/host-config"
"""Streamlit looks for its server below the page's own path first; that these are not there is no error."""
START_SECONDS = 120
PATIENCE = 60_000
"""Milliseconds to wait for what a page should show: only ever used up on a machine that is busy, or by a failure."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = _chromium(playwright)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW_TO_GET_IT)
        pytest.skip(HOW_TO_GET_IT)
    # Chromium refuses to sandbox itself for root, which is who runs tests in a container.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if root else [])
    yield started
    started.close()


def _chromium(playwright: Playwright) -> str | None:
    named = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome", "chrome"))
    own = playwright.chromium.executable_path
    return named or next(filter(None, found), None) or (own if Path(own).exists() else None)


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """``serve(script, **environment)`` runs a Streamlit script and gives its address; equal calls share a server."""
    servers: dict[tuple[str, ...], tuple[subprocess.Popen[bytes], str]] = {}

    def start(script: Path, **environment: str) -> str:
        key = (str(script), *(f"{name}={value}" for name, value in sorted(environment.items())))
        if key not in servers:
            servers[key] = _start(script, environment, tmp_path_factory.mktemp("server") / "log")
        return servers[key][1]

    yield start
    for process, _ in servers.values():
        process.terminate()
    for process, _ in servers.values():
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def explorer(serve: Callable[..., str]) -> Callable[..., str]:
    """``explorer(folder, …)`` starts the explorer on folders of runs and gives its address, without a slash."""
    return lambda *folders: serve(REPOSITORY / "app" / "main.py", ARBUTUS_RUNS=os.pathsep.join(map(str, folders)))


@pytest.fixture(scope="session")
def tree_runs(explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an explorer on the runs of `tests.browser.tree_runs`."""
    root = tmp_path_factory.mktemp("runs")
    write_runs(root)
    return explorer(root)


def _start(script: Path, environment: dict[str, str], log: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"port": port, "address": "127.0.0.1", "headless": "true", "fileWatcherType": "none"}
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [part for name, value in options.items() for part in (f"--server.{name}", str(value))]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, stdout=output, stderr=output,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{address}/_stcore/health", timeout=2):
                return process, address
        except (URLError, OSError):
            time.sleep(0.1)
    process.kill()
    pytest.fail(f"Streamlit did not start, exit status {process.wait()}:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """Browser contexts by their options. They are kept, because a warm cache halves the time to load a page."""
    kept: dict[str, BrowserContext] = {}
    yield kept
    for context in kept.values():
        context.close()


@pytest.fixture
def open_page(browser: Browser, contexts: dict[str, BrowserContext]) -> Iterator[Callable[..., Page]]:
    """``open_page(**context options)`` gives a page, for a dark theme or a narrow screen say."""
    pages: list[Page] = []
    errors: list[str] = []

    def watch(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location.get("url", "").endswith(PROBES):
            errors.append(message.text)

    def crashed(error: Error) -> None:
        errors.append(str(error))

    def make(**options: object) -> Page:
        if repr(options) not in contexts:
            chosen: Any = {"viewport": {"width": 1440, "height": 1000}, **options}
            contexts[repr(options)] = browser.new_context(**chosen)
        page = contexts[repr(options)].new_page()
        pages.append(page)
        page.set_default_timeout(PATIENCE)
        page.on("console", watch)
        page.on("pageerror", crashed)
        return page

    yield make
    for opened in pages:
        opened.close()
    assert not errors, f"the browser's console shows errors: {errors}"


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()
