"""A search as a picture that grows: a tree in, an image out. Steps come, get their colours and go as in the log."""

from base64 import b64encode
from collections.abc import Iterator
from html import escape

from app.canvas.scale import color, ink
from engine.repeats import twins
from engine.tree import Closed, Grown, Marked, Node, Scored, Tree, Visited

WIDTH, HEIGHT, GAP = 560.0, 330.0, 26.0
"""Of the picture, and between its columns; in its own units, about pixels."""
ROW, LETTER = 27.0, 5.9
"""The most that a step and the space below it take, and the width of a letter."""
QUESTION = 40.0
"""How high the question's box is: two lines."""
LEGIBLE = 12.0
"""How high a step has to be to have its words in it."""
SECONDS = 4.4
"""When the last event comes. All that moves ends within five seconds: nobody has to stop it (WCAG 2.2.2)."""
PAPER = {False: ("#3d413b", "#fdfcf8", "#c9c7bf"), True: ("#d9d6cc", "#141815", "#5b615a")}
"""By dark or not: what is drawn, what lies behind it, and what isn't judged yet."""
STYLE = """
.in{{animation:in .3s backwards}} .told{{animation:told .4s backwards}}
.gone{{opacity:.32;animation:gone .4s backwards}} .lit{{animation:lit .4s backwards}}
@keyframes in{{from{{opacity:0;transform:translateX(-12px)}}}} @keyframes told{{from{{fill:{unjudged}}}}}
@keyframes gone{{from{{opacity:1}}}} @keyframes lit{{from{{opacity:0}}}}
@media (prefers-reduced-motion:reduce){{*{{animation:none!important}}}}
text{{font:500 10.5px "Source Sans",system-ui,sans-serif}}
"""
Place = tuple[float, float]
"""The left edge of a step, and its middle from above."""


def growing(tree: Tree, *, dark: bool) -> str:
    """An HTML image of `tree`, steps that repeat a sibling left out."""
    return _Picture(tree, dark).html()


class _Picture:
    def __init__(self, tree: Tree, dark: bool) -> None:
        repeats = twins(tree)
        self.tree, self.nodes = tree, [node for node in tree.nodes if node not in repeats]
        self.line, self.paper, self.unjudged = PAPER[dark]
        columns = max(node.depth for node in self.nodes) + 1
        self.wide = (WIDTH - GAP * (columns - 1)) / columns
        self.places = _places(tree.root, self.nodes, self.wide + GAP)
        leaves = sum(1 for node in self.nodes if not set(node.children) - set(repeats))
        self.high = min(ROW, HEIGHT / leaves) * 0.82
        self.grown, self.scored, self.dropped = _times(tree)
        self.chosen = set(tree.chosen.path()) if tree.chosen else set()

    def html(self) -> str:
        drawn = "".join([*map(self._edge, self.nodes[1:]), *map(self._step, self.nodes)])
        picture = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-3 -3 {WIDTH + 6:g} {HEIGHT + 6:g}">'
            f"<style>{STYLE.format(unjudged=self.unjudged)}</style>{drawn}</svg>"
        )
        dropped = sum(node.mark == "dropped" for node in self.nodes)
        said = f"A search for “{self.tree.problem.question[:200]}”: {len(self.nodes) - 1} steps, {dropped} dropped"
        image = b64encode(picture.encode()).decode()
        return f'<img class="arbutus-growing" alt="{escape(said)}" src="data:image/svg+xml;base64,{image}">'

    def _edge(self, node: Node) -> str:
        assert node.parent is not None
        (x, y), (to_x, to_y) = self.places[node.parent], self.places[node]
        x, half = x + self.wide, GAP / 2
        path = f"M{x:.1f} {y:.1f}C{x + half:.1f} {y:.1f} {to_x - half:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        came = f'class="in" style="animation-delay:{self.grown[node.id]:.2f}s"'
        faint = f'<path {came} d="{path}" fill="none" stroke="{self.line}" stroke-opacity=".4"/>'
        if node not in self.chosen:
            return faint
        lit = f'class="lit" style="animation-delay:{SECONDS}s"'
        return f'{faint}<path {lit} d="{path}" fill="none" stroke="{self.line}" stroke-width="3"/>'

    def _step(self, node: Node) -> str:
        if node.parent is None:
            return self._box(node, self.line, "") + self._question()
        fill = self.unjudged if node.reward is None else color(node.reward)
        told = ""
        if node.id in self.scored and node.reward is not None:
            told = f'class="told" style="animation-delay:{self.scored[node.id]:.2f}s"'
        box, words = self._box(node, fill, told), ink(fill)
        if node.mark == "dropped":
            box, words = f'<g class="gone" style="animation-delay:{self.dropped[node.id]:.2f}s">{box}</g>', self.line
        if node in self.chosen:
            lit = f'class="lit" style="animation-delay:{SECONDS}s"'
            box += self._box(node, "none", f'{lit} stroke="{self.line}" stroke-width="2.5"')
        came = f'class="in" style="animation-delay:{self.grown[node.id]:.2f}s"'
        return f"<g {came}>{box}{self._words(node, node.text, words)}</g>"

    def _box(self, node: Node, fill: str, more: str) -> str:
        x, y = self.places[node]
        high = QUESTION if node.parent is None else self.high
        radius = high / 2 if node.finished else min(4.0, high / 3)
        size = f'x="{x:.1f}" y="{y - high / 2:.1f}" width="{self.wide:.1f}" height="{high:.1f}" rx="{radius:.1f}"'
        return f'<rect {size} fill="{fill}" {more}/>'

    def _question(self) -> str:
        words = _plain(self.tree.problem.question).split()
        halves = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words) + 1)] or [("", "")]
        x, y = self.places[self.tree.root]
        lines = min(halves, key=lambda lines: max(map(len, lines)))
        return "".join(self._line(line, x, y - 7 + 14 * i, self.paper) for i, line in enumerate(lines))

    def _words(self, node: Node, text: str, fill: str) -> str:
        """As far as a bracket: what is left after a step is told by the step after it."""
        return self._line(text.partition(" (")[0], *self.places[node], fill) if self.high >= LEGIBLE else ""

    def _line(self, text: str, x: float, y: float, fill: str) -> str:
        room = max(1, int((self.wide - 8) / LETTER))
        short = escape(_plain(text if len(text) <= room else text[: room - 1].rstrip() + "…"))
        at = f'x="{x + self.wide / 2:.1f}" y="{y + 3.8:.1f}"'
        return f'<text {at} text-anchor="middle" fill="{fill}">{short}</text>'


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _places(root: Node, nodes: list[Node], column: float) -> dict[Node, Place]:
    """A column a depth, leaves one below the other, parents amid their children."""
    drawn = set(nodes)
    leaves = [node for node in _in_order(root) if node in drawn and not drawn.intersection(node.children)]
    middle = {leaf: (i + 0.5) * HEIGHT / len(leaves) for i, leaf in enumerate(leaves)}
    for node in reversed(nodes):  # children have higher ids than their parents
        if node not in middle:
            below = [middle[child] for child in node.children if child in drawn]
            middle[node] = (below[0] + below[-1]) / 2
    return {node: (node.depth * column, middle[node]) for node in nodes}


def _in_order(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


Times = dict[int, float]
"""By node, in seconds."""


def _times(tree: Tree) -> tuple[Times, Times, Times]:
    """When each node came, was scored, and was dropped. Every event takes as long as another; visits take no time."""
    grown, scored, dropped = Times(), Times(), Times()
    beats = [event for event in tree.events if not isinstance(event, Visited)]
    for i, event in enumerate(beats):
        now = SECONDS * i / max(1, len(beats) - 1)
        if isinstance(event, Grown):
            first = len(grown) + 1
            grown |= dict.fromkeys(range(first, first + len(event.parent)), now)
        elif isinstance(event, Scored):
            scored |= dict.fromkeys(event.node, now)
        elif isinstance(event, Marked):
            dropped |= dict.fromkeys(event.node, now)
        elif isinstance(event, Closed):
            break
    return grown, scored, dropped
