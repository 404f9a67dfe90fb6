"""What run.json records of a model: what it is, exactly which weights, and what its training cost."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from engine.models.backbone import Backbone
from engine.models.loading import Loading

HASHED = 1 << 31
"""Weights larger than this are told apart by the beginnings of their files, where shapes and offsets stand."""
BEGINNING = 1 << 20
BLOB = re.compile("[0-9a-f]{64}")


def describe(folder: Path, loading: Loading, backbone: Backbone) -> dict[str, Any]:
    """The id, the hash of the weights, parameters, training FLOPs if its card tells them, device and dtype."""
    card = folder / "training.json"
    training = json.loads(card.read_text()) if card.exists() else {}
    told = {
        "id": folder.name,
        "sha256": weights_hash(folder),
        "parameters": sum(p.numel() for p in backbone.body.parameters()),
        "training_flops": training.get("flops"),
        "device": str(loading.at),
        "dtype": str(backbone.body.dtype).removeprefix("torch."),
    }
    chosen = {"attn": loading.attn, "load_in": loading.load_in, "revision": loading.revision}
    return told | {name: value for name, value in chosen.items() if value}


def weights_hash(folder: Path) -> str:
    """SHA-256 over the weights: of a single file its own, of several that of their names and hashes."""
    files = sorted(folder.glob("*.safetensors"))
    large = sum(file.stat().st_size for file in files) > HASHED
    hashes = {file.name: _hash(file, large) for file in files}
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def _hash(file: Path, large: bool) -> str:
    stored = file.resolve().name
    if file.is_symlink() and BLOB.fullmatch(stored):
        return stored  # the hub's cache names a blob by its hash
    with file.open("rb") as opened:
        if not large:
            return hashlib.file_digest(opened, "sha256").hexdigest()
        size = str(file.stat().st_size).encode()
        return "beginning-" + hashlib.sha256(size + opened.read(BEGINNING)).hexdigest()
