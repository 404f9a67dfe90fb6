"""Models by name: the built-in ones, or a folder of one's own in the same layout."""

from pathlib import Path

from engine.protocol import PRM, Policy

PRETRAINED = Path(__file__).resolve().parent.parent / "pretrained"
POLICIES = ("countdown-policy",)
PRMS = ("countdown-prm", "countdown-prm-naive")


def load_policy(name: str, *, device: str = "auto") -> Policy:
    """A built-in policy, or the one in the folder `name`. Raises `ModelError` if there is none."""
    from engine.models.local import LocalPolicy

    return LocalPolicy(find_model(name, POLICIES), device=device)


def load_prm(name: str, *, device: str = "auto") -> PRM:
    """A built-in PRM, or the one in the folder `name`. Raises `ModelError` if there is none."""
    from engine.models.local import LocalPRM

    return LocalPRM(find_model(name, PRMS), device=device)


def find_model(name: str, builtin: tuple[str, ...]) -> Path:
    """The folder of a model. Raises `ModelError` with the names there are."""
    from engine.models.local import ModelError

    folder = PRETRAINED / name if name in builtin else Path(name)
    if not (folder / "config.json").is_file():
        raise ModelError(
            f"got model {name!r}, expected one of {', '.join(builtin)}, or a folder with config.json and weights"
        )
    return folder
