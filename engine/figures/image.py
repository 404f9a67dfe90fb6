"""The same figure as a PNG, drawn with Pillow: no browser, no display, the same picture everywhere.

plotly's own way to an image is kaleido, which drives a Chrome; a server that measures models has none. What
an `Info` says is lines, bands and words, and these are soon drawn: at three times the size, then made small.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import log10
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from engine.figures.curves import padded
from engine.figures.curves_info import Info, Line, amount
from engine.figures.style import GREY, rgb

Point = tuple[float, float]
Colour = tuple[int, int, int]

WIDTH, PLOT, SCALE = 1200, 560, 3
"""Pixels of the image, of the plot's height, and how many times larger it is drawn."""
LEFT, RIGHT, BOTTOM, LINE = 72, 28, 56, 20
"""Room for the labels of the y-axis, at the right, for those of the x-axis, and for a line of notes."""
INK, PAPER, RULE = (33, 37, 41), (255, 255, 255), (222, 226, 230)
TOP, LOWEST = 1.05, -0.03
UNKNOWN = {"−": "-", "×": "x", "≥": "at least ", "µ": "u"}
"""Letters that the font has not, and what stands for them."""


def save_image(panels: Sequence[Info], file: Path) -> None:
    """One figure below the other, each with its title and notes."""
    pictures = [_picture(info) for info in panels]
    sheet = Image.new("RGB", (WIDTH, sum(p.height for p in pictures)), PAPER)
    top = 0
    for picture in pictures:
        sheet.paste(picture, (0, top))
        top += picture.height
    sheet.save(file)


def _picture(info: Info) -> Image.Image:
    head = 16 + LINE * (len(info.notes) + bool(info.title))
    key = [] if info.labels else [line for line in info.lines if not (line.coverage or line.faint or line.anytime)]
    foot = BOTTOM + LINE * -(-len(key) // 4)
    canvas = Canvas(info, head, head + PLOT + foot)
    if info.message:
        canvas.text((WIDTH / 2, head + PLOT / 2), info.message, rgb(GREY), 18, "mm")
        return canvas.done()
    canvas.axes()
    for line in info.lines:
        if not (line.coverage or line.faint) and len(line.x) > 1:
            canvas.band(line)
    canvas.front()
    for line in info.lines:
        canvas.line(line)
    canvas.words(key)
    return canvas.done()


class Canvas:
    """What is drawn on, in the pixels of the final image; `at` says where a point of the plot lies."""

    def __init__(self, info: Info, head: int, height: int) -> None:
        self.info, self.head, self.height = info, head, height
        self.image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), PAPER)
        self.low, self.high = padded(*info.x_range)

    def done(self) -> Image.Image:
        return self.image.resize((WIDTH, self.height), Image.Resampling.LANCZOS)

    def at(self, x: float, y: float) -> Point:
        across = (log10(x) - self.low) / (self.high - self.low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), self.head + (TOP - y) / (TOP - LOWEST) * PLOT

    def text(self, at: Point, said: str, colour: Colour, size: int = 14, anchor: str = "lm") -> None:
        for letter, other in UNKNOWN.items():
            said = said.replace(letter, other)
        font = ImageFont.load_default(size * SCALE)
        ImageDraw.Draw(self.image).text(_large(at), said, fill=colour, font=font, anchor=anchor)

    def stroke(self, points: Sequence[Point], colour: Colour, width: float, dash: float = 0) -> None:
        pen, thick = ImageDraw.Draw(self.image), round(width * SCALE)
        for part in _dashes(points, dash) if dash else [points]:
            pen.line([_large(p) for p in part], fill=colour, width=thick, joint="curve")

    def axes(self) -> None:
        for i in range(6):
            x0, y = self.at(10**self.low, i / 5)
            self.stroke([(x0, y), (WIDTH - RIGHT, y)], RULE, 1)
            self.text((x0 - 8, y), f"{20 * i}%", rgb(GREY), anchor="rm")
        foot = self.at(10**self.low, LOWEST)[1]
        self.stroke([(LEFT, foot), (WIDTH - RIGHT, foot)], rgb(GREY), 1)
        for tick in self.info.ticks:
            if self.low <= log10(tick) <= self.high:
                x = self.at(tick, 0)[0]
                self.stroke([(x, foot), (x, foot + 5)], rgb(GREY), 1)
                self.text((x, foot + 15), amount(tick), rgb(GREY), anchor="mm")
        self.text((LEFT + (WIDTH - LEFT - RIGHT) / 2, foot + 38), self.info.x_title, INK, anchor="mm")

    def band(self, line: Line) -> None:
        """Blended with what is there, so that bands that overlap can be seen through."""
        high, low = ([self.at(x, y) for x, y in zip(line.x, ys, strict=True)] for ys in (line.high, line.low))
        edge = _stairs(high) + _stairs(low)[::-1] if line.anytime else high + low[::-1]
        across, down = ([round(p[i] * SCALE) for p in edge] for i in (0, 1))
        left, top = min(across), min(down)
        mask = Image.new("L", (max(across) - left + 1, max(down) - top + 1), 0)
        shape = [(x - left, y - top) for x, y in zip(across, down, strict=True)]
        ImageDraw.Draw(mask).polygon(shape, fill=28)
        self.image.paste(rgb(line.look.colour), (left, top), mask)

    def front(self) -> None:
        if self.info.front:
            self.stroke(_stairs([self.at(x, y) for x, y in self.info.front]), (214, 217, 220), 5)

    def line(self, line: Line) -> None:
        points = [self.at(x, y) for x, y in zip(line.x, line.y, strict=True)]
        colour = (205, 208, 212) if line.faint else rgb(line.look.colour)
        thin = line.coverage or line.anytime or line.faint
        dash = 7 if line.coverage else 3 if line.look.dotted else 0
        self.stroke(_stairs(points) if line.anytime else points, colour, 1.4 if thin else 2.4, dash)
        if not (line.anytime or line.faint):
            for point in points:
                self.marker(point, line, colour)

    def marker(self, at: Point, line: Line, colour: Colour) -> None:
        sides = SIDES.get(line.look.symbol, 0)
        pen, size = ImageDraw.Draw(self.image), 5 * SCALE
        fill = PAPER if line.coverage else colour
        x, y = _large(at)
        if sides:
            pen.regular_polygon((x, y, size), abs(sides), 180 if sides < 0 else 0, fill=fill, outline=colour)
        else:
            pen.ellipse((x - size, y - size, x + size, y + size), fill=fill, outline=colour, width=SCALE)

    def words(self, key: Sequence[Line]) -> None:
        """Title, notes, the names at the ends of lines, baselines, and the key if there are no such names."""
        if self.info.title:
            self.text((LEFT, 18), self.info.title, INK, 16)
        for i, note in enumerate(self.info.notes, bool(self.info.title)):
            self.text((LEFT, 18 + LINE * i), note, rgb(GREY))
        for label in self.info.labels:
            if abs(label.at_y - label.y) > 0.01:
                self.stroke([self.at(label.x, label.y), self.at(label.at_x, label.at_y)], rgb(GREY), 0.7)
            self.text(self.at(label.at_x, label.at_y), label.text, rgb(label.colour))
        for baseline in self.info.baselines:
            x, y = self.at(10**self.low, baseline.y)
            self.stroke([(x, y), (WIDTH - RIGHT, y)], rgb(GREY), 1, 2)
            self.text((x + 4, y - 9), f"{baseline.label} {baseline.y:.1%}", rgb(GREY), 12)
        for i, line in enumerate(key):
            x, y = LEFT + i % 4 * (WIDTH - LEFT) / 4, self.head + PLOT + BOTTOM + LINE * (i // 4)
            self.stroke([(x, y), (x + 24, y)], rgb(line.look.colour), 2.4, 3 if line.look.dotted else 0)
            self.text((x + 32, y), line.name, INK, 12)


SIDES = {"square": 4, "diamond": 4, "triangle-up": 3, "triangle-down": -3, "pentagon": 5, "hexagon": 6}
"""Of the markers that are polygons; a minus stands on its head. All others are discs."""


def _large(point: Point) -> Point:
    return point[0] * SCALE, point[1] * SCALE


def _stairs(points: Sequence[Point]) -> list[Point]:
    """The corners of a line that stays level until the next point."""
    corners = [points[0]]
    for (_, before), (x, y) in pairwise(points):
        corners += [(x, before), (x, y)]
    return corners


def _dashes(points: Sequence[Point], length: float) -> list[list[Point]]:
    """Pieces of a line, `length` pixels each with as much between them."""
    pieces: list[list[Point]] = []
    gone = 0.0
    for (x0, y0), (x1, y1) in pairwise(points):
        whole = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        while gone < whole:
            a, b = gone / whole, min(1.0, (gone + length) / whole)
            pieces.append([(x0 + (x1 - x0) * s, y0 + (y1 - y0) * s) for s in (a, b)])
            gone += 2 * length
        gone -= whole
    return pieces
