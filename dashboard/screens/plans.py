"""The plan's pieces of a page: ribbons, cards, deliveries, older versions, the check of a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import charts, promises, words
from dashboard.charts import Chart, markup
from dashboard.charts.markup import NOTHING, Html, joined
from dashboard.charts.palettes import Theme
from dashboard.files import spreadsheets
from dashboard.findings import checks, deliverables, reaching, readings, tally, targets
from dashboard.findings.readings import Reading
from dashboard.screens import messages, uploads
from dashboard.screens.downloads import downloads
from dashboard.screens.drawn import Sketch, plot, show, status_map
from dashboard.screens.installation import config
from dashboard.screens.lists import OWN, in_words, list_or, listing, table
from dashboard.screens.passport import passport_address
from dashboard.screens.session import On, address_of, demonstration, kept, municipality, theme
from dashboard.screens.shell import html
from dashboard.screens.texts import folded, headed, note, points, section, source_of
from dashboard.tables import Tables
from pipelines import plan_files
from pipelines.declarations import Indicator
from pipelines.verdicts import only_demand

# The legend of ribbons and maps in words.
LEGEND = (
    "Cor cheia: certo ou registro oficial; cor clara com contorno: provável; só contorno: não dá para dizer."
)


def _strip(data: Tables, frame: pd.DataFrame, label: str, look: Theme) -> Html:
    found = tally.counts(frame)
    said = [targets.extent(frame, data.whole[0] != "state")]
    if any(sure in markup.DOUBTS for _, sure in found):
        said.append(LEGEND)
    text = " ".join(filter(None, said))
    demand = only_demand(frame["status"], frame["demand"])
    return joined(charts.ribbon(found, look, label, demand), markup.note(text) if text else NOTHING)


def ribbon(data: Tables, key: str, frame: pd.DataFrame, label: str, on: On, before: Html = NOTHING) -> None:
    """The strip of statuses, with what is less than certain drawn lighter.

    Promises of municipalities and demands of law have a strip each: they are never in one count. `key`: its name on
    the page; `on`: what it depends on; `before`: the markup of what stands over it.
    """

    def drawn() -> Html:
        parts = tally.by_origin(frame)
        strips = (
            joined(markup.note(said) if said else NOTHING, _strip(data, part, label, theme()))
            for said, part in parts
        )
        return joined(*strips)

    html(joined(before, kept(data, f"{key}:faixa", drawn, on=on)))


def plan_map(data: Tables, frame: pd.DataFrame, codes: Sequence[str], on: tuple[Hashable, ...]) -> None:
    """Where the targets of one plan stand; `frame`: its readings, `on`: what they depend on."""
    title = str(frame["title"].iloc[0])
    sketch = Sketch(
        lambda: status_map(data, frame, codes, title),
        f"{title}: situação em cada município",
        OWN,
        (*on, municipality()),
        selects=True,
        taken=lambda: status_map(data, frame, codes, title, legend=True),
    )
    show({"mapa": sketch}, "mapa", data)


def plan_ribbons(data: Tables, key: str, frame: pd.DataFrame, on: On, before: Html = NOTHING) -> None:
    """The strip of each plan under its title, those with the larger share asking for attention first."""

    def drawn() -> Html:
        strips = (
            joined(markup.section(name, 3), _strip(data, part, name, theme()))
            for name, part in tally.by_plan(frame)
        )
        return joined(*strips)

    html(joined(before, kept(data, f"{key}:faixas", drawn, on=on)))


def deliveries(
    data: Tables,
    frame: pd.DataFrame,
    meeting: dt.date | None,
    on: tuple[Hashable, ...],
    without: int | None = None,
) -> None:
    """The deliverables of a page's plans: the silent plans, those that are late, those due before the meeting.

    `on`: what the deliverables depend on; `without`: how many municipalities of the page have no plan of their own; None where one plan is shown.
    """
    day = data.as_of
    judged = meeting_note(meeting, day)
    if frame.empty:
        nothing = "Nenhum plano municipal com entregas foi recebido. O modelo está em Conferir plano, que o lê antes do envio."
        section("Entregas", text=nothing, quiet=judged)
        return

    def late() -> pd.DataFrame:
        return deliverables.overdue(frame, day)

    def coming() -> pd.DataFrame:
        return deliverables.coming(frame, day, deliverables.ahead(meeting, day))

    def told() -> tuple[str, str]:
        quiet = deliverables.silent(frame, day)
        return (
            deliverables.standing(frame, day),
            deliverables.silence(quiet, frame["plan"].nunique(), without),
        )

    standing, said = kept(data, "entregas", told, on=(*on, without))
    section("Entregas", text=standing, quiet=judged)
    list_or(
        data,
        "silenciosos",
        "Planos sem notícia",
        lambda: deliverables.silent_table(frame, day),
        said,
        on=on,
        text=said,
    )
    for key, title, part, nothing in (
        ("atrasadas", "Atrasadas", late, "Nenhuma entrega atrasada."),
        ("proximas", "Vencem antes da reunião", coming, "Nenhuma entrega vence antes da reunião."),
    ):
        list_or(
            data,
            key,
            title,
            partial(_of_part, deliverables.deliverables_table, part, day),
            nothing,
            on=on,
            seen=partial(_of_part, deliverables.deliverables_words, part, day),
        )


def _of_part(
    make: Callable[[pd.DataFrame, dt.date], pd.DataFrame], part: Callable[[], pd.DataFrame], day: dt.date
) -> pd.DataFrame:
    return make(part(), day)


def meeting_note(meeting: dt.date | None, as_of: dt.date) -> str:
    """When targets were judged, and when the next meeting is."""
    judged = f"Julgado em {words.date(as_of)}."
    if meeting is None:
        return f"{judged} A data da próxima reunião ainda não foi informada; contamos {deliverables.BIMONTH.days} dias."
    if meeting < as_of:
        return (
            f"{judged} A última reunião informada foi em {words.date(meeting)}; a próxima ainda não tem data: "
            f"contamos {deliverables.BIMONTH.days} dias."
        )
    return f"{judged} Próxima reunião: {words.date(meeting)}."


def older_versions(data: Tables, code: str, demonstration: bool) -> None:
    """The superseded versions of the municipality's own plans: their dates, and their targets as they were."""
    frame = data.superseded(code, demonstration)
    if frame.empty:
        return
    opened = folded("Versões anteriores", "versoes", len(frame))
    if opened is None:
        return
    with opened:
        for row in frame.itertuples():
            label = (
                f"{row.title}, versão {row.plan_version}, válida desde {words.date(words.day_of(row.valid_from))}; "
                f"substituída pela versão {int(row.superseded_by)}"
            )
            former = data.verdicts(demonstration, row.plan, row.plan_version)
            former = former[former["municipality_code"] == code]
            if turned := promises.of_version(data, row.plan, int(row.superseded_by)):
                points(f"O que a versão {int(row.superseded_by)} mudou", turned)
            key = f"versao-{row.plan}-{row.plan_version}"
            list_or(
                data,
                key,
                label,
                partial(targets.targets_table, data, former),
                "Sem metas.",
                on=(code, demonstration),
                seen=partial(targets.targets_words, data, former),
            )


def _lists(data: Tables) -> tuple[dict[str, str], dict[str, Indicator]]:
    """What a plan may name: municipalities (code -> name, by code) and indicators, as the tables have them."""
    return dict(sorted(data.names().items())), dict(data.indicators)


def coming_versions(data: Tables, code: str, demonstration: bool) -> None:
    """The plans and versions of the municipality that are not yet in force: from when they are read."""
    frame = data.coming_plans(code, demonstration)
    if frame.empty:
        return
    points(
        "Ainda vão valer",
        [
            f"{row.title}, versão {row.plan_version}: vale a partir de "
            f"{words.date(pd.Timestamp(row.valid_from).date())} e só então é lido."
            for row in frame.itertuples()
        ],
    )


def template_button(data: Tables, first: bool = True) -> None:
    """The blank template of a plan, made when it is asked for; `first`: whether it is what the page is for."""
    st.download_button(
        "Baixar o modelo em branco (XLSX)",
        lambda: plan_files.template_bytes(*_lists(data)),
        "modelo-de-plano.xlsx",
        spreadsheets.XLSX_MIME,
        key="modelo",
        on_click="ignore",
        type="primary" if first else "secondary",
    )


def sent_plan(key: str, data: Tables) -> None:
    """What is said of the plan in a box for uploads, which has been drawn; nothing while there is none."""

    def read(name: str, content: bytes) -> plan_files.PlanFile | list[plan_files.Fault]:
        return plan_files.read_plan(content, name, *_lists(data))

    if (sent := uploads.read_once(key, read)) is not None:
        checked_plan(*sent, data)


def checked_plan(name: str, found: plan_files.PlanFile | list[plan_files.Fault], data: Tables) -> None:
    """The faults of a plan that was read or, without any, its doubts and a preview of its readings."""
    municipalities, measures = _lists(data)
    if isinstance(found, list):
        count = words.counted(plan_files.total(found), "ajuste a fazer", "ajustes a fazer")
        messages.refused(f"{count} em {name}")
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
        # A sentence each, which a telephone shows whole; the columns are in what is taken away.
        said = markup.points([fault.text for fault in found])
        table(said, lambda: frame, "ajustes", "Ajustes a fazer", OWN, data)
        return
    messages.confirmed(
        f"Nenhuma falha: {found.title} ({municipalities[found.municipality_code]}, "
        f"versão {found.plan_version})."
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
    section("Como os números foram lidos", 3)
    frame = checks.as_read_table(data, found)
    table(
        charts.data_table(frame, "O que a célula mostra e o valor lido"),
        lambda: frame,
        "lidos",
        "Como lido",
        OWN,
        data,
    )
    section("Prévia das leituras", 3, text=plan_files.until_in_force(found, data.as_of))
    sources = {name: data.declared_sources[item.source] for name, item in measures.items()}
    preview = plan_files.preview(found, observations, data.as_of, data.grounds, sources)
    frame = targets.preview_table(data, preview)
    html(charts.data_table(frame, f"Como as metas seriam lidas em {words.date(data.as_of)}"))
    if told := reaching.while_setting(data, preview):
        points("Vai dar? O que fizeram os municípios que estiveram onde este está", told)


def cards(data: Tables, key: str, frame: pd.DataFrame, on: tuple[Hashable, ...]) -> None:
    """Challenges in two columns, the most urgent at the top; `key`: their name on the page, `on`: what they depend on."""
    look, shows_demonstration = theme(), demonstration()
    found = kept(
        data,
        f"{key}:cartoes",
        lambda: [
            _card(one, data, look, shows_demonstration) for one in readings.each(data, tally.ordered(frame))
        ],
        # The way to a reading's passport keeps the link's filters.
        on=(*on, address_of("", municipio="")),
    )
    columns = st.columns(2, gap="medium")
    for number, item in enumerate(found):
        with columns[number % 2]:
            card(item, data)


def folded_cards(data: Tables, key: str, frame: pd.DataFrame, title: str, on: tuple[Hashable, ...]) -> None:
    """Challenges that ask for nothing today, folded; drawn when they are opened."""
    if frame.empty:
        return
    if opened := folded(f"{title}: {words.number(len(frame))}", key):
        with opened:
            cards(data, key, frame, on)


@dataclass(frozen=True)
class Card:
    """One challenge ready to be drawn: name, reading and sentence as markup, its path, and what stands under it.

    `title`: of what is taken away, where nothing around says which municipality and which indicator it is of.
    """

    key: str
    title: str
    source: str
    head: Html
    chart: Chart | None
    foot: Html


def _card(found: Reading, data: Tables, look: Theme, shows_demonstration: bool) -> Card:
    indicator = found.indicator
    series = data.series(indicator.indicator, (found.code,))
    drawn = None
    if series["value"].notna().any():
        drawn = charts.series(series, indicator, look, path=readings.path(found), certain=None).saying(
            readings.sentence(found)
        )
    head, source = targets.card_markup(found, look), source_of(data, indicator)
    if found.origin == "demonstration":
        head = Html(f'<p class="demonstration">DEMONSTRAÇÃO: desafio inventado</p>{head}')
    told = reaching.on_card(data, found)
    turned = promises.of_target(data, found.target.plan, found.target.plan_version, indicator.indicator)
    foot = [
        joined(markup.section("Mudou do que foi prometido", 3), markup.points(turned)) if turned else NOTHING,
        markup.sentence(told) if told else NOTHING,
        targets.card_foot(source, readings.calculation(found), _passport(found)),
    ]
    if not found.official:
        frame = data.deliverables(shows_demonstration)
        mine = frame[
            (frame["plan"] == found.target.plan) & (frame["municipality_code"] == found.code)
            & (frame["indicator"] == indicator.indicator)
        ]  # fmt: skip
        for action, group in mine.groupby("action", sort=False, dropna=False):
            lines = deliverables.deliverable_lines(group, data.as_of)
            foot += [markup.section(f"Ação: {action}", 3), markup.points(lines)]
    title = f"{found.name}: {indicator.title} ({found.title})"
    return Card(found.key, title, source, head, drawn, joined(*foot))


def _passport(found: Reading) -> str:
    """The address of what the value read comes from; empty where there is none."""
    year = found.verdict.latest_year
    if year is None:
        return ""
    return passport_address(found.indicator.indicator, municipio=found.code, ano=str(year))


def card(item: Card, data: Tables) -> None:
    """One challenge: name, reading, sentence, path chart, the calculation and its deliverables."""
    with st.container(border=True):
        html(item.head)
        chart = item.chart
        if chart is not None:
            plot(chart, f"caminho-{item.key}")
            downloads(lambda: chart.frame, item.key, item.title, item.source, data, chart=lambda: chart)
        html(item.foot)


def participants(data: Tables, frame: pd.DataFrame, indicator: Indicator, source: str, on: On) -> None:
    """Readings of those in the programme and of the others side by side, where the list of participants is known.

    `on`: what the readings depend on.
    """
    if not config().programme.participants:
        note("A lista de participantes do programa ainda não foi informada: não há grupos a comparar.")
        return
    listing(
        data,
        "grupos",
        "Participação e situação",
        lambda: targets.participants(frame, indicator),
        source,
        on=on,
        before=headed(
            "Quem participa do programa e quem não participa",
            quiet="Comparação lado a lado; não prova que o programa causou a diferença.",
        ),
    )


def every_target(data: Tables, frame: pd.DataFrame, on: On) -> None:
    """All the readings of a page in words, folded, where the table of the most urgent ones leaves some out.

    `on`: what the readings depend on.
    """
    if len(frame) <= targets.URGENT:
        return
    if opened := folded(f"Ver todas: {words.number(len(frame))} metas", "todas"):
        with opened:
            listing(
                data,
                "todas-as-metas",
                "Todas as metas, por urgência",
                lambda: targets.targets_table(data, frame),
                on=on,
                drawn=lambda: in_words(lambda: targets.targets_words(data, frame), "Todas as metas"),
            )
