"""run.json: what was run. Knows nothing of trees."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec

from engine.protocol import ArbutusError

RUN, EVENTS, INDEX = "run.json", "events.jsonl", "index.jsonl"
SCHEMA = 1
"""The version of the log's format that this code writes, and the only one it reads."""


class RunError(ArbutusError):
    """A log that can't be read or written. The message names the file, and the line where there is one."""


class RunInfo(msgspec.Struct, kw_only=True):
    """What was run, and everything needed to run it again."""

    task: str
    problem_set: str
    problems: Annotated[int, msgspec.Meta(ge=0, le=10**9)]
    """How many trees the run will have. Their indices are 0 to `problems` - 1."""
    strategy: str
    parameters: dict[str, int | float | str]
    budget: dict[str, int | float | None] = {}
    prices: dict[str, float] = {}
    """Of a million tokens: `policy`, `prompt`, `prm` (`tree.Prices`). Empty where nobody gave any."""
    seed: int
    policy: dict[str, Any]
    """What the policy says of itself: id, hash, parameters, training FLOPs."""
    prm: dict[str, Any] | None
    device: str = "cpu"
    dtype: str = "float32"
    versions: dict[str, str] = {}
    command: str = ""
    """The exact command that makes this run."""
    started: str = ""
    temperature: float = 1.0
    writing: dict[str, Any] = {}
    """The step separator and the limits (`protocol.Writing`). Empty in old runs: the task's own."""
    title: str = ""
    note: str = ""
    source: dict[str, Any] = {}
    """Of an imported run: the file, its format and digest, and what its scores mean (`engine.imports`)."""
    origin: dict[str, Any] = {}
    """Of a run that begins with the tree of another: which, at which node, and what is otherwise (`engine.whatif`)."""
    schema: int = SCHEMA


class _Version(msgspec.Struct):
    schema: Annotated[int, msgspec.Meta(ge=0, le=10**9)]


DECODING = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, MemoryError)
"""What msgspec raises for bytes that are not what they should be."""


def decode_info(data: bytes, name: str) -> RunInfo:
    """The contents of a run.json called `name`. Raises `RunError` for another schema, or if it isn't one."""
    try:
        schema = msgspec.json.decode(data, type=_Version).schema
        if schema != SCHEMA:
            raise RunError(f"{name}: got schema {schema}, expected {SCHEMA}; read this run with a newer Arbutus")
        return msgspec.json.decode(data, type=RunInfo)
    except DECODING as e:
        raise RunError(f"{name}: expected what a run records of itself, but {say(e)}") from e


def encode_info(info: RunInfo) -> bytes:
    """The contents of run.json. Raises `RunError` if they could not be read back."""
    try:
        data = msgspec.json.format(msgspec.json.encode(info, enc_hook=plain), indent=2) + b"\n"
    except (TypeError, ValueError, RecursionError) as e:
        raise RunError(f"{RUN}: can't write what the run says of itself: {e}; give it numbers and text") from e
    decode_info(data, RUN)
    return data


def plain(value: Any) -> Any:
    """A NumPy number or a mapping as Python's own, for msgspec. Raises `TypeError` for anything else."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"got a {type(value).__name__}, expected numbers, text, lists and dicts")


def say(error: BaseException) -> str:
    """What msgspec complains of, within a sentence."""
    if isinstance(error, RecursionError):
        return "got values nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "got bytes that are not UTF-8"
    text = str(error)[:300] or type(error).__name__
    return text if text[:2].isupper() else text[0].lower() + text[1:]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns what the operating system refuses into a `RunError` naming `path`."""
    try:
        yield
    except FileNotFoundError as e:
        raise RunError(f"{path}: missing; expected a run's file here") from e
    except OSError as e:
        raise RunError(f"{path}: can't be used: {e.strerror or e}") from e


def new_folder(folder: Path) -> None:
    """Make `folder`, ready to hold a run. Raises `RunError` if it holds one."""
    with reading(folder):
        folder.mkdir(parents=True, exist_ok=True)
        events = folder / EVENTS
        if (folder / RUN).exists() or (events.exists() and events.stat().st_size):
            raise RunError(f"{folder}: holds a run already; go on with it (--resume) or name another folder")


def put(path: Path, data: bytes) -> None:
    """Write a whole file so that it is either there entirely or not at all."""
    with reading(path):
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.replace(path)
