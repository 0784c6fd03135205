"""A few records by hand, in the published layouts, with all that real ones have; and declarations changed by tests."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipelines.microdata import declaring
from pipelines.microdata.declaring import Microdata
from tests.pipelines.microdata.records import CAGED, CAGED_EXC, SIM, SINASC

CLARA, GRANDE = "500020", "500270"  # Água Clara, Campo Grande


def quoted(layout: Sequence[str], rows: Sequence[dict[str, str]], end: str = "\n") -> bytes:
    """Records in quotes with semicolons, as DATASUS publishes them; cells that are not given hold a 1."""
    lines = [list(layout), *([row.get(name, "1") for name in layout] for row in rows)]
    return "".join(";".join(f'"{cell}"' for cell in line) + end for line in lines).encode("latin-1")


def birth(place: str = CLARA, day: str = "05032023", **said: str) -> dict[str, str]:
    return {
        "CODMUNRES": place,
        "DTNASC": day,
        "PESO": "3200",
        "GESTACAO": "5",
        "SEMAGESTAC": "39",
        "CONSULTAS": "4",
        **said,
    }


BIRTHS = [
    birth(),
    birth(PESO="2499", GESTACAO="4", CONSULTAS="3"),
    birth(PESO="2500"),
    # Weight, class and visits that nobody knows; the weeks say it.
    birth(PESO="9999", GESTACAO="", SEMAGESTAC="36", CONSULTAS="9"),
    birth(PESO="", GESTACAO="9", SEMAGESTAC="99", CONSULTAS=""),
    birth(PESO="998", GESTACAO="9", SEMAGESTAC="30"),
    # Seven digits, a lost zero, another place, another year.
    birth("5000203", "5032023"),
    birth(GRANDE),
    birth(day="31122022"),
    # The Federal District by one of its regions.
    birth("530050"),
    # Nobody knows where.
    birth("500000"),
    birth("999999"),
    birth(""),
    # Faults.
    birth("5A0020"),
    birth("119999", "31022023"),
    birth(day=""),
    birth(day="2023-03-05"),
    birth("123456"),
]


def death(place: str = CLARA, day: str = "05032023", kind: str = "2", age: str = "470") -> dict[str, str]:
    return {"CODMUNRES": place, "DTOBITO": day, "TIPOBITO": kind, "IDADE": age}


DEATHS = [
    *(death(age=age) for age in ("001", "020", "20", "123", "229", "311", "400")),
    *(death(age=age) for age in ("401", "499", "500", "512")),
    # Nobody knows how old.
    *(death(age=age) for age in ("000", "999", "", "600", "A20")),
    # Before birth, of unknown places too.
    death(kind="1", age=""),
    death("", kind="1"),
    death("123456", kind="1"),
    death(kind=""),
    death(kind="3"),
    death(GRANDE, age="305"),
    death("500000", age="305"),
    death("123456", age="305"),
    death(day="30022023"),
]


def job(month: str = "202601", place: str = CLARA, movement: str = "1", **said: str) -> dict[str, str]:
    return {"competênciamov": month, "município": place, "saldomovimentação": movement, **said}


MOVEMENTS = [
    job(),
    job(),
    job(movement="-1"),
    job(place=GRANDE),
    job("202602"),
    job("202602", GRANDE),
    job(place="999999"),
]
LATE = [job(movement="-1"), job("202512"), job("20261"), job(movement="0"), job(place="5X0020")]
EXCLUDED = [job(competênciaexc="202602")]


def plain(layout: Sequence[str], rows: Sequence[dict[str, str]]) -> bytes:
    """Records as the Ministry of Labour publishes them: UTF-8 with its mark, bare cells."""
    lines = [";".join(layout), *(";".join(row.get(name, "1") for name in layout) for row in rows)]
    return ("\ufeff" + "\n".join(lines) + "\n").encode()


# Good or bad by themselves, and hard on a reader: cut short, too long, quotes inside, a quote left open, a blank line.
def strange(good: dict[str, str], layout: Sequence[str]) -> bytes:
    line = quoted(layout, [good]).decode("latin-1").splitlines()[1]
    at = next(place for place, name in enumerate(layout) if name not in good)
    cells = [good.get(name, "1") for name in layout]
    cells[at] = 'a"b'
    inside = ";".join(f'"{cell}"' for cell in cells)
    opened = inside.replace('"a"b"', '"aberta')
    return "\n".join(
        (line.rsplit(";", 3)[0], f'{line};"9"', inside, opened, "", line, line.replace('"1"', '"ção"', 1), "")
    ).encode("latin-1")


def write(folder: Path, name: str) -> list[Path]:
    """The files of one count."""
    if name == "nascimentos":
        old = [column for column in SINASC if column != "SEMAGESTAC"]
        made = {
            "SINASC_2023.csv": quoted(SINASC, BIRTHS, "\r\n"),
            "antigo.csv.gz": gzip.compress(quoted(old, [birth(), birth(GESTACAO="")])),
            "estranho.csv": quoted(SINASC, []) + strange(birth(), SINASC),
        }
    elif name == "obitos":
        made = {
            "DO23OPEN.csv": quoted(SIM, DEATHS),
            "estranho.csv": quoted(SIM, []) + strange(death(age="203"), SIM),
        }
    else:
        made = {
            "CAGEDMOV202602.txt": plain(CAGED, MOVEMENTS),
            "CAGEDFOR202602.txt": plain(CAGED, LATE),
            "CAGEDEXC202602.txt": plain(CAGED_EXC, EXCLUDED),
        }
    for file, data in made.items():
        (folder / file).write_bytes(data)
    return [folder / file for file in made]


def with_query(name: str, folder: Path, query: str) -> Microdata:
    """A count whose query is another one."""
    return replace(declaring.declared(name), query=query, file=folder / "changed.sql")
