"""Ipea: homicides of the Atlas da Violência, and the human development atlas as Ipeadata serves it.

Seen 11/2026 in public clients: `dados-api/series-values/20/{level}` answers one list of `{regiao_id, periodo: "2019-01-15",
valor}`: level 4 municipalities (six digits of the code), 3 states (two digits), 1 countries (1076 is Brazil). The older
`atlasviolencia/api/v1/valores-series` (`cod` for the place) answers 404 since the site was made anew in 2026. States
there are from 2015: the years on file before the first that comes stay. Ipeadata's OData answers `{value: [{SERCODIGO, VALDATA:
"2010-01-01T00:00:00-02:00", VALVALOR, NIVNOME, TERCODIGO}]}`, all levels where no filter is set; its series of the atlas
are named ADH_ and the atlas' own name of the variable, and have municipalities and states (16,776 = 3 x (5,565 + 27)).
Not known: whether `regiao_id` of a municipality has ever seven digits (both are read); whether Ipeadata answers over
https (its clients use http, which is not used here), and whether it has the series of T_BANAGUA, T_LUZ, T_FREQ0A3 and
T_FREQ4A5; a series that it does not have leaves its column as it is on file.
"""

from __future__ import annotations

import re

from pipelines.fetching.contract import COUNTRY, Connector, FetchError, Harvest, Row, Scope, cell
from pipelines.fetching.web import Client
from pipelines.states import PLACES, place_of

ATLAS_HOST, IPEADATA_HOST = "www.ipea.gov.br", "www.ipeadata.gov.br"
SERIES = f"https://{ATLAS_HOST}/dados-api/series-values/20"
LEVELS = TOWN, STATE, NATION = 4, 3, 1
BRAZIL = "1076"
CODE = re.compile(r"\d{7}")
TOWNS, STATES, NATIONS = "Municípios", "Estados", "Brasil"
ATLAS = (
    "idhm", "idhm_e", "idhm_l", "idhm_r", "gini", "espvida", "mort1", "mort5", "rdpc", "pmpob", "pind", "t_agua",
    "t_banagua", "t_lixo", "t_luz", "t_freq0a3", "t_freq4a5",
)  # fmt: skip


def homicides(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """The homicide rate (series 20) of municipalities, states and the country; years before its first stay."""
    client.expect(len(LEVELS))
    long = {code[:6]: code for code in scope.municipalities}
    rows = []
    for level in LEVELS:
        # Without the states' own rates the municipalities' are whole.
        for item in client.json(f"{SERIES}/{level}", absent=level != TOWN) or []:
            code = cell(item["regiao_id"])
            place = long.get(code[:6], code) if level == TOWN else _place(code, level)
            if place and (rate := cell(item["valor"])):
                rows.append({"municipality_code": place, "period": item["periodo"][:4], "valor": rate})
    years = {row["period"] for row in rows if row["municipality_code"] not in PLACES}
    if not years:
        raise FetchError("O Atlas da Violência respondeu sem municípios. Rode de novo mais tarde.")
    return Harvest(
        rows,
        f"Atlas da Violência, série até {max(years)}",
        lambda row: row["period"] >= min(years) or row["municipality_code"] in PLACES,
    )


def _place(code: str, level: int) -> str:
    if level == STATE:
        return place_of(code)
    return COUNTRY if code == BRAZIL else ""


def development(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """Every variable of the atlas on file, one series each, for the census years."""
    client.expect(len(ATLAS))
    found = {(row["municipality_code"], row["period"]): dict(row) for row in before}
    came = 0
    for name in ATLAS:
        address = f"https://{IPEADATA_HOST}/api/odata4/ValoresSerie(SERCODIGO='ADH_{name.upper()}')"
        for item in client.json(address)["value"]:
            code = _of_level(item["NIVNOME"], cell(item["TERCODIGO"]))
            if not code or item["VALVALOR"] is None:
                continue
            period = item["VALDATA"][:4]
            row = found.setdefault((code, period), {"municipality_code": code, "period": period})
            row[name] = cell(item["VALVALOR"])
            came += code not in PLACES
    if not came:
        raise FetchError("O Ipeadata respondeu sem valores de municípios. Rode de novo mais tarde.")
    years = sorted({row["period"] for row in found.values()})
    return Harvest(list(found.values()), f"Censos {', '.join(years)}", lambda _: True)


def _of_level(level: str, code: str) -> str:
    """The code of a municipality, the letters of a state or BR; empty for other levels."""
    if level == TOWNS:
        return code if CODE.fullmatch(code) else ""
    if level == NATIONS:
        return COUNTRY
    return place_of(code) if level == STATES else ""


CONNECTORS = (
    Connector("ipea_homicidios", "Ipea", (ATLAS_HOST,), homicides),
    Connector("pnud_idhm", "Ipeadata", (IPEADATA_HOST,), development),
)
