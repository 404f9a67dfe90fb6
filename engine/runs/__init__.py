"""The event log of a run: write it, read it lazily, resume it, pack it into one file.

A run is a folder:

    run.json       what was run (`RunInfo`)
    events.jsonl   append-only, one change of one tree a line: {"t": tree, "grow": {...}}
    index.jsonl    a cache of the above, one line a finished tree: its `Summary` and where its events are

`events.jsonl` alone is the truth. Trees of one run grow at the same time, so their events interleave;
an "open" event voids whatever was recorded of its tree before. A line counts once its newline is there.
"""

from engine.runs.info import RunError, RunInfo
from engine.runs.pack import pack, unpack
from engine.runs.packed import is_packed
from engine.runs.reader import Run, find_runs
from engine.runs.summaries import Summaries
from engine.runs.summary import Summary, summarize
from engine.runs.writer import RunWriter

__all__ = [
    "Run",
    "RunError",
    "RunInfo",
    "RunWriter",
    "Summaries",
    "Summary",
    "find_runs",
    "is_packed",
    "pack",
    "summarize",
    "unpack",
]
