"""A server that writes what it is told to, and fails as it is told to."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers every request with its server's `write`, unless a fault is due."""

    server: "Faulty"

    def do_GET(self) -> None:
        if self.server.locked and not self.headers["Authorization"]:
            self.refuse(401, "no key")
        else:
            self.whole({"data": [{"id": name} for name in self.server.models]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.asked.append((self.path, body, dict(self.headers)))
            fault = self.server.fault(self.path, body)
        if fault is not None:
            fault(self)
        elif self.path in self.server.offered:
            self.server.answer(self, body)
        else:
            self.refuse(404, "no such place")

    def whole(self, told: Any) -> None:
        data = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status: int, said: str, **headers: str) -> None:
        data = json.dumps({"error": {"message": said}}).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def send(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Faulty(ThreadingHTTPServer):
    """`write`: the pieces of a completion for a request body. `fault`: what goes wrong with a request, if anything."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.models, self.locked = ["tiny"], False
        self.offered = {"/v1/chat/completions"}
        self.asked: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.write: Callable[[dict[str, Any]], list[str]] = lambda _: ["One.", "\n\n", "Two ", "\\boxed{2}."]
        self.fault: Callable[[str, dict[str, Any]], Fault | None] = lambda *_: None
        self.finish = "stop"
        self.usage = True
        self.used: dict[str, Any] = {"completion_tokens": 50}
        self.logprobs: dict[str, Any] | None = None
        self.answer: Callable[[Handler, dict[str, Any]], None] = self.stream

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def stream(self, handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        pieces = self.write(body)
        try:
            for piece in pieces:
                handler.send(self.event(handler.path, {"content": piece}))
            handler.send(self.event(handler.path, {}, self.finish))
            if self.usage:
                handler.send(f"data: {json.dumps({'choices': [], 'usage': self.used})}\n\n".encode())
            handler.send(b"data: [DONE]\n\n")
        except OSError:
            return  # the client has read enough

    def event(self, path: str, delta: dict[str, str], finish: str | None = None) -> bytes:
        said = {"text": delta.get("content", "")} if path == "/v1/completions" else {"delta": delta}
        known = {"logprobs": self.logprobs} if self.logprobs and finish is None else {}
        event = {"choices": [{**said, **known, "index": 0, "finish_reason": finish}]}
        return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that goes away is what is tested


@contextmanager
def running(server: Faulty) -> Iterator[Faulty]:
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


# Faults.


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def status(code: int, **headers: str) -> Fault:
    return lambda handler: handler.refuse(code, "out of order", **headers)


def stall(handler: Handler) -> None:
    handler.begin()
    time.sleep(30)


def cut_in_the_middle(handler: Handler) -> None:
    handler.begin()
    handler.send(handler.server.event(handler.path, {"content": "One.\n"}))


def broken_json(handler: Handler) -> None:
    handler.begin()
    handler.send(b'data: {"choices": [{"delta": {"con\n\n')


def wrong_types(handler: Handler) -> None:
    handler.begin()
    handler.send(b'data: {"choices": [{"delta": {"content": 7}}]}\n\ndata: [DONE]\n\n')


def an_error_in_the_stream(handler: Handler) -> None:
    handler.begin()
    handler.send(b'data: {"error": {"message": "worker died"}}\n\n')


FAULTS: dict[str, Fault] = {
    "reset": reset,
    "500": status(500),
    "503": status(503, Retry_After="0"),
    "429": status(429, Retry_After="0"),
    "cut": cut_in_the_middle,
    "JSON": broken_json,
    "types": wrong_types,
    "error": an_error_in_the_stream,
    "stall": stall,
}
