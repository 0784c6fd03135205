"""What Streamlit's own program says and does in the browser, in Portuguese and for Brazilian names.

Streamlit has no setting for its words, and its lists are searched letter by letter with accents. Its program lies
ready made in the package: the places named here are replaced once at the start, in memory, and `serving` hands out
the result. Words are right the first time they are drawn, and no script watches the page. A place that an upgrade
has moved stops the start.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
import socket
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any

import streamlit
from streamlit.runtime.pages_manager import PagesManager as PagesManager
from streamlit.web import bootstrap
from streamlit.web.server.starlette import starlette_routes
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.websockets import websockets_sansio_impl
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

# Of zlib, whose own is 6.
LEVEL = 4

PACKAGE = Path(streamlit.__file__).parent / "static"
PROGRAM = PACKAGE / "static" / "js"

# Typed words begin words of the option, without accents and in any order; then those that hold them anywhere. Of
# each, first what begins as typed. `e`: the options, `t`: what is typed.
SEARCH = (
    r"{let f=e=>e.normalize(`NFD`).replace(/\p{M}/gu,``).toLowerCase(),"
    r"c=globalThis.__farol??=new Map,"
    r"g=e=>{let t=c.get(e);return t===void 0&&c.set(e,t=` `+f(e).replace(/[^\p{L}\p{N}]+/gu,` `).trim()),t},"
    r"q=g(t),w=q.split(` `).filter(Boolean),s=[[],[],[]];"
    r"for(let t of e){let e=g(t.label);"
    r"e.startsWith(q)?s[0].push(t):w.every(t=>e.includes(` `+t))?s[1].push(t):w.every(t=>e.includes(t))&&s[2].push(t)}"
    r"return s.flat()}"
)
# On a phone the side bar lies over the page, which a choice in it is meant to show.
CLOSE = (
    "(i(e),w&&matchMedia(`(max-width:767px)`).matches&&"
    "document.querySelector(`[data-testid=stSidebarCollapseButton] button`)?.click())"
)

# By the stem of a file of the program: each place and what stands there instead.
REPLACED: Mapping[str, Mapping[str, str]] = {
    "useSyncComboBoxEnterTargetFocus": {
        "if(n===a.SelectWidgetFilterMode.FILTER_MODE_FUZZY)return xn(e,t);": (
            f"if(n===a.SelectWidgetFilterMode.FILTER_MODE_FUZZY){SEARCH}"
        ),
    },
    "Selectbox": {
        "e!==B.current&&i(e)},[i])": f"e!==B.current&&{CLOSE}}},[i,w])",
        "locale:`en-US`": "locale:`pt-BR`",
        "`No results`": "`Nada encontrado`",
        "`Clear value`": "`Limpar a escolha`",
        "`Open`": "`Abrir a lista`",
        "`Selectbox options`": "`Opções`",
        "`Selectbox`": "`Lista`",
        "`Add: ${M}`": "`Acrescentar: ${M}`",
    },
    "Multiselect": {
        "locale:`en-US`": "locale:`pt-BR`",
        "`No results`": "`Nada encontrado`",
        "let e=t.maxSelections===1?`option`:`options`;return`You can only select up to ${t.maxSelections} ${e}. "
        "Remove an option first.`": "return`No máximo ${t.maxSelections}. Tire um para pôr outro.`",
        "`Selected values`": "`Escolhidos`",
        "`Remove ${e}`": "`Tirar ${e}`",
        "`Clear all`": "`Tirar todos`",
        "`Open`": "`Abrir a lista`",
        "`Multiselect options`": "`Opções`",
        "`Multiselect`": "`Lista`",
        "`Add: ${n}`": "`Acrescentar: ${n}`",
        "`Select all`": "`Escolher todos`",
        "`Select ${p.length} matches`": "`Escolher os ${p.length} encontrados`",
    },
    "utils": {
        "`No options to select`": "`Nenhuma opção`",
        "`Choose options`": "`Escolha`",
        "`Choose an option`": "`Escolha`",
    },
    "InputInstructions": {
        "`submit form`:`apply`": "`enviar`:`aplicar`",
        "`Press Enter to ${e}`": "`Tecle Enter para ${e}`",
        "`Press ${r()?`⌘`:`Ctrl`}+Enter to ${e}`": "`Tecle ${r()?`⌘`:`Ctrl`}+Enter para ${e}`",
    },
    "FileUploader": {
        "`Upload directories`:`Upload`": "`Escolher pastas`:`Escolher arquivo`",
        "`Drag and drop directories here`": "`Solte as pastas aqui`",
        "`Drag and drop files here`": "`Solte os arquivos aqui`",
        "`Drag and drop a file here`": "`Solte o arquivo aqui`",
        "`${T(t,D.Byte,0)} per file`": "`até ${T(t,D.Byte,0)} por arquivo`",
        "`Add files`": "`Trocar o arquivo`",
        "`${e.type} files are not allowed.`": "`arquivos ${e.type} não são aceitos.`",
        # What the server or the network answered, which would be told in English with the number of the answer.
        "errorMessage:P(e)": (
            "errorMessage:{413:`O arquivo é grande demais.`,429:`O painel está recebendo arquivos demais. Tente de novo "
            "em um minuto.`,503:`O painel está recebendo arquivos demais. Tente de novo em um minuto.`}"
            "[e?.response?.status]??`O envio falhou. Tente de novo.`"
        ),
        "errorMessage:te(e).message": "errorMessage:`O envio falhou. Tente de novo.`",
    },
    "utils:uploads": {
        "`file upload`": "`Arquivo`",
        "`Upload failed`": "`O envio falhou`",
        "`Click to retry upload`": "`Tocar para enviar de novo`",
        "`Cancel upload of ${e.name}`": "`Cancelar o envio de ${e.name}`",
        "`Remove ${e.name}`": "`Tirar ${e.name}`",
        "`Error: `": "`Erro: `",
        "`Only one file is allowed.`": "`Um arquivo por vez.`",
        "`File size is too small.`": "`O arquivo é pequeno demais.`",
        "`Unexpected error. Please try again.`": "`O envio falhou. Tente de novo.`",
        "`${t.type} files are not allowed.`": "`arquivos ${t.type} não são aceitos.`",
    },
    "useCopyToClipboard": {"`Copied`:`Copy to clipboard`": "`Copiado`:`Copiar`"},
    "DynamicIcon": {"`${n} icon`": "`ícone`", "`spinner`)return`Loading`": "`spinner`)return`Carregando`"},
    "DownloadButton": {"`Download failed`": "`O arquivo não pôde ser feito`"},
    "StreamlitMarkdown": {"`Link to heading`": "`Link para este título`"},
    "TextInput": {"`Clear entry`": "`Limpar`", "`Invalid input.`": "`Valor que não serve.`"},
    "Toolbar": {"`Close fullscreen`": "`Sair da tela cheia`", "label:`Fullscreen`": "label:`Tela cheia`"},
    "index": {
        "children:`Skip to main content`": "children:`Ir para o conteúdo`",
        '"aria-label":`Collapse sidebar`': '"aria-label":`Fechar a barra lateral`',
        '"aria-label":`Expand sidebar`': '"aria-label":`Abrir a barra lateral`',
        '"aria-label":`Sidebar`': '"aria-label":`Barra lateral`',
        '"aria-label":`App pages`': '"aria-label":`Páginas`',
        '"aria-label":`Main menu`': '"aria-label":`Menu do painel`',
        '"aria-label":`Navigate to home page`': '"aria-label":`Ir para a primeira página`',
        "`App Logo`": "`Marca do painel`",
        "alt:`Logo`": "alt:`Marca do painel`",
        '"aria-label":`Close`': '"aria-label":`Fechar`',
        "children:`Close`": "children:`Fechar`",
        '"aria-label":`Notifications`': '"aria-label":`Avisos`',
        '"aria-label":`Running...`': '"aria-label":`Montando a tela`',
        '"aria-label":`Theme`': '"aria-label":`Tema`',
        "title:e?`Stopping...`:`Stop`": "title:e?`Parando`:`Parar`",
        "children:i?`View less`:`View ${x-m} more`": "children:i?`Ver menos`:`Ver mais ${x-m}`",
        "`(opens in new tab)`": "`(abre em outra aba)`",
        "children:r?`view less`:`view more`": "children:r?`ver menos`:`ver mais`",
        "label:`Rerun`": "label:`Montar de novo`",
        "label:`Print`": "label:`Imprimir`",
        "label:e.label,icon:e.icon,checked:i===e.label": (
            "label:{System:`Do aparelho`,Light:`Claro`,Dark:`Escuro`}[e.label],icon:e.icon,checked:i===e.label"
        ),
        # A page that connects again may find another process, which knows nothing of it until it is asked: its
        # downloads would lead nowhere. Streamlit asks only where a run was cut off.
        "!this.sessionInfo.last||e||t||this.state.fragmentIdsThisRun": "!0||e||t||this.state.fragmentIdsThisRun",
        "`Please wait...`": "`Um momento`",
        "`Connection error`": "`Sem conexão com o painel`",
        "message:`Connection timed out.`": "message:`O painel demorou a responder. Tente de novo em instantes.`",
        "message:`Streamlit server is not responding. Are you connected to the internet?`": (
            "message:`O painel não responde. Há conexão com a internet?`"
        ),
        "{message:`Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your "
        "terminal:`,codeBlock:`streamlit run yourscript.py`}": "{message:`O painel não responde.`}",
        "_O=`Connecting`,vO=`Connecting to Streamlit server`": "_O=`Conectando`,vO=`Conectando ao painel`",
        "bO=`Error`,xO=`Unable to connect to Streamlit server": "bO=`Erro`,xO=`Sem conexão com o painel",
        "`Page not found`": "`Página não encontrada`",
        "`The page that you have requested does not seem to exist`": "`A página pedida não existe`",
        "message:`${t}. Running the app's main page.`": "message:`${t}. Mostramos a primeira página.`",
        "errorMsg:`Connection lost. Please wait for the app to reconnect, then try again.`": (
            "errorMsg:`A conexão caiu. Espere o painel voltar e tente de novo.`"
        ),
    },
}

# Of the one HTML page of the package. Streamlit's own page says it is in English, which is how a screen reader would
# then read it aloud, and there is no setting for it (https://github.com/streamlit/streamlit/issues/8399).
LANGUAGE, NAME, END = b'<html lang="en"', b"<title>Streamlit</title>", b"</body>"
ADDRESSES = b'"./static/js/'
NO_SCRIPT = re.compile(rb"<noscript>.*?</noscript>", re.DOTALL)


class Moved(RuntimeError):
    """A place of Streamlit's own program that is replaced is not where it was, most likely after an upgrade."""


def pages_are_declared() -> None:
    """Tell Streamlit that the menu declares the pages; raises Moved where it is told so no more.

    Until st.navigation has run once it takes any folder named pages/ for its older way of discovering pages, so that
    the first deep link after a start said "Page not found".
    """
    if not hasattr(PagesManager, "uses_pages_directory"):
        raise Moved(_said("PagesManager", "uses_pages_directory"))
    PagesManager.uses_pages_directory = False


def files_have_any_size() -> None:
    """Tell Streamlit to serve the published files of a country; raises Moved where it is told so no more.

    It serves none over 200 MB (the values of 5,570 municipalities as CSV have 320), and says of a folder over 1 GB that
    it serves nothing of it. What is served here the build wrote, and it is read from disk as it is sent.
    """
    for module, name in (
        (starlette_routes, "MAX_APP_STATIC_FILE_SIZE"),
        (bootstrap, "MAX_APP_STATIC_FOLDER_SIZE"),
    ):
        if not hasattr(module, name):
            raise Moved(_said(module.__name__, name))
        setattr(module, name, sys.maxsize)


def answers_go_at_once() -> None:
    """Have the system send what is written without waiting for word of what was sent before.

    A run writes many small messages. Streamlit binds its socket in a way that leaves them to wait for the other side's
    acknowledgement, which comes up to 40 ms late (https://github.com/Kludex/uvicorn/issues/3149).
    """
    made = AutoHTTPProtocol.connection_made

    @wraps(made)
    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        connection = transport.get_extra_info("socket")
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made(self, transport)

    AutoHTTPProtocol.connection_made = connection_made  # type: ignore[method-assign, assignment]


def answers_are_packed_lightly() -> None:
    """Have messages compressed at a lower level: a country's map takes half of the time, and a twentieth more bytes.

    Raises Moved where uvicorn makes its compression elsewhere.
    """
    if not hasattr(websockets_sansio_impl, "ServerPerMessageDeflateFactory"):
        raise Moved(_said("websockets_sansio_impl", "ServerPerMessageDeflateFactory"))

    def light(*, compress_settings: Mapping[str, Any], **rest: Any) -> ServerPerMessageDeflateFactory:
        return ServerPerMessageDeflateFactory(**rest, compress_settings={**compress_settings, "level": LEVEL})

    vars(websockets_sansio_impl)["ServerPerMessageDeflateFactory"] = light


@dataclass(frozen=True)
class File:
    """A file of the program as it is handed out: plain and compressed."""

    plain: bytes
    packed: bytes


def _file(stem: str, places: Iterable[str]) -> Path:
    """The file of a stem that holds the first of the places: some stems name several files."""
    first = next(iter(places))
    found = [
        path
        for path in PROGRAM.glob(f"{stem.partition(':')[0]}.*.js")
        if re.fullmatch(r"[\w-]{8}", path.name.split(".")[-2]) and first in path.read_text("utf-8")
    ]
    if len(found) != 1:
        raise Moved(_said(stem, first))
    return found[0]


def _said(where: str, place: str) -> str:
    return (
        f"Streamlit {streamlit.__version__} não traz em {where} o trecho que o painel troca: {place[:80]!r}. "
        "Volte à versão declarada em pyproject.toml ou ajuste o trecho em dashboard/screens/framework.py."
    )


def replaced(text: str, places: Mapping[str, str], where: str) -> str:
    """A text with every place replaced; raises Moved where one of them is not in it."""
    for old, new in places.items():
        if old not in text:
            raise Moved(_said(where, old))
        text = text.replace(old, new)
    return text


@cache
def program() -> tuple[str, Mapping[str, File]]:
    """The folder's name under which the program is handed out, and those of its files that differ, by name.

    Browsers keep the program's files for a year by their names: the folder's name holds what the replaced files
    hold, so that neither Streamlit's own nor an older replacement is ever taken for them. Raises Moved.
    """
    files = {}
    for stem, places in REPLACED.items():
        path = _file(stem, places)
        files[path.name] = replaced(path.read_text("utf-8"), places, path.name).encode()
    mark = hashlib.sha256(b"\0".join(files[name] for name in sorted(files))).hexdigest()[:10]
    return f"js-{mark}", {name: File(body, gzip.compress(body, 9, mtime=0)) for name, body in files.items()}


def page(body: bytes, style: bytes) -> bytes:
    """The HTML page with our language, name, program and style; raises Moved.

    The style comes after Streamlit's own, which grow in the head; as a part of each page of ours it would be sent
    again with every run.
    """
    for place in (LANGUAGE, NAME, END, ADDRESSES):
        if place not in body:
            raise Moved(_said("index.html", place.decode()))
    body, count = NO_SCRIPT.subn(
        b"<noscript><p>O painel precisa de JavaScript para ser mostrado.</p></noscript>", body
    )
    if count != 1:
        raise Moved(_said("index.html", "<noscript>"))
    body = body.replace(LANGUAGE, b'<html lang="pt-BR"', 1).replace(
        NAME, b"<title>Farol Municipal</title>", 1
    )
    body = body.replace(ADDRESSES, f'"./static/{program()[0]}/'.encode())
    return body.replace(END, style + END, 1)
