"""How smooth the canvas is: one change a frame; when each frame came, and how long the canvas took to draw it."""

import statistics
from dataclasses import dataclass

from playwright.sync_api import Page

MOVES = ("pan", "zoom", "hover", "replay")
LATE = 25.0
"""Milliseconds between two frames from which on one of 60 a second was missed."""
WATCH = """(stage, [move, frames]) => new Promise((done) => {
  const frame = stage.getBoundingClientRect();
  const at = (x, y) => ({
    bubbles: true, cancelable: true, clientX: frame.left + x * frame.width, clientY: frame.top + y * frame.height,
  });
  const wheel = (more) => stage.dispatchEvent(new WheelEvent("wheel", { ...at(0.5, 0.5), ...more }));
  const press = (key) => stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const point = (x, y) => stage.dispatchEvent(new PointerEvent("pointermove", { ...at(x, y), pointerType: "mouse" }));
  const back = (i) => (Math.floor(i / 30) % 2 ? -1 : 1);
  const moves = {
    pan: (i) => wheel({ deltaY: 24 * back(i), shiftKey: true }),
    zoom: (i) => wheel({ deltaY: -24 * back(i) }),
    hover: (i) => point(0.1 + 0.8 * ((i * 0.037) % 1), 0.1 + 0.8 * ((i * 0.0113) % 1)),
    replay: (i) => press(back(i) > 0 ? "," : "."),
  };
  const between = [], draw = [];
  let last, i = 0;
  const step = (now) => {
    if (last !== undefined) { between.push(now - last); draw.push(Number(stage.dataset.paint)); }
    last = now;
    if (i > frames) return done([between, draw]);
    moves[move](i++);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""
"""Replay is stepped, an event a frame, at the end of the search: where most of the tree is there to be drawn."""


@dataclass(frozen=True, slots=True)
class Smooth:
    rate: float
    """Frames a second."""
    on_time: float
    """The share of frames, 0 to 1, that came within `LATE`."""
    draw: float
    """Milliseconds of the canvas's own drawing, the median; what the browser makes of it afterwards isn't in it."""
    draw_most: float
    """The same, of the slowest frame in a hundred."""


def watch(page: Page, move: str, frames: int) -> Smooth:
    """Make a move at each of `frames` frames on the canvas of a page, and look at them. The first ten don't count."""
    between, draw = page.locator(".stage").evaluate(WATCH, [move, frames + 10])
    between, draw = between[10:], sorted(draw[10:])
    return Smooth(
        rate=1000 * len(between) / sum(between),
        on_time=sum(gap < LATE for gap in between) / len(between),
        draw=statistics.median(draw),
        draw_most=draw[int(0.99 * (len(draw) - 1))],
    )
