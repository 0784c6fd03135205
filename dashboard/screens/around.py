"""What stands around every page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import streamlit as st

from dashboard.charts.markup import Html
from dashboard.charts.palettes import PALETTES, Theme
from dashboard.screens import messages
from dashboard.screens.controls import municipality_choice
from dashboard.screens.installation import checked_tables, config, tables
from dashboard.screens.prints import municipality_sheet
from dashboard.screens.session import TITLE, choice, embedded, read_link, theme
from dashboard.screens.shell import html
from dashboard.shelf import HEAP
from pipelines.declarations import DeclarationError

SERVED = "/app/static/"


def frame(pages: Callable[[], Mapping[str, Sequence[Any]]]) -> Any:
    """What stands around every page: title, menu, municipality in focus; the page to run, None without tables.

    `pages`: makes the menu, once for a session, since each of its pages looks for its file.
    """
    HEAP.settle()
    # By their addresses: given as files, both would be read, and the logo sent, on every run.
    st.set_page_config(
        page_title=TITLE, page_icon=f"{SERVED}farol.png", layout="wide", initial_sidebar_state=252
    )
    alone = bool(embedded())
    if not alone:
        st.logo(f"{SERVED}farol.svg", size="large")
    html(_colours(theme()))
    present = config()
    there, fault = checked_tables(str(present.file))
    if not there:
        messages.refused(f"Ainda não há tabelas para mostrar. {fault}")
        return None
    try:
        data = tables()
    except DeclarationError as error:
        messages.refused(f"As tabelas não podem ser mostradas. {fault or error}")
        return None
    read_link(data)
    if "menu" not in st.session_state:
        st.session_state["menu"] = pages()
    page = st.navigation(st.session_state["menu"], position="hidden" if alone else "sidebar")
    choice().place, choice().filters = (page.title, present), False
    if not alone:
        with st.sidebar:
            municipality_choice(data)
            municipality_sheet(data)
    if fault:
        messages.warned(
            f"A última construção falhou: {fault} Mostramos as tabelas de {data.manifest['built_at'][:10]}."
        )
    return page


def failed(error: Exception) -> bool:
    """Say in plain words that something failed; the details go to the log, never to the reader."""
    logging.getLogger("farol").error("page failed", exc_info=error)
    messages.refused(
        "Algo falhou ao montar esta tela. Recarregue a página; se continuar, avise quem mantém o painel."
    )
    return True


@cache
def _colours(theme: Theme) -> Html:
    palette = PALETTES[theme]
    colours = {
        name: getattr(palette, name)
        for name in ("surface", "secondary", "text", "muted", "line", "data", "target")
    }
    colours |= {f"heat-{place}": colour for place, colour in enumerate(palette.heat)}
    variables = "".join(f"--{name}:{colour};" for name, colour in colours.items())
    return Html(f"<style>:root{{{variables}}}</style>")
