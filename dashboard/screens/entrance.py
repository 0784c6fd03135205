"""The way in of those who write, and of what they sent back out: routes of the server that Streamlit runs on.

A link is `…/entrar#TOKEN`. No browser sends what stands after `#`; the page at /entrar takes it out of the address,
posts it once, and gets a cookie that no script can read. Evidence goes out as a download only, to whoever may see it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.screens.desk import COOKIE, ENTRANCE, desk_of
from dashboard.screens.installation import config
from pipelines.declarations import DeclarationError
from programme import Desk, NoAccess, Refused, StoreError, access, evidence
from programme.access import NO_LINK, Opened

# Bytes of what the page posts: a token in a line of JSON.
MOST_POSTED = 300
PRIVATE: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
}
_STYLE = """body{font:16px/1.5 "Source Sans","Segoe UI",Roboto,sans-serif;margin:0;padding:2rem 1.25rem;max-width:34em;
color:#1B2733;background:#fff}h1{font-size:1.5rem;line-height:1.25}a{color:#1351B4}
@media(prefers-color-scheme:dark){body{color:#E8EDF3;background:#111A26}a{color:#8DBBFF}}"""
_PAGE = """<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>Entrar · Farol Municipal</title><style>{style}</style></head><body>
<h1>Farol Municipal</h1><p id="dito" role="status">{said}</p>
<p><a href="./">Ver o painel</a></p><script src="{entrance}/entrar.js"></script></body></html>"""
_SAID = "Abra aqui o link que você recebeu, inteiro: ele vale uma vez. É preciso JavaScript."
_SCRIPT = (Path(__file__).with_name("entrance.js")).read_text("utf-8")


async def _page(_request: Request) -> Response:
    body = _PAGE.format(style=_STYLE, said=escape(_SAID), entrance=ENTRANCE)
    return HTMLResponse(body, headers=PRIVATE)


async def _program(_request: Request) -> Response:
    return Response(_SCRIPT, media_type="text/javascript", headers=PRIVATE)


async def _exchange(request: Request) -> Response:
    """Take a link's token, once, and answer with the cookie of a session and where to go."""
    given = await _posted(request)
    if given is None:
        return JSONResponse({"dito": NO_LINK}, 400, headers=PRIVATE)
    address = request.client.host if request.client else ""

    def exchanged() -> Opened:
        desk = desk_of(config())
        if desk is None:
            raise NoAccess(NO_LINK)
        return access.exchange(desk, given, address)

    try:
        opened = await run_in_threadpool(exchanged)
    except (NoAccess, StoreError, DeclarationError) as error:
        return JSONResponse({"dito": str(error)}, 403, headers=PRIVATE)
    place = "fila" if opened.person.role in ("coordinator", "reference") else "enviar"
    answer = JSONResponse({"dito": f"Você entrou, {opened.person.name}.", "aonde": place}, headers=PRIVATE)
    answer.set_cookie(
        COOKIE, opened.token, expires=opened.expires.astimezone(dt.UTC), path="/", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


async def _posted(request: Request) -> str | None:
    """The token that our own page posted; None for anything else, and for what another site's page sends."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return None
    if request.headers.get("content-type") != "application/json":
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_POSTED:
            return None
    try:
        found = json.loads(body)
    except ValueError:
        return None
    token = found.get("token") if isinstance(found, dict) else None
    return token if isinstance(token, str) and token.isascii() and token else None


async def _evidence(request: Request) -> Response:
    """A file that proves a progress, as a download, for whoever may see it."""
    plan, deliverable, sha256 = (request.path_params[name] for name in ("plan", "deliverable", "sha256"))
    address = request.client.host if request.client else ""
    token = request.cookies.get(COOKIE, "")

    def handed() -> evidence.Download:
        desk: Desk | None = desk_of(config())
        if desk is None or not token:
            raise NoAccess(counted=False)
        return evidence.download(desk, access.present(desk, token, address), plan, deliverable, sha256)

    try:
        found = await run_in_threadpool(handed)
    except (NoAccess, DeclarationError) as error:
        return PlainTextResponse(str(error), 403, headers=PRIVATE)
    except (Refused, StoreError) as error:
        return PlainTextResponse(str(error), 503, headers=PRIVATE)
    named = f"{evidence.HEADERS['Content-Disposition']}; filename*=UTF-8''{quote(found.name, safe='')}"
    return Response(
        found.data, media_type=found.mime, headers={**evidence.HEADERS, "Content-Disposition": named}
    )


def evidence_address(plan: str, deliverable: str, sha256: str) -> str:
    """Where a file that proves a progress is taken, relative to a page."""
    return f"evidencia/{quote(plan, safe='')}/{quote(deliverable, safe='')}/{sha256}"


def routes() -> list[BaseRoute]:
    """The routes beside Streamlit's own."""
    return [
        Route(f"/{ENTRANCE}", _page),
        Route(f"/{ENTRANCE}/entrar.js", _program),
        Route(f"/{ENTRANCE}/trocar", _exchange, methods=["POST"]),
        Route("/evidencia/{plan}/{deliverable}/{sha256}", _evidence),
    ]
