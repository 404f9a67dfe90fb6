"""Many searches, one policy batch and one PRM batch a round.

A round asks the policy once for all searches that wait for steps, then the PRM once for all that
wait for rewards. Jobs are admitted through a window, so memory is bounded by the window and not by
the number of problems. Whatever fails is halved until it is clear which request it was: running
out of memory thereby halves the batch, and a poisonous request ends as a failed node in its own tree.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import isfinite
from typing import Any, TypeVar

from engine.budgets import check_budget, exhausted, limit_words
from engine.models.draws import child_seed
from engine.parts import in_parts
from engine.prices import Prices
from engine.protocol import (
    PRM,
    ArbutusError,
    Budget,
    Chain,
    Continuation,
    Expand,
    Policy,
    Request,
    Score,
    Search,
    Strategy,
    StrategyError,
    Task,
    Writing,
)
from engine.tree import Closed, Grown, Node, Problem, Reward, Scored, Step, Stopped, Tree, TreeError

Unit = TypeVar("Unit")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Job:
    """One problem to search. `past`: the unfinished tree of an interrupted run, to go on from.

    `start`: the tree that the search begins with, in place of the question alone. `answered`: what an interrupted
    search had been answered, where its tree has more events of that kind than these.
    """

    index: int
    problem: Problem
    past: Tree | None = None
    start: Tree | None = None
    answered: Sequence[Grown | Scored] | None = None


@dataclass(frozen=True)
class Setting:
    """What all searches of a run share."""

    task: Task
    strategy: Strategy
    policy: Policy
    prm: PRM | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    budget: Budget = Budget()
    prices: Prices = Prices()
    seed: int = 0
    temperature: float = 1.0
    writing: Writing | None = None
    """None: the task's own."""
    label: bool = True
    """Whether to record the true label of every node, where the task can tell."""

    @property
    def written(self) -> Writing:
        return self.writing or self.task.writing


@dataclass
class _Live:
    """A search under way and what it waits for."""

    index: int
    tree: Tree
    search: Search
    past: deque[Grown | Scored]
    request: Request | None = None


def run_searches(
    jobs: Iterable[Job],
    setting: Setting,
    *,
    window: int = 128,
    on_round: Callable[[Mapping[int, Tree]], None] = lambda _: None,
) -> Iterator[tuple[int, Tree]]:
    """Search every job's problem and yield (index, closed tree) as they end.

    `on_round` is called after every round with the trees that changed in it. Raises `StrategyError`
    before anything is asked if the strategy needs a PRM and there is none, `ArbutusError` if nobody
    counts what the budget limits.
    """
    if setting.strategy.needs_prm and setting.prm is None:
        raise StrategyError(f"strategy {setting.strategy.name!r} needs a PRM, got none; name one with --prm")
    check_budget(setting.budget, setting.prices, setting.policy, setting.prm)
    waiting, live = iter(jobs), list[_Live]()
    while True:
        while len(live) < window and (job := next(waiting, None)) is not None:
            live.append(_begin(job, setting))
        if not live:
            return
        touched = {one.index: one.tree for one in live}
        _expand_all([one for one in live if isinstance(one.request, Expand)], setting)
        _score_all([one for one in live if isinstance(one.request, Score)], setting)
        on_round(touched)
        yield from ((one.index, one.tree) for one in live if one.tree.closed)
        live = [one for one in live if not one.tree.closed]


def _begin(job: Job, setting: Setting) -> _Live:
    tree = job.start or Tree(job.problem)
    past = job.answered
    if past is None:
        past = [e for e in job.past.events if isinstance(e, Grown | Scored)] if job.past else []
    search = in_parts(setting.strategy.search(tree, **setting.parameters), tree, setting.budget, setting.prices)
    one = _Live(job.index, tree, search, deque(past))
    _advance(one, None, setting)
    return one


def _advance(one: _Live, nodes: list[Node] | None, setting: Setting) -> None:
    """Hand the search its nodes and take its next request; answer from the past what is known."""
    while True:
        try:
            request = next(one.search) if nodes is None else one.search.send(nodes)
            one.request = request
            stop = exhausted(one.tree, setting.budget, setting.prices, request)
            if stop:
                one.search.close()
                return _close(one, setting, stop)
            event = _from_past(one)
            if event is None:
                if isinstance(request, Score) and not _unscored(request.nodes):
                    nodes = list(request.nodes)
                    continue
                return None
            one.tree.apply(event)
            nodes = _received(one, event)
        except StopIteration:
            return _close(one, setting, "done")
        except Exception as error:  # one search's failure must not end the others'
            return _close(one, setting, "error", _say(error))


def _from_past(one: _Live) -> Grown | Scored | None:
    """The recorded answer to the present request, if the interrupted run had got that far."""
    if not one.past or (isinstance(one.request, Score) and not _unscored(one.request.nodes)):
        return None
    wanted = Grown if isinstance(one.request, Expand) else Scored
    if not isinstance(one.past[0], wanted):
        raise TreeError("the recorded events don't follow from this strategy and these parameters")
    return one.past.popleft()


def _close(one: _Live, setting: Setting, stopped: Stopped, error: str | None = None) -> None:
    tree, task = one.tree, setting.task
    try:
        chosen, reason = (None, "") if error else setting.strategy.rule(setting.parameters)(tree)
        correct = {n.id: task.correct(tree.problem, n.steps()) for n in tree.finished()}
        labels = {n.id: task.label(tree.problem, n.steps()) for n in tree.nodes[1:]} if setting.label else {}
    except Exception as failure:
        chosen, reason, correct, labels, stopped = None, "", {}, {}, "error"
        error = _say(failure)
    if error is None and chosen is None:
        error = next((n.error for n in tree if n.error), None)
        if stopped != "done":
            reason = (
                f"{reason}; the search stopped at its limit of {limit_words(stopped, getattr(setting.budget, stopped))}"
            )
    known = {i: label for i, label in labels.items() if label is not None}
    one.request = None
    tree.apply(Closed(chosen.id if chosen else None, reason, stopped, correct, known, error))


# Steps.


def _expand_all(lives: Sequence[_Live], setting: Setting) -> None:
    units: list[Continuation] = []
    counts: list[int] = []
    for one in list(lives):
        try:
            wanted = _continuations(one, setting)
        except Exception as error:  # a question that can't be put must not end the others' searches
            _close(one, setting, "error", _say(error))
            wanted = []
        counts.append(len(wanted))
        units += wanted
    answers = iter(halving(setting.policy.sample, units, split_seeds, failed_steps))
    for one, count in zip(lives, counts, strict=True):
        chains = [next(answers) for _ in range(count)]
        if one.tree.closed is not None:
            continue
        try:
            event = _grown(one, chains, setting)
        except Exception as error:  # nor must an answer that can't be read
            _close(one, setting, "error", _say(error))
            continue
        one.tree.apply(event)
        _advance(one, _received(one, event), setting)


def _continuations(one: _Live, setting: Setting) -> list[Continuation]:
    request, task = one.request, setting.task
    assert isinstance(request, Expand)
    temperature = setting.temperature if request.temperature is None else request.temperature
    writing = setting.written
    out = []
    for node, n in zip(request.nodes, request.counts(), strict=True):
        if not node.open:
            raise StrategyError(f"got a request to continue node {node.id}, which has finish {node.finish!r}")
        first = len(node.children)
        places = [(*node.place, first + i) for i in range(n)]
        out.append(
            Continuation(
                prompt=task.prompt(one.tree.problem),
                steps=tuple(node.steps()),
                seeds=tuple(child_seed(setting.seed, one.tree.problem.id, place) for place in places),
                until=request.until,
                temperature=temperature,
                max_tokens=writing.step_tokens,
                max_steps=writing.steps - node.depth,
                max_solution=writing.solution_tokens,
                separator=writing.separator,
                ends=partial(task.ends, one.tree.problem),
            )
        )
    return out


def _grown(one: _Live, sampled: list[list[list[Step]]], setting: Setting) -> Grown:
    """The event that adds `sampled` (a list of chains for each node asked) to the tree."""
    request, tree, task = one.request, one.tree, setting.task
    assert isinstance(request, Expand)
    known = list(dict.fromkeys(n.answer for n in tree.finished() if n.answer is not None))
    event = Grown([], [], [], [], [], [])
    for node, chains in zip(request.nodes, sampled, strict=True):
        for chain in chains:
            parent, steps = node.id, node.steps()
            for step in chain:
                steps = [*steps, step.text]
                too_long = step.finish == "step" and len(steps) >= setting.written.steps
                finish = "length" if too_long else step.finish
                answer = task.answer(tree.problem, steps, known) if finish == "end" else None
                if answer is not None and answer not in known:
                    known.append(answer)
                event.parent.append(parent)
                event.text.append(step.text)
                event.finish.append(finish)
                event.logprob.append(step.logprob)
                event.answer.append(answer)
                event.cost.append(step.cost)
                parent = len(tree) + len(event.text) - 1
                if step.error:
                    event.error[parent] = step.error
    return event


def _received(one: _Live, event: Grown | Scored) -> list[Node]:
    """What the search gets: the last node of each new chain, or the nodes it asked to be scored."""
    if isinstance(event, Scored):
        assert isinstance(one.request, Score)
        return list(one.request.nodes)
    first = len(one.tree) - len(event.text)
    inner = set(event.parent)
    return [node for node in one.tree.nodes[first:] if node.id not in inner]


def split_seeds(unit: Continuation) -> tuple[Continuation, Continuation] | None:
    half = len(unit.seeds) // 2
    return (replace(unit, seeds=unit.seeds[:half]), replace(unit, seeds=unit.seeds[half:])) if half else None


def failed_steps(unit: Continuation, error: str) -> list[list[Step]]:
    return [[Step("", "error", error=error)] for _ in unit.seeds]


# Rewards.


def _score_all(lives: Sequence[_Live], setting: Setting) -> None:
    if not lives:
        return
    assert setting.prm is not None
    units: list[tuple[Chain, list[Node]]] = []
    counts: list[int] = []
    for one in lives:
        assert isinstance(one.request, Score)
        chains = [_chain(one.tree, node, setting.task) for node in _unscored(one.request.nodes)]
        counts.append(len(chains))
        units += chains
    rewards = iter(halving(setting.prm.score, [chain for chain, _ in units], lambda _: None, _failed_rewards))
    of_nodes = iter([nodes for _, nodes in units])
    for one, count in zip(lives, counts, strict=True):
        event = Scored([], [], [], [])
        seen: set[int] = set()
        for _ in range(count):
            for node, reward in zip(next(of_nodes), next(rewards), strict=True):
                if node.id not in seen:
                    seen.add(node.id)
                    missing = reward.value is None or not isfinite(reward.value)
                    event.node.append(node.id)
                    event.reward.append(None if missing else reward.value)
                    event.raw.append(None if missing else reward.raw)
                    event.cost.append(reward.cost)
                    if reward.error or missing:
                        event.error[node.id] = reward.error or f"the PRM gave {reward.value} for a reward"
        one.tree.apply(event)
        _advance(one, _received(one, event), setting)


def _unscored(nodes: Sequence[Node]) -> list[Node]:
    """The nodes with something on their path that was never scored. The root and failed steps have no reward."""
    return [n for n in dict.fromkeys(nodes) if n.finish != "error" and any(map(_lacks_reward, n.path()))]


def _lacks_reward(node: Node) -> bool:
    return node.reward is None and node.error is None


def _chain(tree: Tree, node: Node, task: Task) -> tuple[Chain, list[Node]]:
    path = node.path()
    known = next(i for i, n in enumerate(path) if _lacks_reward(n))
    chain = Chain(task.prompt(tree.problem), tuple(n.text for n in path), known, node.finished)
    return chain, path[known:]


def _failed_rewards(unit: Chain, error: str) -> list[Reward]:
    return [Reward(None, error=error) for _ in unit.steps[unit.known :]]


# Whatever fails.


def _say(error: Exception) -> str:
    return str(error) if isinstance(error, ArbutusError) else f"{type(error).__name__}: {error}"


def halving(
    ask: Callable[[Sequence[Unit]], list[list[Answer]]],
    units: Sequence[Unit],
    split: Callable[[Unit], tuple[Unit, Unit] | None],
    failed: Callable[[Unit, str], list[Answer]],
) -> list[list[Answer]]:
    """``ask(units)``; on failure the same in two halves, down to the one unit that can't be answered."""
    if not units:
        return []
    try:
        answers = ask(units)
        if len(answers) != len(units):
            raise ValueError(f"the model gave {len(answers)} answers to {len(units)} requests")
        for unit, answer in zip(units, answers, strict=True):
            if len(answer) != (expected := len(failed(unit, ""))):
                raise ValueError(f"the model gave {len(answer)} answers where {expected} were asked for")
        return answers
    except Exception as error:
        message = _say(error)
    if len(units) > 1:
        half = len(units) // 2
        return halving(ask, units[:half], split, failed) + halving(ask, units[half:], split, failed)
    parts = split(units[0])
    if parts is None:
        return [failed(units[0], message)]
    first, second = halving(ask, parts[:1], split, failed), halving(ask, parts[1:], split, failed)
    return [first[0] + second[0]]
