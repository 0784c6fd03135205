"""Seeded records in the published layouts, as many as are asked for: by DuckDB, since there are millions of them.

Every column of the layouts is there, those that nobody reads too. A few of a thousand have what real ones have: places
that are not known, days that no calendar has, blanks, lost zeros, lines cut short, quotes that do not close.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

# The declaration of live birth, in the order of the published CSV.
_SINASC = (
    "CONTADOR ORIGEM CODESTAB CODMUNNASC LOCNASC IDADEMAE ESTCIVMAE ESCMAE CODOCUPMAE QTDFILVIVO QTDFILMORT CODMUNRES "
    "GESTACAO GRAVIDEZ PARTO CONSULTAS DTNASC HORANASC SEXO APGAR1 APGAR5 RACACOR PESO IDANOMAL DTCADASTRO CODANOMAL "
    "NUMEROLOTE VERSAOSIST DTRECEBIM DIFDATA DTRECORIGA NATURALMAE CODMUNNATU CODUFNATU ESCMAE2010 SERIESCMAE DTNASCMAE "
    "RACACORMAE QTDGESTANT QTDPARTNOR QTDPARTCES IDADEPAI DTULTMENST SEMAGESTAC TPMETESTIM CONSPRENAT MESPRENAT TPAPRESENT "
    "STTRABPART STCESPARTO TPNASCASSI TPFUNCRESP TPDOCRESP DTDECLARAC ESCMAEAGR1 STDNEPIDEM STDNNOVA CODPAISRES TPROBSON "
    "PARIDADE KOTELCHUCK"
)
SINASC = _SINASC.split()
# The declaration of death.
_SIM = (
    "ORIGEM TIPOBITO DTOBITO HORAOBITO NATURAL CODMUNNATU DTNASC IDADE SEXO RACACOR ESTCIV ESC ESC2010 SERIESCFAL OCUP "
    "CODMUNRES LOCOCOR CODESTAB ESTABDESCR CODMUNOCOR IDADEMAE ESCMAE ESCMAE2010 SERIESCMAE OCUPMAE QTDFILVIVO QTDFILMORT "
    "GRAVIDEZ SEMAGESTAC GESTACAO PARTO OBITOPARTO PESO TPMORTEOCO OBITOGRAV OBITOPUERP ASSISTMED EXAME CIRURGIA NECROPSIA "
    "LINHAA LINHAB LINHAC LINHAD LINHAII CAUSABAS CB_PRE COMUNSVOIM DTATESTADO CIRCOBITO ACIDTRAB FONTE NUMEROLOTE DTINVESTIG"
)
SIM = _SIM.split()
# The movement of a formal job: in time, late; and the two more columns of the excluded ones.
_CAGED = (
    "competênciamov região uf município seção subclasse saldomovimentação cbo2002ocupação categoria graudeinstrução idade "
    "horascontratuais raçacor sexo tipoempregador tipoestabelecimento tipomovimentação tipodedeficiência indtrabintermitente "
    "indtrabparcial salário tamestabjan indicadoraprendiz origemdainformação competênciadec indicadordeforadoprazo "
    "unidadesaláriocódigo valorsaláriofixo"
)
CAGED = _CAGED.split()
CAGED_EXC = [*CAGED, "competênciaexc", "indicadordeexclusão"]


@dataclass(frozen=True)
class Written:
    """The files of each count, and how many records are in them, lines that are none included."""

    files: Mapping[str, list[Path]]
    records: Mapping[str, int]


# SQL: a number below n that depends on the record and the purpose alone, so that threads change nothing.
def _pick(purpose: int, n: str | int) -> str:
    return f"(hash(i * 1000 + {purpose} + $seed) % {n})::bigint"


def _day(purpose: int, first: str, days: int) -> str:
    return f"strftime(date '{first}' + {_pick(purpose, days)}::integer, '%d%m%Y')"


# Codes that records have and the registry does not; the last as one who types writes it.
STRAYS = "['500000', '999999', '', '119999', '000000', '530050', '5A0270']"


def _place(purpose: int) -> str:
    code = f"codes[1 + {_pick(purpose, 'len(codes)')}]"
    written = f"case when {_pick(purpose + 1, 20)} = 0 then {code} else left({code}, 6) end"
    return f"case when {_pick(purpose + 2, 500)} = 0 then {STRAYS}[1 + {_pick(purpose + 3, 7)}] else {written} end"


def _date(purpose: int, first: str, days: int) -> str:
    day = _day(purpose, first, days)
    faulty = f"['31022023', '', 'sem data', '2023', '00012023', '15132023'][1 + {_pick(purpose + 1, 6)}]"
    shown = f"case when {_pick(purpose + 3, 50)} = 0 then ltrim({day}, '0') else {day} end"
    return f"case when {_pick(purpose + 2, 1000)} = 0 then {faulty} else {shown} end"


def _among(purpose: int, texts: str, n: int) -> str:
    return f"{texts}[1 + {_pick(purpose, n)}]"


BIRTHS = {
    "CODMUNRES": _place(1),
    "DTNASC": _date(11, "2023-01-01", 731),
    "PESO": f"case when {_pick(21, 60)} = 0 then '' when {_pick(22, 90)} = 0 then '9999' "
    f"else lpad((400 + {_pick(23, 4900)})::varchar, 4, '0') end",
    "GESTACAO": _among(31, "['1','2','3','4','5','5','5','5','5','6','9','']", 12),
    "SEMAGESTAC": _among(32, "['22','30','35','36','37','38','39','40','41','99','']", 11),
    "CONSULTAS": _among(33, "['1','2','3','4','4','4','9','']", 8),
}
DEATHS = {
    "CODMUNRES": _place(1),
    "DTOBITO": _date(11, "2023-01-01", 731),
    "TIPOBITO": f"case when {_pick(21, 2000)} = 0 then '' when {_pick(22, 40)} = 0 then '1' else '2' end",
    "IDADE": _among(
        31,
        "['020','105','223','311','400','000','999','','501','20','401','445','478','480','465','490']",
        16,
    ),
}
JOBS = {
    "município": f"case when {_pick(2, 400)} = 0 then ['999999', '500000', '5X0270', ''][1 + {_pick(3, 4)}] "
    f"else left(codes[1 + {_pick(1, 'len(codes)')}], 6) end",
    "saldomovimentação": f"case when {_pick(4, 3000)} = 0 then '0' when {_pick(5, 100)} < 52 then '1' else '-1' end",
}


def _select(layout: Sequence[str], said: Mapping[str, str], first: int, count: int) -> str:
    cells = []
    for place, name in enumerate(layout):
        cell = said.get(name, f"({_pick(500 + place, 10 ** (1 + place % 6))})::varchar")
        cells.append(f'{cell} as "{name}"')
    return f"select {', '.join(cells)} from range({first}, {first + count}) r(i), places"


def _quoted_end(path: Path, layout: Sequence[str], counted: Mapping[str, str]) -> None:
    """Add to a file in quotes what a strict reader refuses, and a line in Latin-1 that is as good as any."""
    row = [counted.get(name, "1") for name in layout]
    at = next(place for place, name in enumerate(layout) if name not in counted)
    with_quote, unclosed, latin = list(row), list(row), list(row)
    with_quote[at], unclosed[at], latin[at] = 'a"b', "aberta", "ção"

    def line(cells: Sequence[str]) -> str:
        return ";".join(f'"{cell}"' for cell in cells)

    strange = [
        line(row[:5]),
        line([*row, "9"]),
        line(with_quote),
        line(unclosed).replace('"aberta"', '"aberta', 1),
        line(row),
        "",
        line(latin),
    ]
    with path.open("ab") as file:
        file.write(("\n".join(strange) + "\n").encode("latin-1"))


def write(folder: Path, total: int, seed: int, codes: Sequence[str]) -> Written:
    """Write `total` records: two fifths births, three tenths deaths, the rest jobs. `codes`: seven digits."""
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("set preserve_insertion_order = true")
    con.execute("create table places as select ?::varchar[] as codes", [list(codes)])

    def copy(
        name: str, layout: Sequence[str], said: Mapping[str, str], first: int, count: int, form: str
    ) -> Path:
        path = folder / name
        query = _select(layout, said, first, count).replace("$seed", str(seed))
        con.execute(f"copy ({query}) to '{path}' ({form})")
        return path

    quoted = "format csv, delimiter ';', header true, force_quote *"
    births, deaths = total * 4 // 10, total * 3 // 10
    jobs = total - births - deaths
    some = births // 10
    files = {
        "nascimentos": [
            copy("SINASC_2023.csv", SINASC, BIRTHS, 0, births - 4 * some, quoted),
            copy("SINASC_2024.csv.gz", SINASC, BIRTHS, births, 3 * some, f"{quoted}, compression gzip"),
            copy("DNBR2024.parquet", SINASC, BIRTHS, 2 * births, some, "format parquet"),
        ],
        "obitos": [
            copy("Mortalidade_Geral_2023.csv", SIM, DEATHS, 0, deaths - deaths // 3, quoted),
            copy("DOBR2024.parquet", SIM, DEATHS, deaths, deaths // 3, "format parquet"),
        ],
        "empregos": [],
    }
    _quoted_end(
        files["nascimentos"][0], SINASC, {"CODMUNRES": "500270", "DTNASC": "05032023", "PESO": "2400"}
    )
    _quoted_end(
        files["obitos"][0],
        SIM,
        {"CODMUNRES": "500270", "DTOBITO": "05032023", "TIPOBITO": "2", "IDADE": "203"},
    )
    first = 0
    for name, layout, count, months in (
        ("CAGEDMOV202601.txt", CAGED, jobs * 45 // 100, "['202601']"),
        ("CAGEDMOV202602.txt", CAGED, jobs * 45 // 100, "['202602']"),
        ("CAGEDFOR202602.txt", CAGED, jobs * 7 // 100, "['202601', '202512', '202001', '20261', '']"),
        ("CAGEDEXC202602.txt", CAGED_EXC, jobs * 3 // 100, "['202601', '202602', '202511']"),
    ):
        said = {
            **JOBS,
            "competênciamov": f"{months}[1 + {_pick(6, f'len({months})')}]",
            "competênciaexc": "'202602'",
        }
        # The Ministry's text begins with the mark of UTF-8, which clings to the first name.
        marked = ["\ufeff" + layout[0], *layout[1:]]
        said = {**said, marked[0]: said["competênciamov"]}
        files["empregos"].append(
            copy(name, marked, said, first, count, "format csv, delimiter ';', header true")
        )
        first += count
    con.close()
    # Six lines at the end of the first file of each that has quotes.
    return Written(files, {"nascimentos": births + 6, "obitos": deaths + 6, "empregos": first})
