"""A PRM behind vLLM's pooling endpoint (``vllm serve MODEL --runner pooling``). See `protocol.PRM`.

The Qwen2.5-Math-PRM family: the text in ChatML with ``<extra_0>`` after every step, and for each step two
probabilities, of which the second is the reward.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import isfinite, log
from typing import Any

from engine.models.served import CONCURRENT
from engine.models.served.transport import Transport
from engine.protocol import Chain
from engine.tree import Cost, Reward

SYSTEM = "Please reason step by step, and put your final answer within \\boxed{}."
MARK = "<extra_0>"


class ServedPRM:
    """Asks for all rewards of a chain at once, `concurrent` chains at a time."""

    path = "/pooling"

    def __init__(self, transport: Transport, model: str, *, concurrent: int = CONCURRENT) -> None:
        self.transport, self.model, self.concurrent = transport, model, concurrent
        self.id = f"{model} at {transport.url}"

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        """See `protocol.PRM.score`. A reward that can't be had is missing, and says why."""
        with ThreadPoolExecutor(self.concurrent) as pool:
            return list(pool.map(self._chain, chains))

    def _chain(self, chain: Chain) -> list[Reward]:
        began = time.perf_counter()
        try:
            told = self.transport.post(self.path, {"model": self.model, "input": text_of(chain)})
            values = _values(told, len(chain.steps))
        except Exception as error:  # whatever it is, the other chains must keep what they have
            return [Reward(None, error=str(error) or type(error).__name__) for _ in chain.steps[chain.known :]]
        tokens, wanted = _tokens(told), len(chain.steps) - chain.known
        cost = Cost(seconds=(time.perf_counter() - began) / wanted)
        first = cost._replace(prm_tokens=tokens)
        return [_reward(value, first if not i else cost) for i, value in enumerate(values[chain.known :])]

    def describe(self) -> Mapping[str, Any]:
        return {"id": self.model, "kind": "qwen", "device": "served", "server": {"url": self.transport.url}}


def text_of(chain: Chain) -> str:
    """The question and the steps as the Qwen2.5-Math-PRM family reads them."""
    turns = f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{chain.prompt.strip()}<|im_end|>\n"
    said = "".join(step.strip().removesuffix(MARK) + MARK for step in chain.steps)
    return f"{turns}<|im_start|>assistant\n{said}<|im_end|>\n"


def _values(told: Any, steps: int) -> list[float]:
    """P(right) of every step. Raises `ValueError` if the server gave another number of them."""
    try:
        pairs = told["data"][0]["data"]
        values = [float(pair[1]) for pair in pairs]
    except (KeyError, IndexError, TypeError, ValueError):
        raise ValueError(f"expected two probabilities a step, got {str(told)[:100]}") from None
    if len(values) != steps:
        raise ValueError(f"the server gave {len(values)} rewards for {steps} steps")
    return values


def _tokens(told: Any) -> int:
    usage = told.get("usage") if isinstance(told, dict) else None
    counted = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return counted if isinstance(counted, int) else 0


def _reward(value: float, cost: Cost) -> Reward:
    if not isfinite(value) or not 0 <= value <= 1:
        return Reward(None, None, cost, f"the server gave {value} for a probability")
    raw = round(log(value / (1 - value)), 6) if 0 < value < 1 else None
    return Reward(round(value, 6), raw, cost)
