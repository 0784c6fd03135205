"""The run of a page: the installation, the tables, and what the reader has chosen, which is what the link says.

The choice is kept once, in the session; widgets start from it and write back to it, and after every run the link
says it again. A link typed or pasted by the reader is read, checked and said in words where it asks for
something that does not exist.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st

from dashboard.palettes import Theme
from dashboard.tables import Filter, Tables, open_tables
from pipelines import build, declarations, publishing
from pipelines.declarations import POPULATION_BANDS, SCOPES, Config, DeclarationError

T = TypeVar("T")

TITLE = "Farol Municipal"

# Of the link: parameter, in the order in which it is written.
EVERYWHERE = ("municipio", "regiao", "porte", "programa", "demonstracao")

# What some pages add; anything else in a link (a campaign's mark) is left aside.
OF_PAGES = (
    "indicador", "ano", "municipios", "plano", "desde", "tabela", "regioes", "conjunto", "indicadores", "ordem",
    "coluna", "x", "y", "cor", "grafico",
)  # fmt: skip

PARTICIPATION = {
    "sim": ("yes", "Participa"),
    "nao": ("no", "Não participa"),
    "nd": ("unknown", "Não informado"),
}


def slug(text: str) -> str:
    """A name as it stands in a link: lower case, no accents, hyphens. `Região do Bolsão` -> `regiao-do-bolsao`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


SCOPE_SLUGS = {
    "imediata": "immediate_region",
    "intermediaria": "intermediate_region",
    "planejamento": "planning_region",
    "saude": "health_region",
    "microrregiao": "microregion",
    "mesorregiao": "mesoregion",
}

BAND_SLUGS = {slug(label): label for _, label in POPULATION_BANDS}


@dataclass
class Choice:
    """What the reader has chosen, as the texts of the link (unset ones are absent).

    `place`: the page that shows it, and the configuration under which it does.
    """

    place: tuple[str, Config | None] = ("", None)
    values: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The text chosen for a parameter, or an empty text."""
        return self.values.get(name, "")

    def put(self, name: str, value: str | None) -> None:
        """Choose, or un-choose with an empty value."""
        if value:
            self.values[name] = value
        else:
            self.values.pop(name, None)


def config() -> Config:
    """The configuration of this installation, read again when the file changes."""
    file = declarations.config_file()
    return _config(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _config(file: Path, _changed: int) -> Config:
    return declarations.read_config(file)


@dataclass(frozen=True)
class _Checked:
    """What was found of the tables and the published files that bear these marks."""

    marks: tuple[int, int]
    fault: str
    # Of the build alone: the same tables go on having it, while published files may yet be mended.
    of_build: str = ""


_checked: dict[str, _Checked] = {}

_building = threading.Lock()


def checked_tables(file: str) -> str:
    """What went wrong with the present tables and their published files, or an empty text.

    `file`: the configuration's. Built where missing or old, once for each process; when tables or published
    files are swapped later, a fault of the old ones ends, and the published files are brought to the tables'
    build. A run that finds nothing new only asks for two files' times. Kept here and not by Streamlit, whose
    cache sends every step of the progress again on every run.
    """
    present = config()
    held = _checked.get(file)
    if held is None or held.marks != _marks(present):
        with _building:
            held = _checked.get(file)
            if held is None or held.marks != _marks(present):
                fault, of_build = _fault_of_tables(present, held)
                held = _checked[file] = _Checked(_marks(present), fault, of_build)
    return held.fault


def _marks(present: Config) -> tuple[int, int]:
    """When tables and published files were written, in nanoseconds; 0 for what is not there."""
    return _mark(present.processed / "build.json"), _mark(publishing.PUBLISHED / publishing.DESCRIPTION)


def _mark(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _fault_of_tables(present: Config, before: _Checked | None) -> tuple[str, str]:
    """What is wrong now, and how much of it is the build's."""
    building = before is None and not build.is_current(present)
    bar = st.empty()
    try:
        if building:
            publishing.build(present, tell=lambda share, text: _show(bar, share, text))
        elif build.read_manifest(present) is not None:
            publishing.ensure(present)
        fault = ""
    except (build.BuildError, DeclarationError) as error:
        fault = str(error)
    except Exception as error:
        # Whatever failed, the last good tables are still there to be shown.
        logging.getLogger("farol").error("build failed", exc_info=error)
        fault = "falha inesperada, descrita no registro do servidor."
    finally:
        bar.empty()
    same = before is not None and before.marks[0] == _marks(present)[0]
    of_build = fault if building else before.of_build if before and same else ""
    return fault or of_build, of_build


def _show(bar: Any, share: float, text: str) -> None:
    bar.progress(share, text)


def tables() -> Tables:
    """The tables of the present build."""
    return open_tables(config())


def choice() -> Choice:
    """The session's choice."""
    try:
        held: Choice = st.session_state["choice"]
    except KeyError:
        held = st.session_state["choice"] = Choice()
    return held


def theme() -> Theme:
    """The reader's theme."""
    return "dark" if st.context.theme.type == "dark" else "light"


def place_of(text: str, data: Tables) -> tuple[str, str] | None:
    """The scope and the region that a link names; None where it names none. `imediata.corumba`."""
    scope = SCOPE_SLUGS.get(text.partition(".")[0], "")
    name = text.partition(".")[2]
    if not scope:
        return None
    return next(((scope, place) for place in data.places(scope) if slug(place) == name), None)


def absence(indicator: str, data: Tables) -> str:
    """Why a declared indicator has no data, in one sentence; empty for one with data and for an unknown one."""
    declared = declarations.indicators().get(indicator)
    if declared is None or indicator in data.available():
        return ""
    sources = data.sources().set_index("source")["rows"]
    if not sources.get(declared.source, 0):
        short = declarations.sources()[declared.source].short
        why = f"a fonte {short} não entrou nesta construção"
    else:
        why = "nenhum valor entrou nesta construção"
    return f"{declared.title} está sem dado: {why}; veja Fontes e catálogo."


def _fault(name: str, value: str, data: Tables) -> str:
    """What is wrong with a link's value, in one sentence; empty where nothing is."""
    shown = f"“{value[:40]}”"
    if name == "municipio" and value not in data.municipalities().index:
        return (
            f"O link pede um município que não existe (código {shown}). "
            "Mostramos o estado inteiro. Escolha na lista."
        )
    if name == "indicador" and (said := absence(value, data)):
        return f"{said} Mostramos outro indicador."
    if name == "indicador" and value not in data.available():
        return f"O link pede um indicador que não existe ({shown}). Mostramos outro. Escolha na lista."
    if name == "municipios":
        unknown = [code for code in value.split(",") if code and code not in data.municipalities().index]
        if unknown:
            return f"A lista do link traz um código que não existe (“{unknown[0][:40]}”). Deixamos a lista de lado."
    if name == "plano" and value not in set(data.plans(demonstration=True)["plan"]):
        return f"O link pede um plano que não existe ({shown}). Mostramos todos. Escolha na lista."
    if name == "desde" and parsed_date(value) is None:
        return f"A data do link não é uma data ({shown}). Mostramos os últimos 60 dias. Use AAAA-MM-DD."
    if name == "demonstracao" and value != "sim":
        return f"O link traz demonstracao = {shown}; só “sim” mostra o plano de demonstração."
    if name == "ano" and not re.fullmatch(r"[12]\d{3}", value):
        return f"O ano do link não é um ano ({shown}). Mostramos o mais recente."
    if name == "regiao" and place_of(value, data) is None:
        return f"O link pede uma região que não existe ({shown}). Mostramos todas. Escolha em Filtros."
    if name == "porte" and value not in BAND_SLUGS:
        return f"O link pede um porte que não existe ({shown}). Mostramos todos. Escolha em Filtros."
    if name == "programa" and value not in PARTICIPATION:
        return f"O link pede uma situação no programa que não existe ({shown}). Mostramos todas."
    return ""


def read_link(data: Tables) -> None:
    """Take over what the link asks for, if the reader (and not this page) wrote it."""
    held = choice()
    link = {name: value for name, value in st.query_params.items() if name in (*EVERYWHERE, *OF_PAGES)}
    if not link or link == held.written:
        return
    for name, value in link.items():
        fault = _fault(name, value, data)
        if fault:
            held.messages.append(fault)
            held.put(name, None)
        else:
            held.put(name, value)
    if "indicador" in link and "ano" not in link:
        held.put("ano", None)


def write_link(*own: str) -> None:
    """Make the link say what is chosen; `own`: the parameters that only this page uses."""
    held = choice()
    wanted = {name: held.get(name) for name in (*EVERYWHERE, *own) if held.get(name)}
    kept = {name: value for name, value in st.query_params.items() if name in {"embed", "embed_options"}}
    if dict(st.query_params.items()) != wanted | kept:
        st.query_params.from_dict(wanted | kept)
    held.written = wanted


def address() -> str:
    """The address that opens this view again."""
    base = (st.context.url or "").split("?")[0]
    query = urlencode(choice().written)
    return f"{base}?{query}" if query else base


def kept(data: Tables, name: str, make: Callable[[], T]) -> T:
    """What a page shows under `name`, made once for a view.

    Build, page, configuration, the link's choices and the theme say it all: `make` may depend on nothing else.
    """
    held = choice()
    return data.remember((held.place, name, tuple(sorted(held.values.items())), theme()), make)


def parsed_date(text: str) -> dt.date | None:
    """A date written `AAAA-MM-DD` or `DD/MM/AAAA`; None for anything else."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


def as_of(data: Tables) -> dt.date:
    """The date on which targets and deliverables were judged."""
    return dt.date.fromisoformat(data.manifest["as_of"])


def demonstration() -> bool:
    """Whether the reader asked for the demonstration plan."""
    return choice().get("demonstracao") == "sim"


def municipality() -> str:
    """The IBGE code of the municipality in focus, or an empty text."""
    return choice().get("municipio")


def filtered(data: Tables) -> Filter:
    """The filter of the choice."""
    held = choice()
    place = place_of(held.get("regiao"), data) if held.get("regiao") else None
    return Filter(
        scope=place[0] if place else "",
        place=place[1] if place else "",
        band=BAND_SLUGS.get(held.get("porte"), ""),
        participation=PARTICIPATION.get(held.get("programa"), ("", ""))[0],
    )


def doubt(scope: str, place: str, data: Tables) -> str:
    """`a confirmar` for a planning region to which some municipality belongs by a reading not yet confirmed."""

    def unconfirmed() -> frozenset[str]:
        frame = data.municipalities()
        return frozenset(frame.loc[~frame["planning_region_confirmed"], "planning_region"].dropna())

    doubted = scope == "planning_region" and place in data.remember(("a-confirmar",), unconfirmed)
    return "a confirmar" if doubted else ""


def region_label(scope: str, place: str, data: Tables) -> str:
    """A region as lists show it: `Corumbá · região imediata`, `Bolsão · região de planejamento (a confirmar)`."""
    mark = doubt(scope, place, data)
    return f"{place} · {SCOPES[scope].lower()}" + (f" ({mark})" if mark else "")


def filter_words(data: Tables) -> list[str]:
    """The filter in words: `Região de saúde: Leste`, `até 5 mil`, `Programa: Participa`."""
    used = filtered(data)
    mark = doubt(used.scope, used.place, data)
    said = [f"{SCOPES[used.scope]}: {used.place}" + (f", {mark}" if mark else "")] if used.place else []
    if used.band:
        said.append(f"{used.band} habitantes")
    if used.participation:
        said.append(f"Programa: {PARTICIPATION[choice().get('programa')][1].lower()}")
    return said


def address_of(page: str, **values: str) -> str:
    """A relative address of another page, keeping the filters and the municipality in focus."""
    held = choice()
    query = {name: held.get(name) for name in EVERYWHERE if held.get(name)} | values
    return f"{page}?{urlencode(query)}"


def served(path: str) -> str:
    """The absolute address of a file or folder that this server serves beside its pages."""
    page = (st.context.url or "").split("?")[0]
    return f"{page.rsplit('/', 1)[0]}/{path}"


def embedded() -> str:
    """The id of the one chart that a frame on another site shows (?grafico=<id>&embed=true); empty otherwise."""
    return (st.query_params.get("grafico") or choice().get("grafico")) if st.context.is_embedded else ""
