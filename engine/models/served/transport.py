"""One server, asked patiently: a key from the environment, timeouts, and another try where that can help.

Tried again: connections refused or reset, timeouts, answers cut off or unreadable, 429 and 5xx. Each time the
wait doubles, with some chance in it, unless the server says how long to wait. A key is sent and never told.
"""

import json
import os
import random
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import httpx2

from engine.models.loading import ModelError
from engine.models.served import TIMEOUT

KEYS = ("ARBUTUS_API_KEY", "OPENAI_API_KEY")
TRIES = 5
LONGEST_WAIT = 30.0
LONGEST_ERROR = 300

Answer = TypeVar("Answer")


class ServerError(ModelError):
    """A server that refused, or that could not be made to answer."""

    def __init__(self, said: str, status: int | None = None) -> None:
        super().__init__(said)
        self.status = status


def key_of_environment() -> str | None:
    """The key for servers, if there is one."""
    return next((os.environ[name] for name in KEYS if os.environ.get(name)), None)


class Transport:
    """A server at `url` (with or without ``/v1`` at its end). `read`: seconds without a word that are too many."""

    def __init__(
        self, url: str, *, connect: float = 10.0, read: float = TIMEOUT, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.url = url.rstrip("/").removesuffix("/v1")
        self._sleep = sleep
        key = key_of_environment()
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(read, connect=connect),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            limits=httpx2.Limits(max_connections=None),
        )
        weakref.finalize(self, self._client.close)

    def knock(self) -> None:
        """Raise `ServerError` if nobody is there, or if the key is refused. What else is answered doesn't matter."""
        try:
            status = self._client.get(self.url + "/v1/models").status_code
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ServerError(f"{self.url} can't be reached: {type(error).__name__}") from None
        if status in (401, 403):
            raise ServerError(f"{self.url} refused with {status}: no key, or a wrong one", status)

    def get(self, path: str) -> Any:
        """The JSON at `path`. Raises `ServerError`."""
        return self._patiently(lambda: self._whole("GET", path, None))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What the server answers to `body`. Raises `ServerError`."""
        return self._patiently(lambda: self._whole("POST", path, body))

    def stream(self, path: str, body: Mapping[str, Any], take: Callable[[Iterator[Any]], Answer]) -> Answer:
        """``take(events)`` with what the server streams, begun anew at each try; what is not taken is not waited for.

        Raises `ServerError`.
        """

        def ask() -> Answer:
            with self._client.stream("POST", self.url + path, json=body) as response:
                if response.status_code >= 300:
                    response.read()
                    raise _refusal(response)
                return take(_events(response))

        return self._patiently(ask)

    def _whole(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        response = self._client.request(method, self.url + path, json=body)
        if response.status_code >= 300:
            raise _refusal(response)
        return response.json()

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        said = ""
        for tried in range(1, TRIES + 1):
            wait = min(LONGEST_WAIT, 0.5 * 2**tried) * random.uniform(0.5, 1.0)
            try:
                return ask()
            except _RefusedError as refused:
                said = refused.said
                if refused.status != 429 and refused.status < 500:
                    raise ServerError(f"{self.url} refused with {refused.status}: {said}", refused.status) from None
                said = f"{refused.status}: {said}"
                wait = wait if refused.wait is None else min(refused.wait, LONGEST_WAIT)
            except httpx2.TimeoutException:
                said = "no answer in time"
            except (httpx2.HTTPError, httpx2.StreamError) as error:
                said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            except (json.JSONDecodeError, UnicodeDecodeError, UnreadableError) as error:
                said = f"an answer that can't be read: {error}"
            if tried < TRIES:
                self._sleep(wait)
        raise ServerError(f"{self.url} gave no answer in {TRIES} tries; the last said {said}"[: LONGEST_ERROR + 200])

    def __repr__(self) -> str:
        return f"Transport({self.url!r})"


class UnreadableError(ValueError):
    """An answer that isn't what it should be, or breaks off."""


class _RefusedError(Exception):
    def __init__(self, status: int, said: str, wait: float | None) -> None:
        super().__init__(said)
        self.status, self.said, self.wait = status, said, wait


def _refusal(response: httpx2.Response) -> _RefusedError:
    try:
        told = response.json()
        told = told.get("error", told) if isinstance(told, dict) else told
        said = told.get("message") or told.get("detail") or told if isinstance(told, dict) else told
    except (json.JSONDecodeError, UnicodeDecodeError):
        said = response.text
    if place := response.headers.get("location"):
        said = f"it is at {place} now; name that address"
    after = response.headers.get("retry-after", "")
    return _RefusedError(response.status_code, _told(said), float(after) if after.isdecimal() else None)


def _told(said: Any) -> str:
    """What a server said, at no great length, and without the key, which some repeat."""
    key = key_of_environment()
    return (str(said).replace(key, "…") if key else str(said))[:LONGEST_ERROR]


def _events(response: httpx2.Response) -> Iterator[Any]:
    """The JSON of each server-sent event. Raises `UnreadableError` for an event that tells of an error."""
    for line in response.iter_lines():
        if line.startswith("data:"):
            data = line[5:].strip()
            if data == "[DONE]":
                return
            event = json.loads(data)
            if isinstance(event, dict) and event.get("error"):
                raise UnreadableError(_told(event["error"]))
            yield event
