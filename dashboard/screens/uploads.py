"""Files that people send: so many at once and no more, and none is held longer than its reading takes.

Streamlit keeps what is sent in memory until the session ends. Here a file is read once, what was found in it is kept, and
its bytes go at once; the server takes a new one only while it holds few.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Message, Receive, Send], Awaitable[None]]
T = TypeVar("T")

# Files and bytes that wait for their reading; a second file of one session may overtake the first.
MOST_OF_SESSION = 2
MOST_FILES = 40
MOST_BYTES = 60_000_000
# Seconds after which nobody reads a file any more: a page does so as soon as it has come.
LONGEST = 120

_ADDRESS = re.compile(r".*/_stcore/upload_file/([^/]+)/([^/]+)/?")
FULL = "O servidor está recebendo arquivos demais. Tente de novo em um minuto."


@dataclass(frozen=True)
class _Waiting:
    """A file on its way or not yet read: since when, and how many bytes it has or may have."""

    since: float
    size: int


_waiting: dict[tuple[str, str], _Waiting] = {}
_turn = threading.Lock()


def _forget(session: str, file: str) -> None:
    """Let the server hold a file no longer."""
    manager: Any = get_instance().uploaded_file_mgr
    manager.remove_file(session, file)


def _admitted(session: str, file: str, size: int) -> bool:
    """Whether one more file may come in; what nobody read in time makes room."""
    now = time.monotonic()
    with _turn:
        old = [key for key, held in _waiting.items() if now - held.since > LONGEST]
        for key in old:
            del _waiting[key]
        others = [key for key in _waiting if key != (session, file)]
        room = (
            sum(key[0] == session for key in others) < MOST_OF_SESSION
            and len(others) < MOST_FILES
            and sum(_waiting[key].size for key in others) + size <= MOST_BYTES
        )
        if room:
            _waiting[session, file] = _Waiting(now, size)
    for key in old:
        _forget(*key)
    return room


def _gone(session: str, file: str) -> None:
    with _turn:
        _waiting.pop((session, file), None)


class Bounded:
    """ASGI middleware: a file that is sent comes in only while few others wait."""

    def __init__(self, app: ASGI) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything on but a file too many, which is answered with 503 and a sentence."""
        found = _ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] != "PUT":
            await self.app(scope, receive, send)
            return
        session, file = found.groups()
        if not _admitted(session, file, _size(scope)):
            words = FULL.encode()
            headers = [
                (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(words)).encode()),
                (b"retry-after", b"60"),
            ]  # fmt: skip
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": words})
            return
        taken = False

        async def told(message: Message) -> None:
            nonlocal taken
            if message["type"] == "http.response.start":
                taken = 200 <= message["status"] < 300
            await send(message)

        try:
            await self.app(scope, receive, told)
        finally:
            if not taken:
                _gone(session, file)


def _size(scope: Message) -> int:
    """How many bytes a request may bring: what it says, or all that the server would take of it."""
    most = int(st.get_option("server.maxUploadSize")) * 1024 * 1024
    said = dict(scope["headers"]).get(b"content-length", b"")
    return min(int(said), most) if said.isdigit() else most


def read_once(key: str, read: Callable[[str, bytes], T]) -> tuple[str, T] | None:
    """The name of the file in a box for uploads and what was found in it; None while there is no file.

    `key`: of the box, which has been drawn. `read`: takes name and bytes; is called once for each file, whose bytes
    are let go as soon as it returns.
    """
    given = st.session_state.get(key)
    place = f"{key}-lido"
    if given is None:
        st.session_state.pop(place, None)
        return None
    kept = st.session_state.get(place)
    if kept is not None and kept[0] == given.file_id:
        return kept[1], kept[2]
    if not hasattr(given, "getvalue"):
        # Streamlit's mark of a file that is no longer there: nobody read it in time.
        return None
    try:
        found = given.name, read(given.name, given.getvalue())
    finally:
        # The widget remembers the file until the next run: without its bytes.
        given.truncate(0)
        if (context := get_script_run_ctx()) is not None:
            manager: Any = context.uploaded_file_mgr
            manager.remove_file(context.session_id, given.file_id)
            _gone(context.session_id, given.file_id)
    st.session_state[place] = (given.file_id, *found)
    return found
