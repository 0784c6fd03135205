"""What pages show: the frame and its texts, charts and tables with their downloads, cards, sheets to print."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from html import escape
from typing import Any, Literal
from urllib.parse import quote, urlencode

import pandas as pd
import streamlit as st
from plotly.basedatatypes import BaseFigure

from dashboard import (
    charts,
    comparisons,
    exports,
    interchange,
    markup,
    peers,
    plans,
    reports,
    summaries,
    words,
)
from dashboard.charts import Chart
from dashboard.controls import clear_button, municipality_choice
from dashboard.markup import SPARK
from dashboard.palettes import PALETTES, Theme
from dashboard.session import (
    TITLE,
    address,
    address_of,
    as_of,
    checked_tables,
    choice,
    config,
    demonstration,
    embedded,
    filter_words,
    kept,
    municipality,
    read_link,
    served,
    slug,
    tables,
    theme,
    write_link,
)
from dashboard.summaries import Tile
from dashboard.tables import Tables
from pipelines import build, declarations, plan_files, publishing
from pipelines.declarations import SCOPES, Indicator

SERVED = "/app/static/"

TILES = ("pib_per_capita", "idhm")

OWN = "Fonte: declarações e tabelas do Farol Municipal."

ALL_SOURCES = "Fonte: as de cada indicador, em Fontes e catálogo."


def frame(pages: Callable[[], Mapping[str, Sequence[Any]]]) -> Any:
    """What stands around every page: title, menu, municipality in focus; the page to run, None without tables.

    `pages`: makes the menu, once for a session, since each of its pages looks for its file.
    """
    # By their addresses: given as files, both would be read, and the logo sent, on every run.
    st.set_page_config(
        page_title=TITLE, page_icon=f"{SERVED}farol.png", layout="wide", initial_sidebar_state=252
    )
    alone = bool(embedded())
    if not alone:
        st.logo(f"{SERVED}farol.svg", size="large")
    st.html(_colours(theme()))
    present = config()
    fault = checked_tables(str(present.file))
    if build.read_manifest(present) is None:
        st.error(f"Ainda não há tabelas para mostrar. {fault}")
        return None
    data = tables()
    read_link(data)
    if "menu" not in st.session_state:
        st.session_state["menu"] = pages()
    page = st.navigation(st.session_state["menu"], position="hidden" if alone else "sidebar")
    choice().place = (page.title, present)
    if not alone:
        with st.sidebar:
            municipality_choice(data)
            municipality_sheet(data)
    if fault:
        st.warning(
            f"A última construção falhou: {fault} Mostramos as tabelas de {data.manifest['built_at'][:10]}."
        )
    return page


def failed(error: Exception) -> bool:
    """Say in plain words that something failed; the details go to the log, never to the reader."""
    logging.getLogger("farol").error("page failed", exc_info=error)
    st.error(
        "Algo falhou ao montar esta tela. Recarregue a página; se continuar, avise quem mantém o painel."
    )
    return True


_DRAWING = re.compile(r"<svg [^>]*>.*?</svg>", re.DOTALL)


def html(markup: str) -> None:
    """Markup of ours on the page. Streamlit strips inline SVG, so drawings go in as images with their label."""
    st.html(_with_images(markup) if "<svg" in markup else markup)


@lru_cache(maxsize=64)
def _with_images(markup: str) -> str:
    strip: list[str] = []

    def placed(found: re.Match[str]) -> str:
        drawing = found.group()
        if 'class="spark"' not in drawing:
            return _as_image(drawing)
        strip.append(drawing)
        return f'<i class="spark" style="--at:{-SPARK[1] * (len(strip) - 1)}px"></i>'

    markup = _DRAWING.sub(placed, markup)
    return f'<div style="--sparks:url(&quot;{_strip_of(strip)}&quot;)">{markup}</div>' if strip else markup


def _strip_of(sparklines: Sequence[str]) -> str:
    """Sparklines one under the other in one image, of which each place of a table shows its own part.

    A hundred images of their own would weigh four times as much.
    """
    width, height = SPARK
    head = sparklines[0][: sparklines[0].index(">")]
    look = re.search(r"fill=.*", head)
    assert look is not None
    inner = "".join(
        f'<svg y="{place * height}">{drawing[drawing.index(">") + 1 :]}'
        for place, drawing in enumerate(sparklines)
    )
    tall = height * len(sparklines)
    return _address(
        f'<svg width="{width}" height="{tall}" viewBox="0 0 {width} {tall}" {look.group()}>{inner}</svg>'
    )


def _as_image(drawing: str) -> str:
    end = drawing.index(">")
    head = drawing[:end]
    label = re.search(r'aria-label="([^"]*)"', head)
    size = "".join(f" {name}" for name in re.findall(r'(?<=\s)(?:width|height|class)="[^"]*"', head))
    # What says something to readers and to the style sheet stands on the image; every view sends these again.
    head = re.sub(r'\s(?:xmlns|class|role|width|height|aria-[a-z]+)="[^"]*"', "", head)
    return f'<img alt="{label.group(1) if label else ""}"{size} src="{_address(f"{head}{drawing[end:]}")}">'


def _address(drawing: str) -> str:
    """A drawing as the address of an image."""
    whole = drawing.replace("<svg", f"<svg xmlns={SVG!r}", 1).replace('"', "'")
    return f"data:image/svg+xml,{quote(whole, safe=' =/:;,.()!*@' + chr(39))}"


SVG = "http://www.w3.org/2000/svg"


@cache
def _colours(theme: Theme) -> str:
    palette = PALETTES[theme]
    colours = {
        name: getattr(palette, name)
        for name in ("surface", "secondary", "text", "muted", "line", "data", "target")
    }
    colours |= {f"heat-{place}": colour for place, colour in enumerate(palette.heat)}
    variables = "".join(f"--{name}:{colour};" for name, colour in colours.items())
    return f"<style>:root{{{variables}}}</style>"


def _plain(text: str) -> str:
    """A text whose markdown is escaped, so that a link or a file's name cannot draw images or links."""
    return re.sub(r"([\\\\`*_\[\]<>!|~$:])", r"\\\1", text)


def heading(eyebrow: str, title: str, text: str = "") -> None:
    """The page's eyebrow, its one h1 and the sentence under it, and what the link asked for in vain."""
    under = markup.sentence(text) if text else ""
    st.html(f'<p class="eyebrow">{escape(eyebrow)}</p><h1 class="finding">{escape(title)}</h1>{under}')
    for message in dict.fromkeys(choice().messages):
        # Messages repeat texts of the link, and st.warning would read those as markdown.
        st.warning(_plain(message))
    choice().messages.clear()


def headed(title: str, level: int = 2, text: str = "", quiet: str = "") -> str:
    """The markup of a heading; `text`: the sentence under it, `quiet`: the quiet line under it; each may be empty."""
    head = markup.section(title, level) if title else ""
    return head + (markup.sentence(text) if text else "") + (markup.note(quiet) if quiet else "")


def section(title: str, level: int = 2, text: str = "", quiet: str = "") -> None:
    """A heading inside the page, as `headed` makes it."""
    st.html(headed(title, level, text, quiet))


def sentence(text: str) -> None:
    """A sentence of the page's text."""
    st.html(markup.sentence(text))


def note(text: str) -> None:
    """A quiet line: source, scope, caveat."""
    st.html(markup.note(text))


def drawn(text: str, drawing: str, source: str) -> None:
    """A drawing of ours between its sentence and its source."""
    html(markup.sentence(text) + drawing + markup.note(source))


def tiles(items: Sequence[Tile], quiet: str = "") -> None:
    """Figures side by side, four in a row and two on a phone; `quiet`: the quiet line under them."""
    st.html(_tiles(items) + (markup.note(quiet) if quiet else ""))


def _tiles(items: Sequence[Tile]) -> str:
    return charts.tiles([(tile.label, tile.value, tile.unit, tile.context) for tile in items])


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


def definitions(rows: Sequence[tuple[str, str]], title: str) -> None:
    """Terms and what is said of each, under a heading; an address becomes a link that opens apart."""
    st.html(markup.section(title, 2) + _definitions(rows))


def _definitions(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f"<dt>{escape(term)}</dt><dd>{_linked(text)}</dd>" for term, text in rows if text)
    return f'<dl class="about">{cells}</dl>'


def _listed(title: str, items: Sequence[str], level: int) -> str:
    return markup.section(title, level) + (markup.points(items) if items else markup.note("Nada a apontar."))


def points(title: str, items: Sequence[str], level: int = 3) -> None:
    """A short list under its heading."""
    st.html(_listed(title, items, level))


def points_beside(lists: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Short lists under their headings side by side; one under the other on a phone."""
    parts = "".join(f"<div>{_listed(title, items, 2)}</div>" for title, items in lists)
    st.html(f'<div class="beside">{parts}</div>')


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
    said = [plans.extent(frame)]
    if chance:
        said.append(
            f"Fora da faixa: {words.counted(chance, 'meta', 'metas')} com variação compatível com o acaso."
        )
    text = " ".join(filter(None, said))
    return charts.ribbon(found, look, label) + (markup.note(text) if text else "")


def ribbon(data: Tables, key: str, frame: pd.DataFrame, label: str, before: str = "") -> None:
    """The strip of statuses, with what chance explains said apart.

    `key`: its name on the page; `before`: the markup of what stands over it.
    """
    st.html(before + kept(data, f"{key}:faixa", lambda: _strip(frame, label, theme())))


def plan_ribbons(data: Tables, key: str, frame: pd.DataFrame, before: str = "") -> None:
    """The strip of each plan under its title, those with the larger share asking for attention first."""

    def drawn() -> str:
        return "".join(
            markup.section(name, 3) + _strip(part, name, theme()) for name, part in plans.by_plan(frame)
        )

    st.html(before + kept(data, f"{key}:faixas", drawn))


def list_or(
    data: Tables,
    key: str,
    title: str,
    make: Callable[[], pd.DataFrame],
    nothing: str,
    before: str = "",
    seen: Callable[[], pd.DataFrame] | None = None,
) -> None:
    """A table under its heading, or the sentence that says there is nothing; `before`: what stands over both.

    `seen`: the table in words, where what is taken away are plain numbers and dates.
    """
    frame = kept(data, f"{key}:linhas", make)
    if frame.empty:
        st.html(before + headed(title, 3, quiet=nothing))
    else:
        drawn = None if seen is None else partial(in_words, seen, title)
        listing(data, key, title, make, before=before + headed(title, 3), drawn=drawn)


def in_words(seen: Callable[[], pd.DataFrame], title: str) -> str:
    """The markup of a table whose cells are words already."""
    return charts.data_table(seen(), title)


def deliveries(data: Tables, frame: pd.DataFrame, meeting: dt.date | None) -> None:
    """The deliverables of a page's plans: the silent plans, those that are late, those due before the meeting."""
    day = as_of(data)
    judged = meeting_note(meeting, day)
    if frame.empty:
        nothing = "Nenhum plano municipal com entregas foi recebido. Envie um pelo modelo, em Conferir plano."
        section("Entregas", text=nothing, quiet=judged)
        return
    late = kept(data, "entregas-atrasadas", lambda: plans.overdue(frame, day))
    coming = kept(data, "entregas-proximas", lambda: plans.coming(frame, day, meeting))
    section("Entregas", text=plans.late_sentence(len(late), len(frame)), quiet=judged)
    list_or(
        data,
        "silenciosos",
        "Planos sem nenhuma atualização",
        lambda: plans.silent_table(frame),
        "Todos os planos já foram atualizados.",
    )
    for key, title, part, nothing in (
        ("atrasadas", "Atrasadas", late, "Nenhuma entrega atrasada."),
        ("proximas", "Vencem antes da reunião", coming, "Nenhuma entrega vence antes da reunião."),
    ):
        list_or(
            data,
            key,
            title,
            partial(plans.deliverables_table, part, day),
            nothing,
            seen=partial(plans.deliverables_words, part, day),
        )


def meeting_note(meeting: dt.date | None, as_of: dt.date) -> str:
    """When targets were judged, and when the next meeting is."""
    judged = f"Julgado em {words.date(as_of)}."
    if meeting is None:
        return f"{judged} A data da próxima reunião ainda não foi informada; contamos 60 dias."
    return f"{judged} Próxima reunião: {words.date(meeting)}."


def older_versions(data: Tables, code: str, demonstration: bool) -> None:
    """The superseded versions of the municipality's own plans: their dates, and their targets as they were."""
    frame = data.superseded(code, demonstration)
    if frame.empty:
        return
    opened = folded(f"Versões anteriores: {len(frame)}", "versoes")
    if opened is None:
        return
    with opened:
        for row in frame.itertuples():
            label = (
                f"{row.title}, versão {row.plan_version}, válida desde {words.date(pd.Timestamp(row.valid_from).date())}; "
                f"substituída pela versão {int(row.superseded_by)}"
            )
            former = data.verdicts(demonstration, row.plan, row.plan_version)
            former = former[former["municipality_code"] == code]
            key = f"versao-{row.plan}-{row.plan_version}"
            list_or(
                data,
                key,
                label,
                partial(plans.targets_table, former),
                "Sem metas.",
                seen=partial(plans.targets_words, former),
            )


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


def folded(title: str, key: str) -> Any:
    """A part of the page under its title; None until the reader opens it, so that closed ones cost nothing."""
    opened = st.expander(title, key=key, on_change="rerun")
    return opened if opened.open else None


def folded_cards(data: Tables, key: str, frame: pd.DataFrame, title: str) -> None:
    """Challenges that ask for nothing today, folded; drawn when they are opened."""
    if frame.empty:
        return
    if opened := folded(f"{title}: {len(frame)}", key):
        with opened:
            cards(data, key, frame)


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
            foot += markup.section(f"Ação: {action}", 3) + markup.points(lines)
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
    before: str = "",
    drawn: Callable[[], str] | None = None,
    links: Callable[[], Sequence[str]] | None = None,
) -> None:
    """A table of a page with its downloads, made once for a view; `title` names it for screen readers and files.

    `indicator`: whose decimals the values are shown with; `places`: the decimals of columns; `before`: the markup
    of what stands over the table; `drawn`: makes the table's own markup where it is not the plain one; `links`:
    makes the addresses to which the heads of the rows lead.
    """
    frame = kept(data, f"{key}:linhas", make)

    def plain() -> str:
        shown = decimals(frame, indicator) if indicator else places
        return charts.data_table(frame, title, shown, links=links() if links else ())

    table(kept(data, f"{key}:tabela", drawn or plain), frame, key, title, source, data, before)


def card(item: Card, data: Tables) -> None:
    """One challenge: name, reading, sentence, path chart, the calculation and its deliverables."""
    with st.container(border=True):
        st.html(item.head)
        chart = item.chart
        if chart is not None:
            plot(chart, f"caminho-{item.key}")
            downloads(chart.frame, item.key, item.title, item.source, data, chart=lambda: chart)
        st.html(item.foot)


def who(place: pd.Series, profile: pd.DataFrame, data: Tables) -> None:
    """Who a municipality is: where it lies, its people, its land and its regions."""
    left, right = st.columns([70, 30], gap="medium", vertical_alignment="center")
    with left:
        st.html(kept(data, "quem", lambda: _who(place, profile)))
    # The territory stays as it is and is not sent again; the municipality lies over it.
    with right, st.container(key="onde-fica"):
        shapes = _outlines(data.manifest["geometry"]["municipalities"])
        html(kept(data, "territorio", lambda: charts.territory(shapes, theme())))
        html(charts.inset(shapes, place["municipality_code"], place["name"], theme()))


def _who(place: pd.Series, profile: pd.DataFrame) -> str:
    planning = str(place["planning_region"])
    if not place["planning_region_confirmed"]:
        planning += " (a confirmar)"
    regions = [
        (SCOPES[scope], planning if scope == "planning_region" else str(place[scope]))
        for scope in SCOPES
        if not words.is_missing(place[scope])
    ]
    figures = [
        Tile("População", words.number(place["population"]), "", f"habitantes em {place['population_year']}"),
        Tile("Área", words.number(place["area_km2"], 1), " km²", "IBGE, 2022"),
        *(summaries.profile_tile(profile.loc[name]) for name in TILES if name in profile.index),
    ]
    about = [
        ("Porte", f"{place['population_band']} habitantes"),
        ("Programa", f"{participation_words(place['participant'])} ({config().programme.name})"),
        *regions,
    ]
    return _tiles(figures) + markup.note(". ".join(f"{term}: {said}" for term, said in about) + ".")


def participation_words(participant: Any) -> str:
    """Whether a municipality takes part in the programme; unknown is said, never taken for no."""
    if words.is_missing(participant):
        return "Não informado"
    return "Participa" if participant else "Não participa"


@cache
def _outlines(file: str) -> charts.Outlines:
    return charts.outlines(_geojson(file), width=220)


def nothing_here() -> None:
    """An empty filter, and the way out."""
    st.info("Nenhum município neste filtro.")
    clear_button("limpar-vazio")


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


def status_map(
    data: Tables, frame: pd.DataFrame, codes: Sequence[str], title: str, legend: bool = False
) -> Chart:
    """How the targets of `frame` stand in each municipality; `legend`: with the words of the statuses."""
    places = data.municipalities().loc[list(codes)].reset_index(drop=True)
    return charts.status_map(
        plans.map_frame(frame, places),
        title,
        selected=municipality(),
        theme=theme(),
        legend=legend,
        **geometry(data),
    )


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
    embeds: bool = False,
    alone: str = "",
    taken: Callable[[], Chart] | None = None,
) -> None:
    """A chart with its heading, its sentence (also its text alternative), its source and its downloads.

    `selects`: a click on a shape puts its municipality in focus. `embeds`: the page can show this chart alone.
    `alone`: the title of its files, where nothing around them says what they are about; `taken`: makes the
    chart as it leaves the page, with what explains its marks.
    """
    section(title, text=chart.sentence)
    plot(chart, key, (lambda: _clicked(key)) if selects else None)
    note(source)
    downloads(
        chart.frame,
        key,
        alone or title,
        source,
        data,
        metadata=metadata,
        chart=taken or (lambda: chart),
        embeds=embeds,
    )


def downloads(
    frame: pd.DataFrame,
    key: str,
    title: str,
    source: str,
    data: Tables,
    *,
    metadata: Mapping[str, str] | None = None,
    chart: Callable[[], Chart] | None = None,
    embeds: bool = False,
) -> None:
    """The popover that takes a chart and its table away; each file is made when it is asked for."""
    opened = st.popover("Baixar", key=f"baixar-{key}", type="tertiary", on_change="rerun")
    if opened.open:
        with opened:
            _offer(frame, key, title, source, data, metadata or {}, chart() if chart else None, embeds)


def _offer(
    frame: pd.DataFrame,
    key: str,
    title: str,
    source: str,
    data: Tables,
    metadata: Mapping[str, str],
    chart: Chart | None,
    embeds: bool,
) -> None:
    filtered = "; ".join(filter_words(data))
    parts = (slug(title)[:60], slug(filtered)[:40], data.manifest["as_of"])
    name = "-".join(part for part in parts if part)
    title = f"{title} ({filtered})" if filtered else title
    about = {
        "Título": title,
        "Fonte": source,
        "Filtro": filtered or "nenhum",
        "Tabelas construídas em": data.manifest["built_at"][:10],
        "Endereço desta tela": address(),
        **metadata,
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


def table(
    drawn: str, frame: pd.DataFrame, key: str, title: str, source: str, data: Tables, before: str = ""
) -> None:
    """A table of ours with its downloads; `before`: the markup of what stands over it."""
    html(before + drawn)
    downloads(frame, key, title, source, data)


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
    name = f"boletim-{slug(data.names()[code] if code else config().territory.name)}"

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


def peer_table(data: Tables, code: str) -> None:
    """The municipalities most like one, with the reasons, the figures behind them and how they were found."""
    found = peers.of(data, code)
    name = data.names()[code]
    listed = ",".join([code, *(peer.code for peer in found)])
    link = (
        f'<p class="sentence"><a href="{escape(address_of("comparar", municipios=listed), quote=True)}">'
        f"Comparar {escape(name)} com estes {len(found)}</a></p>"
    )
    listing(
        data,
        "parecidos",
        f"Municípios parecidos com {name}",
        lambda: peers.table(data, found),
        ALL_SOURCES,
        places=peers.DECIMALS,
        before=markup.section("Municípios parecidos", 2) + link + markup.note(peers.METHOD),
    )


def region_series(data: Tables, indicator: Indicator, place: pd.Series) -> pd.DataFrame | None:
    """The series of a municipality's immediate region; None where the region is not known."""
    region = place["immediate_region"]
    if words.is_missing(region):
        return None
    return data.whole_series(indicator.indicator, "immediate_region", region)


def about_series(data: Tables, indicator: Indicator, codes: Sequence[str]) -> None:
    """What a series leads to: the trend of each municipality, and who started from the level where the one in
    focus is now and improved most.
    """
    code = municipality()
    trends = [
        data.remember(("tendencia", indicator.indicator, code), partial(_trend, data, indicator, code))
        for code in codes
    ]
    said = "".join(markup.note(trend) for trend in trends if trend)
    said += "".join(markup.note(caution.text) for caution in indicator.cautions)
    if code:
        said += kept(data, "quem-saiu-daqui", partial(_from_here, data, indicator, code))
    else:
        asked = "Escolha um município em foco para ver quem já esteve no mesmo nível e mais melhorou."
        said += headed("Quem saiu daqui", quiet=asked)
    if said:
        st.html(said)


def _from_here(data: Tables, indicator: Indicator, code: str) -> str:
    latest = data.latest()
    own = latest[(latest["indicator"] == indicator.indicator) & (latest["municipality_code"] == code)]
    value = float(own["value"].iloc[0]) if len(own) else None
    found = peers.from_here(data, indicator.indicator, code)
    name = data.names()[code]
    periods = len(data.years(indicator.indicator))
    intro, items = peers.from_here_words(found, indicator, name, value, periods)
    if not intro:
        return ""
    listed = markup.points(items) + markup.note(peers.from_here_note(indicator)) if items else ""
    return markup.section("Quem saiu daqui", 2) + markup.sentence(intro) + listed


def _trend(data: Tables, indicator: Indicator, code: str) -> str:
    name = data.names()[code]
    return comparisons.trend_sentence(name, data.spans(indicator.indicator, code), indicator)


@dataclass(frozen=True)
class Sketch:
    """A chart of a page, made when it is shown; its key in the page's mapping is its id in a link.

    `alone`: the title where nothing around the chart says what it is about; `legend`: draws what explains its
    marks, where the page shows that elsewhere; `taken`: makes the chart with its marks explained, to take away.
    """

    make: Callable[[], Chart]
    title: str
    source: str
    selects: bool = False
    alone: str = ""
    legend: Callable[[], None] | None = None
    taken: Callable[[], Chart] | None = None


def show(sketches: Mapping[str, Sketch], key: str, data: Tables) -> None:
    """Draw one chart of a page with all that belongs to it."""
    sketch = sketches[key]
    draw(
        kept(data, key, sketch.make),
        key,
        sketch.title,
        sketch.source,
        data,
        selects=sketch.selects,
        embeds=True,
        alone=sketch.alone,
        taken=sketch.taken,
    )


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
