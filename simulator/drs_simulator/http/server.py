"""The HTTP server: one loopback port, HTTP/1.1 with keep-alive, a thread per connection."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from ..protocol.wire import Answer
from ..world.world import World
from .admin import PREFIX, Admin
from .gateway import Gateway

HOST = "127.0.0.1"
_REASONS = {200: "OK", 202: "Accepted", 204: "No Content", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}
_NO_BODY = (204, 304)
MAX_BODY = 64 * 1024 * 1024


def _of_this_machine(name: str) -> bool:
    """Whether a host name can only mean the loopback interface."""
    return name in ("127.0.0.1", "::1", "localhost") or name.endswith(".localhost")


def _name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def foreign(host: str | None, origin: str | None) -> str | None:
    """Why a request is refused that a page of somebody else sent: by its Host (DNS rebinding) or its Origin.

    None for a client that names this machine; one without a Host is no browser.
    """
    if host is not None and not _of_this_machine(_name(f"//{host}")):
        return "Host: only names of this machine (127.0.0.1, localhost) are served"
    if origin is not None and not _of_this_machine(_name(origin)):
        return "Origin: requests of other pages are refused"
    return None


class Handler(BaseHTTPRequestHandler):
    """One connection. The answer goes out in one write, which saves a delayed-ACK pause per request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def handle_request(self) -> None:
        refused = foreign(self.headers.get("Host"), self.headers.get("Origin"))
        if refused:
            self._send(Answer(403, {"Content-Type": "text/plain", "Connection": "close"}, f"{refused}\n".encode()))
            self.close_connection = True
            return
        try:
            body = self._read_body()
        except ValueError:
            self._send(Answer(400, {"Content-Type": "text/plain"}, b"unreadable request body\n"))
            self.close_connection = True
            return
        if self.path == PREFIX or self.path.startswith((f"{PREFIX}/", f"{PREFIX}?")):
            answer = self.server.admin.handle(self.command, self.path, body, self._client_listens)
        else:
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = self.server.gateway.handle(self.command, self.path, headers, body)
        if answer.drop:
            self.close_connection = True
            # Shut down at once: closing alone would leave the socket to the garbage collector.
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = handle_request

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            raise ValueError("body length")
        return self.rfile.read(length) if length else b""

    def _read_chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(64).split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline(8)
        while self.rfile.readline(8192) not in (b"\r\n", b"\n", b""):
            pass
        return b"".join(parts)

    def _client_listens(self) -> bool:
        """Whether the peer still holds its end open; a killed process has closed it."""
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False

    def _send(self, answer: Answer) -> None:
        reason = _REASONS.get(answer.status) or self.responses.get(answer.status, ("Unknown", ""))[0]
        lines = [f"HTTP/1.1 {answer.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        body = b"" if answer.status in _NO_BODY else answer.body
        if answer.status not in _NO_BODY:
            lines.append(f"Content-Length: {len(body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            # The client went away; the journal has the call, there is nobody left to tell.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the journal is the log."""


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """The listening socket. Loopback only: it hands out credentials to whoever asks."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, world: World, port: int = 0) -> None:
        self.gateway = Gateway(world)
        self.admin = Admin(world, self.gateway)
        super().__init__((HOST, port), Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is the client's business; anything else is shown."""
        import sys

        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, BrokenPipeError)):
            super().handle_error(request, client_address)

    def start(self) -> threading.Thread:
        """Serve in a thread of its own (for tests in one process)."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        return thread
