"""Shared widgets and the frame of a page. What is chosen lives in the link, as codes, so that a link is a view.

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from html import escape
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

import pandas as pd
import streamlit as st
from plotly.basedatatypes import BaseFigure

from dashboard import charts, comparisons, exports, interchange, peers, plans, reports, summaries, words
from dashboard.charts import Chart
from dashboard.comparisons import Column
from dashboard.palettes import PALETTES, Theme
from dashboard.summaries import Tile
from dashboard.tables import Filter, Tables, open_tables
from pipelines import build, declarations, plan_files, publishing
from pipelines.declarations import POPULATION_BANDS, SCOPES, Config, DeclarationError, Indicator

T = TypeVar("T")
STYLE = Path(__file__).with_name("style.css")
TITLE = "Farol Municipal"
TILES = ("pib_per_capita", "idhm")
OWN = "Fonte: declarações e tabelas do Farol Municipal."
SOURCE_OF_MESH = "Fonte: IBGE, Malha Municipal 2022."
ALL_SOURCES = "Fonte: as de cada indicador, em Fontes e catálogo."

# Of the link: parameter, in the order in which it is written.
EVERYWHERE = ("municipio", "regiao", "porte", "programa", "demonstracao")
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
    """What the reader has chosen, as the texts of the link (unset ones are absent), and the page that shows it."""

    page: str = ""
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


_faults: dict[str, str] = {}
_building = threading.Lock()


def checked_tables(file: str) -> str:
    """Build where the tables are missing or old, once for each process; what went wrong, or an empty text.

    `file`: the configuration's. Kept here and not by Streamlit, whose cache sends every step of the progress
    again on every run.
    """
    if file not in _faults:
        with _building:
            if file not in _faults:
                _faults[file] = _fault_of_build()
    return _faults[file]


def _fault_of_build() -> str:
    present = config()
    bar = st.empty()
    try:
        if not build.is_current(present):
            build.build(present, tell=lambda share, text: _show(bar, share, text))
        publishing.ensure(present)
    except (build.BuildError, DeclarationError) as error:
        return str(error)
    except Exception as error:
        # Whatever failed, the last good tables are still there to be shown.
        logging.getLogger("farol").error("build failed", exc_info=error)
        return "falha inesperada, descrita no registro do servidor."
    finally:
        bar.empty()
    return ""


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


# --- the link ----------------------------------------------------------------------------------------


def _place_of(text: str, data: Tables) -> tuple[str, str] | None:
    scope = SCOPE_SLUGS.get(text.partition(".")[0], "")
    name = text.partition(".")[2]
    if not scope:
        return None
    return next(((scope, place) for place in data.places(scope) if slug(place) == name), None)


def _fault(name: str, value: str, data: Tables) -> str:
    """What is wrong with a link's value, in one sentence; empty where nothing is."""
    shown = f"“{value[:40]}”"
    if name == "municipio" and value not in data.municipalities().index:
        return (
            f"O link pede um município que não existe (código {shown}). "
            "Mostramos o estado inteiro. Escolha na lista."
        )
    if name == "indicador" and value not in data.available():
        return f"O link pede um indicador que não existe ({shown}). Mostramos outro. Escolha na lista."
    if name == "municipios":
        unknown = [code for code in value.split(",") if code not in data.municipalities().index]
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
    if name == "regiao" and _place_of(value, data) is None:
        return f"O link pede uma região que não existe ({shown}). Mostramos todas. Escolha em Filtros."
    if name == "porte" and value not in BAND_SLUGS:
        return f"O link pede um porte que não existe ({shown}). Mostramos todos. Escolha em Filtros."
    if name == "programa" and value not in PARTICIPATION:
        return f"O link pede uma situação no programa que não existe ({shown}). Mostramos todas."
    return ""


def read_link(data: Tables) -> None:
    """Take over what the link asks for, if the reader (and not this page) wrote it."""
    held = choice()
    link = {name: value for name, value in st.query_params.items() if name not in {"embed", "embed_options"}}
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
    """What a page shows under `name`, made once for a view: build, page, the link's choices and theme say it all."""
    held = choice()
    return data.remember((held.page, name, tuple(sorted(held.values.items())), theme()), make)


# --- the frame ---------------------------------------------------------------------------------------


_DRAWING = re.compile(r"<svg .*?</svg>", re.DOTALL)


def html(markup: str) -> None:
    """Markup of ours on the page. Streamlit strips inline SVG, so drawings go in as images with their label."""
    st.html(_with_images(markup))


@lru_cache(maxsize=512)
def _with_images(markup: str) -> str:
    return _DRAWING.sub(_as_image, markup)


def _as_image(found: re.Match[str]) -> str:
    drawing = found.group()
    head = drawing[: drawing.index(">")]
    label = re.search(r'aria-label="([^"]*)"', head)
    size = "".join(f" {name}" for name in re.findall(r'(?:width|height|class)="[^"]*"', head))
    if "xmlns=" not in head:
        drawing = drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return f'<img alt="{label.group(1) if label else ""}"{size} src="data:image/svg+xml,{quote(drawing)}">'


@cache
def _style(theme: Theme) -> str:
    palette = PALETTES[theme]
    colours = {
        name: getattr(palette, name)
        for name in ("surface", "secondary", "text", "muted", "line", "data", "target")
    }
    variables = "".join(f"--{name}: {colour};" for name, colour in colours.items())
    return f"<style>:root {{{variables}}}\n{STYLE.read_text('utf-8')}</style>"


def style() -> None:
    """The one style sheet, on our own classes, with the colours of the reader's theme."""
    st.html(_style(theme()))


def _plain(text: str) -> str:
    """A text whose markdown is escaped, so that a link or a file's name cannot draw images or links."""
    return re.sub(r"([\\\\`*_\[\]<>!|~$:])", r"\\\1", text)


def heading(eyebrow: str, title: str) -> None:
    """The page's eyebrow and its one h1, and what the link asked for in vain."""
    st.html(f'<p class="eyebrow">{escape(eyebrow)}</p><h1 class="finding">{escape(title)}</h1>')
    for message in dict.fromkeys(choice().messages):
        # Messages repeat texts of the link, and st.warning would read those as markdown.
        st.warning(_plain(message))
    choice().messages.clear()


def _section(title: str, level: int) -> str:
    return f'<h{level} class="section">{escape(title)}</h{level}>'


def _sentence(text: str) -> str:
    return f'<p class="sentence">{escape(text)}</p>'


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def section(title: str, level: int = 2, text: str = "", quiet: str = "") -> None:
    """A heading inside the page; `text`: the sentence under it, `quiet`: the quiet line under it."""
    st.html(_section(title, level) + (_sentence(text) if text else "") + (_note(quiet) if quiet else ""))


def sentence(text: str) -> None:
    """A sentence of the page's text."""
    st.html(_sentence(text))


def note(text: str) -> None:
    """A quiet line: source, scope, caveat."""
    st.html(_note(text))


def tiles(items: Sequence[Tile]) -> None:
    """Figures side by side; four in a row, two on a phone."""
    st.html(charts.tiles([(tile.label, tile.value, tile.unit, tile.context) for tile in items]))


def source_of(indicator: Indicator, when: str = "") -> str:
    """Publisher, dataset, edition and period of an indicator, for under a chart and inside its picture."""
    source = declarations.sources()[indicator.source]
    return words.source_line(source, when, next_release=indicator.next_release)


def eyebrow(page: str, data: Tables, chosen: Sequence[str]) -> str:
    """`Panorama · Mato Grosso do Sul · 79 municípios`, or with what the filter leaves."""
    whole = len(data.municipalities())
    count = words.counted(len(chosen), "município", "municípios")
    part = count if len(chosen) == whole else f"{count} de {whole} ({', '.join(filter_words(data))})"
    return f"{page} · {config().territory.name} · {part}"


# --- choosing ----------------------------------------------------------------------------------------


def _from_widget(name: str, *forgotten: str) -> None:
    """Copy a widget's value into the choice, forgetting what depended on the old one."""
    held = choice()
    value = st.session_state.get(f"widget:{name}")
    held.put(name, None if value is None else str(value))
    for other in forgotten:
        held.put(other, None)


def _start(name: str, value: Any) -> str:
    """Give a widget the chosen value before it is drawn; returns its key."""
    key = f"widget:{name}"
    if st.session_state.get(key, object()) != value:
        st.session_state[key] = value
    return key


def indicator_choice(
    data: Tables, default: str, label: str = "Indicador", allowed: Sequence[str] | None = None
) -> Indicator:
    """A select box of indicators, with their area; the declaration of the chosen one."""
    declared = declarations.indicators()
    options = list(allowed) if allowed is not None else data.available()
    held = choice()
    if held.get("indicador") not in options:
        held.put("indicador", default if default in options else options[0])
    key = _start("indicador", held.get("indicador"))
    st.selectbox(
        label,
        options,
        format_func=lambda name: f"{declared[name].title} · {declarations.AREAS[declared[name].area]}",
        key=key,
        on_change=_from_widget,
        args=("indicador", "ano"),
    )
    return declared[held.get("indicador")]


def year_choice(data: Tables, indicator: Indicator) -> int:
    """A select box of the indicator's years, latest first; the chosen one, always one with data."""
    held = choice()
    years = data.years(indicator.indicator)
    year = wanted_year(data, indicator)
    held.put("ano", str(year))
    st.selectbox("Ano", years, key=_start("ano", year), on_change=_from_widget, args=("ano",))
    return year


def wanted_indicator(data: Tables, default: str, allowed: Sequence[str] | None = None) -> Indicator:
    """The indicator of the link or the default, before the widget is drawn (titles come first).

    `allowed`: the indicators that the page can show; another one of the link gives way, in words.
    """
    name = choice().get("indicador")
    options = list(allowed) if allowed is not None else data.available()
    if allowed is not None and name and name not in options:
        title = declarations.indicators()[name].title
        choice().messages.append(f"{title} não tem meta para acompanhar. Mostramos outro indicador.")
    if name not in options:
        name = default if default in options else options[0]
    return declarations.indicators()[name]


def wanted_year(data: Tables, indicator: Indicator) -> int:
    """The year of the link where the indicator has data in it, else its latest, saying so."""
    held = choice()
    years = data.years(indicator.indicator)
    asked = held.get("ano")
    if asked and int(asked) not in years:
        held.messages.append(
            f"{indicator.title} não tem dado de {asked}. Mostramos {years[0]}, o mais recente."
        )
        held.put("ano", str(years[0]))
    return int(held.get("ano") or years[0])


def values(data: Tables, indicator: Indicator, year: int, codes: Sequence[str]) -> tuple[pd.DataFrame, str]:
    """The rows of `Tables.at` that the filter leaves, and their period in words."""

    def found() -> tuple[pd.DataFrame, str]:
        frame = data.at(indicator.indicator, year)
        when = words.period(frame["period"].iloc[0], indicator)
        return frame[frame["municipality_code"].isin(codes)], when

    return kept(data, "valores", found)


def municipality_choice(data: Tables) -> None:
    """The municipality in focus, in the side bar of every page."""
    names = data.names()
    value = choice().get("municipio") or None
    st.selectbox(
        "Município em foco",
        list(names),
        index=None,
        format_func=lambda code: names[code],
        key=_start("municipio", value),
        placeholder="Escolha um município",
        on_change=_from_widget,
        args=("municipio",),
    )


def municipalities_choice(data: Tables, label: str, most: int = 8) -> tuple[str, ...]:
    """A list of municipalities to set side by side, kept in the link; their codes."""
    names = data.names()
    asked = dict.fromkeys(choice().get("municipios").split(","))
    chosen = [code for code in asked if code in names][:most]
    key = _start("municipios", chosen)
    st.multiselect(
        label,
        list(names),
        format_func=lambda code: names[code],
        key=key,
        max_selections=most,
        placeholder="Acrescente municípios",
        on_change=_from_list,
        args=("municipios",),
    )
    return tuple(chosen)


def _from_list(name: str) -> None:
    choice().put(name, ",".join(st.session_state[f"widget:{name}"]))


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


def since_choice(data: Tables) -> dt.date:
    """The date from which changes are told, typed the Brazilian way; 60 days before the judging by default."""
    start = parsed_date(choice().get("desde")) or as_of(data) - dt.timedelta(days=60)
    key = "widget:desde"
    if key not in st.session_state:
        st.session_state[key] = words.date(start)
    st.text_input("Desde (dia/mês/ano)", key=key, on_change=_from_date, width=200)
    if parsed_date(st.session_state[key]) is None:
        st.warning(
            f"“{st.session_state[key][:20]}” não é uma data. Escreva dia/mês/ano, como {words.date(start)}."
        )
    return start


def _from_date() -> None:
    typed = parsed_date(st.session_state["widget:desde"])
    if typed:
        choice().put("desde", typed.isoformat())


def demonstration() -> bool:
    """Whether the reader asked for the demonstration plan."""
    return choice().get("demonstracao") == "sim"


def demonstration_choice() -> None:
    """The switch that shows the demonstration plan."""
    st.toggle("Plano de demonstração", key=_start("demonstracao", demonstration()), on_change=_from_switch)


def _from_switch() -> None:
    choice().put("demonstracao", "sim" if st.session_state["widget:demonstracao"] else None)


def demonstration_banner(shown: bool) -> None:
    """The mark of every screen that shows the demonstration plan."""
    if shown:
        st.html(
            '<p class="demonstration">DEMONSTRAÇÃO: há um plano inventado nesta tela. Não o use em decisões.</p>'
        )


def demonstration_hint(data: Tables, code: str) -> None:
    """Where the demonstration plan is, for who asked for it elsewhere."""
    if not demonstration():
        return
    frame = data.verdicts(True)
    frame = frame[frame["origin"] == "demonstration"]
    if len(frame) and code not in set(frame["municipality_code"]):
        note(f"O plano de demonstração é de {frame['name'].iloc[0]}: escolha esse município para vê-lo.")


def plan_choice(data: Tables) -> str:
    """A select box of the plans in force; the id of the chosen one, or an empty text for all."""
    frame = data.plans(demonstration())
    titles = {"": "Todos os planos e compromissos", **dict(zip(frame["plan"], frame["title"], strict=True))}
    if choice().get("plano") not in titles:
        choice().put("plano", None)
    value = choice().get("plano")
    st.selectbox(
        "Plano",
        list(titles),
        format_func=lambda plan: titles[plan],
        key=_start("plano", value),
        on_change=_from_widget,
        args=("plano",),
    )
    return value


def municipality() -> str:
    """The IBGE code of the municipality in focus, or an empty text."""
    return choice().get("municipio")


def filtered(data: Tables) -> Filter:
    """The filter of the choice."""
    held = choice()
    place = _place_of(held.get("regiao"), data) if held.get("regiao") else None
    return Filter(
        scope=place[0] if place else "",
        place=place[1] if place else "",
        band=BAND_SLUGS.get(held.get("porte"), ""),
        participation=PARTICIPATION.get(held.get("programa"), ("", ""))[0],
    )


def filter_words(data: Tables) -> list[str]:
    """The filter in words: `Região de saúde: Leste`, `até 5 mil`, `Programa: Participa`."""
    used = filtered(data)
    said = [f"{SCOPES[used.scope]}: {used.place}"] if used.place else []
    if used.band:
        said.append(f"{used.band} habitantes")
    if used.participation:
        said.append(f"Programa: {PARTICIPATION[choice().get('programa')][1].lower()}")
    return said


def _clear_filters() -> None:
    for name in ("regiao", "porte", "programa"):
        choice().put(name, None)


def clear_button(key: str) -> None:
    """The way out of an empty filter."""
    st.button("Limpar filtros", key=key, on_click=_clear_filters)


def filters(data: Tables) -> tuple[str, ...]:
    """The popover of filters; the codes of the municipalities it leaves, by name."""
    used = filter_words(data)
    opened = st.popover(f"Filtros ({len(used)})" if used else "Filtros", key="filtros", on_change="rerun")
    if opened.open:
        with opened:
            _filter_boxes(data)
    return data.chosen(filtered(data))


def _filter_boxes(data: Tables) -> None:
    labels = data.remember(("regioes",), lambda: _region_labels(data))
    _filter_box("Região", "regiao", list(labels), labels)
    present = set(data.municipalities()["population_band"].dropna())
    bands = {part: f"{label} habitantes" for part, label in BAND_SLUGS.items() if label in present}
    _filter_box("Porte", "porte", ["", *bands], {"": "Todos"} | bands)
    states = {part: label for part, (_, label) in PARTICIPATION.items()}
    _filter_box("Programa", "programa", ["", *states], {"": "Todos"} | states)
    if not config().programme.participants:
        note(
            "A lista de participantes do programa ainda não foi informada: todos aparecem como Não informado."
        )
    clear_button("limpar-filtros")


def _region_labels(data: Tables) -> dict[str, str]:
    """Every region as it stands in a link, with its name and kind; the empty one stands for all."""
    return {"": "Todas"} | {
        f"{part}.{slug(place)}": f"{place} · {SCOPES[scope].lower()}"
        for part, scope in SCOPE_SLUGS.items()
        for place in data.places(scope)
    }


def _filter_box(label: str, name: str, options: list[str], labels: Mapping[str, str]) -> None:
    value = choice().get(name) if choice().get(name) in options else ""
    st.selectbox(
        label,
        options,
        format_func=lambda option: labels[option],
        key=_start(name, value),
        on_change=_from_widget,
        args=(name,),
    )


def link_button() -> None:
    """The address of this view, ready to copy."""
    opened = st.popover("Link", key="link", on_change="rerun")
    if opened.open:
        with opened:
            note("Quem abrir este endereço verá esta mesma tela.")
            st.code(address(), language=None, wrap_lines=True)


def controls_row(key: str = "controles") -> Any:
    """The one row of controls under the title; another row of a page needs another key."""
    return st.container(horizontal=True, vertical_alignment="bottom", key=key)


def definitions(rows: Sequence[tuple[str, str]]) -> None:
    """Terms and what is said of each; an address becomes a link that opens apart."""
    cells = "".join(f"<dt>{escape(term)}</dt><dd>{_linked(text)}</dd>" for term, text in rows if text)
    st.html(f'<dl class="about">{cells}</dl>')


def _points(items: Sequence[str]) -> str:
    return f'<ul class="points">{"".join(f"<li>{escape(item)}</li>" for item in items)}</ul>'


def points(title: str, items: Sequence[str], level: int = 3) -> None:
    """A short list under its heading."""
    st.html(_section(title, level) + (_points(items) if items else _note("Nada a apontar.")))


def _linked(text: str) -> str:
    if re.fullmatch(r"https?://\S+", text):
        return f'<a href="{escape(text, quote=True)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'
    return escape(text)


def decimals(frame: pd.DataFrame, indicator: Indicator) -> dict[str, int]:
    """How many decimals the value columns of an indicator's table are shown with."""
    return {
        head: indicator.decimals for head in frame.columns if head == "Valor" or head.startswith("Limite")
    }


def place_eyebrow(place: pd.Series) -> str:
    """`Município · 5002704 · Região imediata de Campo Grande`."""
    return f"Município · {place['municipality_code']} · região imediata {place['immediate_region']}"


def _strip(frame: pd.DataFrame, label: str, look: Theme) -> str:
    found, chance = plans.counts(frame)
    said = f"Fora da conta: {words.counted(chance, 'meta', 'metas')} com variação compatível com o acaso."
    return charts.ribbon(found, look, label) + (_note(said) if chance else "")


def ribbon(data: Tables, key: str, frame: pd.DataFrame, label: str) -> None:
    """The strip of statuses, with what chance explains said apart; `key`: its name on the page."""
    st.html(kept(data, f"{key}:faixa", lambda: _strip(frame, label, theme())))


def plan_ribbons(data: Tables, key: str, frame: pd.DataFrame) -> None:
    """The strip of each plan under its title, those with the larger share asking for attention first."""

    def drawn() -> str:
        return "".join(_section(name, 3) + _strip(part, name, theme()) for name, part in plans.by_plan(frame))

    st.html(kept(data, f"{key}:faixas", drawn))


def list_or(data: Tables, key: str, title: str, make: Callable[[], pd.DataFrame], nothing: str) -> None:
    """A table under its heading, or the sentence that says there is nothing."""
    frame = kept(data, f"{key}:linhas", make)
    if frame.empty:
        section(title, 3, quiet=nothing)
    else:
        section(title, 3)
        listing(data, key, title, make)


def meeting_note(meeting: dt.date | None, as_of: dt.date) -> str:
    """When targets were judged, and when the next meeting is."""
    judged = f"Julgado em {words.date(as_of)}."
    if meeting is None:
        return f"{judged} A data da próxima reunião não foi informada em farol.toml; contamos 60 dias."
    return f"{judged} Próxima reunião: {words.date(meeting)}."


def no_flips(data: Tables, since: dt.date) -> str:
    """Why there is no change to tell."""
    if data.flips("0001-01-01", True).empty:
        return "Ainda não há histórico: as mudanças aparecem a partir da próxima construção com dado novo."
    return f"Nenhuma meta mudou de situação desde {words.date(since)}."


def older_versions(data: Tables, code: str, demonstration: bool) -> None:
    """The superseded versions of the municipality's own plans: their dates, and their targets as they were."""
    frame = data.superseded(code, demonstration)
    if frame.empty:
        return
    with st.expander(f"Versões anteriores: {len(frame)}", key="versoes"):
        for row in frame.itertuples():
            label = (
                f"{row.title}, versão {row.plan_version}, válida desde {words.date(pd.Timestamp(row.valid_from).date())}; "
                f"substituída pela versão {int(row.superseded_by)}"
            )
            targets = data.verdicts(demonstration, row.plan, row.plan_version)
            targets = targets[targets["municipality_code"] == code]
            key = f"versao-{row.plan}-{row.plan_version}"
            list_or(data, key, label, partial(plans.targets_table, targets), "Sem metas.")


def template_button() -> None:
    """The blank template of a plan, made when it is asked for."""
    st.download_button(
        "Baixar o modelo em branco (XLSX)",
        lambda: plan_files.template_bytes(*plan_files.template_lists(config())),
        "modelo-de-plano.xlsx",
        exports.XLSX_MIME,
        key="modelo",
        on_click="ignore",
        type="primary",
    )


def checked_plan(name: str, content: bytes, data: Tables) -> None:
    """The faults of an uploaded plan or, without any, its doubts and a preview of its readings."""
    municipalities, measures = plan_files.template_lists(config())
    found = plan_files.read_plan(content, name, municipalities, measures)
    if isinstance(found, list):
        st.error(f"{words.counted(len(found), 'ajuste a fazer', 'ajustes a fazer')} em {_plain(name)}")
        frame = pd.DataFrame(
            {
                "Aba": [fault.sheet or "" for fault in found],
                "Linha": [str(fault.row or "") for fault in found],
                "Coluna": [fault.column or "" for fault in found],
                "Valor": [fault.value or "" for fault in found],
                "O que está errado": [fault.problem for fault in found],
                "Como arrumar": [fault.mend for fault in found],
            }
        )
        table(charts.data_table(frame, "Ajustes"), frame, "ajustes", "Ajustes a fazer", OWN, data)
        return
    st.success(
        f"Nenhuma falha: {found.title} ({municipalities[found.municipality_code]}, versão {found.plan_version})."
    )
    observations = data.observations(
        found.municipality_code, tuple(target.indicator for target in found.targets)
    )
    years = {
        target.indicator: data.years(target.indicator)
        for target in found.targets
        if target.indicator in data.available()
    }
    points(
        "Avisos: vale olhar antes de enviar",
        [note.text for note in plan_files.lint(found, observations, years)],
    )
    section("Prévia das leituras", 3)
    frame = plans.preview_table(plan_files.preview(found, observations, as_of(data)))
    st.html(charts.data_table(frame, f"Como as metas seriam lidas em {words.date(as_of(data))}"))


def cards(data: Tables, key: str, frame: pd.DataFrame) -> None:
    """Challenges in two columns, the most urgent at the top; `key`: their name on the page."""
    look, shows_demonstration = theme(), demonstration()
    found = kept(
        data,
        f"{key}:cartoes",
        lambda: [_card(row, data, look, shows_demonstration) for row in plans.cards(frame)],
    )
    columns = st.columns(2, gap="medium")
    for number, item in enumerate(found):
        with columns[number % 2]:
            card(item, data)


@dataclass(frozen=True)
class Card:
    """One challenge ready to be drawn: name, reading and sentence as markup, its path, and what stands under it."""

    key: str
    title: str
    source: str
    head: str
    chart: Chart | None
    foot: str


def _card(row: Mapping[str, Any], data: Tables, look: Theme, shows_demonstration: bool) -> Card:
    indicator, code = plans.indicator_of(row), row["municipality_code"]
    series = data.series(row["indicator"], (code,))
    drawn = None
    if series["value"].notna().any():
        steps = data.milestones(row["plan"], row["plan_version"], code, row["indicator"])
        drawn = replace(
            charts.series(series, indicator, look, path=plans.path(row, steps), certain=row["certain"]),
            sentence=plans.sentence(row),
        )
    head, source = plans.card_markup(row, look), source_of(indicator)
    if row["origin"] == "demonstration":
        head = f'<p class="demonstration">DEMONSTRAÇÃO: desafio inventado</p>{head}'
    foot = plans.card_foot(source, plans.calculation(row))
    if row["origin"] != "official":
        frame = data.deliverables(shows_demonstration)
        mine = frame[
            (frame["plan"] == row["plan"]) & (frame["municipality_code"] == code)
            & (frame["indicator"] == row["indicator"])
        ]  # fmt: skip
        for action, group in mine.groupby("action", sort=False, dropna=False):
            lines = plans.deliverable_lines(group, as_of(data))
            foot += _section(f"Ação: {action}", 3) + _points(lines)
    return Card(
        f"{row['plan']}-{row['plan_version']}-{row['indicator']}",
        str(row["challenge"] or indicator.title),
        source,
        head,
        drawn,
        foot,
    )


def listing(
    data: Tables,
    key: str,
    title: str,
    make: Callable[[], pd.DataFrame],
    source: str = OWN,
    indicator: Indicator | None = None,
    places: Mapping[str, int] | None = None,
) -> None:
    """A table of a page with its downloads, made once for a view; `title` names it for screen readers and files.

    `indicator`: whose decimals the values are shown with; `places`: the decimals of columns.
    """
    frame = kept(data, f"{key}:linhas", make)

    def drawn() -> str:
        return charts.data_table(frame, title, decimals(frame, indicator) if indicator else places)

    markup = kept(data, f"{key}:tabela", drawn)
    table(markup, frame, key, title, source, data)


def card(item: Card, data: Tables) -> None:
    """One challenge: name, reading, sentence, path chart, the calculation and its deliverables."""
    with st.container(border=True, key=f"cartao-{item.key}"):
        st.html(item.head)
        if item.chart is not None:
            plot(item.chart, f"caminho-{item.key}")
            downloads(item.chart.frame, item.key, item.title, item.source, data, chart=item.chart)
        st.html(item.foot)


def who(place: pd.Series, profile: pd.DataFrame, data: Tables) -> None:
    """Who a municipality is: where it lies, its people, its land and its regions."""
    planning = str(place["planning_region"])
    if not place["planning_region_confirmed"]:
        planning += " (a confirmar)"
    regions = [
        (SCOPES[scope], planning if scope == "planning_region" else str(place[scope]))
        for scope in SCOPES
        if not words.is_missing(place[scope])
    ]
    left, right = st.columns([70, 30], gap="medium", vertical_alignment="center")
    with left:
        tiles(
            [
                Tile(
                    "População",
                    words.number(place["population"]),
                    "",
                    f"habitantes em {place['population_year']}",
                ),
                Tile("Área", words.number(place["area_km2"], 1), " km²", "IBGE, 2022"),
                *(summaries.profile_tile(profile.loc[name]) for name in TILES if name in profile.index),
            ]
        )
        about = [
            ("Porte", f"{place['population_band']} habitantes"),
            ("Programa", f"{participation_words(place['participant'])} ({config().programme.name})"),
        ]
        definitions(about + regions)
    with right:
        html(
            charts.inset(
                _outlines(data.manifest["geometry"]["municipalities"]),
                place["municipality_code"],
                place["name"],
                theme(),
            )
        )


def participation_words(participant: Any) -> str:
    """Whether a municipality takes part in the programme; unknown is said, never taken for no."""
    if words.is_missing(participant):
        return "Não informado"
    return "Participa" if participant else "Não participa"


@cache
def _outlines(file: str) -> charts.Outlines:
    return charts.outlines(_geojson(file), width=220)


def address_of(page: str, **values: str) -> str:
    """A relative address of another page, keeping the filters and the municipality in focus."""
    held = choice()
    query = {name: held.get(name) for name in EVERYWHERE if held.get(name)} | values
    return f"{page}?{urlencode(query)}"


def nothing_here() -> None:
    """An empty filter, and the way out."""
    st.info("Nenhum município neste filtro.")
    clear_button("limpar-vazio")


# --- drawing and taking away -------------------------------------------------------------------------


class _Ready(BaseFigure):  # type: ignore[misc]
    """A figure that is plain JSON already.

    Streamlit validates dictionaries key by key, 10 ms a chart on every rerun, and refuses a figure without
    data; the charts are validated once, in their tests.
    """

    def __init__(self, figure: Mapping[str, Any]) -> None:
        self.__dict__["ready"] = figure

    def to_dict(self) -> Any:
        return self.__dict__["ready"]


def plot(chart: Chart, key: str, on_select: Callable[[], None] | None = None) -> None:
    """A Plotly chart with its sentence as text alternative."""
    more: dict[str, Any] = {"selection_mode": "points", "on_select": on_select} if on_select else {}
    st.plotly_chart(_Ready(chart.figure), theme=None, config=PLOTLY, key=key, alt=chart.sentence, **more)


PLOTLY = {
    "displayModeBar": False,
    "scrollZoom": False,
    # The maps' base topology, empty and ours: without it Plotly asks a third party for one. Relative, so that
    # it also holds behind a path prefix.
    "topojsonURL": "app/static/topo/",
}


def geometry(data: Tables) -> dict[str, Any]:
    """Keyword arguments of the maps: where the browser finds the mesh and the outline, and their bounds."""
    drawn = data.manifest["geometry"]
    return {
        "geometry_url": f"app/static/geo/{drawn['municipalities']}",
        "outline_url": f"app/static/geo/{drawn['outline']}",
        "bounds": tuple(drawn["bounds"]),
    }


@cache
def _geojson(file: str) -> dict[str, Any]:
    return exports.read_geojson(build.STATIC / "geo" / file)


def geometries(data: Tables) -> dict[str, dict[str, Any]]:
    """The meshes of the maps by their address, for pictures drawn without a browser."""
    drawn = data.manifest["geometry"]
    return {f"app/static/geo/{drawn[name]}": _geojson(drawn[name]) for name in ("municipalities", "outline")}


def _clicked(key: str) -> None:
    """Focus the municipality whose shape was clicked."""
    points = st.session_state[key]["selection"]["points"]
    for point in points:
        code = point.get("location")
        if isinstance(code, str) and code.isdigit():
            choice().put("municipio", code)


def draw(
    chart: Chart,
    key: str,
    title: str,
    source: str,
    data: Tables,
    *,
    metadata: Mapping[str, str] | None = None,
    selects: bool = False,
    heading_level: int = 2,
    embeds: bool = False,
) -> None:
    """A chart with its heading, its sentence (also its text alternative), its source and its downloads.

    `selects`: a click on a shape puts its municipality in focus. `embeds`: the page can show this chart alone.
    """
    section(title, heading_level, chart.sentence)
    plot(chart, key, (lambda: _clicked(key)) if selects else None)
    note(source)
    downloads(chart.frame, key, title, source, data, metadata=metadata, chart=chart, embeds=embeds)


def downloads(
    frame: pd.DataFrame,
    key: str,
    title: str,
    source: str,
    data: Tables,
    *,
    metadata: Mapping[str, str] | None = None,
    chart: Chart | None = None,
    embeds: bool = False,
) -> None:
    """The popover that takes a chart and its table away; each file is made when it is asked for."""
    opened = st.popover("Baixar", key=f"baixar-{key}", type="tertiary", on_change="rerun")
    if not opened.open:
        return
    name = f"{slug(title)[:60]}-{data.manifest['as_of']}"
    about = {
        "Título": title,
        "Fonte": source,
        "Filtro": "; ".join(filter_words(data)) or "nenhum",
        "Tabelas construídas em": data.manifest["built_at"][:10],
        "Endereço desta tela": address(),
        **(metadata or {}),
    }
    drawn_on = dt.date.fromisoformat(data.manifest["built_at"][:10])

    def picture(kind: Literal["png", "svg"]) -> Callable[[], bytes]:
        assert chart is not None
        return lambda: exports.picture(
            chart, title, source, format=kind, geometries=geometries(data), date=drawn_on, note=address()
        )

    files: list[tuple[str, str, str, Callable[[], bytes]]] = []
    if chart is not None:
        files += [
            ("Imagem (PNG)", "png", "image/png", picture("png")),
            ("Imagem (SVG)", "svg", "image/svg+xml", picture("svg")),
            (
                "Gráfico interativo (HTML)",
                "html",
                "text/html",
                lambda: _interactive(chart, title, about, data),
            ),
        ]
    files += [
        ("Planilha para Excel (XLSX)", "xlsx", exports.XLSX_MIME, lambda: exports.xlsx(frame, about)),
        (
            "CSV para Excel brasileiro",
            "excel.csv",
            "text/csv",
            lambda: exports.csv_brazil(interchange.stamped(frame, about)),
        ),
        (
            "CSV para sistemas",
            "csv",
            "text/csv",
            lambda: exports.csv_systems(interchange.stamped(frame, about)),
        ),
        ("Parquet", "parquet", interchange.PARQUET_MIME, lambda: interchange.parquet(frame, about)),
    ]
    if chart is not None and "geo" in chart.figure["layout"]:
        mesh = config().processed / "municipalities.parquet"
        files.append(
            (
                "GeoParquet (com os limites)",
                "geo.parquet",
                interchange.PARQUET_MIME,
                lambda: interchange.geoparquet(frame, about, mesh),
            )
        )
    with opened:
        for label, ending, mime, make in files:
            st.download_button(
                label,
                make,
                f"{name}.{ending}",
                mime,
                key=f"{key}-{ending}",
                on_click="ignore",
                width="stretch",
            )
        if embeds and chart is not None:
            note("Para mostrar só este gráfico em outro site:")
            copyable(_frame(key, title, int(chart.figure["layout"]["height"])))


def _interactive(chart: Chart, title: str, about: Mapping[str, str], data: Tables) -> bytes:
    topology = exports.read_geojson(build.STATIC / "topo" / "world_110m.json")
    return interchange.interactive(chart, title, about, geometries(data), topology)


def table(markup: str, frame: pd.DataFrame, key: str, title: str, source: str, data: Tables) -> None:
    """A table of ours with its downloads."""
    html(markup)
    downloads(frame, key, title, source, data)


# --- sheets to print ---------------------------------------------------------------------------------


def site() -> str:
    """Where printed sheets send their readers: the address of farol.toml or else the one this reader came by."""
    own = (st.context.url or "").split("?")[0].rpartition("/")[0]
    return config().programme.address or own


def _printed(
    label: str, make: Callable[[], bytes | str], name: str, key: str, mime: str = reports.PDF_MIME
) -> None:
    """A button that makes its file when it is pressed."""
    st.download_button(label, make, name, mime, key=key, on_click="ignore")


def municipality_sheet(data: Tables) -> None:
    """The sheet of the municipality in focus, under its name in the side bar."""
    code, place, demonstrated = municipality(), site(), demonstration()
    if not code:
        return
    _printed(
        "Baixar ficha (PDF)",
        lambda: reports.municipality_pdf(
            data, code, config=config(), address=place, demonstration=demonstrated
        ),
        reports.file_name(data, code),
        "ficha",
    )


def indicator_sheet(data: Tables, indicator: Indicator, year: int) -> None:
    """The sheet of an indicator."""
    place = site()
    _printed(
        "Ficha do indicador (PDF)",
        lambda: reports.indicator_pdf(data, indicator.indicator, year, config=config(), address=place),
        f"ficha-{slug(indicator.title)[:60]}-{year}.pdf",
        "ficha-indicador",
    )


def bulletins(data: Tables, code: str, since: dt.date | None = None) -> None:
    """What changed since a date, for a municipality or (without a code) the state: as PDF and for an e-mail."""
    place, demonstrated = site(), demonstration()
    name = f"boletim-{slug(str(data.municipalities().at[code, 'name']) if code else config().territory.name)}"

    def made() -> reports.Bulletin:
        return reports.bulletin(data, code, since, config=config(), address=place, demonstration=demonstrated)

    with st.container(horizontal=True, key="boletins"):
        _printed("Boletim (PDF)", lambda: made().pdf, f"{name}.pdf", "boletim-pdf")
        _printed(
            "Boletim (texto para e-mail)", lambda: made().text, f"{name}.txt", "boletim-texto", "text/plain"
        )


def meeting_package(data: Tables, codes: Sequence[str]) -> None:
    """The sheets of all the municipalities on the page, made in one go while a bar tells how far it is."""
    place, demonstrated, said = site(), demonstration(), "; ".join(filter_words(data))
    wanted = (data.build, tuple(codes), place, demonstrated)
    count = words.counted(len(codes), "ficha", "fichas")
    if st.button(f"Montar o pacote da reunião ({count})", key="montar-pacote"):
        bar = st.progress(0.0, "Montando as fichas")

        def tell(share: float, text: str) -> None:
            bar.progress(share, text)

        made = reports.meeting_package(
            data,
            codes,
            tell,
            config=config(),
            address=place,
            demonstration=demonstrated,
            filter_words=said,
        )
        bar.empty()
        st.session_state["pacote"] = (wanted, made)
    held = st.session_state.get("pacote")
    # A package of another filter or of an older build is not offered again.
    if held is not None and held[0] == wanted:
        package: reports.Package = held[1]
        with st.container(horizontal=True, key="levar-pacote"):
            _printed("Baixar o PDF conjunto", lambda: package.joint, f"{reports.PACKAGE}.pdf", "pacote-pdf")
            _printed("Baixar o zip", package.zipped, f"{reports.PACKAGE}.zip", "pacote-zip", reports.ZIP_MIME)


# --- the workbench -----------------------------------------------------------------------------------

MOST_COMPARED = 8


def wanted_option(name: str, options: Mapping[str, str], default: str) -> str:
    """The option of the link or the default, before the widget is drawn; an unknown one is said and left aside."""
    held = choice()
    asked = held.get(name)
    if asked and asked not in options:
        held.messages.append(
            f"O link pede uma opção que não existe (“{asked[:40]}”). Mostramos outra. Escolha na lista."
        )
        held.put(name, None)
    return held.get(name) or default


def option_choice(label: str, name: str, options: Mapping[str, str], default: str, *forgotten: str) -> str:
    """A select box of named options, kept in the link under `name`; the chosen one. `forgotten`: see _from_widget."""
    value = wanted_option(name, options, default)
    st.selectbox(
        label,
        list(options),
        format_func=lambda option: options[option],
        key=_start(name, value),
        on_change=_from_widget,
        args=(name, *forgotten),
    )
    return value


def wanted_list(name: str, options: Mapping[str, str], most: int) -> tuple[str, ...]:
    """The options of the link's list that exist, at most `most`; unknown ones are said and left aside."""
    held = choice()
    asked = [part for part in held.get(name).split(",") if part]
    unknown = [part for part in asked if part not in options]
    if unknown:
        held.messages.append(
            f"A lista do link traz um item que não existe (“{unknown[0][:40]}”). Deixamos esse item de lado."
        )
        held.put(name, ",".join(part for part in asked if part in options))
    return tuple(part for part in dict.fromkeys(asked) if part in options)[:most]


def list_choice(
    label: str, name: str, options: Mapping[str, str], most: int, placeholder: str
) -> tuple[str, ...]:
    """A list of named options, kept in the link under `name`, in the order of choosing."""
    chosen = wanted_list(name, options, most)
    st.multiselect(
        label,
        list(options),
        format_func=lambda option: options[option],
        key=_start(name, list(chosen)),
        max_selections=most,
        placeholder=placeholder,
        on_change=_from_list,
        args=(name,),
    )
    return chosen


def region_options(data: Tables) -> dict[str, str]:
    """Every region of every scope, and the territory: link code -> name. `imediata.corumba` -> `Corumbá · região imediata`."""
    found = {"estado": config().territory.name}
    for part, scope in SCOPE_SLUGS.items():
        found |= {
            f"{part}.{slug(place)}": f"{place} · {SCOPES[scope].lower()}" for place in data.places(scope)
        }
    return found


def served(path: str) -> str:
    """The absolute address of a file or folder that this server serves beside its pages."""
    page = (st.context.url or "").split("?")[0]
    return f"{page.rsplit('/', 1)[0]}/{path}"


def published() -> dict[str, Any]:
    """The description of the published files, first brought to the present build where they are of another."""
    publishing.ensure(config())
    found = publishing.published()
    assert found is not None
    return found


def published_size() -> int:
    """The size of the published package in bytes."""
    return (publishing.PUBLISHED / publishing.PACKAGE).stat().st_size


def copyable(line: str) -> None:
    """A line to copy as it is."""
    st.code(line, language=None, wrap_lines=True)


def shown(data: Tables) -> tuple[str, ...]:
    """The municipality in focus and those of the link's list, each once."""
    names = data.municipalities().index
    listed = [code for code in dict.fromkeys(choice().get("municipios").split(",")) if code in names][
        :MOST_COMPARED
    ]
    return tuple(dict.fromkeys(code for code in (municipality(), *listed) if code))


def compared(data: Tables) -> tuple[Column, ...]:
    """What is set side by side: the municipalities of the link, or the one in focus, and then the regions."""
    names = data.names()
    listed = [code for code in dict.fromkeys(choice().get("municipios").split(",")) if code in names][
        :MOST_COMPARED
    ]
    towns = listed or [code for code in (municipality(),) if code]
    found = [Column(names[code], code=code) for code in towns]
    for part in wanted_list("regioes", region_options(data), MOST_COMPARED):
        if part == "estado":
            place = str(data.municipalities()["state"].iloc[0])
            found.append(Column(config().territory.name, scope="state", place=place))
        elif (region := _place_of(part, data)) is not None:
            found.append(
                Column(f"{region[1]} ({SCOPES[region[0]].lower()})", scope=region[0], place=region[1])
            )
    return tuple(found)


def compared_indicators(data: Tables) -> tuple[str, ...]:
    """The indicators to compare: those of the link's list, else those of the chosen set."""
    available = data.available()
    listed = wanted_list("indicadores", dict.fromkeys(available, ""), len(available))
    chosen = wanted_option("conjunto", comparisons.sets(available), comparisons.RECOGNISED)
    return listed or comparisons.members(chosen, available)


def comparison_choices(data: Tables) -> None:
    """The controls of a comparison: set of indicators, order, and, in a popover, regions and single indicators."""
    available = data.available()
    declared = declarations.indicators()
    more = sum(bool(choice().get(name)) for name in ("regioes", "indicadores"))
    with controls_row():
        option_choice(
            "Indicadores", "conjunto", comparisons.sets(available), comparisons.RECOGNISED, "indicadores"
        )
        option_choice("Ordenar por", "ordem", comparisons.ORDERS, "area")
        with st.popover(f"Mais escolhas ({more})" if more else "Mais escolhas", key="mais"):
            list_choice(
                "Regiões ao lado", "regioes", region_options(data), MOST_COMPARED, "Acrescente regiões"
            )
            titles = {
                name: f"{declared[name].title} · {declarations.AREAS[declared[name].area]}"
                for name in available
            }
            list_choice("Só estes indicadores", "indicadores", titles, len(available), "Todos os do conjunto")
        link_button()


def _add_compared(code: str, first: str) -> None:
    listed = [part for part in choice().get("municipios").split(",") if part] or [first]
    choice().put("municipios", ",".join(dict.fromkeys([*listed, code])))


def peer_buttons(data: Tables, code: str, most: int = 3) -> None:
    """The municipalities most like one as buttons that add each to the comparison, with the reasons."""
    sentence(f"Municípios parecidos com {data.municipalities().at[code, 'name']}, para pôr ao lado:")
    found = peers.of(data, code, most)
    for column, peer in zip(st.columns(most, gap="medium"), found, strict=False):
        with column:
            st.button(
                f"Comparar com {peer.name}",
                key=f"par-{peer.code}",
                on_click=_add_compared,
                args=(peer.code, code),
            )
            note(peer.reasons)


def peer_table(data: Tables, code: str) -> None:
    """The municipalities most like one, with the reasons, the figures behind them and how they were found."""
    found = peers.of(data, code)
    name = data.municipalities().at[code, "name"]
    listed = ",".join([code, *(peer.code for peer in found)])
    st.html(
        f'<p class="sentence"><a href="{escape(address_of("comparar", municipios=listed), quote=True)}" target="_self">'
        f"Comparar {escape(name)} com estes {len(found)}</a></p>"
    )
    title = f"Municípios parecidos com {name}"
    listing(data, "parecidos", title, lambda: peers.table(data, found), ALL_SOURCES, places=peers.DECIMALS)
    note(peers.METHOD)


def from_here(data: Tables, indicator: Indicator) -> None:
    """Who started from the level where the municipality in focus is now, and improved most."""
    section("Quem saiu daqui")
    code = municipality()
    if not code:
        note("Escolha um município em foco para ver quem já esteve no mesmo nível e mais melhorou.")
        return
    st.html(kept(data, "quem-saiu-daqui", partial(_from_here, data, indicator, code)))


def _from_here(data: Tables, indicator: Indicator, code: str) -> str:
    latest = data.latest()
    own = latest[(latest["indicator"] == indicator.indicator) & (latest["municipality_code"] == code)]
    value = float(own["value"].iloc[0]) if len(own) else None
    found = peers.from_here(data, indicator.indicator, code)
    name = str(data.municipalities().at[code, "name"])
    intro, items = peers.from_here_words(found, indicator, name, value)
    return _sentence(intro) + (_points(items) + _note(peers.from_here_note(indicator)) if items else "")


def trends(data: Tables, indicator: Indicator, codes: Sequence[str]) -> None:
    """The trend of each municipality's series, a sentence each."""
    for code in codes:
        note(data.remember(("tendencia", indicator.indicator, code), partial(_trend, data, indicator, code)))


def _trend(data: Tables, indicator: Indicator, code: str) -> str:
    name = str(data.municipalities().at[code, "name"])
    return comparisons.trend_sentence(name, data.spans(indicator.indicator, code), indicator)


def compared_series(data: Tables, columns: Sequence[Column], indicator: Indicator) -> pd.DataFrame:
    """An indicator over time for what is compared, in the form of `Tables.series`."""
    frames = [data.series(indicator.indicator, (column.code,)) for column in columns if column.code]
    for column in columns:
        region = data.whole_series(indicator.indicator, column.scope, column.place) if column.scope else None
        if region is not None and len(region):
            frames.append(region.assign(name=column.name))
    return pd.concat(frames, ignore_index=True) if frames else data.series(indicator.indicator, ())


def sort_options(names: Sequence[str]) -> dict[str, str]:
    """By what the municipalities of a comparison can be ordered."""
    return {"nome": "Nome"} | {
        name: f"{declarations.indicators()[name].title} (pior primeiro)" for name in names
    }


def _numbers(data: Tables) -> dict[str, str]:
    """The indicators that are numbers, with their area; ranks of categories would be mostly ties."""
    declared = declarations.indicators()
    return {
        name: f"{declared[name].title} · {declarations.AREAS[declared[name].area]}"
        for name in data.available()
        if declared[name].kind == "number"
    }


def wanted_pair(data: Tables, x: str, y: str) -> tuple[Indicator, Indicator]:
    """The two indicators of the link, or the defaults."""
    options = _numbers(data)
    declared = declarations.indicators()
    return declared[wanted_option("x", options, x)], declared[wanted_option("y", options, y)]


def pair_choices(data: Tables, x: Indicator, y: Indicator) -> None:
    """Two select boxes of indicators: across and up."""
    with controls_row("controles-par"):
        option_choice("Na horizontal", "x", _numbers(data), x.indicator)
        option_choice("Na vertical", "y", _numbers(data), y.indicator)


COLOURS = {"nenhuma": "Sem cor"} | {part: SCOPES[scope] for part, scope in SCOPE_SLUGS.items()}


def wanted_scope(default: str) -> str:
    """The regions that colour the points; empty for none."""
    return SCOPE_SLUGS.get(wanted_option("cor", COLOURS, default), "")


def relation_choices(data: Tables, default: str) -> tuple[str, ...]:
    """What colours the points, whose names are shown, the filters and the link; the codes of those named."""
    with controls_row():
        option_choice("Cor dos pontos", "cor", COLOURS, default)
        listed = municipalities_choice(data, "Mostrar o nome de", MOST_COMPARED)
        filters(data)
        link_button()
    return listed


@dataclass(frozen=True)
class Sketch:
    """A chart of a page, made when it is shown; its key in the page's mapping is its id in a link.

    `alone`: the title where nothing around the chart says what it is about; `legend`: draws what explains its
    marks, where the page shows that elsewhere.
    """

    make: Callable[[], Chart]
    title: str
    source: str
    selects: bool = False
    alone: str = ""
    legend: Callable[[], None] | None = None


def show(sketches: Mapping[str, Sketch], key: str, data: Tables, level: int = 2) -> None:
    """Draw one chart of a page with all that belongs to it."""
    sketch = sketches[key]
    draw(
        kept(data, key, sketch.make),
        key,
        sketch.title,
        sketch.source,
        data,
        selects=sketch.selects,
        heading_level=level,
        embeds=True,
    )


def embedded() -> str:
    """The id of the one chart that a frame on another site shows (?grafico=<id>&embed=true); empty otherwise."""
    return (st.query_params.get("grafico") or choice().get("grafico")) if st.context.is_embedded else ""


def _frame(key: str, title: str, height: int) -> str:
    """The HTML that shows one chart of this view on another site."""
    base, _, query = address().partition("?")
    link = f"{base}?{query}{'&' if query else ''}grafico={key}&embed=true"
    # Room for the heading above the chart and the source below it.
    return f'<iframe src="{escape(link)}" title="{escape(title)}" width="100%" height="{height + 180}" loading="lazy"></iframe>'


def alone(sketches: Mapping[str, Sketch], data: Tables, *own: str) -> bool:
    """Draw only the chart that an embedding link names, with its source; False where the link names none.

    `own`: the parameters that only this page uses, kept in the link.
    """
    key = embedded()
    if not key:
        return False
    write_link(*own, "grafico")
    sketch = sketches.get(key)
    if sketch is None:
        st.info(f"Não há um gráfico “{_plain(key[:40])}” nesta página. Use um destes: {', '.join(sketches)}.")
        return True
    chart = kept(data, key, sketch.make)
    section(sketch.alone or sketch.title)
    plot(chart, key)
    if sketch.legend is not None:
        sketch.legend()
    whole = served(f"{(st.context.url or '').split('?')[0].rsplit('/', 1)[-1]}?{urlencode(choice().written)}")
    html(
        f'<p class="note">{escape(sketch.source)} <a href="{escape(whole.replace(f"grafico={key}", "").rstrip("&?"), quote=True)}" '
        f'target="_blank" rel="noopener">{TITLE}</a></p>'
    )
    return True
