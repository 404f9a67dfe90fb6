"""A reward in its colour, with its digits."""

from app.canvas.scale import color, ink


def swatch(reward: float | None, kind: str = "swatch") -> str:
    """HTML for the inspector; `kind`: ``"swatch"``, or ``"number"`` for the one that stands alone."""
    if reward is None:
        return f'<span class="{kind} missing">–</span>'
    background = color(reward)
    digits = f"{reward:.3f}" if kind == "number" else f"{reward:.2f}"
    return f'<span class="{kind}" style="background:{background};color:{ink(background)}">{digits}</span>'
