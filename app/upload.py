"""Packed runs that people bring: checked before they are kept, and kept once."""

import os
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from app import data
from engine.runs import Run, RunError


def keep(name: str, content: bytes) -> data.RunRef:
    """Check a packed run and keep it among the uploads. Raises `RunError` if it isn't one."""
    stem = data.slug(Path(name).name.removesuffix(data.PACKED))
    target = _place(data.uploads(), stem, content)
    if not target.exists():
        _check(stem, content)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return data.find(data.key_of(target))


def _check(stem: str, content: bytes) -> None:
    """Raises `RunError`, naming the file, if this is no packed run."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{stem}{data.PACKED}"
        file.write_bytes(content)
        try:
            Run.open(file)
        except RunError as error:
            raise RunError(str(error).replace(f"{folder}{os.sep}", "")) from error


def _place(folder: Path, stem: str, content: bytes) -> Path:
    """A name in the folder that no other content has."""
    names = (folder / f"{stem}{f'-{i}' if i else ''}{data.PACKED}" for i in count())
    return next(path for path in names if not path.exists() or path.read_bytes() == content)
