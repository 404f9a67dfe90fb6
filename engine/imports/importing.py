"""From a foreign file to a run in a folder: all of it, or nothing and what is wrong by line.

The run is made in a hidden folder beside its place, which is renamed when it is whole. It has no run.json before, so
that nobody takes it for a run.
"""

import gc
import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

from engine.imports.draft import Draft, DraftError, whole_text
from engine.imports.formats import Format
from engine.imports.gathering import gathered
from engine.imports.stream import ForeignError, Record, records
from engine.runs import Run, RunInfo, RunWriter
from engine.runs.info import DECODING, RUN, encode_info, put, reading, say
from engine.tree import Tree

PROBLEMS = 8
"""Bad records that are told of; there may be more."""
TOGETHER, LARGE = 64, 1 << 20
"""Trees written at a time, unless they have more than so many characters."""
MANY = 10**9
"""How many trees a run may have: how many this one has is known at its end."""


@dataclass(frozen=True, slots=True)
class About:
    """What a person knows of a file that it doesn't say itself. What is empty is the format's own."""

    policy: str = ""
    """Who wrote the steps."""
    prm: str = ""
    """Who gave the scores."""
    strategy: str = ""
    title: str = ""
    note: str = ""
    command: str = ""


@dataclass(slots=True)
class _Counts:
    records: int = 0
    trees: int = 0
    ns: set[int | None] = field(default_factory=set)
    tasks: set[str] = field(default_factory=set)
    ids: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def import_file(
    file: Path, out: Path, format: Format, about: About | None = None, *, skip_bad: bool = False, name: str = ""
) -> Run:
    """Make the run in `out` from a file of a format, and open it. `name`: what the file is called, if not by its path.

    `skip_bad`: leave out the records that can't be understood; run.json says which. Raises `ForeignError` naming file
    and lines, or `RunError`, having left nothing behind.
    """
    file, out, about = Path(file), Path(out), about or About()
    name = Path(name or file).name
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ForeignError(f"{out}: is there already; name another folder for the run")
    with _folder_beside(out) as folder:
        counts = _Counts()
        with RunWriter.create(folder, _info(format, about, counts, {})) as writer:
            (folder / RUN).unlink()
            _write(writer, _trees(file, name, format, counts, skip_bad=skip_bad))
        if not counts.trees:
            raise ForeignError(_nothing(name, format, counts))
        source = _source(file, name, format, counts)
        put(folder / RUN, encode_info(_info(format, about, counts, source)))
        with reading(out):
            folder.rename(out)
    return Run.open(out)


@contextmanager
def _folder_beside(out: Path) -> Iterator[Path]:
    with reading(out.parent):
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = out.with_name(f".{out.name}-{token_hex(4)}")
        folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(writer: RunWriter, trees: Iterable[Tree]) -> None:
    waiting: dict[int, Tree] = {}
    written = size = 0
    for tree in trees:
        waiting[written + len(waiting)] = tree
        size += sum(len(node.text) for node in tree)
        if len(waiting) == TOGETHER or size > LARGE:
            writer.write(waiting)
            writer.forget(waiting)
            written += len(waiting)
            waiting, size = {}, 0
            # A tree's nodes know each other, and a few long ones are too few objects to be collected by themselves.
            del tree
            gc.collect(1)
    writer.write(waiting)


def _trees(file: Path, name: str, format: Format, counts: _Counts, *, skip_bad: bool) -> Iterator[Tree]:
    """The trees of a file. Raises `ForeignError` at its end if there were bad records, unless they may be left out."""
    for record in gathered(records(file), format):
        counts.records += 1
        try:
            yield _tree(record, format, counts)
        except DraftError as error:
            counts.skipped.append(f"{record.place} {record.line}: {error}")
            if len(counts.skipped) == PROBLEMS and not skip_bad:
                break
    if counts.skipped and not skip_bad:
        told = "\n".join(counts.skipped)
        more = "\nThere may be more." if len(counts.skipped) == PROBLEMS else ""
        raise ForeignError(
            f"{name}: {told}{more}\nNothing was imported; `python -m engine import --skip-bad` leaves such records out"
        )


def _tree(record: Record, format: Format, counts: _Counts) -> Tree:
    draft = draft_of(record, format)
    draft.id = _own_id(draft.id or f"{format.name}-{counts.trees:05}", counts.ids)
    draft.meta = {"imported": format.title, "scores": format.scores, **draft.meta}
    tree = draft.tree()
    counts.trees += 1
    counts.ns.add(draft.n)
    counts.tasks.add(draft.task or format.task)
    return tree


def draft_of(record: Record, format: Format) -> Draft:
    """The tree that a record describes. Raises `DraftError` with what was got and expected."""
    if record.problem:
        raise DraftError(record.problem)
    try:
        return format.read(msgspec.convert(whole_text(record.value), type=format.layout))
    except (*DECODING, OverflowError) as error:
        raise DraftError(f"got no record of {format.title}: {say(error)}") from None


def _own_id(id: str, taken: dict[str, int]) -> str:
    """`id`, or with a number behind it if another problem has it. `taken`: how often each was asked for."""
    found = id
    while found in taken:
        taken[id] += 1
        found = f"{id}-{taken[id]}"
    taken[found] = 1
    return found


def _nothing(name: str, format: Format, counts: _Counts) -> str:
    if counts.skipped:
        return f"{name}: of {counts.records} records none can be understood: {counts.skipped[0]}"
    return f"{name}: got no record, expected those of {format.title}"


def _source(file: Path, name: str, format: Format, counts: _Counts) -> dict[str, Any]:
    """The provenance that run.json keeps."""
    return {
        "file": name,
        "sha256": _digest(file),
        "format": format.name,
        "from": format.source,
        "records": counts.records,
        "skipped": counts.skipped,
        "scores": format.scores,
        "rewards": format.rewards,
        "truth": format.truth,
    }


def _digest(file: Path) -> str:
    with reading(file), file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _info(format: Format, about: About, counts: _Counts, source: Mapping[str, Any]) -> RunInfo:
    n = next(iter(counts.ns)) if len(counts.ns) == 1 else None
    judge = about.prm or format.prm
    file = str(source.get("file", ""))
    return RunInfo(
        task=next(iter(counts.tasks)) if len(counts.tasks) == 1 else format.task,
        problem_set=format.known_set(counts.ids) or Path(file).stem,
        problems=counts.trees if source else MANY,
        strategy=about.strategy or format.name,
        parameters={} if n is None else {"n": n},
        seed=0,
        policy={"id": about.policy or "not known"},
        prm={"id": judge} if judge else None,
        device="not known",
        dtype="not known",
        command=about.command,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        title=about.title or f"{format.title}: {file}",
        note=about.note,
        source=dict(source),
    )
