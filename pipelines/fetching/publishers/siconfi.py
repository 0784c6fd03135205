"""Tesouro Nacional, Siconfi: RGF (debt and personnel), RREO (education) and DCA (totals of the annual accounts).

Seen 11/2026 in public clients and their recorded tests: the envelope `{items, hasMore, limit, offset, count}`; the next
page is `offset + limit` while `hasMore`; without `id_ente` or `co_poder` an empty list with status 200. Accounts are
matched by `cod_conta` (the roman numerals of `conta` vary by year), columns by their words. RGF: quarterly (Q, 3rd),
for smaller municipalities half-yearly (S, 2nd), also as `RGF Simplificado`. DCA Anexo I-C: `Receitas Brutas Realizadas`
of `RO1.0.0.0.00.0.0`, `RO2.0.0.0.00.0.0`, `TotalReceitas`; I-D: `DO3.0.00.00.00.00`, `DO4.0.00.00.00.00`, `TotalDespesas`.
Not known: whether the totals on file are gross revenue and paid-for or committed expenditure (they were computed by
others); a different reading changes most values and is refused as a revision, never put in silently. Nor the account
names of a `RGF Simplificado`; where the accounts are not found, the municipality is left without a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from pipelines.fetching.contract import Connector, FetchError, Harvest, Row, Scope, cell
from pipelines.fetching.web import Client

HOST = "apidatalake.tesouro.gov.br"
BASE = f"https://{HOST}/ords/siconfi/tt"
PUBLISHER = "Siconfi"
# Accounts are sent again for some time after the year has ended.
YEARS = 2
MOST_PAGES = 400

Item = dict[str, Any]


def items(client: Client, service: str, query: dict[str, object]) -> list[Item]:
    """All items of a service, page after page. Raises FetchError where pages do not go on as they say."""
    found: list[Item] = []
    offset = 0
    for _ in range(MOST_PAGES):
        page = client.json(f"{BASE}/{service}", {**query, "offset": offset})
        found += page["items"]
        if not page["hasMore"]:
            return found
        if not page["items"] or int(page["limit"]) < 1:
            raise FetchError(
                f"O Siconfi ({service}) diz que há mais páginas e não as entrega. Rode de novo mais tarde."
            )
        offset += int(page["limit"])
    raise FetchError(f"O Siconfi ({service}) entrega páginas sem fim. Nada foi trocado.")


def value(rows: Iterable[Item], account: str, column: Callable[[str], bool]) -> Decimal | None:
    """The value of an account in the first column that fits; None where there is none."""
    for row in rows:
        if row["cod_conta"] == account and column(row["coluna"]) and row["valor"] is not None:
            return Decimal(row["valor"])
    return None


def comma(number: Decimal | None) -> str:
    """A number with a decimal comma, always with a decimal, as the declaration of these columns says."""
    text = cell(number).replace(".", ",")
    return text if not text or "," in text else f"{text},0"


def _is(words: str) -> Callable[[str], bool]:
    return lambda column: column.strip().casefold() == words.casefold()


def _reports(client: Client, year: int, code: str, annex: str) -> tuple[str, list[Item]]:
    """The last report of a year, quarterly or half-yearly: its name and its items; empty where none was sent."""
    for rhythm, number, kind in (("Q", 3, "RGF"), ("S", 2, "RGF"), ("S", 2, "RGF Simplificado")):
        query: dict[str, object] = {
            "an_exercicio": year, "in_periodicidade": rhythm, "nr_periodo": number, "co_tipo_demonstrativo": kind,
            "no_anexo": annex, "co_esfera": "M", "co_poder": "E", "id_ente": code,
        }  # fmt: skip
        if found := items(client, "rgf", query):
            return f"{number}o. {'quadrimestre' if rhythm == 'Q' else 'semestre'}", found
    return "", []


def _each(
    requests: int, row_of: Callable[[Client, int, str], Row | None], name: str
) -> Callable[[Client, Scope, list[Row]], Harvest]:
    """A collector that asks for every municipality and year; a municipality that sent nothing has no row."""

    def collect(client: Client, scope: Scope, before: list[Row]) -> Harvest:
        return _collected(client, scope, before, requests, row_of, name)

    return collect


def _collected(
    client: Client,
    scope: Scope,
    before: list[Row],
    requests: int,
    row_of: Callable[[Client, int, str], Row | None],
    name: str,
) -> Harvest:
    years = scope.finished_years(YEARS)
    client.expect(len(years) * len(scope.municipalities) * requests)
    rows = []
    for year in years:
        for code in scope.municipalities:
            if row := row_of(client, year, code):
                rows.append({"municipality_code": code, "period": str(year), **row})
    # A year that most have not sent yet waits until they have, unless it is on file already.
    count = Counter(row["period"] for row in rows)
    known = {row["period"] for row in before}
    rows = [r for r in rows if r["period"] in known or count[r["period"]] >= len(scope.municipalities) / 2]
    if not rows:
        raise FetchError(f"O Siconfi não traz {name} da maioria dos municípios de {years[0]} a {years[-1]}.")
    asked = {row["period"] for row in rows}
    last = max(row["period"] for row in rows)
    return Harvest(rows, f"exercícios até {last}", lambda row: row["period"] in asked)


def _debt(client: Client, year: int, code: str) -> Row | None:
    period, found = _reports(client, year, code, "RGF-Anexo 02")
    # The other columns are the balance of the year before and of earlier periods of this one.
    until = [row for row in found if row["coluna"].startswith(f"Até o {period[:1]}")]
    accounts = {
        "dc_pct_rcl": "PercentualDaDCSobreARCL",
        "dcl_pct_rcl": "PercentualDaDCLSobreARCL",
        "rcl": "RGF2ReceitaCorrenteLiquida",
    }
    told = {name: comma(value(until, account, bool)) for name, account in accounts.items()}
    return {"periodo": period, **told} if any(told.values()) else None


def _personnel(client: Client, year: int, code: str) -> Row | None:
    period, found = _reports(client, year, code, "RGF-Anexo 01")
    share, amount = _is("% sobre a RCL Ajustada"), _is("Valor")
    told = {
        "despesa_total_pessoal": value(found, "DespesaComPessoalTotal", amount),
        "rcl_ajustada": value(found, "ReceitaCorrenteLiquidaAjustada", amount),
        "pessoal_pct_rcl": value(found, "DespesaComPessoalTotal", share),
        "limite_maximo_pct": value(found, "LimiteMaximoDespesaComPessoalTotal", share),
        "limite_prudencial_pct": value(found, "LimitePrudencialDespesaComPessoalTotal", share),
        "limite_alerta_pct": value(found, "LimiteDeAlertaDespesaComPessoalTotal", share),
    }
    if told["pessoal_pct_rcl"] is None:
        return None
    return {"periodo": period, **{name: cell(number) for name, number in told.items()}}


EDUCATION = "MinimoAnualDasReceitasDeImpostosNaManutencaoEDesenvolvimentoDoEnsinoDemonstrativoSimplificado"


def _education(client: Client, year: int, code: str) -> Row | None:
    for kind in ("RREO", "RREO Simplificado"):
        query: dict[str, object] = {
            "an_exercicio": year, "nr_periodo": 6, "co_tipo_demonstrativo": kind, "no_anexo": "RREO-Anexo 14",
            "co_esfera": "M", "id_ente": code,
        }  # fmt: skip
        found = items(client, "rreo", query)
        applied = value(found, EDUCATION, _is("% Aplicado Até o Bimestre"))
        if applied is not None:
            amount = value(found, EDUCATION, _is("Valor Apurado Até o Bimestre"))
            least = value(found, EDUCATION, _is("% Mínimo a Aplicar no Exercício"))
            return {"aplicado_pct": cell(applied), "minimo_pct": cell(least), "valor_aplicado": cell(amount)}
    return None


def _accounts(client: Client, year: int, code: str) -> Row | None:
    revenue, expenditure = (
        items(client, "dca", {"an_exercicio": year, "no_anexo": annex, "id_ente": code})
        for annex in ("DCA-Anexo I-C", "DCA-Anexo I-D")
    )
    if not revenue or not expenditure:
        return None
    gross, committed = _is("Receitas Brutas Realizadas"), _is("Despesas Empenhadas")
    total = value(revenue, "TotalReceitas", gross)
    own = value(revenue, "ReceitasExcetoIntraOrcamentarias", gross)
    everything = value(expenditure, "TotalDespesas", committed)
    current = value(expenditure, "DO3.0.00.00.00.00", committed)
    capital = value(expenditure, "DO4.0.00.00.00.00", committed)
    earned = value(revenue, "RO1.0.0.0.00.0.0", gross)
    if earned is None or current is None:
        return None
    return {
        "populacao": f"{revenue[0]['populacao']}.0",
        "Receita_Corrente": cell(earned),
        "Receita_Capital": cell(value(revenue, "RO2.0.0.0.00.0.0", gross)),
        "Receita_Intra_Orcamentaria": cell(None if total is None or own is None else total - own),
        "Receita_Total": cell(total),
        "Despesa_Corrente": cell(current),
        "Despesa_Capital": cell(capital),
        "Despesa_Intra_Orcamentaria": cell(
            None if everything is None or capital is None else everything - current - capital
        ),
        # On file the total is that of the two categories, without what municipal bodies pay each other.
        "Despesa_Total": cell(None if capital is None else current + capital),
    }


CONNECTORS = (
    Connector("stn_rgf", PUBLISHER, (HOST,), _each(2, _debt, "o RGF")),
    Connector("stn_rgf_pessoal", PUBLISHER, (HOST,), _each(2, _personnel, "o RGF")),
    Connector("stn_rreo_educacao", PUBLISHER, (HOST,), _each(1, _education, "o RREO")),
    Connector("stn_dca", PUBLISHER, (HOST,), _each(2, _accounts, "a DCA")),
)
