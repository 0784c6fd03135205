"""What the server says of the app before its first run: the language of the page, its name and its style."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dashboard.screens import framework

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Message, Receive, Send], Awaitable[None]]


def _style() -> bytes:
    """The style sheet without comments and line breaks."""
    sheet = Path(__file__).with_name("style.css").read_text("utf-8")
    sheet = re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))
    return f"<style>{sheet.strip()}</style>".encode()


# At the start: a replacement that finds no place stops it.
STYLE = _style()
framework.page((framework.PACKAGE / "index.html").read_bytes(), STYLE)
FOLDER, FILES = framework.program()

# A page opened before an upgrade asks for its later parts in the folder of its own time.
OF_PROGRAM = re.compile(r"(.*)/static/js-[0-9a-f]{10}/([^/]+)")
ASKED = {b"accept-encoding", b"if-none-match", b"if-modified-since"}
OF_THE_FILE = {b"content-length", b"etag", b"last-modified"}


# Bytes: what a file system takes for one name, and more than any address of the dashboard has in all.
LONGEST_NAME, LONGEST_PATH = 255, 2000


def _names_nothing(path: str) -> bool:
    """Whether no file can have this path: the server would ask the system for it and fall over the refusal."""
    try:
        told = path.encode()
    except UnicodeEncodeError:
        return True
    return b"\0" in told or len(told) > LONGEST_PATH or any(len(p) > LONGEST_NAME for p in told.split(b"/"))


class InPortuguese:
    """ASGI middleware: the one HTML page that carries the app and the program it starts are handed out as `framework`
    has them.
    """

    def __init__(self, app: ASGI) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything on but what is replaced. What can name nothing is not found."""
        if scope["type"] == "http" and _names_nothing(scope["path"]):
            words = "Endereço não encontrado.".encode()
            headers = [
                (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(words)).encode()),
            ]  # fmt: skip
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else words})
            return
        if scope["type"] == "http" and (found := OF_PROGRAM.fullmatch(scope["path"])):
            before, name = found.groups()
            if name in FILES:
                await _program(FILES[name], scope, send)
                return
            path = f"{before}/static/js/{name}"
            scope = {**scope, "path": path, "raw_path": quote(path).encode()}
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        # The answer comes as it stands and not compressed, which it would be by the time it gets here.
        # And whole: the page that a browser kept may be of another replacement though the file is the same.
        asked = [pair for pair in scope["headers"] if pair[0] not in ASKED or "." in scope["path"]]
        scope = {**scope, "headers": asked}
        start: Message | None = None
        body = b""

        async def told(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
                return
            if start is None:
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            if framework.ADDRESSES in body:
                body = framework.page(body, STYLE)
            headers = [pair for pair in start["headers"] if pair[0].lower() not in OF_THE_FILE]
            await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
            await send({**message, "body": body})

        await self.app(scope, receive, told)


async def _program(file: framework.File, scope: Message, send: Send) -> None:
    """Hand out a replaced file, for as long as Streamlit hands out its own."""
    packs = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
    body = file.packed if packs else file.plain
    lasting = f"/{FOLDER}/" in scope["path"]
    headers = [
        (b"content-type", b"text/javascript; charset=utf-8"), (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"public, max-age=31536000, immutable" if lasting else b"no-store"),
        (b"vary", b"accept-encoding"),
        *([(b"content-encoding", b"gzip")] if packs else []),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _is_page(start: Message) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    return headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers
