"""Text that arrives in pieces, cut into steps by the rule of `writing.Stops`.

A separator ends a step unless there is nothing but white space before it; no step is empty; new lines
at a step's beginning belong to nothing.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Written:
    """One step, how many tokens it has, and the log-probability of all of them if it is known."""

    text: str
    tokens: int
    logprob: float | None


@dataclass(slots=True)
class Cutter:
    """Takes pieces, gives the steps that are complete. What is left when no more comes is `rest`."""

    separator: str
    tokens: int = 0
    """Tokens that belong to no complete step yet."""
    _buffer: str = ""
    _logprob: float | None = 0.0

    def take(self, piece: str, tokens: int = 1, logprob: float | None = None) -> list[Written]:
        """The steps that `piece` completes. A step that ends within a piece has all of its tokens."""
        self._buffer += piece
        self.tokens += tokens
        self._logprob = None if self._logprob is None or logprob is None else self._logprob + logprob
        found: list[Written] = []
        while True:
            text, separator, after = self._buffer.partition(self.separator)
            if not separator:
                return found
            self._buffer = after
            if text.strip():
                found.append(self._written(text.lstrip("\n")))

    def _written(self, text: str) -> Written:
        written = Written(text, self.tokens, self._logprob if self.tokens else None)
        self.tokens, self._logprob = 0, 0.0
        return written

    def rest(self) -> Written:
        """The step that no separator ended; empty text if it is white space alone."""
        text = self._buffer.strip("\n") if self._buffer.strip() else ""
        return self._written(text)
