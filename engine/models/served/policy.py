"""A policy behind an OpenAI-compatible server. See `protocol.Policy`.

Every continuation is a request of its own, so that none depends on how many a server gives at once (``n``);
servers that share prefixes (vLLM, SGLang) compute the common beginning once. Answers are streamed: a step is
cut exactly where its separator comes, whether or not the server knows ``stop``, and whether the separator or the
end of the turn ended it is known for sure. Each request carries the seed of its place in the tree; how far
a tree is the same another time is up to the server.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from engine.models.served import CONCURRENT
from engine.models.served.asking import Asking
from engine.models.served.cutting import Cutter, Written
from engine.models.served.transport import ServerError, UnreadableError
from engine.protocol import Continuation
from engine.tree import Cost, Finish, Step

SEEDS = (1 << 31) - 1


@dataclass(slots=True)
class _Taken:
    """What one request gave: steps with their endings, and the server's own count of tokens if it told it."""

    steps: list[tuple[Written, Finish]]
    tokens: int | None = None
    prompt: Cost = Cost()
    """What was read before, if the server told it."""


class ServedPolicy:
    """Asks `asking` for continuations, `concurrent` at a time."""

    def __init__(self, asking: Asking, *, concurrent: int = CONCURRENT) -> None:
        self.asking, self.id = asking, f"{asking.model} at {asking.transport.url}"
        self.concurrent = concurrent

    @property
    def path(self) -> str:
        """Where on the server it asks."""
        return self.asking.path

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        """See `protocol.Policy.sample`. A continuation that can't be had is one failed step that says why."""
        asked = [(c, seed) for c in wanted for seed in c.seeds]
        with ThreadPoolExecutor(self.concurrent) as pool:
            chains = iter(list(pool.map(lambda one: self._chain(*one), asked)))
        out = [[next(chains) for _ in c.seeds] for c in wanted]
        self._compare(wanted, out)
        return out

    def _chain(self, wanted: Continuation, seed: int) -> list[Step]:
        began = time.perf_counter()
        try:
            taken = self._ask(wanted, seed)
        except Exception as error:  # whatever it is, the others must keep what they have
            return [Step("", "error", error=str(error) or type(error).__name__)]
        tokens = _tokens(taken)
        share = (time.perf_counter() - began) / max(1, sum(tokens))
        costs = [Cost(policy_tokens=count, seconds=count * share) for count in tokens]
        costs[0] = costs[0].plus(taken.prompt)
        return [
            Step(written.text, finish, written.logprob, cost)
            for (written, finish), cost in zip(taken.steps, costs, strict=True)
        ]

    def _ask(self, wanted: Continuation, seed: int) -> _Taken:
        written = "".join(step + wanted.separator for step in wanted.steps)
        self.asking.try_continuing(wanted.prompt, written)
        while True:
            body = self.asking.body(
                wanted.prompt,
                written,
                stream=True,
                stream_options={"include_usage": True},
                max_tokens=self._most(wanted),
                temperature=wanted.temperature,
                seed=seed % SEEDS,
                logprobs=1 if self.asking.render else True,
            )
            try:
                taken = self.asking.transport.stream(self.asking.path, body, lambda events: _take(events, wanted))
            except ServerError as error:
                if self.asking.refused(body, error):
                    continue
                if error.status in (400, 422) and "continue_final_message" in body:
                    raise ServerError(
                        f"{error}; if it can't continue an assistant's turn, name the tokenizer: --tokenizer FOLDER"
                    ) from None
                raise
            if "logprobs" in body and all(written.logprob is None for written, _ in taken.steps):
                self.asking.found("logprobs", False, "gives no log-probabilities; steps have none")
            return taken

    def _most(self, wanted: Continuation) -> int:
        most = wanted.max_tokens if wanted.until == "step" else wanted.max_tokens * wanted.max_steps
        return most if wanted.max_solution is None else max(1, min(most, wanted.max_solution))

    def _compare(self, wanted: Sequence[Continuation], out: Sequence[Sequence[Sequence[Step]]]) -> None:
        """Several samples of one text that are all the same: a server that ignores the temperature, most likely."""
        for c, chains in zip(wanted, out, strict=True):
            texts = {tuple(s.text for s in chain) for chain in chains if chain[-1].error is None}
            if c.temperature > 0 and len(chains) >= 4 and len(texts) == 1 and len("".join(next(iter(texts)))) > 20:
                told = f"{len(chains)} samples at temperature {c.temperature:g} are all the same; it seems to ignore it"
                self.asking.found("temperature", False, told)

    def describe(self) -> Mapping[str, Any]:
        """What run.json records. What a server computes on, and with which weights, it doesn't tell."""
        return {
            "id": self.asking.model,
            "system": self.asking.system,
            "device": "served",
            "dtype": "unknown",
            "server": {"url": self.asking.transport.url, "endpoint": self.asking.path, **self.asking.can},
        }


def _take(events: Iterator[Any], wanted: Continuation) -> _Taken:
    """Read until the continuation is complete; what the server would still say isn't waited for."""
    cutter = Cutter(wanted.separator)
    steps: list[tuple[Written, Finish]] = []
    finish: str | None = None
    tokens: int | None = None
    prompt = Cost()
    for event in events:
        piece, said, used = _read(event)
        prompt = _prompt(event) or prompt
        gained = _logprobs(event)
        finish, tokens = said or finish, used if used is not None else tokens
        known = (len(gained), sum(gained)) if gained else (1, None)
        for written in cutter.take(piece, *known) if piece or gained else []:
            texts = [*wanted.steps, *(w.text for w, _ in steps), written.text]
            ended = wanted.ends(texts)
            steps.append((written, "end" if ended else "step"))
            if ended or wanted.until == "step" or len(steps) >= wanted.max_steps:
                return _Taken(steps, prompt=prompt)
        if cutter.tokens >= wanted.max_tokens:
            return _Taken([*steps, (cutter.rest(), "length")], prompt=prompt)
    if finish is None:
        raise UnreadableError("the stream broke off")
    rest = cutter.rest()
    if finish == "length" or rest.text or not steps:
        steps.append((rest, "length" if finish == "length" else "end"))
    else:
        steps[-1] = (steps[-1][0], "end")
    return _Taken(steps, tokens, prompt)


def _read(event: Any) -> tuple[str, str | None, int | None]:
    """The text of an event, why the text ended if it did, and the tokens used if it tells."""
    try:
        usage = event.get("usage")
        used = usage["completion_tokens"] if usage else None
        choice = event["choices"][0] if event.get("choices") else {}
        piece = choice.get("text") if "text" in choice else (choice.get("delta") or {}).get("content")
        finish = choice.get("finish_reason")
    except (AttributeError, KeyError, IndexError, TypeError):
        raise UnreadableError(f"expected a completion's event, got {str(event)[:100]}") from None
    if not isinstance(piece, str | None) or not isinstance(finish, str | None) or not isinstance(used, int | None):
        raise UnreadableError(f"expected text, got {str(event)[:100]}")
    return piece or "", finish, used


def _prompt(event: Any) -> Cost | None:
    """The tokens of the prompt, if this event tells them; those that the server had in its cache apart."""
    usage = event.get("usage") or {}
    told = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    if not isinstance(told, int):
        return None
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return Cost(prompt_tokens=told - cached, cached_tokens=cached)


def _logprobs(event: Any) -> list[float]:
    """The log-probabilities of an event's tokens; empty if it doesn't tell all of them."""
    try:
        told = event["choices"][0]["logprobs"]
        found = told["token_logprobs"] if "token_logprobs" in told else [one["logprob"] for one in told["content"]]
    except (KeyError, IndexError, TypeError):
        return []
    return found if isinstance(found, list) and all(isinstance(x, int | float) for x in found) else []


def _tokens(taken: _Taken) -> list[int]:
    """Tokens of each step, a piece for one where the server doesn't tell; what it counted beyond is the last's."""
    counts = [max(1, written.tokens) for written, _ in taken.steps]
    if taken.tokens is not None:
        counts[-1] = max(1, taken.tokens - sum(counts[:-1]))
    return counts
