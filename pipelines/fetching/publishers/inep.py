"""Inep: Ideb, Indicador Criança Alfabetizada and yearly indicators, spreadsheets at fixed addresses.

Seen 11/2026 in public clients: Ideb 2023 and 2025 under `ideb/resultados/divulgacao_{stage}_municipios_{year}.zip`, one
XLSX each, technical header below nine lines (`SG_UF, CO_MUNICIPIO, NO_MUNICIPIO, REDE, VL_OBSERVADO_y, VL_PROJECAO_y`),
notes below the rows, `-`, `ND` and `ND*` for no result; literacy 2025 in one XLSX (`CO_MUNICIPIO, NO_TP_REDE,
PC_ALUNO_ALFABETIZADO_y, META_FINAL_y, CO_NIVEL_ALFABETIZACAO, PC_AVALIADOS_LP`), whole per cents, targets beyond 80 as
`>80`; flow rates 2019-2025 under `{year}/tx_rend_municipios_{year}.zip` (`NU_ANO_CENSO, CO_MUNICIPIO, NO_CATEGORIA,
NO_DEPENDENCIA, 1_CAT_FUN, 1_CAT_FUN_AI` approved, `2_` failed, `3_` left; `--` for none), age-grade gap (`TDI_`,
`FUN_CAT_0`) and regularity of teachers (`IRD_`, `EDU_BAS_CAT_1`) as `{year}/TDI_{year}_MUNICIPIOS.zip` with the same
columns before. Country and states: `tx_rend_brasil_regioes_ufs_{year}.zip`, `TDI_{year}_BRASIL_REGIOES_UFS.zip`, one
sheet, their names in `UNIDGEO` (without a name in the files of 2019 and 2020, which are not asked for).
Ideb of the states: `divulgacao_regioes_ufs_ideb_{year}.zip`, sheets `UF e Regiões (AI)`, `(AF)`, `(EM)`, header on line 10
with its first two columns blank (place, with `M. G. do Sul`; network, as `Pública (4)`), no municipal network and in
the third sheet no public one; of the country: `divulgacao_brasil_ideb_{year}.zip`, sheets `Brasil (Anos Iniciais)`,
`Brasil (Anos Finais)`, `Brasil (EM)`. Literacy of states and country: `resultados_e_metas_ufs_2025_v1.xlsx` (`SIGLA_UF`,
which may end in `*`, `NOME_UF`, `REDE`, always PÚBLICA), the years since 2023.
The server leaves out its intermediate certificate: see deploy/certificates/. Proficiency is not in the literacy file.
Not known: the address of the literacy file of 2026, whose name changes with each revision; whether the country's line
of the literacy workbook is shifted by a column, as one client says: it is read only where its network stands in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.fetching import archives
from pipelines.fetching.contract import Connector, FetchError, Harvest, Row, Scope
from pipelines.fetching.web import XLSX, ZIP, Client
from pipelines.states import NAMES, PLACES

HOST = "download.inep.gov.br"
PUBLISHER = "Inep"
CODE = re.compile(r"\d{7}")

STAGES = {"AI": "anos_iniciais", "AF": "anos_finais", "EM": "ensino_medio"}
# Ideb is of odd years and comes out the year after at the latest.
EDITIONS_TRIED = 3


def ideb(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """The whole series of the newest edition: three workbooks, one a stage, and those of the states and the country."""
    odd = [year for year in range(scope.today.year, 2000, -1) if year % 2][:EDITIONS_TRIED]
    client.expect(len(STAGES) + len(WHOLE))
    for year in odd:
        files: dict[str, bytes | None] = {}
        for stage, name in STAGES.items():
            address = f"https://{HOST}/ideb/resultados/divulgacao_{name}_municipios_{year}.zip"
            # The first of the three says whether the edition is there; from then on all have to be.
            files[stage] = client.file(address, ZIP, absent=not files)
            if files[stage] is None:
                break
        else:
            rows = [row for stage, data in files.items() for row in _ideb_rows(stage, data or b"", year)]
            rows += [row for name in WHOLE for row in _ideb_whole(client, name, year)]
            return Harvest(rows, f"Ideb {year}", lambda _: True)
    raise FetchError(
        f"O Inep não tem o Ideb de {odd[-1]} a {odd[0]} no endereço conhecido. O conector precisa ser revisto."
    )


def _ideb_rows(stage: str, data: bytes, year: int) -> Iterable[Row]:
    what = f"A planilha do Ideb ({STAGES[stage]})"
    book = archives.member(data, ".xlsx", what)
    for line in archives.sheet(book, ("CO_MUNICIPIO", "REDE", f"VL_OBSERVADO_{year}"), what):
        if CODE.fullmatch(line["CO_MUNICIPIO"]):
            yield from _ideb_years(line, line["CO_MUNICIPIO"], stage, line["REDE"])


def _ideb_years(line: Row, place: str, stage: str, network: str) -> Iterable[Row]:
    """One row a year of a line that has all years side by side."""
    for name, observed in line.items():
        if found := re.fullmatch(r"VL_OBSERVADO_(\d{4})", name):
            yield {
                "municipality_code": place,
                "period": found[1],
                "stage": stage,
                "network": network,
                "VL_OBSERVADO": observed,
                "VL_PROJECAO": line.get(f"VL_PROJECAO_{found[1]}", ""),
            }


# Workbooks of the states and of the country, and the sheet of each stage.
WHOLE: Mapping[str, Mapping[str, str]] = {
    "regioes_ufs": {stage: f"UF e Regiões ({stage})" for stage in STAGES},
    "brasil": {"AI": "Brasil (Anos Iniciais)", "AF": "Brasil (Anos Finais)", "EM": "Brasil (EM)"},
}
# What the indicators are of; the workbooks have the private network and the total too.
NETWORKS = ("Municipal", "Pública")


def _ideb_whole(client: Client, name: str, year: int) -> Iterable[Row]:
    """Inep's own results of the states or the country; none where the edition has no such workbook."""
    data = client.file(f"https://{HOST}/ideb/resultados/divulgacao_{name}_ideb_{year}.zip", ZIP, absent=True)
    if data is None:
        return
    what = f"A planilha do Ideb (divulgacao_{name}_ideb_{year})"
    book = archives.member(data, ".xlsx", what)
    for stage, title in WHOLE[name].items():
        for line in archives.sheet(book, (f"VL_OBSERVADO_{year}",), what, title, ("LUGAR", "REDE")):
            place, network = NAMES.get(line["LUGAR"]), line["REDE"].split(" (")[0]
            if place and network in NETWORKS:
                told = {key: "" if set(text) <= {"*", "-"} else text for key, text in line.items()}
                yield from _ideb_years(told, place, stage, network)


LITERACY_YEAR = "2025"
RESULTS = f"https://{HOST}/avaliacao_da_alfabetizacao/resultados"
LITERACY = f"{RESULTS}/resultados_e_metas_municipios_2025_3.xlsx"
LITERACY_WHOLE = f"{RESULTS}/resultados_e_metas_ufs_2025_v1.xlsx"
TARGETS = {f"meta_alfabetizacao_{year}": f"META_FINAL_{year}" for year in range(2024, 2031)}


def _literacy_lines(client: Client) -> Iterable[Row]:
    rate = f"PC_ALUNO_ALFABETIZADO_{LITERACY_YEAR}"
    head = (
        "CO_MUNICIPIO",
        "NO_TP_REDE",
        rate,
        *TARGETS.values(),
        "CO_NIVEL_ALFABETIZACAO",
        "PC_AVALIADOS_LP",
    )
    data = client.file(LITERACY, XLSX) or b""
    for line in archives.sheet(data, head, "A planilha do Indicador Criança Alfabetizada"):
        if CODE.fullmatch(line["CO_MUNICIPIO"]):
            yield {
                "municipality_code": line["CO_MUNICIPIO"],
                "period": LITERACY_YEAR,
                "network": line["NO_TP_REDE"],
                "taxa_alfabetizacao": _share(line[rate]),
                **{name: _share(line[column]) for name, column in TARGETS.items()},
                "nivel_alfabetizacao": _level(_share(line["CO_NIVEL_ALFABETIZACAO"])),
                "percentual_participacao": _share(line["PC_AVALIADOS_LP"]),
            }


def _share(text: str) -> str:
    """A cell of a share; `>80` says no number, a dash none at all."""
    return "" if text.startswith(">") or text in ("-", "--", "...") else text


def _level(text: str) -> str:
    """A level as it is written on file, `5.0`: a spreadsheet does not tell 5 from 5.0."""
    return f"{text}.0" if text.isdigit() else text


def literacy(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """Results of the newest year; the earlier ones on file have two decimals and stay. Of the states all years."""
    client.expect(2)
    names = ("municipality_code", "period", "network", "taxa_alfabetizacao")
    rows = [
        {name: line[name] for name in names} for line in _literacy_lines(client) if line["taxa_alfabetizacao"]
    ]
    rows += _literacy_whole(client)
    return Harvest(
        rows,
        LITERACY_YEAR,
        lambda row: row["period"] == LITERACY_YEAR or row["municipality_code"] in PLACES,
    )


def _literacy_whole(client: Client) -> Iterable[Row]:
    """The public network of the states and the country; none where the workbook is not there."""
    data = client.file(LITERACY_WHOLE, XLSX, absent=True)
    if data is None:
        return
    head = ("SIGLA_UF", "NOME_UF", "REDE", f"PC_ALUNO_ALFABETIZADO_{LITERACY_YEAR}")
    for line in archives.sheet(data, head, "A planilha do Indicador Criança Alfabetizada por UF"):
        place = NAMES.get(line["NOME_UF"].rstrip("*").strip())
        if place and line["REDE"].casefold() == "pública":
            for name, value in line.items():
                found = re.fullmatch(r"PC_ALUNO_ALFABETIZADO_(\d{4})", name)
                if found and (share := _share(value)):
                    told = {"network": "Pública", "taxa_alfabetizacao": share}
                    yield {"municipality_code": place, "period": found[1], **told}


def literacy_targets(client: Client, scope: Scope, before: list[Row]) -> Harvest:
    """Targets as the newest edition gives them; the earlier editions on file have decimals and stay."""
    client.expect(1)
    return Harvest(list(_literacy_lines(client)), LITERACY_YEAR, lambda row: row["period"] == LITERACY_YEAR)


@dataclass(frozen=True)
class Table:
    """A yearly table of educational indicators: the name of its file, and our columns by theirs.

    Networks are rows; urban and rural are taken together. `whole`: the name of the file with the country and the
    states, whose own values Inep publishes apart; empty where it is not taken.
    """

    file: str
    what: str
    columns: Mapping[str, str]
    whole: str = ""

    def collect(self, client: Client, scope: Scope, before: list[Row]) -> Harvest:
        """The last years that are published."""
        client.expect(YEARS * (2 if self.whole else 1))
        rows: list[Row] = []
        for year in scope.finished_years(YEARS):
            data = client.file(f"{INDICATORS}/{year}/{self.file.format(year)}.zip", ZIP, absent=True)
            if data is None:
                continue
            rows += self._rows(data, year)
            if self.whole:
                data = client.file(f"{INDICATORS}/{year}/{self.whole.format(year)}.zip", ZIP, absent=True)
                rows += self._rows(data, year, "UNIDGEO") if data is not None else []
        if not rows:
            raise FetchError(f"O Inep não tem {self.what} dos últimos anos no endereço conhecido.")
        years = {row["period"] for row in rows}
        return Harvest(rows, f"Censo Escolar {min(years)} a {max(years)}", lambda row: row["period"] in years)

    def _rows(self, data: bytes, year: int, unit: str = "CO_MUNICIPIO") -> Iterable[Row]:
        """The rows of one workbook; `unit`: its column that says of what place a row is, by code or by name."""
        what = f"A planilha com {self.what} de {year}"
        book = archives.member(data, ".xlsx", what)
        head = ("NU_ANO_CENSO", unit, "NO_CATEGORIA", "NO_DEPENDENCIA", *self.columns.values())
        for line in archives.sheet(book, head, what):
            place = NAMES.get(line[unit]) or (line[unit] if CODE.fullmatch(line[unit]) else "")
            if place and line["NO_CATEGORIA"].casefold() == "total":
                told = {name: line[column] for name, column in self.columns.items()}
                period, network = line["NU_ANO_CENSO"], line["NO_DEPENDENCIA"]
                yield {"municipality_code": place, "period": period, "network": network, **told}


INDICATORS = f"https://{HOST}/informacoes_estatisticas/indicadores_educacionais"
YEARS = 3
OUTCOMES = ("aprovacao", "reprovacao", "abandono")
STAGE_CODES = {"ef": "FUN", "ai": "FUN_AI", "af": "FUN_AF", "em": "MED"}

RATES = Table(
    "tx_rend_municipios_{}",
    "as taxas de rendimento",
    {
        f"{outcome}_{stage}": f"{number}_CAT_{code}"
        for number, outcome in enumerate(OUTCOMES, 1)
        for stage, code in STAGE_CODES.items()
    },
    "tx_rend_brasil_regioes_ufs_{}",
)
GAPS = Table(
    "TDI_{}_MUNICIPIOS",
    "as taxas de distorção idade-série",
    {f"distorcao_{stage}": f"{code}_CAT_0" for stage, code in STAGE_CODES.items()},
    "TDI_{}_BRASIL_REGIOES_UFS",
)
TEACHERS = Table(
    "IRD_{}_MUNICIPIOS",
    "a regularidade do docente",
    {f"EDU_BAS_CAT_{number}": f"EDU_BAS_CAT_{number}" for number in range(1, 5)},
)


CONNECTORS = (
    Connector("inep_ideb", PUBLISHER, (HOST,), ideb),
    Connector("inep_alfabetizacao", PUBLISHER, (HOST,), literacy),
    Connector("inep_alfabetizacao_metas", PUBLISHER, (HOST,), literacy_targets),
    Connector("inep_docentes", PUBLISHER, (HOST,), TEACHERS.collect),
    Connector("inep_rendimento", PUBLISHER, (HOST,), RATES.collect),
    Connector("inep_distorcao", PUBLISHER, (HOST,), GAPS.collect),
)
