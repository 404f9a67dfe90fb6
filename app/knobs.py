"""The widgets that say how a live search is made: strategy, size, shape, budget, prices."""

import streamlit as st

from engine.budgets import UNITS
from engine.protocol import Parameter, Strategy
from engine.search import STRATEGIES

SIZES = (1, 2, 4, 8, 16, 32, 64)
NO_LIMIT = "no limit"
LIMITS: dict[str, tuple[float, float]] = {
    "completions": (1, 16), "policy_tokens": (1, 500), "tokens": (1, 1000),
    "flops": (1e6, 1e9), "seconds": (0.01, 0.5), "money": (1e-6, 0.001),
}  # fmt: skip
"""For each unit of a budget the least there may be, and what is proposed."""


def choose_strategy() -> Strategy:
    name = st.selectbox("Strategy", list(STRATEGIES), index=list(STRATEGIES).index("beam"), key="live-strategy")
    strategy = STRATEGIES[name]
    st.caption(f"{strategy.summary}. {strategy.paper}.")
    return strategy


def size(strategy: Strategy) -> dict[str, float | str]:
    parameter = strategy.parameters.get("n")
    if parameter is None:
        return {}
    key = f"live-{strategy.name}-n"
    return {"n": st.select_slider("n", SIZES, int(parameter.default), help=parameter.help, key=key)}


def shape(strategy: Strategy) -> dict[str, float | str]:
    """The strategy's parameters other than its size."""
    return {
        name: _knob(name, parameter, key=f"live-{strategy.name}-{name}")
        for name, parameter in strategy.parameters.items()
        if name != "n"
    }


def _knob(name: str, parameter: Parameter, key: str) -> float | str:
    if parameter.choices:
        first = parameter.choices.index(str(parameter.default))
        return str(st.selectbox(name, parameter.choices, first, help=parameter.help, key=key))
    if parameter.read:
        return str(st.text_area(name, str(parameter.default), help=parameter.help, key=key, height="content"))
    kind, usual = (int, 16) if isinstance(parameter.default, int) else (float, 10.0)
    most = kind(min(parameter.most, max(usual, 4 * float(parameter.default))))
    given: float = st.number_input(
        name, kind(parameter.least), most, kind(parameter.default), help=parameter.help, key=key
    )
    return given


def budget(page: str = "live") -> tuple[dict[str, float], dict[str, float]]:
    """The limit that was set, by unit, and the prices a million tokens if it is one of money."""
    unit = st.selectbox(
        "Budget", [NO_LIMIT, *UNITS], format_func=lambda name: UNITS[name].words if name in UNITS else name,
        key=f"{page}-budget", help="The search stops when it has spent so much, and answers from what it has.",
    )  # fmt: skip
    if unit == NO_LIMIT:
        return {}, {}
    least, usual = LIMITS[unit]
    limit = st.number_input(
        f"At most so many {UNITS[unit].words}" if unit != "money" else "At most so much money", least, None, usual,
        key=f"{page}-{unit}", format=None if isinstance(usual, int) else "%g",
    )  # fmt: skip
    return {unit: limit}, _prices(page) if unit == "money" else {}


def _prices(page: str) -> dict[str, float]:
    st.caption("Prices of a million tokens, in any one currency")
    usual = {"policy": ("Sampled", 0.4), "prompt": ("Prompt", 0.1), "prm": ("PRM", 0.1)}
    return {
        name: column.number_input(label, 0.0, None, price, 0.05, key=f"{page}-price-{name}")
        for column, (name, (label, price)) in zip(st.columns(3), usual.items(), strict=True)
    }
