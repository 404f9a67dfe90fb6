"""Arbutus: search over reasoning steps with a process reward model, every tree logged.

from engine import show, solve
tree = solve("Make 24 from 4 5 6 10", strategy="beam", n=16)
print(show(tree))
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.render import show
    from engine.runner import solve

__all__ = ["show", "solve"]


def __getattr__(name: str) -> Any:
    # Found on first use: training needs neither the log nor what it is written with.
    if name == "show":
        from engine.render import show

        return show
    if name == "solve":
        from engine.runner import solve

        return solve
    raise AttributeError(f"module 'engine' has no attribute {name!r}")
