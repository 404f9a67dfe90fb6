"""Events to lines and back. Knows the events and nothing of files.

JSON has no NaN and no infinity. A non-finite reward is written as missing, with an error that says
what it was; a non-finite log-probability or raw output as missing; a non-finite cost or backed-up
value is refused. Half a surrogate pair becomes U+FFFD. Where nothing of this happens, and it should
not, what is read back equals what was written, to the last bit.
"""

import math
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from engine.runs.info import DECODING, RunError, plain, say
from engine.tree import Closed, Cost, Event, Grown, Marked, Opened, Scored, Tree, TreeError, Visited

KINDS: dict[type, str] = {
    Opened: "open",
    Grown: "grow",
    Scored: "score",
    Marked: "mark",
    Visited: "visit",
    Closed: "close",
}


_Index = Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    t: _Index
    open: Opened | UnsetType = UNSET
    grow: Grown | UnsetType = UNSET
    score: Scored | UnsetType = UNSET
    mark: Marked | UnsetType = UNSET
    visit: Visited | UnsetType = UNSET
    close: Closed | UnsetType = UNSET


class _Whose(msgspec.Struct):
    t: _Index


_encoder = msgspec.json.Encoder(enc_hook=plain)
_decoder = msgspec.json.Decoder(_Line)
_whose = msgspec.json.Decoder(_Whose)


def encode_event(t: int, event: Event) -> bytes:
    """One line, with its newline. Raises `RunError` for what no log can hold."""
    event = finite(t, event)
    fields = {k: v for k in type(event).__slots__ if (v := getattr(event, k)) not in (None, {}) or k != "error"}
    line = {"t": t, KINDS[type(event)]: fields}
    try:
        return _encoder.encode(line) + b"\n"
    except UnicodeEncodeError:
        return _encoder.encode(_whole_text(msgspec.to_builtins(line, enc_hook=plain))) + b"\n"
    except (TypeError, ValueError, RecursionError) as e:
        raise RunError(f"tree {t}: can't write {KINDS[type(event)]!r}: {e}; give it numbers and text") from e


def decode_event(line: bytes) -> tuple[int, Event]:
    """The tree a line is of, and its event. Raises `RunError` with the reason, without a place."""
    try:
        got = _decoder.decode(line)
    except DECODING as e:
        raise RunError(f"expected an event, but {say(e)}") from e
    values = (got.open, got.grow, got.score, got.mark, got.visit, got.close)
    events = [v for v in values if not isinstance(v, UnsetType)]
    if len(events) != 1:
        raise RunError(f"got {len(events)} events, expected one a line")
    return got.t, events[0]


def whose(line: bytes) -> int:
    """The tree a line is of, without reading the event. Raises `RunError` as `decode_event`."""
    try:
        return _whose.decode(line).t
    except DECODING as e:
        raise RunError(f"expected an event, but {say(e)}") from e


def apply(tree: Tree, event: Event) -> None:
    """Fold an event that was read. Raises `RunError` with the reason, without a place, if it doesn't fit."""
    try:
        tree.apply(event)
    except (TreeError, ValueError, OverflowError, MemoryError) as e:
        raise RunError(f"an event doesn't fit its tree: {say(e)}") from e


def finite(t: int, event: Event) -> Event:
    """The event as JSON can hold it, the same object if it can. Raises `RunError` where a number can't be missing."""
    match event:
        case Grown():
            _check_costs(t, event.cost)
            if any(_bad(v) for v in event.logprob):
                return replace(event, logprob=[None if _bad(v) else v for v in event.logprob])
        case Scored():
            _check_costs(t, event.cost)
            if any(_bad(v) for v in (*event.reward, *event.raw)):
                return _finite_scores(event)
        case Visited() if _bad(event.value):
            raise RunError(f"tree {t}: got a visit of value {event.value}, expected a finite number")
    return event


def _finite_scores(event: Scored) -> Scored:
    bad = {i: f"the reward was {v}" for i, v in zip(event.node, event.reward, strict=True) if _bad(v)}
    return replace(
        event,
        reward=[None if _bad(v) else v for v in event.reward],
        raw=[None if _bad(v) else v for v in event.raw],
        error=bad | event.error,
    )


def _check_costs(t: int, costs: list[Cost]) -> None:
    for cost in costs:
        if not all(map(math.isfinite, cost)):
            raise RunError(f"tree {t}: got {cost}, expected finite numbers")


def _bad(value: float | None) -> bool:
    return value is not None and not math.isfinite(value)


def _whole_text(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole_text(k): _whole_text(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_whole_text(v) for v in value]
    return value
