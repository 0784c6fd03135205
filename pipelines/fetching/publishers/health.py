"""Ministério da Saúde: Siops (what each municipality put into health) and the coverage of primary care (e-Gestor).

Seen 11/2026 in public clients: `/v1/indicador/municipal/{six digits}/{year}/2` (period 2 is the whole year) answers a
list of `{numero_indicador, indicador_calculado: "18,35", numerador, denominador}`; 3.2 is the share of Complementary Law
141/2012; 204 or 404 where nothing was sent. `/cobertura/aps?unidadeGeografica=MUNICIPIO&coUf=&nuCompInicio=202604&
nuCompFim=202604` answers a list of one object a municipality (`coMunicipioIbge` in six digits, `qtCobertura`, …), whose
fields are the columns on file; a month that is not out yet is an empty list. `unidadeGeografica=UF` with `coUf`, and
`BRASIL` without it, answer the same fields of the state and the country (one client). Siops' indicator of a state is of
another floor (12% of the state's own revenue), so that nothing is taken for the 15% of municipalities.
Not known: neither service publishes a description of itself, so that a change shows only as an answer of another form.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from pipelines.fetching.contract import COUNTRY, Connector, FetchError, Harvest, Row, Scope, cell
from pipelines.fetching.web import Client
from pipelines.states import place_of

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


COVERAGE_HOST = "relatorioaps-prd.saude.gov.br"
# A month comes out one to three months later.
MONTHS_TRIED = 6


def coverage(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """The newest month that is out; the months on file stay."""
    columns = [name for name in before[0] if name not in ("municipality_code", "period")]
    month = scope.today.replace(day=1)
    for _ in range(MONTHS_TRIED):
        month = (month - dt.timedelta(days=1)).replace(day=1)
        client.expect(2 * len(scope.states) + 1)
        found = [item for state in scope.states for item in _coverage_of(client, "MUNICIPIO", state, month)]
        if found:
            return _coverage_found(client, scope, month, columns, found)
    raise FetchError(
        f"O e-Gestor não traz a cobertura de nenhum dos últimos {MONTHS_TRIED} meses. Rode mais tarde."
    )


def _coverage_found(
    client: Client, scope: Scope, month: dt.date, columns: list[str], found: list[dict[str, Any]]
) -> Harvest:
    """A month's rows, and what the ministry itself states for the states and the country (what it leaves out is empty)."""
    period = f"{month:%Y-%m}"
    rows = [
        {
            "municipality_code": cell(item["coMunicipioIbge"]),
            "period": period,
            **{c: cell(item[c]) for c in columns},
        }
        for item in found
    ]
    asked = [("UF", state, place_of(state)) for state in scope.states] + [("BRASIL", "", COUNTRY)]
    for level, state, place in asked:
        found = _coverage_of(client, level, state, month)
        # Anything but one line, or a line of a municipality, is not what the place was asked for.
        if len(found) == 1 and not found[0].get("coMunicipioIbge"):
            rows.append(
                {"municipality_code": place, "period": period, **{c: cell(found[0].get(c)) for c in columns}}
            )
    return Harvest(rows, f"competência {month:%m/%Y}", lambda row: row["period"] == period)


def _coverage_of(client: Client, level: str, state: str, month: dt.date) -> list[dict[str, Any]]:
    query = {"unidadeGeografica": level, **({"coUf": state} if state else {})}
    query |= {"nuCompInicio": f"{month:%Y%m}", "nuCompFim": f"{month:%Y%m}"}
    # Without the state's own figure the municipalities' are whole.
    address = f"https://{COVERAGE_HOST}/cobertura/aps"
    found: list[dict[str, Any]] = client.json(address, query, absent=level != "MUNICIPIO") or []
    return found


CONNECTORS = (
    Connector("ms_siops_piso", "Siops", (HOST,), share),
    Connector("ms_aps", "e-Gestor", (COVERAGE_HOST,), coverage),
)
