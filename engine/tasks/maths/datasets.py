"""Rows of a data set: from a local file, or from a data set on the Hugging Face hub."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.protocol import ArbutusError

Row = Mapping[str, Any]
READABLE = (".jsonl", ".json", ".csv", ".parquet")
HUB = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:/(?P<config>[\w.-]+))?(?::(?P<split>[\w.-]+))?")


def rows(name: str) -> Iterator[tuple[str, Row]]:
    """The rows of `name`, each with where it stands (file and line, or file and row).

    `name`: a file (.jsonl, .json, .csv, .parquet), or ``org/name``, ``org/name:split``,
    ``org/name/config:split`` on the hub. Raises `ArbutusError` with what was got and what to do.
    """
    path = Path(name).expanduser()
    if path.suffix in READABLE and (path.exists() or not HUB.fullmatch(name)):
        yield from _of_file(path, name)
    elif found := HUB.fullmatch(name):
        for file in _fetch(name, found["repo"], found["config"], found["split"] or "test"):
            yield from _of_file(file, f"{found['repo']}/{file.name}")
    else:
        raise ArbutusError(
            f"got problems {name!r}, expected a file ({', '.join(READABLE)}) or a data set's id such as org/name:test"
        )


def _of_file(path: Path, said: str) -> Iterator[tuple[str, Row]]:
    try:
        if path.suffix == ".jsonl":
            yield from _lines(path.read_text(encoding="utf-8"), said)
            return
        found = _table(path)
    except (OSError, UnicodeDecodeError, ValueError, ImportError) as error:
        raise ArbutusError(f"{said}: can't be read: {error}") from None
    for number, row in enumerate(found, 1):
        if not isinstance(row, dict):
            raise ArbutusError(f"{said}: row {number}: got a {type(row).__name__}, expected an object with fields")
        yield f"{said}: row {number}", row


def _lines(text: str, said: str) -> Iterator[tuple[str, Row]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                raise ArbutusError(f"{said}:{number}: not JSON ({error}); expected an object a line") from None
            if not isinstance(row, dict):
                raise ArbutusError(f"{said}:{number}: got a {type(row).__name__}, expected an object with fields")
            yield f"{said}:{number}", row


def _table(path: Path) -> list[Any]:
    if path.suffix == ".json":
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, list):
            raise ValueError("expected a list of objects")
        return found
    import pandas as pd

    frame = pd.read_csv(path, dtype=str, keep_default_na=False) if path.suffix == ".csv" else pd.read_parquet(path)
    records: list[Any] = frame.to_dict("records")
    return records


def _fetch(name: str, repo: str, config: str | None, split: str) -> list[Path]:
    """The files of a split, downloaded or from the local cache."""
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        files = [f for f in HfApi().list_repo_files(repo, repo_type="dataset") if Path(f).suffix in READABLE]
        chosen = sorted(f for f in files if _is_of(f, config, split))
        found = [Path(hf_hub_download(repo, f, repo_type="dataset")) for f in chosen]
    except RepositoryNotFoundError:
        raise ArbutusError(f"{name}: no such data set on the hub, or it is gated; log in: hf auth login") from None
    except Exception as error:  # the client's, its transport's and the disk's: all mean that it isn't to be had now
        if cached := _cached(repo, config, split):
            return cached
        raise ArbutusError(
            f"{name}: not in the local cache, and the hub can't be reached ({type(error).__name__}); "
            "download the file elsewhere and name it: --problems FILE"
        ) from None
    if not found:
        where = f"split {split!r} of {config!r}" if config else f"split {split!r}"
        there = ", ".join(files[:20]) or "no readable files"
        raise ArbutusError(f"{name}: no files of {where}; the data set has: {there}")
    return found


def _cached(repo: str, config: str | None, split: str) -> list[Path]:
    """The files of a split in the local cache, for want of the hub."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        found = [r for r in scan_cache_dir().repos if (r.repo_type, r.repo_id) == ("dataset", repo)]
    except (CacheNotFound, ValueError):
        return []
    for kept in found:
        for revision in sorted(kept.revisions, key=lambda r: -r.last_modified):
            files = {str(f.file_path.relative_to(revision.snapshot_path)): f.file_path for f in revision.files}
            chosen = [name for name in sorted(files) if Path(name).suffix in READABLE and _is_of(name, config, split)]
            if chosen:
                return [files[name] for name in chosen]
    return []


def _is_of(file: str, config: str | None, split: str) -> bool:
    """Whether a file is of a split: ``main/test-00000-of-00001.parquet``, ``data/test.jsonl``, ``test/x.parquet``."""
    path = Path(file)
    folders = path.parts[:-1]
    named = re.match(rf"{re.escape(split)}(?![A-Za-z0-9])", path.name) is not None or split in folders
    return named and (config is None or config in folders)
