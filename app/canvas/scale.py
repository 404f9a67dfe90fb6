"""The colour of a reward: one fixed scale from 0 to 1 for the canvas, the inspector and the figures.

Orange to blue through a light neutral: distinguishable under every common colour blindness, and the
same in the light and the dark theme, so a colour means the same reward on every page. What only grows
(visits, tokens, time) has a scale of one hue, which can't be taken for a reward.
"""

from itertools import pairwise

STOPS: tuple[tuple[float, str], ...] = (
    (0.0, "#b4480f"),
    (0.25, "#e6914c"),
    (0.5, "#e9e3d8"),
    (0.75, "#76a5cc"),
    (1.0, "#17568f"),
)
GROWING: tuple[tuple[float, str], ...] = (
    (0.0, "#eee8f2"),
    (0.35, "#bfa8d3"),
    (0.7, "#8258a6"),
    (1.0, "#43186b"),
)
"""From little to much. Each stop is darker than the one before, so it reads without colours too."""
INKS = "#ffffff", "#000000"
READABLE = 4.5
"""The contrast that words need to be read by most (WCAG 2, AA)."""


def color(reward: float) -> str:
    """The colour of a reward; what lies outside 0 to 1 takes the colour of the nearer end."""
    reward = min(max(reward, 0.0), 1.0)
    for (low, a), (high, b) in pairwise(STOPS):
        if reward <= high:
            return mixed(a, b, (reward - low) / (high - low))
    return STOPS[-1][1]


def mixed(a: str, b: str, share: float) -> str:
    """The colour `share` of the way from `a` to `b`."""
    channels = (round(x + (y - x) * share) for x, y in zip(_channels(a), _channels(b), strict=True))
    return "#" + "".join(f"{c:02x}" for c in channels)


def ink(background: str) -> str:
    """White or black, whichever reads better on `background`."""
    return max(INKS, key=lambda text: contrast(text, background))


def readable(colour: str, ground: str) -> str:
    """The colour for words on `ground`: as it is, or only as much darker or lighter as it takes to read them."""
    shades = (mixed(colour, ink(ground), step / 20) for step in range(20))
    return next((shade for shade in shades if contrast(shade, ground) >= READABLE), ink(ground))


def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours as WCAG 2 defines it, 1 to 21."""
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in _channels(color))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
