"""Models by name: the built-in ones, a folder, a Hugging Face id, a server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.models.loading import DEFAULT, Loading, ModelError, find_folder, is_hub_id
from engine.protocol import PRM, Policy, Task

PRETRAINED = Path(__file__).resolve().parent.parent / "pretrained"
POLICIES = ("countdown-policy", "words-policy")
SELF = "self"
"""The name of the policy as its own judge."""
PRMS = ("countdown-prm", "countdown-prm-naive", "words-prm")
KNOWS = {"countdown": "countdown", "words": "word-problems"}
"""By the first word of a built-in model's name: the one task it was trained for."""


@dataclass(frozen=True)
class Asked:
    """The models that a run is to have, and how they are read. None: what the task comes with."""

    policy: str | None = None
    prm: str | None = None
    loading: Loading = DEFAULT
    prm_loading: Loading | None = None
    """None: as the policy."""
    system: str | None = None
    """What a chat model is told first. None: what the task says."""
    template: Mapping[str, Any] = field(default_factory=dict)
    """More variables for the chat template."""
    tokenizer: str | None = None
    """Of a served policy: its tokenizer's folder or id."""
    serving: Mapping[str, Any] = field(default_factory=dict)
    """Of served models: `concurrent` requests and `timeout` in seconds."""


Kept = dict[tuple[str, str], Any]
"""Models that are loaded, by kind and name."""


def load_models(asked: Asked, task: Task, *, needs_prm: bool, kept: Kept | None = None) -> tuple[Policy, PRM | None]:
    """The policy, and the PRM if one is needed; what is `kept` already isn't loaded again.

    Raises `ModelError` if there is none for the task, or none by its name.
    """
    kept = {} if kept is None else kept
    policy, prm = policy_name(asked, task), prm_name(asked, task) if needs_prm else None
    if ("policy", policy) not in kept:
        system = task.system if asked.system is None else asked.system
        kept["policy", policy] = load_policy(
            policy,
            asked.loading,
            system=system,
            template=asked.template,
            tokenizer=asked.tokenizer,
            serving=asked.serving,
        )
    if prm is not None and ("PRM", prm) not in kept:
        own = prm == SELF
        kept["PRM", prm] = (
            judge_by(kept["policy", policy])
            if own
            else load_prm(prm, asked.prm_loading or asked.loading, serving=asked.serving)
        )
    return kept["policy", policy], None if prm is None else kept["PRM", prm]


def load_judge(asked: Asked, task: Task, kept: Kept | None = None) -> PRM:
    """The PRM alone, where nothing is sampled; if it is `kept` already it isn't loaded again. Raises `ModelError`."""
    name = prm_name(asked, task)
    if name == SELF:
        return judge_by(load_models(asked, task, needs_prm=False, kept=kept)[0])
    kept = {} if kept is None else kept
    if ("PRM", name) not in kept:
        kept["PRM", name] = load_prm(name, asked.prm_loading or asked.loading, serving=asked.serving)
    prm: PRM = kept["PRM", name]
    return prm


def judge_by(policy: Policy) -> PRM:
    """The policy as its own judge, with one set of weights. Raises `ModelError` if it is somewhere else."""
    from engine.models.local import LocalPolicy
    from engine.models.prms.judge import judge_of

    if not isinstance(policy, LocalPolicy) or not policy.writer.chat:
        raise ModelError(f"got --prm {SELF}, but the policy {policy.id!r} is no chat model in this process; name a PRM")
    return judge_of(policy)


def policy_name(asked: Asked, task: Task) -> str:
    """What the policy is called. Raises `ModelError` if nobody says, or if the task is not its own."""
    return _checked(asked.policy or (task.models and task.models[0]), "policy", task)


def prm_name(asked: Asked, task: Task) -> str:
    """What the PRM is called. Raises `ModelError` if nobody says, or if the task is not its own."""
    return _checked(asked.prm or (task.models and task.models[1]), "PRM", task)


def _checked(name: str | None, kind: str, task: Task) -> str:
    if name is None:
        raise ModelError(f"task {task.name!r} comes without a {kind}; name one: --{kind.lower()} FOLDER_OR_ID")
    own = name.partition(":")[0]
    if own in (*POLICIES, *PRMS) and (knows := KNOWS[own.partition("-")[0]]) != task.name:
        raise ModelError(f"got {kind} {name!r} for task {task.name!r}, but it only knows {knows}; name another")
    return name


def load_policy(
    name: str,
    loading: Loading = DEFAULT,
    *,
    system: str = "",
    template: Mapping[str, Any] | None = None,
    tokenizer: str | None = None,
    serving: Mapping[str, Any] | None = None,
) -> Policy:
    """The policy called `name`. Raises `ModelError` if there is none, or if it can't be loaded.

    `tokenizer`: the folder or id of a served model's tokenizer, to put questions by its chat template.
    `serving`: see `Asked`.
    """
    if name.startswith("openai:"):
        from engine.models.served.names import served_policy

        return served_policy(name, system=system, tokenizer=tokenizer, loading=loading, **(serving or {}))
    from engine.models.local import LocalPolicy

    return LocalPolicy(find_model(name, POLICIES, loading), loading, system=system, template=template)


def load_prm(name: str, loading: Loading = DEFAULT, *, serving: Mapping[str, Any] | None = None) -> PRM:
    """The PRM called `name`, with ``:kind`` after it where that can't be told from its files.

    Raises `ModelError` if there is none, or if it can't be loaded.
    """
    if name.startswith("pooling:"):
        from engine.models.served.names import served_prm

        return served_prm(name, **(serving or {}))
    from engine.models.prms import load_prm as load
    from engine.models.prms.kinds import split_name

    return load(name, loading, folder=find_model(split_name(name)[0], PRMS, loading))


def find_model(name: str, builtin: tuple[str, ...], loading: Loading = DEFAULT) -> Path:
    """The folder of a model, downloaded if need be. Raises `ModelError` with the names there are."""
    if name in builtin:
        return PRETRAINED / name
    if not Path(name).is_dir() and not is_hub_id(name):
        raise ModelError(
            f"got model {name!r}, expected one of {', '.join(builtin)}, a folder with config.json and weights, "
            "or an id such as org/name"
        )
    return find_folder(name, loading)
