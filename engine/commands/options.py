"""The options that say which models to use and how they write, shared by all commands that ask models."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from engine.models.loading import CACHE_BYTES, Bits, Loading
from engine.models.registry import Asked
from engine.models.served import CONCURRENT, TIMEOUT
from engine.prices import Prices, read_prices
from engine.protocol import ArbutusError, Budget

GIB = 1 << 30


@dataclass(frozen=True)
class ModelOptions:
    """Which models, and how they are read."""

    policy: Annotated[
        str | None, typer.Option(help="A folder, a Hugging Face id, openai:URL#MODEL; default: the task's built-in one")
    ] = None
    prm: Annotated[
        str | None,
        typer.Option(help="A folder or a Hugging Face id, with :kind where it can't be told; pooling:URL#MODEL; self"),
    ] = None
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu")] = "auto"
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16")] = "auto"
    attn: Annotated[str | None, typer.Option(help="The attention: sdpa, eager, flash_attention_2")] = None
    load_in: Annotated[str | None, typer.Option(help="4bit or 8bit, by bitsandbytes")] = None
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit of the policy's repository")] = None
    prm_revision: Annotated[str | None, typer.Option(help="The same of the PRM's repository")] = None
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Run the code that comes with the model")
    ] = False
    cache: Annotated[float, typer.Option(min=0.001, help="GiB for the cached prefixes of each model")] = (
        CACHE_BYTES / GIB
    )
    system: Annotated[str | None, typer.Option(help="What a chat model is told first; default: the task's")] = None
    tokenizer: Annotated[
        str | None, typer.Option(help="Of a served policy: its tokenizer's folder or id, to use its chat template")
    ] = None
    concurrency: Annotated[int, typer.Option(min=1, help="Requests that a server gets at the same time")] = CONCURRENT
    timeout: Annotated[float, typer.Option(min=1, help="Seconds without a word from a server that are too many")] = (
        TIMEOUT
    )
    thinking: Annotated[
        bool | None, typer.Option("--thinking/--no-thinking", help="For chat templates that know enable_thinking")
    ] = None

    def asked(self) -> Asked:
        """What the registry understands. Raises `ArbutusError` for a value that it doesn't know."""
        if self.load_in not in (None, "4bit", "8bit"):
            raise ArbutusError(f"got --load-in {self.load_in!r}, expected 4bit or 8bit")
        bits: Bits | None = self.load_in  # type: ignore[assignment]
        loading = Loading(
            device=self.device,
            dtype=self.dtype,
            attn=self.attn,
            load_in=bits,
            revision=self.revision,
            trust_remote_code=self.trust_remote_code,
            cache_bytes=int(self.cache * GIB),
        )
        return Asked(
            policy=self.policy,
            prm=self.prm,
            loading=loading,
            prm_loading=replace(loading, revision=self.prm_revision),
            system=self.system,
            tokenizer=self.tokenizer,
            serving={"concurrent": self.concurrency, "timeout": self.timeout},
            template={} if self.thinking is None else {"enable_thinking": self.thinking},
        )


@dataclass(frozen=True)
class WritingOptions:
    """How solutions are written; what is not given is the task's own."""

    separator: Annotated[str | None, typer.Option(help=r"What stands between two steps; \n is a new line")] = None
    step_tokens: Annotated[int | None, typer.Option(min=1, help="Limit of one step")] = None
    steps: Annotated[int | None, typer.Option("--max-steps", min=1, help="Limit of the steps of a solution")] = None
    solution_tokens: Annotated[int | None, typer.Option(min=1, help="Limit of all steps together")] = None

    def given(self) -> Mapping[str, Any]:
        """The fields of `protocol.Writing` that were given."""
        given = {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}
        if "separator" in given:
            given["separator"] = given["separator"].replace("\\n", "\n")
            if not given["separator"]:
                raise ArbutusError("got an empty --separator, expected what stands between two steps")
        return given


@dataclass(frozen=True)
class BudgetOptions:
    """What one search may spend, and what tokens cost. The first limit that is reached ends it."""

    completions: Annotated[int | None, typer.Option(min=1, help="Stop after so many finished solutions")] = None
    policy_tokens: Annotated[int | None, typer.Option(min=1, help="Stop after so many tokens sampled")] = None
    tokens: Annotated[int | None, typer.Option(min=1, help="Stop after so many tokens, sampled and scored")] = None
    flops: Annotated[float | None, typer.Option(min=0.0, help="Stop after so many FLOPs of both models: 2e9")] = None
    seconds: Annotated[float | None, typer.Option(min=0.0, help="Stop after so many seconds of model time")] = None
    money: Annotated[float | None, typer.Option(min=0.0, help="Stop after so much money, at the prices given")] = None
    price: Annotated[
        list[str] | None, typer.Option(help="Of a million tokens: policy=0.6, prompt=0.15, prm=0.2. Repeatable.")
    ] = None

    def budget(self) -> Budget:
        return Budget(**{f.name: getattr(self, f.name) for f in fields(Budget)})

    def prices(self) -> Prices:
        return read_prices(self.price or [])


def with_options(*groups: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of each group; it receives every group as one value, by the group's place.

    The command's first parameters, as many as there are groups, take the groups.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        own = list(inspect.signature(command).parameters.values())[len(groups) :]
        shared = [parameter for group in groups for parameter in _parameters(group)]
        own = [p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY) for p in own]

        @wraps(command)
        def run(**given: Any) -> None:
            values = [group(**{f.name: given.pop(f.name) for f in fields(group)}) for group in groups]
            command(*values, **given)

        run.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in (*own, *shared)}
        return run

    return decorate


def _parameters(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=hints[f.name])
        for f in fields(group)
    ]


def flags(*groups: Any) -> list[str]:
    """The words that give these options again on a command line."""
    words: list[str] = []
    for group in groups:
        for f in fields(group):
            value = getattr(group, f.name)
            if value == f.default or value is None:
                continue
            name = "max-steps" if (type(group), f.name) == (WritingOptions, "steps") else f.name.replace("_", "-")
            if isinstance(value, bool):
                words.append(f"--{name}" if value else f"--no-{name}")
            else:
                words += [f"--{name}", str(value)]
    return words
