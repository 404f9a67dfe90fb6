"""Go on with a changed tree that was interrupted: the same change again, answered from the log as far as it came.

What was asked for is in run.json, and a node's random numbers belong to its place, so the tree ends as it would have
without the interruption. A tree is only gone on with if what it carried over is still what the old run has.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from engine.models.registry import Asked, Kept
from engine.prices import Prices
from engine.protocol import Budget
from engine.runs import Run, RunInfo, RunWriter
from engine.runs.lines import encode_event
from engine.scheduler import Job, run_searches
from engine.tree import Grown, Scored, Tree
from engine.whatif.changes import Change, ChangeError, check
from engine.whatif.growing import plan, tree_of
from engine.whatif.setting import same_weights, setting_of


def change_of(info: RunInfo) -> Change:
    """The change that a run began with. Raises `ChangeError` if run.json doesn't say."""
    try:
        return msgspec.convert(info.origin["asked"], type=Change)
    except (KeyError, msgspec.ValidationError):
        raise ChangeError(
            "run.json doesn't say in full what was to be changed, so nobody can go on with it; make the change again"
        ) from None


def interrupted(run: Run) -> bool:
    """Whether a run is a changed tree whose search hasn't ended."""
    return bool(run.info.origin) and not run.finished


def resume_change(
    out: Path,
    old: Run,
    *,
    asked: Asked | None = None,
    kept: Kept | None = None,
    after_round: Callable[[Mapping[int, Tree]], None] = lambda _: None,
) -> Run:
    """Go on with the changed tree in the folder `out`, which was grown from a tree of `old`, and open it.

    Raises `ChangeError` if it has ended or `old` isn't what it was grown from, `RunError` if it can't be read or is
    still being written.
    """
    writer, new = RunWriter.resume(out)
    with writer:
        info = new.info
        if not interrupted(new):
            raise ChangeError(f"{out.name}: its search has ended; there is nothing to go on with")
        change = change_of(info)
        if info.origin.get("started") != old.info.started:
            raise ChangeError(f"{old.path.name}: isn't the run that {out.name} was grown from; name that one")
        tree = tree_of(old, str(info.origin["problem"]))
        node = check(tree, old.info, change)
        setting = setting_of(
            old.info, tree, change, _named(info, asked), kept, info.parameters, info.seed, info.temperature,
            msgspec.convert(info.budget, type=Budget), Prices(**info.prices) if info.prices else None,
        )  # fmt: skip
        for recorded, model in ((info.policy, setting.policy), (info.prm or {}, setting.prm)):
            if model is not None:
                same_weights(recorded, model)
        start, setting = plan(tree, node, change, setting, old.info)
        past = new.open_trees().get(0)
        job = Job(0, tree.problem, start=start, answered=_answered(past, start, change) if past else ())

        def on_round(trees: Mapping[int, Tree]) -> None:
            writer.write(trees)
            after_round(trees)

        for _ in run_searches([job], setting, on_round=on_round):
            pass
    return Run.open(out)


def _named(info: RunInfo, asked: Asked | None) -> Asked:
    """The models that were asked for, else those of the interrupted run."""
    asked = asked or Asked()
    known = (str(about["id"]) if about and "id" in about else None for about in (info.policy, info.prm))
    policy, prm = (given or own for given, own in zip((asked.policy, asked.prm), known, strict=True))
    return replace(asked, policy=policy, prm=prm)


def _answered(past: Tree, start: Tree, change: Change) -> list[Grown | Scored]:
    """What the interrupted search had been answered. Raises `ChangeError` if it began with another tree."""
    if change.kind == "rescore":
        return [event for event in past.events if isinstance(event, Scored)]
    carried = len(start.events)
    both = zip(past.events, start.events, strict=False)  # the log may end within what was carried over
    if any(encode_event(0, logged) != encode_event(0, now) for logged, now in both):
        raise ChangeError("the tree that this one was grown from is another now; make the change again")
    return [event for event in past.events[carried:] if isinstance(event, Grown | Scored)]
