"""The server's own visits to its pages, before anybody goes there.

A visit is a session like any other, from which nobody reads: whatever a page reads, counts, draws and loads is then on
the shelves for whoever comes next.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event
from typing import TypeVar

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, SessionClient
from streamlit.runtime.scriptrunner import get_script_run_ctx

SESSION = "arbutus-visit"
PATIENCE = 60.0
"""Seconds after which a visit is given up."""
Thing = TypeVar("Thing")


class _Nobody(SessionClient):
    """Reads nothing, and knows when the page has been made."""

    def __init__(self) -> None:
        self.made = Event()

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        if msg.WhichOneof("type") == "script_finished":
            self.made.set()


def visit(page: str) -> bool:
    """Have the server make a page, named as in its address; whether it was made. Not from the server's own loop."""
    runtime, nobody = Runtime.instance(), _Nobody()
    loop = runtime._get_async_objs().eventloop  # there is no public way to it
    client = BackMsg(rerun_script=ClientState(page_name=page))
    _on(loop, lambda: runtime.connect_session(nobody, {}, session_id_override=SESSION))
    try:
        _on(loop, lambda: runtime.handle_backmsg(SESSION, client))
        return nobody.made.wait(PATIENCE)
    finally:
        _on(loop, lambda: runtime.close_session(SESSION))


def is_visit() -> bool:
    """Whether the page that is being made is for nobody."""
    context = get_script_run_ctx()
    return context is not None and context.session_id == SESSION


def _on(loop: asyncio.AbstractEventLoop, act: Callable[[], Thing]) -> Thing:
    done: Future[Thing] = Future()

    def acted() -> None:
        try:
            done.set_result(act())
        except BaseException as error:
            done.set_exception(error)

    loop.call_soon_threadsafe(acted)
    return done.result(PATIENCE)
