"""What tokens cost in money: three prices, a sum of products. Knows no model and no log.

Prices are for a million tokens, as providers quote them, in whatever currency they are given in. Tokens
found in the policy's cache cost nothing here: whoever is charged for them adds their share to `prompt`.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from math import isfinite

from engine.protocol import ArbutusError

MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Prices:
    """Money per million tokens: sampled by the policy, read by it as prompt, read by the PRM. Each 0 or more."""

    policy: float = 0.0
    prompt: float = 0.0
    prm: float = 0.0

    def __post_init__(self) -> None:
        for name, price in asdict(self).items():
            if not isfinite(price) or price < 0:
                raise ArbutusError(f"got the price {name}={price}, expected 0 or more for a million tokens")

    def __bool__(self) -> bool:
        """Whether anything costs anything."""
        return any((self.policy, self.prompt, self.prm))

    def money(self, policy_tokens: float, prompt_tokens: float, prm_tokens: float) -> float:
        """What so many tokens cost, in the currency of the prices. Arrays give an array."""
        return (self.policy * policy_tokens + self.prompt * prompt_tokens + self.prm * prm_tokens) / MILLION


def read_prices(words: Iterable[str]) -> Prices:
    """Prices from words such as ``policy=0.6``. Raises `ArbutusError` for a name or a number that is none."""
    known = [field.name for field in fields(Prices)]
    given: dict[str, float] = {}
    for word in words:
        name, _, price = word.partition("=")
        try:
            given[name] = float(price)
        except ValueError:
            raise ArbutusError(f"got the price {word!r}, expected a name and a number, such as policy=0.6") from None
        if name not in known:
            raise ArbutusError(f"got a price for {name!r}, expected one for: {', '.join(known)}")
    return Prices(**given)
