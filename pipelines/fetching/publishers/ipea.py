"""Ipea: homicides of the Atlas da Violência, and the human development atlas as Ipeadata serves it.

Seen 11/2026 in public clients: `valores-series/20/4` answers one list of `{cod, periodo: "2019-01-15", valor}` for all
municipalities. One client found that service answering 404 for a time. Ipeadata's OData answers `{value: [{SERCODIGO,
VALDATA: "2010-01-01T00:00:00-02:00", VALVALOR, NIVNOME, TERCODIGO}]}`; its series of the atlas are named ADH_ and the
atlas' own name of the variable.
Not known: whether Ipeadata answers over https (its clients use http, which is not used here), and whether it has the
series of T_BANAGUA, T_LUZ, T_FREQ0A3 and T_FREQ4A5; a series that it does not have leaves its column as it is on file.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from pipelines.fetching.contract import Connector, FetchError, Harvest, Row, Scope, cell
from pipelines.fetching.web import Client

ATLAS_HOST, IPEADATA_HOST = "www.ipea.gov.br", "www.ipeadata.gov.br"
CODE = re.compile(r"\d{7}")
TOWNS = "Municípios"
ATLAS = (
    "idhm", "idhm_e", "idhm_l", "idhm_r", "gini", "espvida", "mort1", "mort5", "rdpc", "pmpob", "pind", "t_agua",
    "t_banagua", "t_lixo", "t_luz", "t_freq0a3", "t_freq4a5",
)  # fmt: skip


def homicides(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """The whole series of the homicide rate (series 20)."""
    client.expect(1)
    rows = [
        {"municipality_code": cell(item["cod"]), "period": item["periodo"][:4], "valor": cell(item["valor"])}
        for item in client.json(f"https://{ATLAS_HOST}/atlasviolencia/api/v1/valores-series/20/4")
    ]
    rows = [row for row in rows if CODE.fullmatch(row["municipality_code"]) and row["valor"]]
    if not rows:
        raise FetchError("O Atlas da Violência respondeu sem municípios. Rode de novo mais tarde.")
    return Harvest(rows, f"Atlas da Violência, série até {max(r['period'] for r in rows)}", lambda _: True)


def development(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """Every variable of the atlas on file, one series each, for the census years."""
    client.expect(len(ATLAS))
    found = {(row["municipality_code"], row["period"]): dict(row) for row in before}
    came = 0
    for name in ATLAS:
        series, towns = f"ADH_{name.upper()}", quote(f"NIVNOME eq '{TOWNS}'")
        address = f"https://{IPEADATA_HOST}/api/odata4/ValoresSerie(SERCODIGO='{series}')?$filter={towns}"
        for item in client.json(address)["value"]:
            code = cell(item["TERCODIGO"])
            if item["NIVNOME"] != TOWNS or not CODE.fullmatch(code) or item["VALVALOR"] is None:
                continue
            period = item["VALDATA"][:4]
            row = found.setdefault((code, period), {"municipality_code": code, "period": period})
            row[name] = cell(item["VALVALOR"])
            came += 1
    if not came:
        raise FetchError("O Ipeadata respondeu sem valores de municípios. Rode de novo mais tarde.")
    years = sorted({row["period"] for row in found.values()})
    return Harvest(list(found.values()), f"Censos {', '.join(years)}", lambda _: True)


CONNECTORS = (
    Connector("ipea_homicidios", "Ipea", (ATLAS_HOST,), homicides),
    Connector("pnud_idhm", "Ipeadata", (IPEADATA_HOST,), development),
)
