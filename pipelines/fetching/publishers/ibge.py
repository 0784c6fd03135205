"""IBGE: population, GDP, the census' households and the list of municipalities: aggregates (v3) and localities (v1).

Seen 11/2026 in public clients: `/api/v3/agregados/{table}/periodos/{all}/variaveis/{v|v}?localidades=N6[N3[50]]`
answers `[{id, variavel, unidade, resultados: [{classificacoes, series: [{localidade: {id}, serie: {"2022": "1"}}]}]}]`,
every value a text. Signs: `-` zero, `...` not available, `..` does not apply, `X` withheld. Table 6579 has no 2007,
2010, 2022 nor 2023. A municipality founded after 2020 has no microregion (null). Levels are asked for together,
`N6[N3[50]]|N3[50]|N1[all]`: the state (`50`) and the country (`1`) come as further series. Census of 2022, households
(variable 381) by `classificacao=`: 6803 `1821` (72129 all, 72144 network as the main form, 72145 network and mainly
another), 6805 `11558` (46292 all, 46290 network, 72112 septic tank apart), 6892 `67` (10972 all, 2520 collected, 72120
at the door, 72121 in a container); each category is a further item of `resultados`.
Not known: how the service answers beyond 100,000 values, hence one request per state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.fetching.contract import Connector, FetchError, Harvest, Row, Scope
from pipelines.fetching.web import Client
from pipelines.states import place_of

HOST = "servicodados.ibge.gov.br"
PUBLISHER = "IBGE"
YEAR = re.compile(r"\d{4}")
# No value is published: the row has nothing to say, or an empty cell where others of its row have.
ABSENT = frozenset({"...", "..", "X", ""})


def _address(state: str, table: int, variables: str) -> str:
    """Of a state's municipalities, the state and the country, in all periods."""
    places = f"N6[N3[{state}]]|N3[{state}]|N1[all]"
    return f"https://{HOST}/api/v3/agregados/{table}/periodos/all/variaveis/{variables}?localidades={places}"


def _values(result: Any, table: int) -> Iterator[tuple[str, str, str]]:
    """Place, year and value as published, of one result: a municipality's code, a state's letters or BR."""
    for series in result["series"]:
        code = series["localidade"]["id"]
        for year, value in series["serie"].items():
            if not YEAR.fullmatch(year):
                raise FetchError(f"A tabela {table} do IBGE traz o período '{year}', e aqui se esperam anos.")
            yield place_of(code) or code, year, "0" if value.strip() == "-" else value.strip()


def _series(client: Client, state: str, table: int, variables: str) -> Iterator[tuple[str, str, str, str]]:
    """Variable, place, year and value as published, for a state and all periods."""
    for variable in client.json(_address(state, table, variables)):
        results = variable["resultados"]
        if len(results) != 1:
            raise FetchError(
                f"A tabela {table} do IBGE veio dividida em {len(results)} categorias; espera-se o total."
            )
        for code, year, value in _values(results[0], table):
            yield str(variable["id"]), code, year, value


def population(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """Estimates of every year (6579) and the census of 2022 (4714); older censuses stay as they are on file."""
    client.expect(2 * len(scope.states))
    # The country comes with each state.
    found: dict[tuple[str, str, str], Row] = {}
    for state in scope.states:
        for table, variable, kind, origin in (
            (6579, "9324", "estimativa", "Estimativa SIDRA 6579"),
            (4714, "93", "censo", "Censo 2022 (SIDRA 4714)"),
        ):
            for _, code, year, value in _series(client, state, table, variable):
                if value not in ABSENT:
                    told = {"kind": kind, "populacao": value, "fonte": origin}
                    found[code, year, kind] = {"municipality_code": code, "period": year, **told}
    rows = list(found.values())
    last = max(row["period"] for row in rows)
    known = {row["period"] for row in rows if row["kind"] == "censo"}
    return Harvest(
        rows,
        f"estimativas até {last}",
        lambda row: row["kind"] == "estimativa" or (row["kind"] == "censo" and row["period"] in known),
    )


GDP = {"37": "pib_mil_reais", "543": "impostos_mil_reais", "498": "vab_total_mil_reais"}


def gdp(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """Gross domestic product, taxes and total value added (5938), in thousands of reais; the whole series."""
    client.expect(len(scope.states))
    found: dict[tuple[str, str], Row] = {}
    for state in scope.states:
        for variable, code, year, value in _series(client, state, 5938, "|".join(GDP)):
            row = found.setdefault((code, year), {"municipality_code": code, "period": year})
            row[GDP[variable]] = "..." if value in ABSENT else value
    rows = [{**dict.fromkeys(GDP.values(), "..."), **row} for row in found.values()]
    years = sorted({row["period"] for row in rows})
    return Harvest(rows, f"{years[0]}-{years[-1]}", lambda _: True)


# By table of the census of 2022: the classification that is asked for, and our columns by its categories.
HOUSEHOLDS: Mapping[int, tuple[str, Mapping[str, str]]] = {
    6803: (
        "1821",
        {"72129": "agua_domicilios", "72144": "agua_rede_principal", "72145": "agua_rede_outra"},
    ),
    6805: (
        "11558",
        {"46292": "esgoto_domicilios", "46290": "esgoto_rede", "72112": "esgoto_fossa_septica"},
    ),
    6892: (
        "67",
        {
            "10972": "lixo_domicilios", "2520": "lixo_coletado", "72120": "lixo_coletado_no_domicilio",
            "72121": "lixo_cacamba",
        },
    ),
}  # fmt: skip


def households(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """Water, sewage and waste of the census' households, each from its own table; whole or not at all."""
    client.expect(len(scope.states) * len(HOUSEHOLDS))
    found: dict[tuple[str, str], Row] = {}
    for state in scope.states:
        for table, (classification, columns) in HOUSEHOLDS.items():
            asked = f"{_address(state, table, '381')}&classificacao={classification}[{','.join(columns)}]"
            for variable in client.json(asked):
                for result in variable["resultados"]:
                    [category] = result["classificacoes"][0]["categoria"]
                    for code, year, value in _values(result, table):
                        row = found.setdefault((code, year), {"municipality_code": code, "period": year})
                        row[columns[category]] = "" if value in ABSENT else value
    wanted = [column for _, columns in HOUSEHOLDS.values() for column in columns.values()]
    if missing := [column for column in wanted if not any(row.get(column) for row in found.values())]:
        raise FetchError(
            f"O IBGE não traz '{missing[0]}' em nenhum município. Nada foi trocado; o conector precisa ser revisto."
        )
    years = {row["period"] for row in found.values()}
    return Harvest(list(found.values()), f"Censo {max(years)}", lambda row: row["period"] in years)


def municipalities(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """Names and regions; what the service does not have (seat, area, the state's regions) stays as it is on file."""
    client.expect(len(scope.states))
    kept = {row["municipality_code"]: row for row in before}
    rows = []
    for state in scope.states:
        for place in client.json(f"https://{HOST}/api/v1/localidades/estados/{state}/municipios"):
            code = str(place["id"])
            if code not in kept:
                raise FetchError(
                    f"O IBGE lista {place['nome']} ({code}), que não está em data/raw/ibge_municipios. Acrescente a "
                    "linha com latitude, longitude e área da sede, que o serviço não traz, e colete de novo."
                )
            rows.append({**kept[code], **_regions(place)})
    return Harvest(rows, f"localidades em {scope.today:%m/%Y}", lambda _: True)


def _regions(place: dict[str, Any]) -> Row:
    immediate = place["regiao-imediata"]
    intermediate = immediate["regiao-intermediaria"]
    told = {
        "name": place["nome"],
        "state": intermediate["UF"]["sigla"],
        "immediate_region_code": str(immediate["id"]),
        "immediate_region": immediate["nome"],
        "intermediate_region_code": str(intermediate["id"]),
        "intermediate_region": intermediate["nome"],
    }
    if micro := place["microrregiao"]:
        told |= {
            "microregion_code": str(micro["id"]),
            "microregion": micro["nome"],
            "mesoregion_code": str(micro["mesorregiao"]["id"]),
            "mesoregion": micro["mesorregiao"]["nome"],
        }
    return told


CONNECTORS = (
    Connector("ibge_municipios", PUBLISHER, (HOST,), municipalities),
    Connector("ibge_populacao", PUBLISHER, (HOST,), population),
    Connector("ibge_pib", PUBLISHER, (HOST,), gdp),
    Connector("ibge_censo_saneamento", PUBLISHER, (HOST,), households),
)
