"""IBGE: population, GDP, the census' households and literacy, and the list of municipalities: aggregates, localities.

Seen 11/2026 in public clients: `/api/v3/agregados/{table}/periodos/{all}/variaveis/{v|v}?localidades=N6[N3[50]]`
answers `[{id, variavel, unidade, resultados: [{classificacoes, series: [{localidade: {id}, serie: {"2022": "1"}}]}]}]`,
every value a text. Signs: `-` zero, `...` not available, `..` does not apply, `X` withheld. Table 6579 has no 2007,
2010, 2022 nor 2023. A municipality founded after 2020 has no microregion (null). Levels are asked for together,
`N6[N3[50]]|N3[50]|N1[all]`: the state (`50`) and the country (`1`) come as further series. Census of 2022, households
(variable 381) by `classificacao=`: 6803 `1821` (72129 all, 72144 network as the main form, 72145 network and mainly
another), 6805 `11558` (46292 all, 46290 network, 72112 septic tank apart), 6892 `67` (10972 all, 2520 collected, 72120
at the door, 72121 in a container); also of 6805 72111 septic tank to the network (a part of 46290), 72113 crude pit,
92858 ditch, 72114 water body, 72115 other, 92861 no bathroom. People of 15 years or more: 9542, variable 950, `59` (93024
all, 1023 literate, 1024 not) of the totals `2[6794]|86[95251]|287[100362]`. Each category is a further item of
`resultados`, whose `classificacoes` names it.
Not known: how the service answers beyond 100,000 values, hence one request per state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Census:
    """Tables of the census of 2022 that make one source: by table its variable, the categories that are asked for
    once (`only`, the totals of other classifications), and our columns by the categories of the classification that
    divides it. `kept`: a column that is nobody's category and stays as it is on file while the others are the same.
    """

    tables: Mapping[int, Division]
    kept: str = ""

    def collect(self, client: Client, scope: Scope, before: list[Row]) -> Harvest:
        """The rows of all tables; whole or not at all. Earlier censuses stay as they are on file."""
        client.expect(len(scope.states) * len(self.tables))
        found: dict[tuple[str, str], Row] = {}
        for state in scope.states:
            for table, division in self.tables.items():
                for code, year, column, value in division.values(client, state, table):
                    row = found.setdefault((code, year), {"municipality_code": code, "period": year})
                    row[column] = value
        wanted = [column for division in self.tables.values() for column in division.columns.values()]
        if missing := [column for column in wanted if not any(row.get(column) for row in found.values())]:
            raise FetchError(
                f"O IBGE não traz '{missing[0]}' em nenhum município. Nada foi trocado; o conector precisa ser revisto."
            )
        if self.kept:
            for row in before:
                new = found.get((row["municipality_code"], row["period"]))
                if new and all(new.get(column) == row[column] for column in wanted):
                    new[self.kept] = row[self.kept]
        years = {row["period"] for row in found.values()}
        # The copy on file may name other censuses too.
        censuses = sorted(years | {row["period"] for row in before})
        edition = f"{'Censos' if len(censuses) > 1 else 'Censo'} {' e '.join(censuses)}"
        return Harvest(list(found.values()), edition, lambda row: row["period"] in years)


@dataclass(frozen=True)
class Division:
    """A table's variable and the classification that divides it: our columns by its categories. `only`: see Census."""

    variable: str
    classification: str
    columns: Mapping[str, str]
    only: str = ""

    def values(self, client: Client, state: str, table: int) -> Iterator[tuple[str, str, str, str]]:
        """Place, year, our column and the value; an empty text for what is not published."""
        asked = f"{self.classification}[{','.join(self.columns)}]"
        address = f"{_address(state, table, self.variable)}&classificacao={'|'.join(filter(None, (asked, self.only)))}"
        for variable in client.json(address):
            for result in variable["resultados"]:
                named = {str(one["id"]): one["categoria"] for one in result["classificacoes"]}
                [category] = named[self.classification]
                for code, year, value in _values(result, table):
                    yield code, year, self.columns[category], "" if value in ABSENT else value


HOUSEHOLDS = "381"
SANITATION = Census(
    {
        6803: Division(
            HOUSEHOLDS,
            "1821",
            {"72129": "agua_domicilios", "72144": "agua_rede_principal", "72145": "agua_rede_outra"},
        ),
        6805: Division(
            HOUSEHOLDS,
            "11558",
            {"46292": "esgoto_domicilios", "46290": "esgoto_rede", "72112": "esgoto_fossa_septica"},
        ),
        6892: Division(
            HOUSEHOLDS,
            "67",
            {
                "10972": "lixo_domicilios",
                "2520": "lixo_coletado",
                "72120": "lixo_coletado_no_domicilio",
                "72121": "lixo_cacamba",
            },
        ),
    }
)
SEWAGE = Census(
    {
        6805: Division(
            HOUSEHOLDS,
            "11558",
            {
                "46292": "Total",
                "72111": "Fossa séptica ou fossa filtro ligada à rede",
                "72112": "Fossa séptica ou fossa filtro não ligada à rede",
                "72113": "Fossa rudimentar ou buraco",
                "92858": "Vala",
                "72114": "Rio lago córrego ou mar",
                "72115": "Outra forma",
                "92861": "Não tinham banheiro nem sanitário",
            },
        )
    }
)
# Of both sexes, all colours and all ages from 15.
LITERACY = Census(
    {
        9542: Division(
            "950",
            "59",
            {"93024": "total_15_mais", "1023": "alfabetizadas", "1024": "nao_alfabetizadas"},
            "2[6794]|86[95251]|287[100362]",
        )
    },
    kept="pct_nao_alfabetizadas",
)


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
    Connector("ibge_censo_saneamento", PUBLISHER, (HOST,), SANITATION.collect),
    Connector("ibge_esgotamento", PUBLISHER, (HOST,), SEWAGE.collect),
    Connector("ibge_alfabetizacao", PUBLISHER, (HOST,), LITERACY.collect),
)
