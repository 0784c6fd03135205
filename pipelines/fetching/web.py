"""The one client: polite to publishers, suspicious of what they answer.

Every answer passes limits of size and time, its content type and its first bytes; what may pass by itself (no
connection, 408, 429, 5xx, a body cut short) is tried again with a growing, jittered wait that honours Retry-After;
what lasts (a page instead of data, 404, a refused certificate) ends the source at once, with a sentence.
"""

from __future__ import annotations

import json
import random
import re
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

import httpx
import tenacity
import truststore

from pipelines.fetching.contract import FetchError, PassingError
from pipelines.fetching.memory import LARGEST, Answer, Memory

AGENT = "Mozilla/5.0 (X11; Linux x86_64) FarolMunicipal/1.0"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
# Seconds between two requests to a host; the Treasury asks for one a second.
PACE: Mapping[str, float] = {"apidatalake.tesouro.gov.br": 1.0}
USUAL_PACE = 0.25

# gzip and zlib, told apart by their heads.
ANY_ZLIB = 47

JSON, ZIP, XLSX, CSV = "json", "zip", "xlsx", "csv"
# Parts of the content types under which each kind is served.
KINDS: Mapping[str, tuple[str, ...]] = {
    JSON: ("json",),
    ZIP: ("zip", "octet-stream", "x-download"),
    XLSX: ("spreadsheetml", "ms-excel", "zip", "octet-stream", "x-download"),
    CSV: ("csv", "text/plain", "octet-stream", "ms-excel", "x-download"),
}
PAGE = re.compile(rb"^\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
ROBOT = re.compile(rb"captcha|cf-challenge|are you human|sou um rob", re.IGNORECASE)
LOGIN = re.compile(rb"type=.password|login|senha|autentica", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """How much patience: bytes and seconds of one download, seconds of silence, attempts, longest wait in seconds.

    `pace` multiplies the seconds between two requests to the same host.
    """

    bytes: int = 300_000_000
    seconds: float = 600
    silence: float = 30
    attempts: int = 4
    wait: float = 60
    pace: float = 1


@dataclass
class Road:
    """What all clients of a run share: when each host may be asked again, and which ones are down."""

    limits: Limits = field(default_factory=Limits)
    mirror: str = ""
    certificates: Path | None = None
    down: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: dict[str, float] = field(default_factory=dict)

    def wait_turn(self, host: str) -> None:
        """Return when the host may be asked."""
        gap = PACE.get(host, USUAL_PACE) * self.limits.pace
        with self._lock:
            turn = max(time.monotonic(), self._next.get(host, 0.0))
            self._next[host] = turn + gap
        time.sleep(max(0.0, turn - time.monotonic()))

    def context(self) -> ssl.SSLContext:
        """Certificates are always checked, against the system's authorities and the intermediates in `certificates`.

        Inep's server leaves its intermediate out; whoever installs the dashboard puts it there as PEM.
        """
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for path in sorted(self.certificates.glob("*.pem")) if self.certificates else ():
            try:
                context.load_verify_locations(cafile=str(path))
            except (ssl.SSLError, OSError):
                raise FetchError(f"{path}: não é um certificado PEM. Troque o arquivo ou retire-o.") from None
        return context


class Client:
    """Asks one publisher for one source; use as a context. `hosts`: the only ones that are spoken to.

    `answers` gathers what came for the memory, `stamps` for the index of editions. `told` is called after each request.
    """

    def __init__(self, road: Road, hosts: tuple[str, ...], memory: Memory, told: Any = None) -> None:
        self.road, self.hosts, self.memory = road, hosts, memory
        self.answers: list[Answer] = []
        self.stamps: list[dict[str, str]] = []
        self._held = 0
        self.told = told
        limits = road.limits
        self._web = httpx.Client(
            verify=road.context(),
            follow_redirects=False,
            timeout=httpx.Timeout(min(15.0, limits.silence), read=limits.silence),
            headers={"User-Agent": AGENT, "Accept-Language": "pt-BR", "Accept-Encoding": "gzip"},
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._web.close()

    def expect(self, requests: int) -> None:
        """Say how many requests are coming, for the progress bar."""
        if self.told:
            self.told(total=requests)

    def json(self, url: str, query: Mapping[str, object] | None = None, absent: bool = False) -> Any:
        """The JSON at an address, numbers with a point as Decimal, so that they can be written as published.

        `absent`: a 404 or an empty 204 is an answer, None. Raises FetchError.
        """
        if query:
            url += "?" + urlencode({k: str(v) for k, v in query.items()}, quote_via=quote)
        answer = self._get(url, JSON, absent)
        if answer is None:
            return None
        try:
            return json.loads(answer.body, parse_float=Decimal, parse_constant=lambda _: None)
        except (UnicodeDecodeError, json.JSONDecodeError):
            raise FetchError(
                f"{_place(url)} respondeu com um texto que não é JSON, ou com um JSON cortado. Tente mais tarde; se "
                "continuar, o serviço mudou e o conector precisa ser revisto."
            ) from None

    def file(self, url: str, kind: str, absent: bool = False) -> bytes | None:
        """The bytes of a file of one of KINDS; None where `absent` and there is none. Raises FetchError."""
        answer = self._get(url, kind, absent)
        return None if answer is None else answer.body

    def _get(self, url: str, kind: str, absent: bool) -> Answer | None:
        host = urlsplit(url).hostname or ""
        down = host in self.road.down
        tries = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(1 if down else self.road.limits.attempts),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type(PassingError),
            reraise=True,
        )
        try:
            answer: Answer | None = tries(self._once, url, kind, absent)
        except PassingError as error:
            self.road.down.add(host)
            tried = "" if down else f" Foram {self.road.limits.attempts} tentativas."
            raise FetchError(f"{error}{tried} Rode de novo mais tarde.") from None
        if answer is not None:
            self.stamps.append(answer.stamps)
            # A source of thousands of answers is not held in memory for the sake of the next run.
            self._held += len(answer.body)
            if self._held <= LARGEST:
                self.answers.append(answer)
        if self.told:
            self.told(done=1)
        return answer

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds before the next attempt: what the publisher asked for, else growing with the attempts."""
        fault = state.outcome.exception() if state.outcome else None
        asked = fault.after if isinstance(fault, PassingError) else None
        limit = self.road.limits.wait
        growing = min(limit, 2.0**state.attempt_number) * random.uniform(0.5, 1)
        return growing if asked is None else min(limit, asked + random.uniform(0, 1))

    def _once(self, url: str, kind: str, absent: bool) -> Answer | None:
        known = self.memory.recall(url)
        headers = {}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        if known and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        try:
            return self._followed(url, kind, absent, headers, known)
        except httpx.TimeoutException:
            raise PassingError(f"{_place(url)} não respondeu a tempo.") from None
        except httpx.RemoteProtocolError:
            raise PassingError(f"{_place(url)} interrompeu a resposta no meio.") from None
        except (httpx.TransportError, ssl.SSLError) as error:
            if _is_certificate(error):
                raise FetchError(
                    f"O certificado de {_place(url)} não pôde ser conferido. Nada foi baixado. Confira a data do "
                    "computador; se o servidor não envia o certificado intermediário, ponha-o em PEM em "
                    "deploy/certificates/."
                ) from None
            raise PassingError(f"Não foi possível conectar a {_place(url)}.") from None

    def _followed(
        self, url: str, kind: str, absent: bool, headers: dict[str, str], known: Answer | None
    ) -> Answer | None:
        target = url
        for _ in range(MOST_REDIRECTS + 1):
            sent = self._sendable(target, url)
            self.road.wait_turn(urlsplit(target).hostname or "")
            with self._web.stream("GET", sent, headers=headers) as response:
                if response.status_code in REDIRECTS and "location" in response.headers:
                    target = self._unmirrored(urljoin(target, response.headers["location"]))
                    continue
                return self._read(response, url, kind, absent, known)
        raise FetchError(
            f"{_place(url)} redireciona sem fim. O endereço mudou; o conector precisa ser revisto."
        )

    def _sendable(self, target: str, asked: str) -> str:
        """The address to send to; refused where it is no declared host or not https."""
        parts = urlsplit(target)
        if parts.hostname not in self.hosts:
            kind = " para uma página de login" if LOGIN.search(target.encode()) else ""
            raise FetchError(
                f"{_place(asked)} redirecionou{kind} para {parts.hostname}, que não é um servidor declarado desta "
                "fonte. Abra o endereço no navegador; se a mudança é do publicador, o conector precisa ser revisto."
            )
        if parts.scheme != "https":
            raise FetchError(f"{_place(asked)} pede http sem criptografia. Só se baixa por https.")
        if not self.road.mirror:
            return target
        return self.road.mirror.rstrip("/") + "/" + target.removeprefix("https://")

    def _unmirrored(self, target: str) -> str:
        """A redirect of the mirror to itself, as the publisher's own address."""
        mirror = self.road.mirror.rstrip("/") + "/"
        return (
            "https://" + target.removeprefix(mirror)
            if mirror != "/" and target.startswith(mirror)
            else target
        )

    def _read(
        self, response: httpx.Response, url: str, kind: str, absent: bool, known: Answer | None
    ) -> Answer | None:
        status = response.status_code
        if status == 304 and known:
            return known
        if absent and status in (204, 404):
            return None
        _refuse_status(response, url, self.road.limits.wait)
        body = b"".join(self._bounded(response, url))
        said = response.headers.get("content-type", "").split(";")[0].strip().lower()
        _refuse_content(body, said, kind, url)
        return Answer(
            url, body, said, response.headers.get("etag", ""), response.headers.get("last-modified", "")
        )

    def _bounded(self, response: httpx.Response, url: str) -> Iterator[bytes]:
        """The body as it comes, unpacked here, so that neither a trickle nor a bomb outruns the limits."""
        limits = self.road.limits
        end = time.monotonic() + limits.seconds
        packing = response.headers.get("content-encoding", "identity").strip().lower()
        if packing not in ("identity", "gzip", "deflate"):
            raise FetchError(f"{_place(url)} respondeu com a compactação '{packing}', que não foi pedida.")
        unpacker = None if packing == "identity" else zlib.decompressobj(ANY_ZLIB)
        size = 0
        for raw in response.iter_raw():
            try:
                chunk = unpacker.decompress(raw, limits.bytes + 1 - size) if unpacker else raw
            except zlib.error:
                raise FetchError(
                    f"{_place(url)} respondeu com um conteúdo compactado que não se abre."
                ) from None
            size += len(chunk)
            if size > limits.bytes:
                most = limits.bytes / 1_000_000
                raise FetchError(f"A resposta de {_place(url)} passa de {most:g} MB e foi interrompida.")
            if time.monotonic() > end:
                raise FetchError(
                    f"A resposta de {_place(url)} não terminou em {limits.seconds:g} segundos e foi interrompida."
                )
            yield chunk
        if unpacker and size and not unpacker.eof:
            raise PassingError(f"{_place(url)} interrompeu a resposta no meio.")


def _place(url: str) -> str:
    """An address as people can find it: the host and the last part of the path."""
    parts = urlsplit(url)
    last = parts.path.rstrip("/").rsplit("/", 1)[-1]
    return f"{parts.hostname} ({last})" if last else str(parts.hostname)


def _is_certificate(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _asked_wait(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _refuse_status(response: httpx.Response, url: str, longest: float) -> None:
    status, place = response.status_code, _place(url)
    if status in (404, 410):
        raise FetchError(
            f"O endereço de {place} não existe mais ({status}). Confira-o no navegador: o publicador pode ter mudado o "
            "arquivo de lugar, e o conector precisa ser revisto."
        )
    if status in (408, 425, 429) or status >= 500:
        after = _asked_wait(response)
        if after is not None and after > longest:
            minutes = round(after / 60) or 1
            raise FetchError(
                f"{place} pediu para esperar {minutes} minuto(s) ({status}). Rode de novo depois disso."
            )
        what = "recebeu pedidos demais" if status == 429 else "está com defeito ou fora do ar"
        raise PassingError(f"{place} {what} ({status}).", after)
    if status in (401, 403):
        raise FetchError(
            f"{place} recusou o acesso ({status}). Abra o endereço no navegador e veja o que ele pede."
        )
    if status == 204 or not 200 <= status < 300:
        raise FetchError(f"{place} respondeu sem os dados ({status}). O conector precisa ser revisto.")


def _refuse_content(body: bytes, said: str, kind: str, url: str) -> None:
    place = _place(url)
    if not body.strip():
        raise FetchError(f"{place} respondeu sem conteúdo algum. Rode de novo mais tarde.")
    start = body[:100_000]
    if said in ("text/html", "application/xhtml+xml") or PAGE.match(start[:2000]):
        what = "uma página de internet, e não os dados"
        if ROBOT.search(start):
            what = "uma verificação contra robôs (captcha), e não os dados"
        elif LOGIN.search(start):
            what = "uma página de login, e não os dados"
        raise FetchError(
            f"{place} respondeu com {what}. Abra o endereço no navegador; se ali os dados também não estão, o endereço "
            "mudou e o conector precisa ser revisto."
        )
    if said and not any(part in said for part in KINDS[kind]):
        raise FetchError(
            f"{place} respondeu com o tipo '{said}', e aqui se espera {kind.upper()}. Nada foi trocado."
        )
    if kind in (ZIP, XLSX) and not body.startswith(b"PK"):
        raise FetchError(f"O arquivo de {place} não é um {kind.upper()}. Confira o endereço no navegador.")
