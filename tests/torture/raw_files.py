"""Real raw files damaged at random, by the thousand: `python -m tests.torture.raw_files --seconds 60 --seed 1`.

Each try damages one file in one of the ways below and loads it. What must hold: no traceback; every line is loaded or
in `rejected`; every loaded cell has the value of the undamaged file, or is empty and told, or is marked as doubtful.
What no machine can see is not tried: one digit for another, a value within what its series and peers allow.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import random
import re
import sys
import tempfile
import time
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from pipelines import declarations, plausible, raw_files, schema
from pipelines.cells import parsed, quoted
from pipelines.declarations import NUMERIC, ROOT, Column, Source

RAW = ROOT / "data" / "raw"
STATE = declarations.read_config().territory.state
Rows = list[list[str]]


@dataclass
class Damage:
    """One file, as it stands and as it will be: `header` and `rows` are written unless `data` is given."""

    rng: random.Random
    source: Source
    header: list[str]
    rows: Rows
    data: bytes | None = None
    place: Callable[[Path], None] | None = None

    def pick(self, *kinds: str) -> tuple[Column, int, int]:
        """A column of some kinds, its place, and a row with a cell there; StopIteration where there is none."""
        columns = [column for column in self.source.columns if column.kind in kinds]
        self.rng.shuffle(columns)
        for column in columns:
            at = self.header.index(column.name)
            filled = [n for n, row in enumerate(self.rows) if row[at] and row[at] not in column.missing]
            if filled:
                return column, at, self.rng.choice(filled)
        raise StopIteration

    def text(self) -> str:
        """The file as CSV."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.header, *self.rows])
        return out.getvalue()


# --- cells -------------------------------------------------------------------------------------------


def _number(damage: Damage) -> None:
    _, at, row = damage.pick(*NUMERIC)
    cell = damage.rows[row][at]
    digits = re.sub(r"\D", "", cell) or "0"
    arabic = "".join(chr(0x660 + int(digit)) for digit in digits)
    forms = [
        f"{cell}%%", f"R$ {cell}", f"{digits}e3", "1e-400", "1e400", "nan", "inf", "0x1F", arabic, f"{digits}x", f"--{digits}",
        f"1_{digits}", f"{digits[:1]},{digits[1:].ljust(3, '0')},000", f"({digits})", f"+{digits}", f"≈{digits}", "#REF!",
        "=1+1", "n/d", "-", f"{digits[:1]} {digits[1:]}5", "9" * 400, "\u2212" + digits, f"{cell} mil", "⅔", f"{digits}ª",
    ]  # fmt: skip
    damage.rows[row][at] = damage.rng.choice(forms)


def _fraction_of_a_count(damage: Damage) -> None:
    column, at, row = damage.pick("count")
    cell = damage.rows[row][at]
    if column.written == "1.234":
        damage.rows[row][at] = cell.replace(".", "") + ".5"
    else:
        damage.rows[row][at] = cell.removesuffix(".0")[:2] + ".741"


def _negative(damage: Damage) -> None:
    column, at, row = damage.pick(*NUMERIC)
    if column.sign != "none" or not re.search("[1-9]", damage.rows[row][at]):
        raise StopIteration
    damage.rows[row][at] = "-" + damage.rows[row][at]


def _swapped_marks(damage: Damage) -> None:
    _, at, row = damage.pick(*NUMERIC)
    cell = damage.rows[row][at]
    if "." not in cell and "," not in cell:
        raise StopIteration
    damage.rows[row][at] = cell.translate(str.maketrans(".,", ",."))


def _rescaled(cell: str, column: Column, factor: float) -> str:
    """A cell times a factor, written as its publisher writes."""
    value = float(cell.replace(".", "").replace(",", ".")) if "," in column.written else None
    if column.written == "1.234":
        value = float(cell.replace(".", ""))
    value = (float(cell) if value is None else value) * factor
    if column.written == "1234":
        return str(round(value))
    if column.written == "1234.0":
        return f"{value:.0f}.0"
    if column.written == "1.234":
        return f"{value:,.0f}".replace(",", ".")
    if column.written == "1.234,5":
        return f"{value:,.1f}".translate(str.maketrans(".,", ",."))
    if column.written == "1234,5":
        return f"{value:.4f}".replace(".", ",")
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _scalable(damage: Damage) -> tuple[Column, int, list[int]]:
    """A column whose own series tells a thousandfold error, and the rows that are far from where chance rules."""
    columns = [c for c in damage.source.columns if 0 < c.own <= 20 and not c.written.endswith(("%", "e-06"))]
    if not columns:
        raise StopIteration
    column = damage.rng.choice(columns)
    at = damage.header.index(column.name)
    periods: Counter[str] = Counter()
    series = [
        damage.header.index(name) for name in damage.source.series or damage.source.key if name != "period"
    ]
    filled = []
    for number, row in enumerate(damage.rows):
        if row[at] in ("", *column.missing):
            continue
        value = abs(float(_rescaled(row[at], column, 1).replace(".", "").replace(",", "."))
                    if "," in column.written or column.written == "1.234" else float(row[at]))  # fmt: skip
        periods["|".join(row[place] for place in series)] += 1
        if value > column.least * column.own * column.shared and value > 0:
            filled.append(number)
    filled = [n for n in filled if periods["|".join(damage.rows[n][place] for place in series)] > 1]
    if not filled:
        raise StopIteration
    return column, at, filled


def _thousandfold(damage: Damage) -> None:
    column, at, filled = _scalable(damage)
    row = damage.rng.choice(filled)
    damage.rows[row][at] = _rescaled(damage.rows[row][at], column, 1000)


def _thousandfold_period(damage: Damage) -> None:
    """67 of 79 municipalities of one period in another unit, as an edition of GDP once came."""
    column, at, filled = _scalable(damage)
    when = damage.header.index("period")
    period = damage.rows[damage.rng.choice(filled)][when]
    for row in filled:
        if damage.rows[row][when] == period and damage.rng.random() < 0.85:
            damage.rows[row][at] = _rescaled(damage.rows[row][at], column, 1000)


def _percent_for_fraction(damage: Damage) -> None:
    column, at, row = damage.pick("fraction")
    if column.written != "1234.5" or float(damage.rows[row][at]) < 0.1:
        raise StopIteration
    damage.rows[row][at] = _rescaled(damage.rows[row][at], column, 100)


# --- keys, codes, periods ----------------------------------------------------------------------------


def _blanks(damage: Damage) -> None:
    at = damage.header.index(damage.rng.choice([*damage.source.key]))
    row = damage.rng.choice(damage.rows)
    mark = damage.rng.choice([" ", "\u00a0", "\u200b", "\ufeff", "\t", "\u3000", "\u2009"])
    row[at] = damage.rng.choice(
        [row[at] + mark, mark + row[at], row[at].replace(" ", mark if mark != "\u200b" else "  ")]
    )


def _spelling(damage: Damage) -> None:
    _, at, row = damage.pick("category")
    cell = damage.rows[row][at]
    damage.rows[row][at] = damage.rng.choice(
        [
            cell.upper(),
            cell.lower(),
            unicodedata.normalize("NFD", cell),
            cell + "s",
            cell[:-1] + "?",
            "x" + cell,
        ]
    )


def _period(damage: Damage) -> None:
    at = damage.header.index("period")
    row = damage.rng.choice(damage.rows)
    year = row[at][:4]
    row[at] = damage.rng.choice([
        f"{year}-12-31", f"{year}-12", f"{year}.0", year[2:], f"{year}-13", "2062", "1066", "", "ano", f"{year}/{year}",
        f"'{year}", f"{year}-02-30", f"1{year}", "２０２３", f"{year}*", f"{year} (p)",
    ] if len(row[at]) == 4 else [year, f"{year}-00", "2062-01", f"{year}/03", "", f"{row[at]}-1"])  # fmt: skip


def _code(damage: Damage) -> None:
    row = damage.rng.choice(damage.rows)
    code = row[0]
    row[0] = damage.rng.choice(
        [code + ".0", "9" + code[1:], code[:5], "", "Campo Grande", code + "1", f"'{code}"]
    )


# --- lines and files ---------------------------------------------------------------------------------


def _line(damage: Damage) -> None:
    at = damage.rng.randrange(len(damage.rows))
    row = damage.rows[at]
    kind = damage.rng.randrange(7)
    if kind == 0:
        damage.rows.insert(at, list(row))
    elif kind == 1:
        del damage.rows[at]
    elif kind == 2:
        row.append("")
    elif kind == 3:
        del row[-1]
    elif kind == 4:
        row.insert(damage.rng.randrange(len(row)), "1")
    elif kind == 5:
        damage.rows.insert(at, [])
    else:
        row[damage.rng.randrange(len(row))] = "9" * damage.rng.choice([131_073, 400_000])


def _header(damage: Damage) -> None:
    at = damage.rng.randrange(len(damage.header))
    name = damage.header[at]
    damage.header[at] = damage.rng.choice(
        [
            name + " ",
            "\t" + name,
            name + "\u00a0",
            name.upper() + "X",
            "",
            damage.header[at - 1],
            name + "\u200b",
        ]
    )


def _bytes(damage: Damage) -> None:
    data = bytearray(damage.text().encode())
    for _ in range(damage.rng.choice([1, 1, 5])):
        at = damage.rng.randrange(len(data))
        data[at] = damage.rng.choice(b'\0\xff\xc3"\r;@!')
    damage.data = bytes(data)


def _file(damage: Damage) -> None:
    text = damage.text()
    data = text.encode()
    half = damage.rng.randrange(len(data))
    page = b"<!doctype html><html><body>502 Bad Gateway</body></html>\n"
    latin = text.replace("Mun", "Mún").encode("latin-1", errors="replace")
    damage.data = damage.rng.choice([
        b"", b"\n\n\n", page, data[:half], data.replace(b",", b";"), data.replace(b",", b"\t"), data.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + data, data.replace(b"\n", b"\r\n"), latin, data.decode().encode("utf-16"), b"\x1f\x8b\x08" + data[:99],
        data.replace(b"\n", b"\n\n", 3), data + data.split(b"\n", 1)[1], data[half:], b'"' + data, data.replace(b",", b',"', 1),
        os.urandom(0) + damage.rng.randbytes(5000), data + b"Total,,,,\n", data.split(b"\n")[0] + b"\n",
    ])  # fmt: skip


def _place(damage: Damage) -> None:
    damage.place = damage.rng.choice([
        os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to(path), Path.mkdir,
        lambda path: path.symlink_to("/dev/null"), lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 1 << 40),
    ])  # fmt: skip


KINDS: Mapping[str, Callable[[Damage], None]] = {
    "number": _number,
    "fraction of a count": _fraction_of_a_count,
    "negative": _negative,
    "swapped marks": _swapped_marks,
    "thousandfold": _thousandfold,
    "thousandfold period": _thousandfold_period,
    "percent for fraction": _percent_for_fraction,
    "blanks": _blanks,
    "spelling": _spelling,
    "period": _period,
    "code": _code,
    "line": _line,
    "header": _header,
    "bytes": _bytes,
    "file": _file,
    "place": _place,
}
# Those that leave every line at its place, so that cells can be compared one by one.
IN_PLACE = frozenset(KINDS) - {"line", "bytes", "file", "place"}


# --- trying ------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What came of the tries; `faults` says what must not be."""

    tried: int = 0
    refused: int = 0
    accepted: int = 0
    unaccounted: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def _territory(name: str) -> tuple[list[str], Rows]:
    """The header and the rows of a real source, those of the territory alone: the country's are never held against
    each other, and a thousand tries of them would take a day. The registry keeps all, since every code is looked up in it.
    """
    text = raw_files.content(name, raw_files.raw_path(RAW / name)).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    at = header.index("municipality_code")
    return header, [row for row in rows if name == raw_files.REGISTRY or row[at].startswith(STATE)]


def held() -> list[str]:
    """The sources whose files are tried: what awaits its figures has none, and outlines are no numbers."""
    return [
        name
        for name, one in declarations.sources().items()
        if name != "ibge_malha" and one.origin != "awaited"
    ]


class Bench:
    """A DuckDB with every real source loaded undamaged, to compare with."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.con = duckdb.connect()
        self.con.execute("create schema raw; create schema good")
        self.con.execute(raw_files.MACROS)
        self.con.execute(f"create table rejected ({schema.ddl('rejected')})")
        declared = declarations.sources()
        first = (raw_files.REGISTRY, plausible.PEOPLE)
        others = names or held()
        self.sources = [*first, *(name for name in others if name not in first)]
        self.files: dict[str, tuple[list[str], Rows]] = {}
        self.declared: dict[str, Source] = {}
        for name in self.sources:
            self.files[name] = _territory(name)
            data = Damage(random.Random(), declared[name], *self.files[name]).text().encode()
            self.declared[name] = replace(
                declared[name], rows=len(self.files[name][1]), sha256=raw_files.fingerprint(data)
            )
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / raw_files.PLAIN
                path.write_bytes(data)
                raw_files.load(self.con, self.declared[name], path)
            if name == raw_files.REGISTRY:
                self.con.execute(
                    f"""create table codes as select municipality_code as published, municipality_code
                    from raw.{name} union select left(municipality_code, 6), municipality_code from raw.{name}"""
                )
            self.con.execute(f"create table good.{name} as select * from raw.{name}")
        self.con.execute(
            "create table told as select * from rejected; create table people_kept as from people"
        )

    def attempt(self, name: str, kind: str, rng: random.Random, folder: Path, tally: Tally) -> None:
        """One try; what came of it goes into the tally."""
        source = self.declared[name]
        header, rows = self.files[name]
        damage = Damage(rng, source, list(header), [list(row) for row in rows])
        try:
            KINDS[kind](damage)
        except StopIteration:
            return
        path = folder / "values.csv"
        if damage.place:
            damage.place(path)
        else:
            path.write_bytes(damage.text().encode() if damage.data is None else damage.data)
        tally.tried += 1
        tally.by_kind[kind] += 1
        self.con.execute("delete from rejected; delete from doubts")
        try:
            raw_files.load(self.con, source, path)
        except raw_files.SourceError as error:
            tally.refused += 1
            if not error.fault.reason.endswith(".") and "seal" not in error.fault.reason:
                tally.faults.append(f"{name}, {kind}: reason without an end: {error.fault.reason}")
        except Exception:
            tally.faults.append(f"{name}, {kind}: {traceback.format_exc(limit=-3)}")
        else:
            self._compare(source, kind, damage, tally)
        finally:
            self.con.execute("create or replace table people as from people_kept")
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)

    def _compare(self, source: Source, kind: str, damage: Damage, tally: Tally) -> None:
        con, name = self.con, source.source
        lines = self._lines(damage)
        held = {line for (line,) in con.execute(f"select line from raw.{name}").fetchall()}
        told = {
            line for (line,) in con.execute("select line from rejected where line is not null").fetchall()
        }
        missing = lines - held - told
        if missing:
            tally.unaccounted += len(missing)
            tally.faults.append(f"{name}, {kind}: lines without an account: {sorted(missing)[:5]}")
        news = con.execute(
            'select count(*) from (select line, "column", value from rejected where line is not null '
            "except select line, \"column\", value from told where source = ?)", [name]
        ).fetchall()[0][0]  # fmt: skip
        if news:
            tally.refused += 1
        else:
            tally.accepted += 1
        if kind not in IN_PLACE:
            return
        for column in source.columns:
            if column.kind == "text":
                continue
            cell = quoted(column.name)
            value = parsed(column) if column.kind in NUMERIC else cell
            wrong = con.execute(
                f"""with was as (select line, {value} as v from good.{name}), now as (
                    select line, {value} as v, {cell} as cell from raw.{name})
                select line, was.v, cell, now.v is null from was join now using (line)
                where now.v is distinct from was.v"""
            ).fetchall()
            for line, was, now, empty in wrong:
                said = con.execute(
                    'select count(*) from rejected where line = ? and "column" = ?', [line, column.name]
                ).fetchall()[0][0]
                if not said:
                    what = "emptied without a word" if empty else "silently wrong"
                    tally.faults.append(
                        f"{name}, {kind}: line {line}, {column.name}: {was} became {now}: {what}"
                    )
        self._placed(source, kind, tally)

    def _placed(self, source: Source, kind: str, tally: Tally) -> None:
        """The keys of what came in are those of the undamaged file."""
        keys = ", ".join(quoted(key) for key in source.key)
        strange = self.con.execute(
            f"select line, {keys} from raw.{source.source} except select line, {keys} from good.{source.source}"
        ).fetchall()
        if strange:
            tally.faults.append(f"{source.source}, {kind}: silently another key: {strange[:3]}")

    @staticmethod
    def _lines(damage: Damage) -> set[int]:
        """The numbers of the lines below the header, as an editor shows them."""
        data = damage.text().encode() if damage.data is None else damage.data
        return set(range(2, data.count(b"\n") + 1))


def run(seed: int, seconds: float, most: int = 10**9, names: Sequence[str] = ()) -> Tally:
    """Try until the seconds are over, or `most` times; the same seed tries the same things. `names`: of sources."""
    rng = random.Random(seed)
    bench, tally = Bench(names), Tally()
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end and tally.tried < most:
            name, kind = rng.choice(bench.sources), rng.choice(list(KINDS))
            bench.attempt(name, kind, random.Random(rng.random()), Path(folder), tally)
    return tally


def main() -> int:
    """Run from the command line; 1 where something happened that must not."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.raw_files")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    tally = run(given.seed, given.seconds)
    for fault in tally.faults[:40]:
        print(fault)
    print(", ".join(f"{kind} {count}" for kind, count in sorted(tally.by_kind.items())))
    print(
        f"tried {tally.tried}, refused in words {tally.refused}, accepted {tally.accepted}, "
        f"unaccounted {tally.unaccounted}, faults {len(tally.faults)}"
    )
    return 1 if tally.faults or tally.unaccounted else 0


if __name__ == "__main__":
    sys.exit(main())
