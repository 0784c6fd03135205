"""What is known of the figures themselves: declarations, sources, coverage, age, refusals."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard import words
from dashboard.charts.frames import shown_with
from dashboard.tables import Tables
from pipelines.declarations import AREAS, AWAITED, Indicator
from pipelines.feed import COPY

BETTER = {"higher": "quanto maior", "lower": "quanto menor", "none": "não há direção melhor ou pior"}
AGGREGATIONS = {
    "sum": "soma dos municípios",
    "ratio": "soma dos numeradores dividida pela soma dos denominadores",
    "published": "valor informado pelo publicador",
    "median": "mediana dos municípios (a fonte não publica contagens para somar)",
    "distribution": "contagem por categoria",
    "none": "não se agrega",
}
SWINGS = "pela oscilação usual de uma edição para a outra, num município do mesmo porte"
INTERVALS = {
    "proportion": "intervalo de 95% de Wilson, pelas contagens publicadas",
    "rate": "intervalo de 95% para contagens (Poisson exato abaixo de 10 casos; Byar a partir de 10)",
    "none": "não calculada: a fonte não publica contagens de pessoas ou eventos",
}
ORIGINS = {
    "snapshot": "cópia incluída no projeto; ainda não buscada no publicador",
    "fetched": "buscada no publicador",
    AWAITED: "aguardando a primeira coleta",
}
# What is declared, and whose figures have not been collected yet.
WAITING = "aguardando coleta"
# Whose figures are the included copy for as long as nobody has written how to collect them.
UNCONNECTED = "em uso; aguardando conector"
# Of a source that was read and says nothing of the territory.
NOTHING_HERE = "sem dado deste território"


ARRIVED = {"snapshot": "cópia incluída", "fetched": "coletada"}


def direction(indicator: Indicator) -> str:
    """Which way is better, in words."""
    if indicator.kind == "category":
        return f"{indicator.categories[0]} é a melhor"
    return BETTER[indicator.better]


def uncertainty(data: Tables, indicator: Indicator) -> str:
    """How the margin of error of an indicator is found, and why where it has none."""
    if indicator.interval != "none" or not indicator.cohort:
        said = INTERVALS[indicator.interval]
        # Deduced counts were published by nobody.
        deduced = data.deduced(indicator.indicator) and indicator.interval == "proportion"
        return said.replace("publicadas", "estimadas neste projeto") if deduced else said
    fit = data.oscillation(indicator.indicator)
    if fit is None and indicator.indicator in data.flat_oscillations():
        return f"mede um grupo pequeno a cada edição ({indicator.cohort}); os casos são raros demais para dizer quanto oscila em cada porte"
    if fit is None:
        return f"mede um grupo pequeno a cada edição ({indicator.cohort}); ainda não há edições bastantes para dizer quanto oscila"
    changes = words.counted(fit.changes, "mudança observada", "mudanças observadas")
    return f"intervalo de 95% {SWINGS} ({changes})"


def _newest(reach: pd.Series) -> str:
    """Which period a coverage counts the municipalities of: not the last where only a few have that."""
    last = reach["newest_year"] == reach["last_year"]
    return "no último" if last else f"em {reach['newest_year']}"


def about(data: Tables, indicator: Indicator) -> list[tuple[str, str]]:
    """Everything the declaration says of an indicator and of its source, as pairs of term and text."""
    source, lineage, coverage = data.declared_sources[indicator.source], data.lineage(), data.coverage()
    reach = coverage.loc[indicator.indicator] if indicator.indicator in coverage.index else None
    columns = lineage[lineage["indicator"] == indicator.indicator]
    codes = {entry.code: entry for entry in data.canon}
    return [
        ("O que é", indicator.note),
        ("Unidade", words.unit_of(indicator) or indicator.unit),
        ("Melhor", direction(indicator)),
        ("Área e frente", f"{AREAS[indicator.area]}; frente {indicator.front}"),
        ("Periodicidade", indicator.periodicity),
        ("Próximo dado", indicator.next_release),
        (
            "Cobertura",
            f"{reach['first_year']} a {reach['last_year']}, {words.counted(int(reach['periods']), 'período', 'períodos')}; "
            f"{_newest(reach)}, {words.number(reach['with_data'])} de {words.number(reach['total'])} municípios com dado"
            if reach is not None
            else "",
        ),
        ("País, estado e regiões", AGGREGATIONS[indicator.aggregation]),
        ("Incerteza", uncertainty(data, indicator)),
        ("Cuidados", " ".join(words.caveats(indicator))),
        ("Quebras de série", " ".join(f"{item.period.year}: {item.note}" for item in indicator.breaks)),
        (
            "Indicador reconhecido",
            "; ".join(
                f"{codes[code].title} ({code}): {codes[code].reference}"
                + (f" (em parte: {indicator.canon_lacks})" if code in indicator.canon_partly else "")
                for code in (*indicator.canon, *indicator.canon_partly)
            ),
        ),
        ("Fonte", f"{source.publisher}: {source.dataset}, edição {source.edition}"),
        ("Endereço oficial", source.url),
        ("Licença", source.licence),
        (
            "Obtenção",
            ORIGINS[source.origin] + (f"; {words.date(source.retrieved)}" if source.retrieved else ""),
        ),
        ("Sobre a fonte", source.note),
        ("Colunas de origem", "; ".join(f"{row.source}: {row.column}" for row in columns.itertuples())),
    ]


def canon_rows(data: Tables, coverage: pd.DataFrame) -> pd.DataFrame:
    """The recognised indicators against what is available: one row each, gaps shown as gaps.

    Returns: code, title, front, publisher, reference, indicators (titles that serve it), years, municipalities,
    state (yes, partly, awaiting or no).
    """
    rows = []
    coming = [item for name, item in data.indicators.items() if awaits(data, name)]
    held = [item for name, item in data.indicators.items() if name in coverage.index]
    for entry in data.canon:
        whole = [item for item in held if entry.code in item.canon]
        partly = [item for item in held if entry.code in item.canon_partly]
        served = whole + partly
        waiting = [item for item in coming if entry.code in item.canon]
        reach = coverage.loc[[item.indicator for item in served]]
        rows.append(
            {
                "code": entry.code,
                "title": entry.title,
                "front": entry.front,
                "publisher": entry.publisher,
                "reference": entry.reference,
                "indicators": "; ".join(
                    [item.short for item in whole]
                    + [f"{item.short} (em parte: {item.canon_lacks})" for item in partly]
                    + [f"{item.short} ({WAITING})" for item in waiting if not whole]
                ),
                "state": "yes" if whole else "partly" if partly else "awaiting" if waiting else "no",
                "years": f"{reach['first_year'].min()} a {reach['last_year'].max()}" if served else "",
                "municipalities": f"{words.number(reach['with_data'].max())} de {words.number(reach['total'].max())}"
                if served
                else "",
            }
        )
    return pd.DataFrame(rows)


def awaits(data: Tables, indicator: str) -> bool:
    """Whether an indicator is declared and waits for the first figures of its source."""
    declared = data.declared_sources[data.indicators[indicator].source]
    return declared.origin == AWAITED and indicator not in data.available()


def waiting_plans(data: Tables) -> pd.DataFrame:
    """The official commitments that are left out until their indicators have a figure, with law and article."""
    rows = [
        {
            "Compromisso": plan.title,
            "Base legal": plan.legal_basis,
            "Fonte": "; ".join(
                data.declared_sources[data.indicators[one].source].dataset for one in plan.indicators
            ),
            "Situação": WAITING,
        }
        for plan in data.commitments.values()
        if all(awaits(data, one) for one in plan.indicators)
    ]
    return pd.DataFrame(rows, columns=["Compromisso", "Base legal", "Fonte", "Situação"])


def canon_title(rows: pd.DataFrame) -> str:
    """How much of the canon is at hand."""
    counts = rows["state"].value_counts()
    held, partly, waiting = (int(counts.get(state, 0)) for state in ("yes", "partly", "awaiting"))
    also = f", e mais {partly} em parte" if partly else ""
    if waiting:
        also += f"; {words.counted(waiting, 'aguarda', 'aguardam')} a primeira coleta"
    return f"{held} dos {words.number(len(rows))} indicadores reconhecidos já têm dado aqui{also}"


CANON_STATES = {
    "yes": "✓ disponível",
    "partly": "◐ em parte",
    "awaiting": f"◌ {WAITING}",
    "no": "○ sem dado ainda",
}


def canon_table(rows: pd.DataFrame) -> pd.DataFrame:
    """The coverage matrix with the heads that readers see."""
    return pd.DataFrame(
        {
            "Código": rows["code"],
            "Indicador reconhecido": rows["title"],
            "Frente": rows["front"],
            "Publicador": rows["publisher"],
            "Situação": [CANON_STATES[state] for state in rows["state"]],
            "Aqui aparece como": rows["indicators"],
            "Anos": rows["years"],
            "Municípios no último": rows["municipalities"],
        }
    )


def build_note(manifest: Mapping[str, Any], programme: str) -> str:
    """When the tables were built and judged."""
    built = words.date(dt.date.fromisoformat(manifest["built_at"][:10]))
    judged = words.date(dt.date.fromisoformat(manifest["as_of"]))
    return f"{programme}. Tabelas construídas em {built}; metas julgadas em {judged}."


_MOMENT = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


def periods_words(text: str) -> str:
    """Periods as the declarations write them, for readers: `2026-01 a 2026-03` -> `01/2026 a 03/2026`."""
    plain = re.sub(r"(?<=\d{4})-(?=\d{4})", " a ", text)
    return _MOMENT.sub(lambda found: "/".join(part for part in reversed(found.groups()) if part), plain)


def data_age(last: dt.date | None, today: dt.date) -> str:
    """How long ago the last period of a source ended, in whole years from one on: `há 6 anos`, `há 3 meses`."""
    if last is None:
        return ""
    months = max((today.year - last.year) * 12 + today.month - last.month, 0)
    if months >= 12:
        return f"há {words.counted(months // 12, 'ano', 'anos')}"
    return f"há {words.counted(months, 'mês', 'meses')}" if months else "deste mês"


def source_rows(data: Tables, today: dt.date) -> pd.DataFrame:
    """The sources with the heads that readers see; one that failed keeps its row and says why."""
    frame = data.sources()
    reasons = data.rejected().drop_duplicates("source").set_index("source")["reason"]
    return pd.DataFrame(
        {
            "Fonte": [
                f"{data.declared_sources[row.source].short}: {row.dataset}" for row in frame.itertuples()
            ],
            "Edição": frame["edition"],
            "Períodos": [periods_words(text) for text in frame["periods"].fillna("")],
            "Dado mais recente": [data_age(words.day_of(last), today) for last in frame["last_period"]],
            "Municípios": frame["municipalities"],
            "Linhas": frame["rows"],
            "Recusadas": frame["rejected"],
            "Como veio": [
                ""
                if words.is_missing(row.retrieved)
                else f"{ARRIVED[row.origin]} em {words.date(row.retrieved.date())}"
                for row in frame.itertuples()
            ],
            "Situação": [
                WAITING
                if row.origin == AWAITED and not row.rows
                else ("em uso" if data.declared_sources[row.source].connector else UNCONNECTED)
                if row.rows
                else NOTHING_HERE
                if data.silent_here(row.source)
                else f"não entrou: {reasons.get(row.source, 'sem linhas')}"
                for row in frame.itertuples()
            ],
        }
    )


def late_note(frame: pd.DataFrame, as_of: dt.date) -> str:
    """Of tables of a day that has passed: how many sources had to be read from a later edition; empty for none.

    `frame`: the table `sources`.
    """
    late = int((frame["retrieved"].dt.date > as_of).sum())
    if not late:
        return ""
    count = words.counted(late, "fonte não tem edição guardada", "fontes não têm edição guardada")
    return f"{count} de até {words.date(as_of)}: vale a mais antiga que se guarda."


def event_rows(data: Tables) -> pd.DataFrame:
    """The editions that came in and what they revised or withdrew, newest first; copies are in the table of sources."""
    return pd.DataFrame(
        [
            {"Data": words.date(event.day), "O que": event.title, "Detalhe": event.text}
            for event in data.events()
            if event.kind != COPY
        ],
        columns=["Data", "O que", "Detalhe"],
    )


def revision_rows(data: Tables) -> pd.DataFrame:
    """Every value that a newer edition changed or withdrew, newest first."""
    return pd.DataFrame(
        [
            {
                "Município": row["name"],
                "Indicador": data.indicators[row["indicator"]].title,
                "Período": words.period(words.day_of(row["period"]), data.indicators[row["indicator"]]),
                "O que mudou": words.revision(
                    row["revised_at"], row["before"], row["after"], data.indicators[row["indicator"]]
                ),
                "Era": row["before"],
                "Passou a": row["after"],
                "Edição de": words.day_of(row["revised_at"]),
            }
            for row in data.revisions().to_dict("records")
        ],
        columns=["Município", "Indicador", "Período", "O que mudou", "Era", "Passou a", "Edição de"],
    )


def provenance_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Publishers, licences, official addresses and how each source came in."""
    return pd.DataFrame(
        {
            "Fonte": frame["dataset"],
            "Publicador": frame["publisher"],
            "Licença": frame["licence"],
            "Origem": [ORIGINS[origin] for origin in frame["origin"]],
            "Endereço oficial": frame["url"],
            "sha256": frame["sha256"],
        }
    )


def catalogue_rows(data: Tables) -> pd.DataFrame:
    """Every indicator with its reach and the published columns it comes from."""
    coverage = data.coverage()
    origins = (
        data.lineage()
        .groupby("indicator")
        .apply(
            lambda rows: "; ".join(f"{row.source}: {row.column}" for row in rows.itertuples()),
            include_groups=False,
        )
    )
    rows = [
        {
            "Indicador": item.title,
            "Área": AREAS[item.area],
            "Unidade": item.unit,
            "Melhor": direction(item),
            "Anos": f"{coverage.at[name, 'first_year']} a {coverage.at[name, 'last_year']}"
            if name in coverage.index
            else WAITING
            if awaits(data, name)
            else NOTHING_HERE
            if data.silent_here(item.source)
            else "sem dado",
            "Municípios no último": int(coverage.at[name, "with_data"]) if name in coverage.index else 0,
            "Fonte": data.declared_sources[item.source].short,
            "Colunas de origem": origins.get(name, ""),
            "Código": name,
        }
        for name, item in data.indicators.items()
    ]
    return pd.DataFrame(rows)


def rejected_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The refused rows with the heads that readers see."""
    shown = pd.DataFrame(
        {
            "Arquivo": frame["file"],
            "Linha": frame["line"],
            "Coluna": frame["column"].fillna(""),
            "Valor": frame["value"].fillna(""),
            "Motivo": frame["reason"],
        }
    )
    return shown_with(shown, {"Linha": None})
