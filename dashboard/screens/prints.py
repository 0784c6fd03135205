"""Sheets to print, made when they are asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import sheets, words
from dashboard.screens.installation import config
from dashboard.screens.messages import plain_text
from dashboard.screens.session import demonstration, filter_words, municipality
from dashboard.sheets import meeting
from dashboard.tables import Tables
from pipelines.declarations import Indicator


def site() -> str:
    """Where printed sheets send their readers: the address of farol.toml or else the one this reader came by."""
    own = (st.context.url or "").split("?")[0].rpartition("/")[0]
    return config().programme.address or own


def _printed(
    label: str, make: Callable[[], bytes | str], name: str, key: str, mime: str = sheets.PDF_MIME
) -> None:
    """A button that makes its file when it is pressed."""
    st.download_button(label, make, name, mime, key=key, on_click="ignore")


def municipality_sheet(data: Tables) -> None:
    """The sheet of the municipality in focus, under its name in the side bar."""
    code, place, demonstrated = municipality(), site(), demonstration()
    if not code:
        return
    _printed(
        "Baixar ficha (PDF)",
        lambda: sheets.municipality_pdf(
            data, code, config=config(), address=place, demonstration=demonstrated
        ),
        sheets.file_name(data, code),
        "ficha",
    )


def indicator_sheet(data: Tables, indicator: Indicator, year: int) -> None:
    """The sheet of an indicator."""
    place = site()
    _printed(
        "Ficha do indicador (PDF)",
        lambda: sheets.indicator_pdf(data, indicator.indicator, year, config=config(), address=place),
        f"ficha-{words.slug(indicator.title)[:60]}-{year}.pdf",
        "ficha-indicador",
    )


def bulletins(data: Tables, code: str, since: dt.date | None = None) -> None:
    """What changed since a date, for a municipality or (without a code) the state: as PDF and for an e-mail."""
    place, demonstrated = site(), demonstration()
    name = f"boletim-{words.slug(data.names()[code] if code else config().territory.name)}"

    def made() -> sheets.Bulletin:
        return sheets.bulletin(data, code, since, config=config(), address=place, demonstration=demonstrated)

    with st.container(horizontal=True, key="boletins"):
        _printed("Boletim (PDF)", lambda: made().pdf, f"{name}.pdf", "boletim-pdf")
        _printed(
            "Boletim (texto para e-mail)", lambda: made().text, f"{name}.txt", "boletim-texto", "text/plain"
        )


def meeting_package(data: Tables, codes: Sequence[str]) -> None:
    """The sheets of all the municipalities on the page, made in one go while a bar tells how far it is."""
    place, demonstrated, said = site(), demonstration(), "; ".join(filter_words(data))
    wanted = (data.build, tuple(codes), place, demonstrated)
    count = words.counted(len(codes), "ficha", "fichas")
    if st.button(plain_text(f"Montar o pacote da reunião ({count})"), key="montar-pacote"):
        bar = st.progress(0.0, "Montando as fichas")

        def tell(share: float, text: str) -> None:
            bar.progress(share, plain_text(text))

        made = sheets.meeting_package(
            data,
            codes,
            tell,
            config=config(),
            address=place,
            demonstration=demonstrated,
            filter_words=said,
        )
        bar.empty()
        st.session_state["pacote"] = (wanted, made)
    held = st.session_state.get("pacote")
    # A package of another filter or of an older build is not offered again.
    if held is not None and held[0] == wanted:
        package: sheets.Package = held[1]
        with st.container(horizontal=True, key="levar-pacote"):
            _printed("Baixar o PDF conjunto", lambda: package.joint, f"{meeting.PACKAGE}.pdf", "pacote-pdf")
            _printed("Baixar o zip", package.zipped, f"{meeting.PACKAGE}.zip", "pacote-zip", sheets.ZIP_MIME)
