"""Whether the models of a run fit on their device, said before anything is downloaded or loaded."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.models.loading import DEFAULT, Loading, ModelError, is_hub_id
from engine.models.prms.kinds import split_name
from engine.models.registry import POLICIES, PRMS, find_model

if TYPE_CHECKING:
    from engine.models.estimate import Estimate

LENGTH = 2048
"""Tokens of a text, where nobody says how long they get."""
MOST_ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class Fit:
    """The models that share a device, and what is free there (bytes; None where it doesn't say)."""

    device: str
    free: int | None
    models: "tuple[Estimate, ...]"

    @property
    def weights(self) -> int:
        return sum(model.weights for model in self.models)

    @property
    def token(self) -> int:
        """Bytes of the keys and values of one token, in all models: a search asks all of them about it."""
        return sum(model.token for model in self.models)

    def caches(self, tokens: int | None = None) -> int:
        """Bytes that the prefix caches take, with `tokens` tokens to keep at most (None: as many as they may)."""
        return sum(m.cache if tokens is None else min(m.cache, tokens * m.token) for m in self.models)

    def working(self, rows: int, length: int) -> int:
        """Bytes of a batch beside that: of the model that needs more, for they are not asked at the same time."""
        return max((model.batch_bytes(rows, length) for model in self.models), default=0)

    def needed(self, rows: int = 1, length: int = LENGTH, tokens: int | None = None) -> int:
        """Bytes of everything, with batches of so many rows. One row is the least that goes on."""
        return self.weights + self.caches(tokens) + self.working(rows, length)

    def tokens_left(self) -> int | None:
        """Tokens whose keys and values fit beside the weights."""
        if self.free is None or not self.token:
            return None
        return max(0, self.free - self.weights) // self.token

    def rows(self, length: int = LENGTH) -> int | None:
        """Texts of `length` tokens that can be sampled at once beside weights and full caches, `MOST_ROWS` at most."""
        if self.free is None:
            return None
        fits, too_many = 0, 1
        while too_many <= MOST_ROWS and self.needed(too_many, length) <= self.free:
            fits, too_many = too_many, 2 * too_many
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            fits, too_many = (middle, too_many) if self.needed(middle, length) <= self.free else (fits, middle)
        return fits

    def obstacle(self) -> str:
        """Why no search can be run with one of these models, wherever it is; empty if it can."""
        found = (f"{m.name}: {m.obstacle}; serve it and use openai:URL#MODEL" for m in self.models if m.obstacle)
        return next(found, "")

    def shortage(self, length: int = LENGTH, tokens: int | None = None) -> str:
        """What there is too little of, and what to do; empty if there is enough."""
        needed = self.needed(length=length, tokens=tokens)
        if self.free is None or needed <= self.free:
            return ""
        names = " and ".join(dict.fromkeys(model.name for model in self.models))
        parts = {"weights": self.weights, "cache": self.caches(tokens)}
        parts[f"a text of {length:,} tokens at work"] = self.working(1, length)
        told = ", ".join(f"{what} {size(n)}" for what, n in parts.items())
        return (
            f"memory on {self.device}: {names} need {size(needed)} ({told}), {size(self.free)} are free; "
            f"{' or '.join(self._remedies())}"
        )

    def _remedies(self) -> Iterator[str]:
        yield "take a smaller model"
        if self.device.startswith("cuda") and not all(m.load_in for m in self.models):
            yield "--load-in 4bit"
        if any(m.itemsize > 2 and not m.load_in for m in self.models):
            yield "--dtype bfloat16"
        if self.caches() > self.weights // 10:
            yield "a smaller --cache"

    def as_dict(self) -> dict[str, Any]:
        """All numbers, for JSON."""
        return {
            "device": self.device,
            "free_bytes": self.free,
            "needed_bytes": self.needed(),
            "tokens_left": self.tokens_left(),
            "text_tokens": LENGTH,
            "texts_at_once": self.rows(),
            "fits": not self.obstacle() and not self.shortage(),
            "models": [asdict(model) for model in self.models],
        }


def check_fit(
    policy: str | None,
    prm: str | None,
    loading: Loading = DEFAULT,
    prm_loading: Loading | None = None,
    *,
    length: int = LENGTH,
    tokens: int | None = None,
) -> None:
    """Raise `ModelError` if the models won't fit where they are to run: what is needed, what is free, what to do.

    Call it before they are loaded; what is loaded already counts as taken. `length`: tokens of the longest
    text, question and solution. `tokens`: how many the run can ever keep at once, if that is known.
    """
    for fit in fits(policy, prm, loading, prm_loading):
        if lacks := (loading.lacks() or (prm_loading or loading).lacks()):
            raise ModelError(lacks)
        if obstacle := fit.obstacle():
            raise ModelError(obstacle)
        if shortage := fit.shortage(length, tokens):
            raise ModelError(f"too little {shortage}")


def fits(
    policy: str | None, prm: str | None, loading: Loading = DEFAULT, prm_loading: Loading | None = None
) -> list[Fit]:
    """The devices of a run and what it puts there. Raises `ModelError` for a model that isn't there.

    What a server runs takes nothing here, nor does a policy that is its own judge.
    """
    from engine.models.estimate import estimate, free_bytes

    asked: Mapping[str, tuple[str | None, Loading]] = {
        "policy": (policy, loading),
        "PRM": (prm, prm_loading or loading),
    }
    there: dict[Any, list[Estimate]] = {}
    for role, (name, how) in asked.items():
        if name is not None and name != "self" and not name.startswith(("openai:", "pooling:")):
            found = _place(name, POLICIES if role == "policy" else PRMS, how)
            there.setdefault(how.at, []).append(estimate(*found, how, writes=role == "policy"))
    return [Fit(str(device), free_bytes(device), tuple(models)) for device, models in there.items()]


def _place(name: str, builtin: tuple[str, ...], loading: Loading) -> tuple[str, Path | None]:
    """What a model is called without the kind of PRM it is, and its folder, unless that is on the hub."""
    bare = split_name(name)[0] if builtin == PRMS else name
    if is_hub_id(bare) and not Path(bare).is_dir():
        return bare, None
    return bare, find_model(bare, builtin, loading)


def size(count: int) -> str:
    """Bytes for people: ``1.5 GiB``."""
    amount, unit = float(count), "bytes"
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if abs(amount) < 1024 or unit == "TiB":
            break
        amount /= 1024
    return f"{count} bytes" if unit == "bytes" else f"{amount:,.1f} {unit}"


def short(count: int) -> str:
    """A number of parameters for people: ``1.54 B``."""
    return f"{count / 1e9:.2f} B" if count >= 10**9 else f"{count / 1e6:.2f} M"
