"""Ministério da Saúde, Siops: what each municipality put into public health, against the floor of 15%.

Seen 11/2026 in public clients: `/v1/indicador/municipal/{six digits}/{year}/2` (period 2 is the whole year) answers a
list of `{numero_indicador, indicador_calculado: "18,35", numerador, denominador}`; 3.2 is the share of Complementary Law
141/2012; 204 or 404 where nothing was sent.
Not known: the service publishes no description of itself, so that a change shows only as an answer of another form.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from pipelines.declarations import Column, Source
from pipelines.fetching.contract import Connector, FetchError, Harvest, Row, Scope, cell
from pipelines.fetching.web import Client

HOST = "siops-consulta-publica-api.saude.gov.br"
SHARE = "3.2"
YEARS = 2


def share(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """The indicator 3.2 of the last finished years; a year that most have not sent yet waits."""
    years = scope.finished_years(YEARS)
    client.expect(len(years) * len(scope.municipalities))
    rows = []
    for year in years:
        for code in scope.municipalities:
            address = f"https://{HOST}/v1/indicador/municipal/{code[:6]}/{year}/2"
            for item in client.json(address, absent=True) or []:
                if item["numero_indicador"] == SHARE:
                    rows.append(
                        {
                            "municipality_code": code,
                            "period": str(year),
                            "aplicado_pct": cell(item["indicador_calculado"]),
                            "valor_aplicado": cell(item["numerador"]),
                            "base_calculo": cell(item["denominador"]),
                        }
                    )
    known = {row["period"] for row in before}
    count = Counter(row["period"] for row in rows)
    rows = [r for r in rows if r["period"] in known or count[r["period"]] >= len(scope.municipalities) / 2]
    if not rows:
        raise FetchError(
            f"O Siops não traz o indicador {SHARE} da maioria dos municípios de {years[0]} a {years[-1]}."
        )
    came = {row["period"] for row in rows}
    return Harvest(rows, f"exercícios até {max(came)}", lambda row: row["period"] in came)


SIOPS = Source(
    source="ms_siops",
    publisher="Ministério da Saúde (Siops)",
    short="Siops",
    dataset="Receita própria aplicada em ações e serviços públicos de saúde (indicador 3.2)",
    url=f"https://{HOST}/v1/indicador/municipal",
    edition="aguardando coleta",
    licence="Dados públicos; citar a fonte",
    retrieved=dt.date.min,
    sha256="",
    rows=0,
    periods="",
    origin="fetched",
    note="Informado pelo município. Mínimo de 15% para municípios: Lei Complementar 141/2012, art. 7º.",
    key=("municipality_code", "period"),
    columns=(
        Column("aplicado_pct", "Aplicado em saúde, em % da receita de impostos", "number_br", range=(0, 100)),
        Column("valor_aplicado", "Valor aplicado, em R$", "number"),
        Column("base_calculo", "Receita de impostos e transferências, em R$", "number"),
    ),
)

CONNECTORS = (Connector("ms_siops", "Siops", (HOST,), share, SIOPS),)
