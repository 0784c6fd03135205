"""Whether this process can show the tables: a door for whoever starts, watches and restarts it.

The proxy closes it to the world. Asked once after a start it also opens the tables, so that no reader waits for that.
"""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.screens.installation import tables
from pipelines.declarations import DeclarationError

PATH = "/pronto"
_NEVER_KEPT = {"Cache-Control": "no-store"}


async def _ready(_request: Request) -> Response:
    """200 with the id of the build that pages show; 503 with a sentence where there is none that can be shown."""
    try:
        build = await run_in_threadpool(lambda: tables().build)
    except FileNotFoundError:
        said = "ainda não há tabelas. Rode: python -m pipelines build"
    except DeclarationError as error:
        said = str(error)
    except Exception as error:
        # Whatever keeps the tables from opening keeps every page from showing.
        logging.getLogger("farol").error("not ready", exc_info=error)
        said = "as tabelas não puderam ser abertas; o registro do servidor diz por quê."
    else:
        return JSONResponse({"construcao": build}, headers=_NEVER_KEPT)
    return JSONResponse({"dito": said}, 503, headers=_NEVER_KEPT)


def routes() -> list[BaseRoute]:
    """The one route."""
    return [Route(PATH, _ready)]
