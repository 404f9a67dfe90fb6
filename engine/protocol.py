"""What a search may ask, and what a policy, a PRM and a task must offer. Interfaces only."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Any, Literal, Protocol

from engine.tree import Node, Problem, Reward, Step, Tree


class ArbutusError(Exception):
    """Something a person can put right; the message says what was got, what was expected, what to do.

    ArbutusError
    ├── runs.RunError          a log that can't be read, with file and line
    ├── models.ModelError      a model that can't be loaded or asked
    └── StrategyError          a strategy or a parameter that doesn't exist
    """


class StrategyError(ArbutusError):
    """A strategy or a parameter that doesn't exist, or a value out of its range."""


# What a search asks.


@dataclass(frozen=True, slots=True)
class Expand:
    """Sample `n` continuations of each node: one step each, or whole completions.

    The search receives the new nodes, for ``until="end"`` the last node of each chain, in the order
    of `nodes` and then of child index. `temperature` None: the run's own. With `score` they come
    rewarded, as by `Score`: under a budget a request is answered in parts, and each part is then
    rewarded before the next is sampled, so that a search which runs out has rewards for what it has.
    """

    nodes: Sequence[Node]
    n: int | Sequence[int]
    until: Literal["step", "end"] = "step"
    temperature: float | None = None
    score: bool = False

    def counts(self) -> list[int]:
        """How many continuations of each node. Raises `StrategyError` unless it is at least one of each."""
        counts = [self.n] * len(self.nodes) if isinstance(self.n, int) else list(self.n)
        if len(counts) != len(self.nodes) or min(counts, default=1) < 1:
            raise StrategyError(f"got counts {counts} for {len(self.nodes)} nodes, expected one of at least 1 for each")
        return counts


@dataclass(frozen=True, slots=True)
class Score:
    """Reward every node that has none on the paths to `nodes`, one PRM pass a path. Gives `nodes` back."""

    nodes: Sequence[Node]


Request = Expand | Score
Search = Generator[Request, list[Node], None]
Choice = tuple[Node | None, str]
"""The node whose solution is the answer, and the reason in words and numbers."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A knob of a strategy: its default, what turning it does, and the least and most it may be, or the words."""

    default: float | str
    help: str
    least: float = 0.0
    most: float = inf
    choices: tuple[str, ...] = ()
    """The values of a parameter that is a word; empty for a number."""
    read: Callable[[str], str] | None = None
    """Of a parameter that is text: gives what is to be recorded. Raises `StrategyError` for what it isn't."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A search and the rule by which its answer is chosen."""

    name: str
    summary: str
    paper: str
    search: Callable[..., Search]
    """Called with the tree and the parameters by name."""
    choose: Callable[..., Choice]
    """Called with the tree; with ``how`` too, the value of the parameter `aggregate`, if the strategy has it."""
    parameters: Mapping[str, Parameter]
    needs_prm: bool = True
    weighs: tuple[str, ...] = ()
    """Further parameters that the choice is called with by name."""

    def rule(self, parameters: Mapping[str, Any]) -> Callable[[Tree], Choice]:
        """How a run with these parameters chooses an answer from its tree, at the end or at any moment before."""
        how = {"how": parameters["aggregate"]} if "aggregate" in parameters else {}
        return partial(self.choose, **how, **{name: parameters[name] for name in self.weighs})


# What the models answer.


@dataclass(frozen=True, slots=True)
class Writing:
    """How solutions are written: what stands between two steps, and what is too long."""

    separator: str
    step_tokens: int
    """Limit of one step; a step that reaches it has finish ``length``."""
    steps: int
    """Limit of the steps of a solution."""
    solution_tokens: int | None = None
    """Limit of all steps of a solution together; the step that reaches it has finish ``length``."""


def never(_: Sequence[str]) -> bool:
    """No solution ends unless the policy ends it."""
    return False


@dataclass(frozen=True, slots=True)
class Continuation:
    """One prefix, and the seeds of the continuations to sample from it (one a continuation).

    A continuation depends on its own seed and the prefix alone, never on what else is in the batch.
    """

    prompt: str
    """What `Task.prompt` gives: the user's turn of a chat model, the beginning of the text for others."""
    steps: tuple[str, ...]
    seeds: tuple[int, ...]
    until: Literal["step", "end"] = "step"
    temperature: float = 1.0
    max_tokens: int = 64
    """Limit of one step; a step that reaches it has finish ``length``."""
    max_steps: int = 16
    """Limit of steps sampled in one continuation."""
    max_solution: int | None = None
    """Limit of the tokens of all steps, those in `steps` included."""
    separator: str = "\n"
    """The text that ends a step. It belongs to no step."""
    ends: Callable[[Sequence[str]], bool] = field(default=never, compare=False)
    """Whether a solution of these steps is at its end though the policy would go on (``\\boxed{}``)."""


class Policy(Protocol):
    """A model that writes steps."""

    id: str

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        """For each continuation wanted, for each of its seeds, the chain of steps sampled (at least one)."""
        ...

    def describe(self) -> Mapping[str, Any]:
        """What run.json records: id, hash, parameters, training FLOPs, device, dtype."""
        ...


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of steps, of which the first `known` are rewarded already."""

    prompt: str
    steps: tuple[str, ...]
    known: int = 0
    ended: bool = False
    """Whether the last step ends the solution."""


class PRM(Protocol):
    """A model that rewards steps."""

    id: str

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        """For each chain, the reward of each step after the first `known`: as many as there are such steps."""
        ...

    def describe(self) -> Mapping[str, Any]: ...


class Task(Protocol):
    """Questions of one kind: how to ask them, and how to read and check what comes back."""

    name: str
    writing: Writing
    """How its solutions are written when a run doesn't say otherwise."""
    temperature: float
    """The sampling temperature when a run names none."""
    system: str
    """What a chat model is told before the question; empty for nothing."""
    models: tuple[str, str] | None
    """The policy and the PRM when a run names none; None if there are none made for it."""

    def problem_sets(self) -> Sequence[str]: ...

    def problems(self, name: str) -> list[Problem]:
        """The problems of a set, or of a file. Raises `ArbutusError` if there is no such set."""
        ...

    def read(self, question: str) -> Problem:
        """The problem a person typed. Raises `ArbutusError` with what is wrong."""
        ...

    def prompt(self, problem: Problem) -> str:
        """The text the policy continues, up to the first step."""
        ...

    def answer(self, problem: Problem, steps: Sequence[str], known: Sequence[str] = ()) -> str | None:
        """What a finished solution answers; None if it answers nothing.

        Equal answers read the same: one that is equal to an answer in `known` is given as written there.
        """
        ...

    def correct(self, problem: Problem, steps: Sequence[str]) -> bool | None:
        """Whether a finished solution is right; None where nobody can tell."""
        ...

    def label(self, problem: Problem, steps: Sequence[str]) -> bool | None:
        """Whether the last step is truly good; None where the task can't tell."""
        ...

    def ends(self, problem: Problem, steps: Sequence[str]) -> bool:
        """Whether the last step ends the solution, whoever wrote it and whether or not it would go on."""
        ...

    def describe_step(self, problem: Problem, steps: Sequence[str]) -> str:
        """What is to be said of the last step's truth, for a person; empty if nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one search; the first one reached ends it. None: no limit.

    `completions`: finished solutions. `tokens`: sampled plus scored; `policy_tokens`: sampled alone.
    `seconds`: this search's share of the time the models worked. `flops`: of both models, as they count
    them. `money`: at the prices of the run, in their currency.

    A search ends before the first request that would add to a limit already reached, and requests are
    answered in parts of about what there is room for (`engine.parts`). So it overshoots by at most one
    part; the tree's cost says exactly what was spent.
    """

    completions: int | None = None
    tokens: int | None = None
    seconds: float | None = None
    policy_tokens: int | None = None
    flops: float | None = None
    money: float | None = None
