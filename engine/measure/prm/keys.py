"""What makes two steps the same: their problem's question and all words up to them, as 64 bits."""

from collections.abc import Sequence
from hashlib import blake2b


def of_question(question: str) -> bytes:
    return blake2b(question.encode("utf-8", "replace"), digest_size=8, person=b"question").digest()


def below(above: bytes, text: str) -> bytes:
    """The key of a step with these words after the prefix with the key `above`."""
    return blake2b(above + text.encode("utf-8", "replace"), digest_size=8, person=b"step").digest()


def prefix_key(question: str, steps: Sequence[str]) -> int:
    """The key of a whole prefix, as a number."""
    key = of_question(question)
    for text in steps:
        key = below(key, text)
    return int.from_bytes(key)
