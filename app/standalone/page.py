"""The page: the explorer's own canvas, with the inspector of every node written beforehand. It fetches nothing.

The inspectors are most of it, so they are deflated in groups, of which the browser opens the one it needs; long steps,
which stand in many of them, are written once. What comes from the log is data here, never markup: it is encoded, and
the page allows no script but its own.
"""

import base64
import hashlib
import json
import re
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from app.canvas import choice_of, component
from app.canvas.inspector import headline, inspector, invitation
from app.canvas.pack import message
from app.canvas.safe import WHOLE, shown
from app.canvas.why import rule_of
from app.maths import drawing
from app.maths.written import written
from engine.protocol import ArbutusError
from engine.runs import RunInfo
from engine.tree import Node, Tree

HERE = Path(__file__).parent
THEME = HERE.parents[1] / ".streamlit" / "config.toml"
STYLES = component.HERE / "inspector.css", drawing.CSS, HERE / "page.css"
MOST = 20_000
"""Nodes of a tree at most: beyond, the file would be too large to open with pleasure."""
GROUP = 128
"""Inspectors deflated together."""
LONG = 300
"""Characters from which a step is written once."""
COLOURS = {"primaryColor": "primary-color", "backgroundColor": "background-color", "textColor": "text-color"}
ENTRY = re.compile(r"^export default (?:async )?function\s*\w*\s*\(", re.MULTILINE)


def page_of(tree: Tree, info: RunInfo, run: str = "") -> str:
    """The page of a tree of the run `info`, which is called `run`. Raises `ArbutusError` if the tree is too large."""
    if len(tree) > MOST:
        raise ArbutusError(
            f"got a tree of {len(tree):,} nodes, expected {MOST:,} at most for a page; write it as *.graphml"
        )
    script = _script(_data(tree, info))
    return Template(_read(HERE / "page.html")).substitute(
        title=escape(" ".join(tree.problem.question.split())[:120]),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        theme=_theme(),
        style="\n".join(_read(file) for file in STYLES),
        head=headline(tree, info.budget),
        canvas=_read(component.HERE / "canvas.html"),
        canvas_style=_read(component.HERE / "canvas.css"),
        invitation=invitation(tree, rule_of(info)),
        made=_made(info, run),
        script=script,
    )


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _script(data: Mapping[str, Any]) -> str:
    """The canvas, whose entry gets a name in a scope of its own, the data, and what brings them together."""
    canvas, entries = ENTRY.subn("function arbutusCanvas(", component.script())
    if entries != 1:
        raise ArbutusError(f"got {entries} entries of the canvas' script, expected one “export default function”")
    told = json.dumps(data, ensure_ascii=True).replace("<", "\\u003c")
    draw = f"const drawTree = (() => {{\n{canvas}\nreturn arbutusCanvas;\n}})();"
    return f"\n{draw}\n{drawing.script()}\nconst DATA = {told};\n{_read(HERE / 'page.js')}"


def _data(tree: Tree, info: RunInfo) -> dict[str, Any]:
    packed = component.packed_tree(tree, "standalone", 640, rule=choice_of(info))
    texts, rule = _Texts(), rule_of(info)
    groups: list[str] = []
    for start in range(0, len(tree), GROUP):
        nodes = tree.nodes[start : start + GROUP]
        written = [texts.without(inspector(tree, node, info.task, rule), node) for node in nodes]
        groups.append(_deflated(json.dumps(written, ensure_ascii=False)))
    return {
        "tree": _encoded(message(packed, node=-1, request=0, said_at=1.0)),
        "group": GROUP,
        "inspectors": groups,
        "texts": _deflated(json.dumps(texts.known, ensure_ascii=False)),
    }


class _Texts:
    """Long steps, each written once; in an inspector its number stands for it."""

    def __init__(self) -> None:
        self.known: list[str] = []
        self._numbers: dict[str, int] = {}
        self._forms = cache(_forms)

    def without(self, html: str, node: Node) -> str:
        long = (self._forms(step) for step in _nearby(node) if len(step) >= LONG)
        for text in dict.fromkeys(form for forms in long for form in forms):
            if text in html:
                number = self._numbers.setdefault(text, len(self.known))
                if number == len(self.known):
                    self.known.append(text)
                html = html.replace(text, f"\ue000{number}\ue001")
        return html


def _forms(text: str) -> tuple[str, str]:
    """A step as an inspector has it: with its formulas, and as it is written."""
    return written(text, WHOLE), shown(text, WHOLE)


def _nearby(node: Node) -> Iterator[str]:
    """The steps that an inspector shows: the path, and what else was tried."""
    yield from (step.text for step in node.path())
    yield from (sibling.text for sibling in (node.parent.children if node.parent else ()))


def _deflated(text: str) -> str:
    return _encoded(zlib.compress(text.encode("utf-8", "replace"), 9))


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _theme() -> str:
    """The explorer's colours, light and dark, as the canvas asks for them."""
    theme = tomllib.loads(_read(THEME))["theme"]

    def variables(of: Mapping[str, str]) -> str:
        return " ".join(f"--st-{name}: {of[key]};" for key, name in COLOURS.items())

    return (
        f":root {{ color-scheme: light dark; {variables(theme['light'])} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {variables(theme['dark'])} }} }}"
    )


def _made(info: RunInfo, run: str) -> str:
    """What made the tree, in a line."""
    knobs = " ".join(f"{name}={value}" for name, value in info.parameters.items())
    known = {
        "Run": info.title or run,
        "Strategy": f"{info.strategy} {knobs}".strip(),
        "Policy": info.policy.get("id"),
        "PRM": info.prm.get("id") if info.prm else None,
        "Imported from": info.source.get("file"),
        "Command": info.command,
    }
    parts = (f"<div><dt>{name}</dt><dd>{escape(str(value))}</dd></div>" for name, value in known.items() if value)
    return f'<dl class="made">{"".join(parts)}</dl>'
