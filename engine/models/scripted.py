"""A policy and a PRM that follow a script: for tests, for documents, and to try a new search on.

They are exact: what they sample depends on the seed of each continuation alone, whatever the batch.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from engine.models.draws import uniforms
from engine.protocol import Chain, Continuation
from engine.tree import Cost, Reward, Step

Option = tuple[str, float, bool]
"""A step, its weight among the options, and whether it ends the solution."""


class ScriptedPolicy:
    """Samples among the options that ``script(prompt, steps)`` gives. No options: the step fails."""

    def __init__(self, script: Callable[[str, tuple[str, ...]], Sequence[Option]], id: str = "scripted-policy") -> None:
        self.script, self.id = script, id

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        return [[self._chain(c, seed) for seed in c.seeds] for c in wanted]

    def _chain(self, wanted: Continuation, seed: int) -> list[Step]:
        chain: list[Step] = []
        while not chain or (wanted.until == "end" and chain[-1].finish == "step" and len(chain) < wanted.max_steps):
            steps = (*wanted.steps, *(s.text for s in chain))
            chain.append(self._step(self.script(wanted.prompt, steps), seed, len(chain), wanted.temperature))
        return chain

    def _step(self, options: Sequence[Option], seed: int, t: int, temperature: float) -> Step:
        if not options:
            return Step("", "error", error="the script has no step to go on with")
        weight = np.array([w for _, w, _ in options], dtype=np.float64)
        share = weight / weight.sum()
        if temperature == 0:
            i = int(share.argmax())
        else:
            tempered = share ** (1 / temperature)
            u = uniforms(np.array([seed], dtype=np.uint64), t)[0]
            i = int(np.searchsorted(tempered.cumsum() / tempered.sum(), u, side="right").clip(max=len(options) - 1))
        text, _, ends = options[i]
        tokens = len(text.split()) + 1
        cost = Cost(policy_tokens=tokens, policy_flops=2.0 * tokens)
        return Step(text, "end" if ends else "step", round(float(np.log(share[i])), 6), cost)

    def describe(self) -> Mapping[str, Any]:
        return {"id": self.id, "parameters": 0}


class ScriptedPRM:
    """Rewards each step by ``rule(prompt, steps up to it)``; None stays a missing reward."""

    def __init__(self, rule: Callable[[str, tuple[str, ...]], float | None], id: str = "scripted-prm") -> None:
        self.rule, self.id = rule, id

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        return [[self._reward(c, i) for i in range(c.known, len(c.steps))] for c in chains]

    def _reward(self, chain: Chain, i: int) -> Reward:
        value = self.rule(chain.prompt, chain.steps[: i + 1])
        tokens = len(chain.steps[i].split()) + 1
        cost = Cost(prm_tokens=tokens, prm_flops=2.0 * tokens)
        return Reward(value, value, cost, None if value is not None else "the script gives no reward")

    def describe(self) -> Mapping[str, Any]:
        return {"id": self.id, "parameters": 0}
