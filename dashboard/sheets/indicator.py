"""The indicator's sheet: the map, the ranking, the series."""

from __future__ import annotations

from typing import Any

from dashboard import charts, sentences, words
from dashboard.charts import pictures
from dashboard.findings import catalogue
from dashboard.sheets.fitting import fitted
from dashboard.sheets.shapes import geometry, qr_code
from dashboard.sheets.typesetting import footer, link_to
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import AREAS, Config

# Where an indicator's sheet starts from.
SHEET_SIZE = 8.4


# Width of a drawing in pixels before it is scaled to its place on the page.
HALF, WHOLE = 470.0, 960.0
# More regions than this would be a tangle beside the state's line.
FEW_REGIONS = 6


def indicator_pdf(
    data: Tables, indicator: str, year: int, *, config: Config | None = None, address: str = ""
) -> bytes:
    """An indicator's sheet: map, ranking, series of the whole, method and caveats.

    `year` without any value gives way to the latest that has one. Raises KeyError for an unknown indicator.
    """
    config = config or declarations.read_config()
    declared = data.indicators[indicator]
    known = data.years(indicator)
    shown = year if year in known else data.newest(indicator).year
    frame = data.at(indicator, shown)
    when = words.period(frame["period"].iloc[0].date(), declared)
    source = data.declared_sources[declared.source]
    codes = frame["municipality_code"].tolist()
    given, meshes = geometry(data, codes)
    whole_map = charts.choropleth(frame, declared, **given)
    ranking = charts.ranking(frame, declared, first=8, last=6)
    whole = data.whole_series(indicator)
    note = ""
    if whole.empty or not whole["value"].notna().any():
        # A total or a category has no line for the whole: the median town would be an invention.
        note = f"Este indicador não se soma {words.in_scope(*data.whole)}: a série de cada município está no painel."
    regions = data.whole_series(indicator, "intermediate_region")
    few = regions["place"].nunique() <= FEW_REGIONS
    series = charts.series(whole, declared, height=210, regions=regions if few else None)
    about = catalogue.about(data, declared)

    def drawn(chart: charts.Chart, width: float) -> dict[str, Any]:
        return {"drawing": pictures.drawing(chart, width, meshes).data(), "alt": chart.sentence}

    said: dict[str, Any] = {
        "title": f"Ficha do indicador: {declared.title}",
        "heading": declared.title,
        "eyebrow": f"Ficha do indicador · {AREAS[declared.area]} · {config.territory.name}",
        "facts": [f"{when} · {words.unit_of(declared) or declared.unit} · {catalogue.direction(declared)}"],
        "finding": sentences.finding(declared, when, frame["value"].tolist(), flags=frame["flag"].tolist()),
        "qr": qr_code(
            link_to(config, address), "indicador", "abre no painel", indicador=indicator, ano=str(shown)
        ),
        "demonstration": False,
        "warning": "",
        "text": declared.note,
        "map-heading": f"No mapa, {when}",
        "map-chart": drawn(whole_map, HALF),
        "ranking-heading": "Quem está em cada ponta",
        "ranking": drawn(ranking, HALF),
        "series-heading": "Ao longo do tempo",
        "series": drawn(series, WHOLE) if not note else None,
        "series-note": note,
        "method-heading": "O que mede, como se calcula e que cuidados pede",
        "method": _halves(
            [{"term": term, "text": text} for term, text in about if text and term != "O que é"]
        ),
        "foot": [words.source_line(source, when, next_release=declared.next_release)],
        "footer": footer(data, f"Ficha do indicador {declared.short}"),
        "size": SHEET_SIZE,
    }
    return fitted("indicator", data, said, 1)


def _halves(rows: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Terms with their texts, in order, as two columns of about the same length."""
    lengths = [len(row["term"]) + len(row["text"]) + 20 for row in rows]
    ahead = [abs(2 * sum(lengths[:place]) - sum(lengths)) for place in range(len(rows) + 1)]
    cut = ahead.index(min(ahead))
    return [rows[:cut], rows[cut:]]
