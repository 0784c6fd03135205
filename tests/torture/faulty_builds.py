"""Ways to spoil what a build reads, or what the system lets it do; a build then goes on in words or ends in words.

Each kind takes a folder as `tiny.furnish` leaves it and spoils it; what it returns says how the build is started and what
may change without a word.
"""

from __future__ import annotations

import csv
import io
import os
import random
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelines import declarations, raw_files
from tests.torture import plan_files
from tests.torture import raw_files as raw_damage
from tests.torture.tiny import PARTICIPANTS, SOURCES


@dataclass(frozen=True)
class Spoiled:
    """What was spoiled: `what`, for the count of a fault. `open`: another declaration may give other figures, and needs
    no word for it. `limits`: of the system, for the process of the build.
    """

    what: str
    open: bool = False
    limits: Mapping[int, int] = field(default_factory=dict)


def a_raw_file(folder: Path, dice: random.Random) -> Spoiled:
    """One damage of those of `tests.torture.raw_files`, or several, in one or more raw files."""
    told = []
    for name in dice.sample(SOURCES, dice.choice((1, 1, 1, 2, 3))):
        source = declarations.read_source(folder / "pipelines" / "sources" / f"{name}.toml")
        path = folder / "data" / "raw" / name / raw_files.PLAIN
        header, *rows = csv.reader(io.StringIO(path.read_text("utf-8"), newline=""))
        for _ in range(20):
            kind = dice.choice(list(raw_damage.KINDS))
            damage = raw_damage.Damage(dice, source, list(header), [list(row) for row in rows])
            try:
                raw_damage.KINDS[kind](damage)
            except StopIteration:
                continue
            path.unlink()
            if damage.place:
                damage.place(path)
            else:
                path.write_bytes(damage.text().encode() if damage.data is None else damage.data)
            told.append(f"{name}: {kind}")
            break
    return Spoiled("; ".join(told))


def a_packed_file(folder: Path, dice: random.Random) -> Spoiled:
    """A raw file packed, and then cut, turned or beside its plain form."""
    name = dice.choice(SOURCES)
    plain = folder / "data" / "raw" / name / raw_files.PLAIN
    data = bytearray(raw_files.packed(plain.read_bytes()))
    how = dice.choice(("whole", "cut", "turned", "both", "empty", "twice", "bomb"))
    if how == "turned":
        data[dice.randrange(len(data))] ^= 0xFF
    if how == "bomb":
        data = bytearray(raw_files.packed(b"0" * (raw_files.MOST_RAW + 10)))
    if how == "twice":
        data = bytearray(raw_files.packed(bytes(data)))
    if how != "both":
        plain.unlink()
    kept = data[: dice.randrange(len(data))] if how == "cut" else b"" if how == "empty" else data
    plain.with_name(raw_files.PACKED).write_bytes(kept)
    return Spoiled(f"{name}: packed, {how}")


def _spoiled_text(text: str, dice: random.Random) -> bytes:
    """A file that somebody wrote, with a slip in it."""
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    place = dice.randrange(len(text))
    marks = [
        '"',
        "'",
        "[",
        "]",
        "{",
        "}",
        "=",
        "\x00",
        "\x85",
        "é",
        "%",
        ";",
        "\n",
        "#",
        "\\",
        "\ufeff",
        "9" * 5000,
        "nan",
        "(",
    ]
    kind = dice.randrange(14)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[at])
    elif kind == 2:
        lines[at] = (
            f"{lines[at].partition('=')[0]}= {dice.choice(('3', '[]', 'true', 'nan', 'inf', '{}', '1e400', '[[1]]', '2026-01-01'))}"
        )
    elif kind == 3:
        lines.insert(
            at,
            dice.choice(("outra = 1", "[tabela]", "[[lista]]", "x = " + "[" * 3000, "decimals = 9999999999")),
        )
    elif kind == 4:
        return (text[:place] + text[place + dice.randint(1, 40) :]).encode()
    elif kind in (5, 6):
        return (text[:place] + dice.choice(marks) + text[place:]).encode()
    elif kind == 7:
        return text.encode("latin-1", errors="replace") + b"# \xe9\n"
    elif kind == 8:
        return text.encode("utf-16")
    elif kind == 9:
        return b""
    elif kind == 10:
        return dice.randbytes(400)
    elif kind == 11:
        return (
            text + dice.choice(("; select 1", "\n;;", "\ndrop table codes", " union select", "-- fim"))
        ).encode()
    elif kind == 12:
        return text.encode()[:place]
    else:
        return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    return "\n".join(lines).encode()


def _no_plain_file(path: Path, dice: random.Random) -> None:
    """What is no file in the place of one."""
    path.unlink()
    dice.choice((os.mkfifo, Path.mkdir, lambda at: at.symlink_to("/dev/zero"), lambda at: at.symlink_to(at)))(
        path
    )


def a_declaration(folder: Path, dice: random.Random) -> Spoiled:
    """A slip in the TOML or the SQL of a source, an indicator or a commitment."""
    path = dice.choice(
        sorted((folder / "pipelines").rglob("*.toml")) + sorted((folder / "pipelines").rglob("*.sql"))
    )
    kind = dice.random()
    if kind < 0.06:
        path.unlink()
    elif kind < 0.12:
        _no_plain_file(path, dice)
    else:
        path.write_bytes(_spoiled_text(path.read_text("utf-8") or "\n", dice))
    return Spoiled(f"{path.parent.name}/{path.name}", open=True)


def the_configuration(folder: Path, dice: random.Random) -> Spoiled:
    """A slip in farol.toml, but for the folder of the data: nothing is to be written elsewhere."""
    path = folder / "farol.toml"
    head, mark, data = path.read_text("utf-8").partition("\n[data]")
    assert mark
    path.write_bytes(_spoiled_text(head, dice) + (mark + data).encode())
    return Spoiled("farol.toml", open=True)


def the_participants(folder: Path, dice: random.Random) -> Spoiled:
    """A list of participants that is none, or that a spreadsheet saved in its own way."""
    path = folder / PARTICIPANTS
    text = path.read_text("utf-8")
    if dice.random() < 0.2:
        _no_plain_file(path, dice)
        return Spoiled("participants: no plain file")
    if dice.random() < 0.2:
        path.write_bytes(
            text.replace(",", ";").replace("\n", "\r\n").encode(dice.choice(("latin-1", "utf-8-sig")))
        )
        return Spoiled("participants: saved by a spreadsheet")
    code = text.split("\n")[1]
    path.write_bytes(
        dice.choice((
            _spoiled_text(text, dice), (text + f"{code}\n" * 30_000).encode(), (text + "5099999,sim\n" * 2000).encode(),
            (text + f"{code[:7]},talvez\n" + "9" * 140_000 + ",sim\n").encode(),
        ))
    )  # fmt: skip
    return Spoiled("participants", open=True)


def the_registry_as_saved(folder: Path, dice: random.Random) -> Spoiled:
    """The list of municipalities as spreadsheets save it: every figure stays."""
    path = folder / "data" / "raw" / raw_files.REGISTRY / raw_files.PLAIN
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))
    out = io.StringIO()
    csv.writer(out, delimiter=dice.choice(",;\t"), lineterminator=dice.choice(("\n", "\r\n"))).writerows(rows)
    path.write_bytes(out.getvalue().encode(dice.choice(("cp1252", "utf-8-sig", "utf-8"))))
    return Spoiled("registry: saved by a spreadsheet")


def a_plan(folder: Path, dice: random.Random) -> Spoiled:
    """Something in the folder of plans that is no plan, or a plan bent in one of the ways of `tests.torture.plan_files`."""
    plans = folder / "data" / "raw" / "plans"
    path = plans / dice.choice(("outro.xlsx", "outro.xls", "outro", "ó tro\u0301.xlsx", "![x](http:y).xlsx"))
    kind = dice.randrange(6)
    if kind == 0:
        dice.choice(
            (os.mkfifo, Path.mkdir, lambda at: at.symlink_to("/dev/zero"), lambda at: at.symlink_to(at))
        )(path)
    elif kind == 1:
        path.write_bytes(plan_files.turned_bytes(dice))
    elif kind == 2:
        path.write_bytes(dice.randbytes(dice.choice((0, 10, 5000, 3_000_000))))
    elif kind == 3:
        path.write_bytes((plans / "plano.xlsx").read_bytes())
    elif kind == 4:
        path = plans / "plano.xlsx"
        path.write_bytes(plan_files.turned_bytes(dice))
    else:
        made, _, _ = dice.choice(plan_files.KINDS)(dice)
        if isinstance(made, plan_files.Draft):
            path.write_bytes(plan_files.workbook(made))
        elif isinstance(made, bytes):
            path.write_bytes(made)
    return Spoiled(f"plan: {path.name}, {kind}")


def the_system(folder: Path, dice: random.Random) -> Spoiled:
    """A system that lets no file grow, or opens few of them; or folders that are files."""
    kind = dice.randrange(3)
    if kind == 0:
        return Spoiled(
            "size of files",
            limits={resource.RLIMIT_FSIZE: dice.choice((20_000, 40_000, 60_000, 100_000, 400_000))},
        )
    if kind == 1:
        return Spoiled("open files", limits={resource.RLIMIT_NOFILE: dice.randint(4, 40)})
    place = folder / dice.choice(
        ("data/processed", "static/data", "static/geo", "data/set-aside", "data/.lock")
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_name(f"{place.name}-aside")
    if place.exists():
        place.rename(aside)
    how = dice.choice(("file", "link", "dangling"))
    if how == "file":
        place.write_text("", "utf-8")
    else:
        if how == "link":
            aside.mkdir(exist_ok=True)
        place.symlink_to(aside.name if how == "link" else "nowhere")
    return Spoiled(f"{place.name}: {how}")


KINDS: tuple[Callable[[Path, random.Random], Spoiled], ...] = (
    a_raw_file, a_raw_file, a_packed_file, a_declaration, a_declaration, the_configuration, the_participants,
    the_registry_as_saved, a_plan, the_system,
)  # fmt: skip
