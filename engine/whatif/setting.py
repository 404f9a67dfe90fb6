"""The setting of a changed tree: the models, strategy and numbers of the run it comes from, but for what is given."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.models.registry import Asked, Kept, load_judge
from engine.prices import Prices
from engine.protocol import PRM, ArbutusError, Budget, Continuation, Policy
from engine.runner import make_setting
from engine.runs import RunInfo
from engine.scheduler import Setting
from engine.search import find_strategy
from engine.tasks import find_task
from engine.tree import Step, Tree
from engine.whatif import foreign
from engine.whatif.changes import Change, ChangeError, missing_models, with_seed


class Recorded:
    """The policy as run.json tells of it, where nothing is sampled."""

    def __init__(self, about: Mapping[str, Any]) -> None:
        self.about, self.id = about, str(about.get("id", ""))

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        raise ArbutusError(f"the policy {self.id!r} isn't loaded: rewards alone were asked for")

    def describe(self) -> Mapping[str, Any]:
        return self.about


def setting_of(
    info: RunInfo,
    old: Tree,
    change: Change,
    asked: Asked,
    kept: Kept | None,
    parameters: Mapping[str, float | str],
    seed: int | None,
    temperature: float | None,
    budget: Budget | None,
    prices: Prices | None,
) -> Setting:
    """The setting of a change: the run's own, but for what is given. Raises as `change_run`."""
    loaded: tuple[Policy, PRM | None] | None = None
    rescored = change.kind == "rescore"
    kept = {} if kept is None else kept
    if info.source:
        return foreign.setting_of(info, old, change.prm, Recorded(info.policy), asked, kept)
    if rescored:
        loaded = Recorded(info.policy), load_judge(replace(asked, prm=change.prm), find_task(info.task), kept)
    else:
        asked = _named(info, change, asked)
    setting = make_setting(
        info.task,
        info.strategy,
        {**{k: v for k, v in info.parameters.items() if k in find_strategy(info.strategy).parameters}, **parameters},
        asked=asked,
        loaded=loaded,
        kept=kept,
        seed=with_seed(change, info.seed) if seed is None else seed,
        temperature=info.temperature if temperature is None else temperature,
        budget=budget,
        prices=prices or Prices(**info.prices),
        writing=info.writing or None,
    )
    if rescored:
        assert loaded is not None
        return replace(setting, strategy=replace(setting.strategy, needs_prm=True), prm=loaded[1])
    same_weights(info.policy, setting.policy)
    if setting.prm is not None and asked.prm == (info.prm or {}).get("id"):
        same_weights(info.prm or {}, setting.prm)
    return setting


def _named(info: RunInfo, change: Change, asked: Asked) -> Asked:
    """The models by name: those that were asked for, else the run's own. Raises `ChangeError` if one isn't here."""
    missing = missing_models(info, change)
    kind = "PRM" if "PRM" in missing.partition(" doesn't")[0] else "policy"
    if missing and not (asked.prm if kind == "PRM" else asked.policy):
        raise ChangeError(missing)
    policy = asked.policy or str(info.policy["id"])
    return replace(asked, policy=policy, prm=asked.prm or (str(info.prm["id"]) if info.prm else None))


def same_weights(recorded: Mapping[str, Any], model: Policy | PRM) -> None:
    """Raises `ChangeError` if a model of the run's name has other weights: it would go on as somebody else."""
    now = model.describe()
    before, after = recorded.get("sha256"), now.get("sha256")
    if recorded.get("id") == now.get("id") and before and after and before != after:
        raise ChangeError(
            f"the weights of {model.id!r} are others than those of the run ({str(after)[:12]} here, "
            f"{str(before)[:12]} there); run the problem again with these, or name a folder that has the old ones"
        )
