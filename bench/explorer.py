"""The explorer's speed and memory: smooth canvas, large trees, pages, a run of 100,000 trees, in a real browser."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from bench import frames, large, waiting
from bench.browser import REPOSITORY, chromium, served
from bench.footprint import resident
from bench.options import Options
from bench.report import Sheet, verdict
from bench.runs import TREES, build

PATIENCE = 120_000
SIZE = {"width": 1360, "height": 960}
SAMPLE = "/tree?run=sample_runs/tot-100-sweep/best-of-n-n64-s0"
AHEAD = 20_000
"""Milliseconds in which the server reads ahead."""
START = 6000
"""Milliseconds on Start before one goes on."""
BROWSED = 200
"""Trees looked at of the run of many."""
GROWN = 25.0
"""Megabytes that browsing may add between the first half of these trees and the second and still be called steady."""


def run(options: Options) -> list[Sheet]:
    sheet = Sheet("The explorer", ("what", "measured", "unit", "bar", "met"))
    columns = ("tree, seen", "move", "frames/s", "on time, %", "draw, ms", "99 of 100")
    moves = Sheet("The canvas, a change a frame", columns)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nodes = _grow(folder / "single", options.quick)
        build(folder / "many" / "trees", TREES // 10 if options.quick else TREES)
        (folder / "none").mkdir()
        with chromium() as browser:
            _single(sheet, moves, browser, folder / "single", nodes, 60 if options.quick else 180)
            _pages(sheet, browser, folder / "none", 1 if options.quick else 5)
            _many(sheet, browser, folder / "many", 20 if options.quick else BROWSED)
        _first_visits(sheet, folder / "none", 1 if options.quick else 3)
    sheet.notes += [
        "Headless Chromium that draws in software; server, browser and whatever else ran shared the cores.",
        "Pages: from the click in the navigation until the page has said all; the first time: with nothing read yet.",
        "Gone to first: a browser of its own for each. Plots far below are drawn when one scrolls to them.",
        "Memory: the server and all processes below it; a server of its own for the run of many trees.",
    ]
    moves.notes += [
        "Draw: the canvas's own script, without what the browser makes of it afterwards, which frames/s include.",
        "On time: within 25 ms of the frame before.",
    ]
    return [sheet, moves]


def _grow(folder: Path, quick: bool) -> dict[str, int]:
    """Runs of one tree each, by the name of their folder; how many nodes each has."""
    sizes = {"beam": 1300, "mcts": 1750, "large": 12_700}
    made = {}
    for name, n in sizes.items():
        strategy, shape = ("mcts", {}) if name == "mcts" else ("beam", {"redraws": 0})
        made[name] = large.grow(folder / name, strategy, n // 10 if quick else n, **shape).summaries[0].nodes
    return made


def _bar(sheet: Sheet, what: str, measured: float, unit: str, most: float) -> None:
    sheet.add(what, measured, unit, f"≤ {most:g}", verdict(measured <= most))


def _open(browser: Browser) -> Page:
    page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    return page


def _single(sheet: Sheet, moves: Sheet, browser: Browser, folder: Path, nodes: dict[str, int], count: int) -> None:
    """A tree of 100,000 nodes, opened; trees of 10,000, moved and inspected."""
    with served(folder, REPOSITORY / "sample_runs") as (address, _):
        _large(sheet, browser, address, folder / "large", nodes["large"])
    with served(folder, REPOSITORY / "sample_runs") as (address, _):
        page = _open(browser)
        for name in ("beam", "mcts"):
            title = f"{name}, {nodes[name]:,} nodes"
            waiting.open_app(page, f"{address}/tree?run={name}")
            page.locator(waiting.DRAWN).wait_for()
            page.locator(".stage").press("f")
            page.wait_for_timeout(500)
            found = [_watch(moves, page, f"{title}, whole", move, count) for move in frames.MOVES]
            _near(page)
            found += [_watch(moves, page, f"{title}, near", move, count) for move in frames.MOVES]
            sheet.add(f"{title}: frames on time, the least", 100 * min(found), "%", "≥ 95", verdict(min(found) >= 0.95))
            waiting.open_app(page, f"{address}/tree?run={name}")
            _inspect(sheet, page, title)
        waiting.open_app(page, f"{address}{SAMPLE}")
        _inspect(sheet, page, "a sample tree")
        waiting.open_app(page, address)
        title = f"a tree of {nodes['large']:,} nodes, after minutes in which the server did nothing"
        _bar(sheet, f"{title}: click to drawn", waiting.follow(page, "large"), "s", 2)
        page.close()


def _large(sheet: Sheet, browser: Browser, address: str, run: Path, nodes: int) -> None:
    """A large tree, opened from Start on a server that is at work."""
    page = _open(browser)
    waiting.open_app(page, f"{address}/tree?run=beam")
    page.wait_for_timeout(AHEAD // 2)
    waiting.open_app(page, address)
    title = f"a tree of {nodes:,} nodes"
    _bar(sheet, f"{title}: click to drawn", waiting.follow(page, run.name), "s", 2)
    stage = page.locator(".stage")
    for what, kept in (("nodes shown", "shown"), ("subtrees folded", "folded")):
        sheet.add(f"  {what}", int(stage.get_attribute(f"data-{kept}") or -1), "", "–", "")
    for what, seconds in _apart(run).items():
        sheet.add(f"  of these: {what}", seconds, "MB" if what == "sent" else "s", "–", "")
    sheet.add("  of these: first draw", float(stage.get_attribute("data-paint") or "nan") / 1000, "s", "–", "")
    page.close()


def _watch(moves: Sheet, page: Page, title: str, move: str, count: int) -> float:
    smooth = frames.watch(page, move, count)
    moves.add(title, move, smooth.rate, 100 * smooth.on_time, smooth.draw, smooth.draw_most)
    return smooth.on_time


def _near(page: Page) -> None:
    """Close to the last step of the search, so that words can be read."""
    stage = page.locator(".stage")
    stage.press("End")
    for _ in range(25):
        stage.press("+")
    page.wait_for_timeout(500)


def _inspect(sheet: Sheet, page: Page, title: str) -> None:
    page.locator(waiting.DRAWN).wait_for()
    page.locator(".stage").press("f")
    page.wait_for_timeout(500)
    nodes = int(page.locator(".stage").get_attribute("data-nodes") or 0)
    step = max(1, nodes // 40)
    found = [waiting.inspect(page, node) for node in range(1, nodes, step)]
    known = [waited for waited in found if waited is not None]
    _bar(sheet, f"{title}: select to inspector, median of {len(known)}", 1000 * statistics.median(known), "ms", 150)


def _pages(sheet: Sheet, browser: Browser, empty: Path, times: int) -> None:
    """Every page on the sample runs, first and again; then what the server holds."""
    with served(REPOSITORY / "sample_runs", empty) as (address, server):
        page = _open(browser)
        waiting.open_app(page, address)
        order = [name for name in waiting.PAGES if name != "Live"]
        first = {name: waiting.switch(page, name) for name in order}
        again: dict[str, list[float]] = {name: [] for name in waiting.PAGES}
        for _ in range(times):
            for name in order:
                again[name].append(waiting.switch(page, name))
        memory = resident(server)
        first["Live"] = waiting.switch(page, "Live")
        for _ in range(times):
            waiting.switch(page, "Learn")
            again["Live"].append(waiting.switch(page, "Live"))
        for name in waiting.PAGES:
            _bar(sheet, f"{name}: gone to, median", 1000 * statistics.median(again[name]), "ms", 500)
            sheet.add("  the first time", 1000 * first[name], "ms", "–", "")
        _bar(sheet, "memory after all pages, sample runs", memory, "MB", 400)
        page.wait_for_timeout(8000)
        sheet.add("  with the worker that Live warms up", resident(server), "MB", "–", "")
        page.close()


def _first_visits(sheet: Sheet, empty: Path, times: int) -> None:
    """Pages gone to for the first time by a browser that has seen only Start, on a server that has read ahead."""
    with served(REPOSITORY / "sample_runs", empty) as (address, server):
        with chromium() as browser:
            waiting.open_app(_open(browser), address)
            time.sleep(AHEAD / 1000)
        for name in waiting.PAGES:
            if name in ("Start", "Live"):  # Live begins a worker, which would take part in all that follows
                continue
            found = [_first_visit(address, name) for _ in range(times)]
            _bar(sheet, f"{name}: gone to first, after seconds on Start", 1000 * statistics.median(found), "ms", 500)
        sheet.add("memory then", resident(server), "MB", "–", "")


def _first_visit(address: str, name: str) -> float:
    with chromium() as browser:
        page = _open(browser)
        waiting.open_app(page, address)
        page.wait_for_timeout(START)
        return waiting.switch(page, name)


def _many(sheet: Sheet, browser: Browser, folder: Path, count: int) -> None:
    """A run of very many trees, gone through."""
    with served(folder) as (address, server):
        page = _open(browser)
        waiting.open_app(page, f"{address}/tree?run=trees")
        page.locator(waiting.DRAWN).wait_for()
        held, waits = [], []
        for i in range(count):
            waits.append(waiting.still(page, lambda i=i: _look(page, i)))  # type: ignore[misc]
            held.append(resident(server))
        _bar(sheet, f"a run of many trees: another tree, median of {count}", 1000 * statistics.median(waits), "ms", 500)
        _bar(sheet, "memory after them", held[-1], "MB", 400)
        growth = statistics.median(held[-count // 4 :]) - statistics.median(held[count // 4 : count // 2])
        _bar(sheet, "  grown from the second quarter of them to the last", growth, "MB", GROWN)
        page.close()


def _look(page: Page, i: int) -> None:
    """The next tree; now and then one found by its words, or only those that are solved."""
    if i % 50 == 20:
        page.get_by_role("radio", name="All" if i % 100 > 50 else "Unsolved", exact=True).click()
    elif i % 50 == 40:
        field = page.get_by_role("textbox", name="Find a problem")
        field.fill(f"bench-{i % 100}")
        field.press("Enter")
    else:
        page.get_by_role("button", name="Next", exact=True).click()


def _apart(path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.explorer", str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return told


def measure(path: Path) -> dict[str, float]:
    """Of a run of one tree: seconds to read it and to pack it, and megabytes that are sent."""
    from app.canvas.component import packed_tree
    from engine.runs import Run

    began = time.perf_counter()
    tree = Run.open(path).tree(0)
    read = time.perf_counter()
    packed = packed_tree(tree, "bench", 600)
    return {"reading the log": read - began, "packing": time.perf_counter() - read, "sent": len(packed) / 1e6}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
