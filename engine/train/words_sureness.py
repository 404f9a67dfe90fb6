"""How far the PRM's logits are to be believed: two numbers, fitted on solutions to stories it has not seen.

Nine of ten tokens of a wrong solution are right, so each logit is near to sure, and the product over sixty of them says
“probably right” where most are wrong. Each logit is stretched and shifted (Platt 1999) so that the products are right
as often as they say, over the policy's own solutions, as it writes them.
"""

from collections.abc import Sequence
from random import Random

import torch
from transformers import LlamaForCausalLM

from engine.models.local import LocalPolicy
from engine.tasks.words.checking import first_wrong
from engine.tasks.words.generate import STEPS
from engine.tasks.words.problems import may_train, stories
from engine.tasks.words.task import WordProblems
from engine.train.packing import Pack, collate, read
from engine.train.words_steps import SEPARATOR, sample

AT_ONCE = 8
"""Packs that are read in one pass."""


def sampled_packs(policy: LocalPolicy, count: int, samples: int, readings: int, rng: Random) -> list[Pack]:
    """The policy's distinct solutions of `count` stories at the task's temperature, each step with its label."""
    stream = stories(rng, lambda rng: rng.choice(STEPS), may_train)
    told = [next(stream) for _ in range(count)]
    packs = []
    for story, solutions in zip(told, sample(policy, told, samples, rng, (WordProblems.temperature,)), strict=True):
        pack = Pack(policy.writer.prompt((story.question + SEPARATOR) * readings))
        for steps, ended in solutions:
            wrong, at = first_wrong(story, steps), pack.start
            for i, step in enumerate(steps):
                tokens = policy.writer.step(step, SEPARATOR, ended=ended and i == len(steps) - 1)
                at = pack.add(at, tokens, wrong is None or i < wrong)
        packs.append(pack)
    return packs


@torch.no_grad()
def told(model: LlamaForCausalLM, packs: Sequence[Pack]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What the model says of the tokens up to the end of each labelled step.

    ``logits``: of all those tokens, step after step; ``step``: which step each is of; ``labels``: of the steps.
    """
    logits, step, labels = list[torch.Tensor](), list[int](), list[float]()
    for first in range(0, len(packs), AT_ONCE):
        part = packs[first : first + AT_ONCE]
        batch = collate(part)
        hidden = read(model, batch)
        for row, pack in enumerate(part):
            parent = batch["parent"][row, : len(pack)]
            of = (hidden[row, parent] * model.lm_head.weight[batch["ids"][row, : len(pack)]]).sum(dim=1)
            for last, label in pack.labels.items():
                path = pack.path(last)
                logits.append(of[path])
                step += [len(labels)] * len(path)
                labels.append(float(label))
    return torch.cat(logits), torch.tensor(step), torch.tensor(labels)


def fit_sureness(logits: torch.Tensor, step: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
    """``(sure, bias)`` for which ``sure * logits + bias`` gives the labels the highest likelihood."""
    logits, labels = logits.double(), labels.double()
    numbers = torch.tensor([0.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([numbers], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        tokens = torch.nn.functional.logsigmoid(numbers[0].exp() * logits + numbers[1])
        right = torch.zeros_like(labels).index_add(0, step, tokens).clamp(max=-1e-9)
        lost = -(labels * right + (1 - labels) * torch.log(-torch.expm1(right))).mean()
        lost.backward()  # type: ignore[no-untyped-call]
        return lost

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return float(numbers[0].detach().exp()), float(numbers[1].detach())
