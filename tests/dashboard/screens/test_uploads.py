"""Files that are sent: a few at once come in, and none is held longer than its reading takes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.screens import uploads
from dashboard.screens.uploads import Bounded, Message


@pytest.fixture(autouse=True)
def nobody_waits() -> Iterator[None]:
    uploads._waiting.clear()
    yield
    uploads._waiting.clear()


def sent(
    session: str, file: str, size: int = 1000, status: int = 204, method: str = "PUT"
) -> tuple[int, str]:
    """What is answered to a file that is sent, before a server that would answer with a status."""
    answers: list[Message] = []

    async def server(_scope: Message, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def tell(message: Message) -> None:
        answers.append(message)

    async def nothing() -> Message:
        return {"type": "http.request"}

    scope: Message = {
        "type": "http", "method": method, "path": f"/_stcore/upload_file/{session}/{file}",
        "headers": [(b"content-length", str(size).encode())],
    }  # fmt: skip
    asyncio.run(Bounded(server)(scope, nothing, tell))
    return answers[0]["status"], b"".join(each.get("body", b"") for each in answers).decode()


def test_a_session_has_few_files_waiting() -> None:
    assert [sent("a", str(n))[0] for n in range(uploads.MOST_OF_SESSION)] == [204, 204]
    assert sent("a", "more") == (503, uploads.FULL)
    # The same file again is no other one, another session has room, and taking away is never held back.
    assert sent("a", "0")[0] == sent("b", "0")[0] == sent("a", "0", method="DELETE")[0] == 204


def test_the_server_has_so_many_files_and_bytes_and_no_more() -> None:
    assert {sent(str(n), "x")[0] for n in range(uploads.MOST_FILES)} == {204}
    assert sent("last", "x")[0] == 503
    uploads._waiting.clear()
    most = st.get_option("server.maxUploadSize") * 1024 * 1024
    taken = [sent(str(n), "x", most)[0] for n in range(20)]
    assert taken.count(204) * most <= uploads.MOST_BYTES < (taken.count(204) + 1) * most
    assert 503 in taken


def test_a_file_without_a_size_counts_as_the_largest() -> None:
    for n in range(20):
        uploads._admitted(str(n), "x", uploads._size({"headers": []}))
    assert sum(held.size for held in uploads._waiting.values()) <= uploads.MOST_BYTES
    assert len(uploads._waiting) < 20


def test_what_the_server_refuses_waits_for_nobody() -> None:
    for n in range(5):
        assert sent("a", str(n), status=413)[0] == 413
    assert not uploads._waiting


def test_what_nobody_reads_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[tuple[str, str]] = []
    manager = SimpleNamespace(remove_file=lambda *key: removed.append(key))
    monkeypatch.setattr(uploads, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=manager))
    clock = SimpleNamespace(monotonic=lambda: 1000.0)
    monkeypatch.setattr(uploads, "time", clock)
    assert [sent("a", name)[0] for name in "xyz"] == [204, 204, 503]
    clock.monotonic = lambda: 1000.0 + uploads.LONGEST + 1
    assert sent("a", "z")[0] == 204
    assert removed == [("a", "x"), ("a", "y")]


def _page() -> None:
    import streamlit as st

    from dashboard.screens import uploads

    st.session_state.setdefault("readings", [])

    def read(name: str, content: bytes) -> str:
        st.session_state["readings"].append(name)
        return f"{len(content)} bytes"

    st.file_uploader("Arquivo", key="caixa")
    found = uploads.read_once("caixa", read)
    st.write(str(found))
    st.button("De novo")


def test_a_file_is_read_once_and_let_go_at_once() -> None:
    page = AppTest.from_function(_page, default_timeout=30).run()
    assert page.markdown[0].value == "None"
    page.file_uploader[0].set_value(("plano.xlsx", b"12345", "application/octet-stream"))
    page.run()
    assert page.markdown[0].value == "('plano.xlsx', '5 bytes')"
    page.button[0].click().run()
    assert page.markdown[0].value == "('plano.xlsx', '5 bytes')"
    assert page.session_state["readings"] == ["plano.xlsx"]
