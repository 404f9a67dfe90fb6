"""Text that arrives in pieces, cut into steps by the rule of `writing.Stops`.

A separator ends a step unless there is nothing but white space before it; no step is empty; new lines
at a step's beginning belong to nothing.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Written:
    """One step, and how many pieces it came in."""

    text: str
    pieces: int


@dataclass(slots=True)
class Cutter:
    """Takes pieces, gives the steps that are complete. What is left when no more comes is `rest`."""

    separator: str
    _buffer: str = ""
    _pieces: int = 0

    def take(self, piece: str) -> list[Written]:
        """The steps that `piece` completes."""
        self._buffer += piece
        self._pieces += 1
        found: list[Written] = []
        while True:
            text, separator, after = self._buffer.partition(self.separator)
            if not separator:
                return found
            self._buffer = after
            if text.strip():
                found.append(Written(text.lstrip("\n"), self._pieces))
                self._pieces = 0

    @property
    def pieces(self) -> int:
        """Pieces that belong to no complete step yet."""
        return self._pieces

    def rest(self) -> Written:
        """The step that no separator ended; empty text if it is white space alone."""
        text = self._buffer.strip("\n") if self._buffer.strip() else ""
        return Written(text, self._pieces)
