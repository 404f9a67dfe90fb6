"""A tree as a page of its own, read as text. What it does in a browser is in tests/browser."""

import base64
import hashlib
import json
import re
import zlib
from typing import Any

import pytest

from app.canvas import component
from app.canvas.inspector import inspector
from app.canvas.pack import PREFIX
from app.standalone import page as module
from app.standalone import page_of
from engine.protocol import ArbutusError
from engine.tree import Closed, Cost, Grown, Problem, Tree
from tests.app import trees
from tests.runs.logs import info

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


def data_of(page: str) -> dict[str, Any]:
    (told,) = re.findall(r"^const DATA = (\{.*\});$", page, flags=re.MULTILINE)
    found: dict[str, Any] = json.loads(told)
    return found


def opened(text: str) -> list[str]:
    found: list[str] = json.loads(zlib.decompress(base64.b64decode(text)))
    return found


def inspectors(page: str) -> list[str]:
    """As the browser puts them together."""
    data = data_of(page)
    texts = opened(data["texts"])
    written = [one for group in data["inspectors"] for one in opened(group)]
    return [re.sub("\ue000(\\d+)\ue001", lambda found: texts[int(found[1])], one) for one in written]


def long_tree(text: str) -> Tree:
    tree = Tree(Problem("p", "Make 24 from 4 5 6 10"))
    for parent in (0, 0, 1, 2):
        tree.apply(Grown([parent], [text + str(len(tree))], ["step"], [None], [None], [Cost()]))
    tree.apply(Closed(None, "enough", "done", {}, {}))
    return tree


def test_every_node_has_the_inspector_that_the_explorer_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GROUP", 7)
    monkeypatch.setattr(module, "LONG", 10)
    for tree in (trees.beam(), trees.mcts(), long_tree("a <b> " * 20)):
        assert inspectors(page_of(tree, info())) == [inspector(tree, node, "countdown") for node in tree]


def test_the_replay_knows_what_would_have_been_answered_when() -> None:
    packed = base64.b64decode(data_of(page_of(trees.beam(), info()))["tree"])
    header = json.loads(packed[PREFIX.size : PREFIX.size + PREFIX.unpack_from(packed)[4]])
    assert header["answers_from"] == 0 and header["answer_texts"]


def test_a_long_step_is_written_once_however_often_it_is_shown() -> None:
    noise = hashlib.shake_128(b"a step").hexdigest(200_000)
    page = page_of(long_tree(noise), info())
    assert len(page) < 4 * 400_000 + 400_000, "four steps of 400,000 characters, each once"


def test_what_comes_from_a_log_is_never_markup() -> None:
    tree = Tree(Problem(HOSTILE, HOSTILE))
    tree.apply(Grown([0], [HOSTILE], ["end"], [None], [HOSTILE], [Cost()], {1: HOSTILE}))
    tree.apply(Closed(1, HOSTILE, "error", {1: False}, {}, HOSTILE))
    hostile = {"title": HOSTILE, "strategy": HOSTILE, "command": HOSTILE, "policy": {"id": HOSTILE}}
    page = page_of(tree, info(**hostile), HOSTILE)
    assert page.count("<script") == 1 and "<img" not in page and "onerror=alert(2)>" not in page
    assert not any("<script" in one or "<img" in one for one in inspectors(page))


def test_only_its_own_script_may_run_and_nothing_may_be_fetched() -> None:
    page = page_of(trees.beam(), info())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    (script,) = re.findall(r'<script type="module">(.*)</script>', page, flags=re.DOTALL)
    own = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{own}';" in policy and "default-src 'none'" in policy
    assert not re.findall(r"(?:src|href)=|url\(|@import|\bfetch\(|https?://(?!www\.w3\.org)", page)


def test_a_canvas_whose_entry_is_not_found_is_an_error_and_no_blank_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(component, "script", lambda: "const nothing = 1;")
    with pytest.raises(ArbutusError, match="got 0 entries of the canvas' script"):
        page_of(trees.beam(), info())


def test_a_tree_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    with pytest.raises(ArbutusError, match=r"expected 10 at most for a page; write it as \*\.graphml"):
        page_of(trees.beam(), info())
