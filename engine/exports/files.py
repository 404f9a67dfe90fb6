"""A file that is there whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.protocol import ArbutusError


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """A file to write, which takes the place of `file` once it is whole. Raises `ArbutusError` if it can't be."""
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(file)
    except OSError as error:
        raise ArbutusError(f"{file}: can't be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            part.unlink()
