"""What is here: the machine, the versions, the built-in models, the sample runs; what is missing, and what fits."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.protocol import ArbutusError

if TYPE_CHECKING:
    from engine.models.estimate import Estimate
    from engine.models.registry import Asked

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_runs"
PACKAGES = (
    "torch", "transformers", "numpy", "pandas", "msgspec", "typer", "rich", "streamlit", "plotly", "networkx",
    "math-verify", "huggingface_hub", "safetensors", "httpx2",
)  # fmt: skip
MIB = 1 << 20


@dataclass
class Report:
    """Sections of names and values, and what is missing, each with what to do about it."""

    sections: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    fits: list[dict[str, Any]] = field(default_factory=list)
    """What the models asked about need on each device, in numbers."""

    def as_dict(self) -> dict[str, Any]:
        return {**self.sections, "missing": self.problems} | ({"fits": self.fits} if self.fits else {})


def examine(asked: "Asked | None" = None) -> Report:
    """Look at everything, and at what the models `asked` about need; no model is downloaded and none is run.

    Raises `ArbutusError` for a model that isn't there.
    """
    report = Report()
    report.sections["machine"] = _machine()
    report.sections["versions"] = _versions(report)
    if not any(p.startswith("torch ") for p in report.problems):
        report.sections["devices"] = _devices()
        if asked and (asked.policy or asked.prm):
            _served(report, asked)
            _fits(report, asked)
    report.sections["built-in models"] = _models(report)
    report.sections["sample runs"] = _samples(report)
    return report


def _machine() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**30:.1f} GiB" if memory else "unknown",
    }


def _versions(report: Report) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
            report.problems.append(f"{name} isn't installed: pip install -r requirements.txt")
    return found


def _devices() -> dict[str, str]:
    import torch

    rows = {}
    for i in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(i)
        rows[f"cuda:{i}"] = f"{torch.cuda.get_device_name(i)}, {free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
    if not rows:
        rows["cuda"] = "none"
    rows["mps"] = "there" if torch.backends.mps.is_available() else "none"
    rows["cpu"] = f"{torch.get_num_threads()} threads by torch's default; the built-in models run on one"
    device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    rows["built-in models run on"] = f"{device}, float32"
    return rows


def _served(report: Report, asked: "Asked") -> None:
    """Whether the servers that are asked about answer, and how they would be asked."""
    from engine.models.served import names

    ways: dict[str, tuple[str | None, str, Callable[[str], str]]] = {
        "policy": (asked.policy, names.POLICY, lambda name: names.served_policy(name, tokenizer=asked.tokenizer).path),
        "PRM": (asked.prm, names.PRM, lambda name: names.served_prm(name).path),
    }
    for role, (name, scheme, path) in ways.items():
        if name and name.startswith(scheme):
            try:
                report.sections[f"{role} {name}"] = {"server": "answers", "asked by": path(name)}
            except ArbutusError as error:
                report.sections[f"{role} {name}"] = {"server": "can't be used"}
                report.problems.append(f"the {role}'s server: {error}")


def _fits(report: Report, asked: "Asked") -> None:
    from engine.fit import LENGTH, fits, size

    lacking = dict.fromkeys(how.lacks() for how in (asked.loading, asked.prm_loading) if how)
    report.problems += filter(None, lacking)
    for fit in fits(asked.policy, asked.prm, asked.loading, asked.prm_loading):
        for model in fit.models:
            report.sections[f"{'policy' if model.vocabulary else 'PRM'} {model.name}"] = _needs(model)
        left, rows = fit.tokens_left(), fit.rows()
        report.sections[f"together on {fit.device}"] = {
            "free": "unknown" if fit.free is None else size(fit.free),
            "needed at least": f"{size(fit.needed())}: weights {size(fit.weights)}, cache {size(fit.caches())}, "
            f"a text of {LENGTH:,} tokens at work {size(fit.working(1, LENGTH))}",
            "beside the weights": "unknown" if left is None else f"keys and values of {left:,} tokens",
            f"texts of {LENGTH:,} tokens": "unknown" if rows is None else f"{rows:,} at once",
        }
        report.fits.append(fit.as_dict())
        report.problems += filter(None, (fit.obstacle() and f"a way to search: {fit.obstacle()}", fit.shortage()))


def _needs(model: "Estimate") -> dict[str, str]:
    from engine.fit import LENGTH, short, size

    held = f"; the cache of {size(model.cache)} holds {model.cache // model.token:,}" if model.token else ""
    return {
        "parameters": f"{short(model.parameters)} ({model.parameters:,})",
        "files": "unknown" if model.download is None else size(model.download),
        "weights": f"{size(model.weights)}, {model.load_in or model.dtype}",
        "keys and values": f"{size(model.token)} a token{held}",
        "sampling"
        if model.vocabulary
        else "scoring": f"{size(model.batch_bytes(1, LENGTH))} for a text of {LENGTH:,} tokens",
        **{f"note {i}": note for i, note in enumerate(model.notes, 1)},
    }


def _models(report: Report) -> dict[str, str]:
    from engine.models.registry import POLICIES, PRETRAINED, PRMS

    rows = {}
    for name in (*POLICIES, *PRMS):
        weights = PRETRAINED / name / "model.safetensors"
        if weights.exists():
            rows[name] = f"{weights.stat().st_size / MIB:.1f} MiB"
        else:
            rows[name] = "missing"
            kind = name.replace("-naive", " --naive")
            report.problems.append(
                f"the weights of {name}: restore engine/pretrained/{name}, or "
                f"python -m engine train {kind} --out engine/pretrained/{name}"
            )
    return rows


def _samples(report: Report) -> dict[str, str]:
    if "msgspec isn't installed: pip install -r requirements.txt" in report.problems:
        return {}
    from engine.runs import Run, RunError, find_runs

    rows: dict[str, str] = {}
    for path in find_runs(SAMPLES):
        group = path.relative_to(SAMPLES).parts[0]
        try:
            Run.open(path)
        except RunError as error:
            report.problems.append(f"a sample run that can be read: {error}")
            continue
        count = int(rows.get(group, "0").split()[0]) + 1
        rows[group] = f"{count} run{'s' if count > 1 else ''}"
    if not rows:
        report.problems.append("sample runs: restore the folder sample_runs, or make them again: make samples")
    return rows
