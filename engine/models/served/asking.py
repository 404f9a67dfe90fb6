"""How a server is asked to go on with a text: as a text, where it can be rendered, or as a chat.

As a text (``/v1/completions``): by the chat template of a tokenizer that is here, or by a server that
renders it (llama.cpp's ``/apply-template``). As a chat (``/v1/chat/completions``): the assistant's turn so
far is the last message, to be continued. What a server refuses is left out from then on, and said once.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from engine.models.served.transport import ServerError, Transport, UnreadableError

log = logging.getLogger("arbutus")

CONTINUING = {"continue_final_message": True, "add_generation_prompt": False}


class Asking:
    """What is sent to one server for one model. `render`: the text that a question is put as; None if nobody can."""

    def __init__(self, transport: Transport, model: str, system: str, render: Callable[[str], str] | None) -> None:
        self.transport, self.model, self.system = transport, model, system
        self.render = render or self._by_the_server()
        self.can: dict[str, bool] = {}
        """What the server was found to do or not to do."""
        self._lock = threading.Lock()
        self._tried = False

    @property
    def path(self) -> str:
        return "/v1/completions" if self.render else "/v1/chat/completions"

    def body(self, question: str, written: str, **wanted: Any) -> dict[str, Any]:
        """The request that goes on from what is `written` of an answer, empty for its beginning."""
        body = {"model": self.model, **{k: v for k, v in wanted.items() if self.can.get(k, True)}}
        if self.render:
            return {**body, "prompt": self.render(question) + written}
        said = [{"role": "system", "content": self.system}] if self.system else []
        said.append({"role": "user", "content": question})
        if written:
            return {**body, "messages": [*said, {"role": "assistant", "content": written}], **self._continuing()}
        return {**body, "messages": said}

    def _continuing(self) -> Mapping[str, bool]:
        return CONTINUING if self.can.get("continue_final_message", True) else {}

    def try_continuing(self, question: str, written: str) -> None:
        """Once, and where an assistant's turn is to be continued: say so if the server seems not to do that.

        A turn that is left open has fewer tokens than one that is closed and followed by the beginning of another;
        a server that counts as many for both has not read what it was asked.
        """
        with self._lock:
            if self._tried or self.render or not written:
                return
            self._tried = True
        try:
            asked = self.body(question, written, max_tokens=1)
            plain = {field: value for field, value in asked.items() if field not in CONTINUING}
            counts = [_prompt_tokens(self.transport.post(self.path, body)) for body in (asked, plain)]
        except ServerError:
            return  # the continuations themselves will say what is wrong
        if counts[0] is not None and counts[0] == counts[1]:
            told = (
                "seems not to continue an assistant's turn, but to answer anew; name the tokenizer: --tokenizer FOLDER"
            )
            self.found("continuing", False, told)

    def found(self, what: str, can: bool, said: str) -> None:
        """Note what the server can or can't do, and say it the first time."""
        with self._lock:
            first = what not in self.can
            self.can[what] = can
        if first and not can:
            log.warning("%s: %s", self.transport.url, said)

    def refused(self, body: Mapping[str, Any], error: ServerError) -> bool:
        """Whether to ask again without a field that the server doesn't know. It is left out from now on."""
        if error.status not in (400, 422):
            return False
        for field in ("stream_options", "logprobs", "seed"):
            if field in body and field in str(error):
                self.found(field, False, f"doesn't know {field!r}; asked without it")
                return True
        return False

    def _by_the_server(self) -> Callable[[str], str] | None:
        try:
            self._rendered("1")
        except (ServerError, UnreadableError):
            return None
        return lru_cache(10_000)(self._rendered)

    def _rendered(self, question: str) -> str:
        said = [{"role": "system", "content": self.system}] if self.system else []
        told = self.transport.post("/apply-template", {"messages": [*said, {"role": "user", "content": question}]})
        if not isinstance(told, dict) or not isinstance(told.get("prompt"), str):
            raise UnreadableError(f"expected a prompt, got {str(told)[:100]}")
        prompt: str = told["prompt"]
        return prompt


def _prompt_tokens(told: Any) -> int | None:
    usage = told.get("usage") if isinstance(told, dict) else None
    counted = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return counted if isinstance(counted, int) else None
