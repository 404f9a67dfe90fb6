"""Columns as one block of bytes: a fixed prefix, a JSON header, then the arrays as they lie in memory.

The prefix alone tells the browser whether it holds this tree already, and which node and which view Python
asks for, so a rerun that changed nothing costs it nothing. Messages may arrive out of order, hence the time
of each: one that a later one has overtaken is not read. All numbers are little-endian, whole ones in as few
bytes as all of their column fit in.

    bytes  0–15   digest of the header and the arrays
    bytes 16–19   node that Python asks for, -1 for none (int32)
    bytes 20–23   how often Python has asked (uint32): a new number is a new request
    bytes 24–31   when this was first said, in seconds since 1970 (float64)
    bytes 32–35   length of the header (uint32)
    bytes 36–43   when the view at the end was wished, in seconds since 1970 (float64), 0 for never
    bytes 44–47   length of that view (uint32): JSON, after the arrays
"""

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

PREFIX = struct.Struct("<16siIdIdI")
WHOLE = (np.uint8, np.int8, np.uint16, np.int16, np.int32)
"""Kinds of whole numbers that the browser reads, the narrowest first."""


def pack(columns: Mapping[str, Any], about: Mapping[str, Any]) -> bytes:
    """The columns as bytes, asking for no node. What is no array goes into the header, with `about`."""
    arrays = {name: _narrow(np.ascontiguousarray(c)) for name, c in columns.items() if isinstance(c, np.ndarray)}
    header: dict[str, Any] = {**about, **{n: c for n, c in columns.items() if n not in arrays}, "arrays": {}}
    blocks: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        block = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        block += b"\0" * (-len(block) % 8)
        header["arrays"][name] = [array.dtype.str[1:], offset, len(array)]
        blocks.append(block)
        offset += len(block)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    body = b"".join([text, *blocks])
    return PREFIX.pack(hashlib.blake2b(body, digest_size=16).digest(), -1, 0, 0, len(text), 0, 0) + body


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    """The same whole numbers in fewer bytes, where they fit; anything else as it is."""
    if not np.issubdtype(array.dtype, np.integer) or not len(array):
        return array
    least, most = int(array.min()), int(array.max())
    fits = (kind for kind in WHOLE if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max)
    return array.astype(next(fits, array.dtype), copy=False)


def message(
    packed: bytes,
    *,
    node: int,
    request: int,
    said_at: float,
    view: Mapping[str, Any] | None = None,
    wished_at: float = 0,
) -> bytes:
    """`packed` as said at a time, asking for a node, -1 for none, and for a view."""
    wish = b"" if view is None else json.dumps(view, ensure_ascii=True).encode()
    digest, *_, header, _, _ = PREFIX.unpack_from(packed)
    prefix = PREFIX.pack(digest, node, request, said_at, header, wished_at, len(wish))
    return prefix + packed[PREFIX.size :] + wish
