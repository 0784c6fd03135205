from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import bootstrap
from streamlit.web.server.starlette import starlette_routes
from streamlit.web.server.starlette.starlette_server import _bind_socket
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.websockets import websockets_sansio_impl
from uvicorn.server import ServerState

from dashboard.screens import framework
from pipelines.declarations import ROOT


def test_every_place_is_found_and_none_is_left() -> None:
    _, files = framework.program()
    assert len(files) == len(framework.REPLACED)
    for stem, places in framework.REPLACED.items():
        path = framework._file(stem, places)
        original, ours = path.read_text("utf-8"), files[path.name].plain.decode()
        for old, new in places.items():
            assert old in original and new in ours
            assert old not in ours or old in new


@pytest.mark.parametrize("stem", framework.REPLACED)
def test_each_place_that_moved_is_told(stem: str) -> None:
    places = framework.REPLACED[stem]
    path = framework._file(stem, places)
    text = path.read_text("utf-8")
    for old in places:
        with pytest.raises(framework.Moved, match=r"não traz em .* o trecho que o painel troca"):
            framework.replaced(text.replace(old, ""), places, path.name)


def test_a_page_that_changed_is_told() -> None:
    whole = (framework.PACKAGE / "index.html").read_bytes()
    ours = framework.page(whole, b"<style>p{}</style>")
    assert b'<html lang="pt-BR"' in ours and b"<title>Farol Municipal</title>" in ours
    assert ours.count(b"<style>p{}</style></body>") == 1
    assert framework.ADDRESSES not in ours
    for place in (framework.LANGUAGE, framework.NAME, framework.END, framework.ADDRESSES, b"<noscript>"):
        with pytest.raises(framework.Moved, match=r"index\.html"):
            framework.page(whole.replace(place, b""), b"")


def test_the_menu_that_streamlit_is_told_of_no_more_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)
    framework.pages_are_declared()
    assert PagesManager.uses_pages_directory is False
    monkeypatch.delattr(PagesManager, "uses_pages_directory")
    with pytest.raises(framework.Moved, match=r"não traz em PagesManager .*uses_pages_directory"):
        framework.pages_are_declared()


def test_published_files_have_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (starlette_routes, "MAX_APP_STATIC_FILE_SIZE"),
        (bootstrap, "MAX_APP_STATIC_FOLDER_SIZE"),
    ):
        monkeypatch.setattr(module, name, 1)
        framework.files_have_any_size()
        assert getattr(module, name) > 10**12
        with monkeypatch.context() as gone:
            gone.delattr(module, name)
            with pytest.raises(framework.Moved, match=name):
                framework.files_have_any_size()


def test_the_start_fails_where_a_place_moved(tmp_path: Path) -> None:
    """In a real server: Streamlit's files as an upgrade would leave them."""
    package = tmp_path / "static"
    (package / "static" / "js").mkdir(parents=True)
    shutil.copy(framework.PACKAGE / "index.html", package)
    for stem, places in framework.REPLACED.items():
        shutil.copy(framework._file(stem, places), package / "static" / "js")
    box = framework._file("Selectbox", framework.REPLACED["Selectbox"]).name
    moved = package / "static" / "js" / box
    moved.write_text(moved.read_text("utf-8").replace("`No results`", "`Nothing`"), "utf-8")
    start = (
        "from pathlib import Path\nfrom dashboard.screens import framework\n"
        f"framework.PACKAGE = Path({str(package)!r})\nframework.PROGRAM = framework.PACKAGE / 'static' / 'js'\n"
        "import app\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode != 0
    assert f"não traz em {box} o trecho que o painel troca: '`No results`'" in ended.stderr


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers nothing."""


def test_what_is_written_goes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def waits_for_nothing() -> bool:
        """Whether a connection to a socket bound as Streamlit binds it sends at once."""
        made: list[Any] = []

        def protocol() -> Any:
            made.append(AutoHTTPProtocol(uvicorn.Config(app=_nothing), ServerState(), {}))  # type: ignore[call-arg]
            return made[-1]

        listening = _bind_socket("127.0.0.1", 0, 5)
        server = await asyncio.get_running_loop().create_server(protocol, sock=listening)
        async with server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            while not (made and made[0].transport):
                await asyncio.sleep(0.01)
            connection = made[0].transport.get_extra_info("socket")
            found = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            writer.close()
        return bool(found)

    monkeypatch.setattr(AutoHTTPProtocol, "connection_made", AutoHTTPProtocol.connection_made)
    assert not asyncio.run(waits_for_nothing())
    framework.answers_go_at_once()
    assert asyncio.run(waits_for_nothing())


def test_messages_are_packed_lightly(monkeypatch: pytest.MonkeyPatch) -> None:
    made = vars(websockets_sansio_impl)["ServerPerMessageDeflateFactory"]
    monkeypatch.setattr(websockets_sansio_impl, "ServerPerMessageDeflateFactory", made)
    framework.answers_are_packed_lightly()

    async def extensions() -> Sequence[Any]:
        config = uvicorn.Config(app=_nothing, ws="websockets-sansio")
        protocol = websockets_sansio_impl.WebSocketsSansIOProtocol(config, ServerState(), {})
        return protocol.conn.available_extensions or []

    [extension] = asyncio.run(extensions())
    assert extension.compress_settings == {"memLevel": 5, "level": framework.LEVEL}
    monkeypatch.delattr(websockets_sansio_impl, "ServerPerMessageDeflateFactory")
    with pytest.raises(framework.Moved, match=r"não traz em websockets_sansio_impl"):
        framework.answers_are_packed_lightly()
