"""What the server says of the app before its first run: the language of the page, its name and its style."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Message, Receive, Send], Awaitable[None]]


def _style() -> bytes:
    """The style sheet without comments and line breaks."""
    sheet = Path(__file__).with_name("style.css").read_text("utf-8")
    sheet = re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))
    return f"<style>{sheet.strip()}</style>".encode()


# Streamlit's own page says it is in English, which is how a screen reader would then read it aloud, and there is no
# setting for it (https://github.com/streamlit/streamlit/issues/8399).
SAID = {
    b'<html lang="en"': b'<html lang="pt-BR"',
    b"<title>Streamlit</title>": b"<title>Farol Municipal</title>",
    # After the styles of Streamlit's own, which grow in the head; as a part of each page it would be sent again
    # with every run.
    b"</body>": _style() + b"</body>",
}


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
    """ASGI middleware: the one HTML page that carries the app names its language and the product and is styled."""

    def __init__(self, app: ASGI) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything on; of an HTML answer, change the words above. What can name nothing is not found."""
        if scope["type"] == "http" and _names_nothing(scope["path"]):
            words = "Endereço não encontrado.".encode()
            headers = [
                (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(words)).encode()),
            ]  # fmt: skip
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else words})
            return
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        # The answer comes as it stands and not compressed, which it would be by the time it gets here.
        asked = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding" or "." in scope["path"]]
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
            for old, new in SAID.items():
                body = body.replace(old, new, 1)
            headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
            await send({**message, "body": body})

        await self.app(scope, receive, told)


def _is_page(start: Message) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    return headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers
