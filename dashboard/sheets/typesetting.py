"""Sheets set by typst: the template, the page's frame, printable text.

Every number comes from `tables`, every sentence from `findings` and `words`, as on the screens; here they are put
in the order of a page. `typesetting.typ` holds the layout. The files are tagged PDF (PDF/UA-1), set in the font
that ships with the product and in no other.
"""

from __future__ import annotations

import datetime as dt
import json
import struct
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dashboard import words
from dashboard.charts import pictures
from dashboard.charts.drawing import Svg
from dashboard.sheets.shapes import PAPER
from dashboard.tables import Tables
from pipelines.declarations import Config

Tell = Callable[[float, str], None]

PDF_MIME, ZIP_MIME = "application/pdf", "application/zip"
# Where `make run` serves the dashboard: what sheets point to when farol.toml names no address.
LOCAL_ADDRESS = "http://127.0.0.1:8501"


def built(data: Tables) -> str:
    """The day on which the tables were built, as people write it."""
    return words.date(dt.date.fromisoformat(data.manifest["built_at"][:10]))


def footer(data: Tables, what: str) -> str:
    """The line at the foot of every page."""
    return f"Farol Municipal · {what} · tabelas de {built(data)}; metas julgadas em {words.date(data.as_of)}"


@cache
def _template() -> bytes:
    """Font name, the function that draws charts, and the layout."""
    layout = Path(__file__).with_suffix(".typ").read_text("utf-8")
    return f'#let font-name = "{pictures.FONT_NAME}"\n{pictures.TYPST_DRAWING}\n{layout}'.encode()


@cache
def _covered() -> frozenset[int]:
    """The characters that every shipped font has, from the `cmap` tables (OpenType, format 4 and 12)."""
    covered: set[int] | None = None
    for path in sorted(pictures.FONTS.glob("*.ttf")):
        font = path.read_bytes()
        tables = struct.unpack(">H", font[4:6])[0]
        entries = (
            struct.unpack(">4sIII", font[12 + 16 * place : 28 + 16 * place]) for place in range(tables)
        )
        start = next(offset for tag, _, offset, _ in entries if tag == b"cmap")
        found: set[int] = set()
        for place in range(struct.unpack(">H", font[start + 2 : start + 4])[0]):
            offset = struct.unpack(">HHI", font[start + 4 + 8 * place : start + 12 + 8 * place])[2]
            found |= _mapped(font[start + offset :])
        covered = found if covered is None else covered & found
    return frozenset(covered or ())


def _mapped(table: bytes) -> set[int]:
    """The characters of one subtable of `cmap`; empty for a format that is not read."""
    kind = struct.unpack(">H", table[:2])[0]
    if kind == 4:
        count = struct.unpack(">H", table[6:8])[0] // 2
        ends = struct.unpack(f">{count}H", table[14 : 14 + 2 * count])
        starts = struct.unpack(f">{count}H", table[16 + 2 * count : 16 + 4 * count])
        spans = zip(starts, ends, strict=True)
    elif kind == 12:
        count = struct.unpack(">I", table[12:16])[0]
        groups = (struct.unpack(">III", table[16 + 12 * place : 28 + 12 * place]) for place in range(count))
        spans = ((first, last) for first, last, _ in groups)  # type: ignore[assignment]
    else:
        return set()
    return {letter for first, last in spans for letter in range(first, last + 1) if letter != 0xFFFF}


# What the screens write in a font of glyphs and the shipped font has only in another form.
_STAND_INS = str.maketrans({"⋯": "…"})


def printable(text: str) -> str:
    """The text with `?` for what the shipped font cannot print, such as an emoji of an uploaded plan.

    PDF/UA-1 forbids a character without a shape, so one such letter would cost the whole sheet.
    """
    if text.isascii() and text.isprintable():
        return text
    whole = unicodedata.normalize("NFC", text).translate(_STAND_INS)
    return "".join(letter if letter in "\n\t" or ord(letter) in _covered() else "?" for letter in whole)


def _clean(value: Any) -> Any:
    """The same structure with printable texts; drawings are left as they are."""
    if isinstance(value, str):
        return value if isinstance(value, Svg) else printable(value)
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def set_pages(kind: str, data: Tables, said: Mapping[str, Any], tagged: bool = True) -> bytes:
    """The PDF of one kind of sheet: PDF/UA-1, or without any tags for what is laid over another page."""
    day = data.as_of
    paint = {name: getattr(PAPER, name) for name in ("text", "muted", "line", "outline")}
    given = {
        **_clean(dict(said)),
        "kind": kind,
        "paint": paint,
        "author": "Farol Municipal",
        "date": [day.year, day.month, day.day],
    }
    options: dict[str, Any] = {"pdf_standards": ["ua-1"]} if tagged else {"pdf_tags": False}
    return pictures.typeset(_template(), {"report": json.dumps(given, ensure_ascii=False)}, "pdf", **options)


def link_to(config: Config, address: str) -> str:
    """Where a sheet's code leads: the given address, the installation's, or this machine's."""
    return address or config.programme.address or LOCAL_ADDRESS
