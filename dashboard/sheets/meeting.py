"""The package for the meeting: every municipality's sheet, bound behind a list of contents."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from dashboard import words
from dashboard.findings import deliverables, tally
from dashboard.sheets import binding
from dashboard.sheets.fitting import municipality_file
from dashboard.sheets.municipality import counts, facts_of, municipality_pages
from dashboard.sheets.shapes import Row, qr_code
from dashboard.sheets.typesetting import Tell, footer, link_to, set_pages
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config

PACKAGE = "pacote-da-reuniao"


def _quiet(_share: float, _text: str) -> None:
    """Tell nobody."""


class Package(NamedTuple):
    """The sheets of some municipalities: one PDF each by file name, and all in one with a table of contents."""

    sheets: dict[str, bytes]
    joint: bytes

    def zipped(self) -> bytes:
        """Everything in one zip, the joint PDF first."""
        out = io.BytesIO()
        self.write_zip(out)
        return out.getvalue()

    def write_zip(self, out: Path | io.BytesIO) -> None:
        """The same into a file."""
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            for name, content in {f"{PACKAGE}.pdf": self.joint, **self.sheets}.items():
                archive.writestr(name, content)


# Up to so many sheets the contents stand in one column, and up to so many on one page.
SHORT_CONTENTS, LONG_CONTENTS = 25, 110
# How many sheets may wait to be set while the next are put together.
AHEAD = 4


def _sheets(
    data: Tables, codes: Sequence[str], tell: Tell, config: Config, address: str, demonstration: bool
) -> list[tuple[dict[str, Any], bytes]]:
    """What each municipality's sheet says, and its PDF. Raises UnknownMunicipalityError."""
    facts = facts_of(data, demonstration)
    said, waiting = [], []
    # Typst sets one sheet, outside Python's lock, while the next is being put together.
    with ThreadPoolExecutor(1) as press:
        for count, code in enumerate(codes):
            one = municipality_pages(code, facts, config, address)
            tell(count / len(codes), f"Montando as fichas: {one['heading']}")
            said.append(one)
            waiting.append(press.submit(municipality_file, data, one))
            if count >= AHEAD:
                waiting[count - AHEAD].result()
        return [(one, future.result()) for one, future in zip(said, waiting, strict=True)]


def municipality_pdfs(
    data: Tables,
    codes: Sequence[str],
    tell: Tell = _quiet,
    *,
    config: Config | None = None,
    address: str = "",
    demonstration: bool = False,
) -> dict[str, bytes]:
    """The sheets of some municipalities by file name; arguments and errors as in `meeting_package`."""
    config = config or declarations.read_config()
    made = _sheets(data, codes, tell, config, link_to(config, address), demonstration)
    return {str(one["file"]): pdf for one, pdf in made}


def meeting_package(
    data: Tables,
    codes: Sequence[str],
    tell: Tell = _quiet,
    *,
    config: Config | None = None,
    address: str = "",
    demonstration: bool = False,
    filter_words: str = "",
) -> Package:
    """The sheets of all the municipalities given, each as a PDF and all as one with a table of contents.

    `tell` hears the share done (0 to 1) and what is being done. `filter_words`: which municipalities these are.
    Raises UnknownMunicipalityError, and ValueError without any municipality.
    """
    if not codes:
        raise ValueError("no municipality to make a package of")
    config = config or declarations.read_config()
    place = link_to(config, address)
    made = _sheets(data, codes, lambda share, text: tell(0.9 * share, text), config, place, demonstration)
    tell(0.9, "Juntando as fichas em um PDF")
    joint = _joint(data, made, config, place, data.verdicts(demonstration), filter_words)
    tell(1.0, "Pronto")
    return Package({str(one["file"]): pdf for one, pdf in made}, joint)


def _joint(
    data: Tables,
    made: Sequence[tuple[Row, bytes]],
    config: Config,
    address: str,
    frame: pd.DataFrame,
    filter_words: str,
) -> bytes:
    """The sheets bound after a cover with the table of contents. `frame`: the readings of all targets."""
    said = _cover(data, made, config, address, frame, filter_words)
    lengths = [binding.pages_of(pdf) for _, pdf in made]
    cover = _bound_cover(data, made, said, lengths)
    total = binding.pages_of(cover) + sum(lengths)
    numbers = set_pages(
        "numbers",
        data,
        {"title": "", "pages": [f"página {page} de {total}" for page in range(1, total + 1)]},
        tagged=False,
    )
    sheets = [binding.Sheet(str(one["mark"]), str(one["title"]), pdf) for one, pdf in made]
    return binding.bind(cover, sheets, numbers)


def _cover(
    data: Tables,
    made: Sequence[tuple[Row, bytes]],
    config: Config,
    address: str,
    frame: pd.DataFrame,
    filter_words: str,
) -> dict[str, Any]:
    """What the cover says, but for the contents. `frame`: the readings of all targets."""
    codes = {str(one["mark"])[1:] for one, _ in made}
    frame = frame[frame["municipality_code"].isin(codes)]
    frame = frame[~tally.ended(frame, data.as_of)]
    meeting = deliverables.ahead(config.programme.next_meeting, data.as_of)
    shown = any(bool(one["demonstration"]) for one, _ in made)
    count = words.counted(len(made), "município", "municípios") + (
        f" ({filter_words})" if filter_words else ""
    )
    return {
        "title": f"Pacote da reunião: {config.territory.name}",
        "heading": "Pacote da reunião",
        "eyebrow": f"{config.territory.name} · {config.programme.name}",
        "facts": [
            f"{count} · metas julgadas em {words.date(data.as_of)}",
            f"Próxima reunião: {words.date(meeting, long=True)}"
            if meeting is not None
            else config.programme.text,
        ],
        "finding": f"{tally.title(frame)}.",
        "qr": qr_code(address, "monitoramento", "abre no painel"),
        "demonstration": False,
        "warning": "",
        "counts": counts(frame),
        "contents-heading": "Sumário",
        "short": SHORT_CONTENTS,
        "long": LONG_CONTENTS,
        "foot": [
            "Uma das fichas traz um plano de demonstração, marcado em todas as suas páginas."
            if shown
            else "Cada linha abre a ficha do município."
        ],
        "footer": footer(data, "Pacote da reunião"),
    }


def _bound_cover(
    data: Tables, made: Sequence[tuple[Row, bytes]], said: Mapping[str, Any], lengths: Sequence[int]
) -> bytes:
    """The cover with the contents, as many pages as it needs; `lengths`: pages of each sheet."""
    first = 1
    while True:
        # Sheets start after the cover, whose own length is known once it is set.
        starts = [1 + first + sum(lengths[:place]) for place in range(len(lengths))]
        contents = [
            {
                "name": one["heading"],
                "summary": one["summary"],
                "page": str(start),
                "link": binding.address_of(one["mark"]),
            }
            for (one, _), start in zip(made, starts, strict=True)
        ]
        cover = set_pages("package", data, {**said, "contents": contents})
        if binding.pages_of(cover) == first:
            return cover
        first = binding.pages_of(cover)


def write_package(
    data: Tables, codes: Sequence[str], out: Path, tell: Tell = _quiet, *, config: Config | None = None, address: str = "",
    demonstration: bool = False,
) -> list[Path]:  # fmt: skip
    """Write the sheets of some municipalities, the zip and the joint PDF into a folder; the files."""
    made = meeting_package(data, codes, tell, config=config, address=address, demonstration=demonstration)
    out.mkdir(parents=True, exist_ok=True)
    files = {**made.sheets, f"{PACKAGE}.pdf": made.joint}
    for name, content in files.items():
        (out / name).write_bytes(content)
    made.write_zip(out / f"{PACKAGE}.zip")
    return [out / name for name in (*files, f"{PACKAGE}.zip")]
