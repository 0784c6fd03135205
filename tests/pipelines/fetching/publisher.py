"""A real server on loopback that stands for all publishers: `/host/path?query`, as `--mirror` asks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Reply:
    """What is answered: a body (or a function that writes to the connection itself), its type, status and headers."""

    body: bytes | Callable[[BaseHTTPRequestHandler], None] = b""
    kind: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Query = dict[str, str]
Answer = Reply | Callable[[Query], Any]


@dataclass
class Asked:
    path: str
    query: Query
    headers: dict[str, str]


class Publishers:
    """Answers by path. `answers[path]` is a Reply or a function of the query that gives a Reply or JSON."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, Answer] = {}
        self.everywhere: Answer | None = None
        self.asked: list[Asked] = []

    def count(self, part: str) -> int:
        return sum(part in asked.path for asked in self.asked)

    def reply(self, path: str, query: Query) -> Reply:
        answer = self.everywhere or self.answers.get(path) or Reply(b"not here", "text/plain", 404)
        if isinstance(answer, Reply):
            return answer
        given = answer(query)
        return given if isinstance(given, Reply) else Reply(json.dumps(given).encode())


@contextmanager
def serving(wrap: Callable[[ThreadingHTTPServer], str] | None = None) -> Iterator[Publishers]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = unquote(parts.path.lstrip("/"))
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            publishers.asked.append(Asked(path, query, dict(self.headers)))
            reply = publishers.reply(path, query)
            if not isinstance(reply.body, bytes):
                reply.body(self)
                self.close_connection = True
                return
            etag = reply.headers.get("ETag")
            unchanged = etag is not None and self.headers.get("If-None-Match") == etag
            self.send_response(304 if unchanged else reply.status)
            body = b"" if unchanged else reply.body
            if reply.kind:
                self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            # Clients that hang up in the middle are what some tests are about.
            pass

    server = Server(("127.0.0.1", 0), Handler)
    url = wrap(server) if wrap else f"http://127.0.0.1:{server.server_port}"
    publishers = Publishers(url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield publishers
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
