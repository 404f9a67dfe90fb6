"""Files that people bring: packed runs, and files of other systems. Checked before they are kept, and kept once."""

import hashlib
import os
import shlex
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from app import data, places
from engine.imports import About, find_format, import_file, recognise
from engine.runs import Run, RunError

KINDS = ("arbutus", "json", "jsonl", "gz", "parquet")
"""What the names of such files end in."""


def keep(name: str, content: bytes, format: str | None = None) -> data.RunRef:
    """Check a file and keep the run that it is, or that is made of it, among the uploads.

    `format`: of a file of another system (`engine.imports.FORMATS`), None to recognise it by its first record.
    Raises `ArbutusError` with what is wrong; then nothing is kept.
    """
    name = Path(name).name
    if name.endswith(places.PACKED):
        return _keep_packed(places.slug(name.removesuffix(places.PACKED)), content)
    return _import(name, content, format)


def _keep_packed(stem: str, content: bytes) -> data.RunRef:
    target = _place(data.uploads(), stem, content)
    if not target.exists():
        _check(stem, content)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return data.find(places.key_of(target))


def _check(stem: str, content: bytes) -> None:
    """Raises `RunError`, naming the file, if this is no packed run."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{stem}{places.PACKED}"
        file.write_bytes(content)
        try:
            Run.open(file)
        except RunError as error:
            raise RunError(str(error).replace(f"{folder}{os.sep}", "")) from error


def _place(folder: Path, stem: str, content: bytes) -> Path:
    """A name in the folder that no other content has, and no run in a folder."""
    names = (folder / f"{stem}{f'-{i}' if i else ''}{places.PACKED}" for i in count())
    free = (path for path in names if not (folder / path.name.removesuffix(places.PACKED)).exists())
    return next(path for path in free if not path.exists() or path.read_bytes() == content)


def _import(name: str, content: bytes, format: str | None) -> data.RunRef:
    digest = hashlib.sha256(content).hexdigest()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "file"
        file.write_bytes(content)
        found = find_format(format) if format else recognise(file, name)
        target = _place_of_import(data.uploads(), places.slug(Path(name).stem), digest, found.name)
        if not target.exists():
            words = ["import", found.name, name, "--out", target.name]
            about = About(command=f"python -m engine {shlex.join(words)}")
            import_file(file, target, found, about, name=name)
    return data.find(places.key_of(target))


def _place_of_import(folder: Path, stem: str, digest: str, format: str) -> Path:
    """A name in the folder that no run of another file has, packed or not."""
    names = (folder / f"{stem}{f'-{i}' if i else ''}" for i in count())
    free = (path for path in names if not (folder / f"{path.name}{places.PACKED}").exists())
    return next(path for path in free if not path.exists() or _is_of(path, digest, format))


def _is_of(path: Path, digest: str, format: str) -> bool:
    """Whether the run there was made of this very file."""
    try:
        source = Run.open(path).info.source
    except RunError:
        return False
    return (source.get("sha256"), source.get("format")) == (digest, format)
