"""What stands around every page, and how markup comes into it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote

import streamlit as st

from dashboard.charts.markup import SPARK
from dashboard.charts.palettes import PALETTES, Theme
from dashboard.screens import messages
from dashboard.screens.controls import municipality_choice
from dashboard.screens.installation import checked_tables, config, tables
from dashboard.screens.prints import municipality_sheet
from dashboard.screens.session import TITLE, choice, embedded, read_link, theme
from pipelines import build
from pipelines.declarations import DeclarationError

SERVED = "/app/static/"


def frame(pages: Callable[[], Mapping[str, Sequence[Any]]]) -> Any:
    """What stands around every page: title, menu, municipality in focus; the page to run, None without tables.

    `pages`: makes the menu, once for a session, since each of its pages looks for its file.
    """
    # By their addresses: given as files, both would be read, and the logo sent, on every run.
    st.set_page_config(
        page_title=TITLE, page_icon=f"{SERVED}farol.png", layout="wide", initial_sidebar_state=252
    )
    alone = bool(embedded())
    if not alone:
        st.logo(f"{SERVED}farol.svg", size="large")
    st.html(_colours(theme()))
    present = config()
    fault = checked_tables(str(present.file))
    if build.read_manifest(present) is None:
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


_DRAWING = re.compile(r"<svg [^>]*>.*?</svg>", re.DOTALL)


def html(markup: str) -> None:
    """Markup of ours on the page. Streamlit strips inline SVG, so drawings go in as images with their label."""
    st.html(_with_images(markup) if "<svg" in markup else markup)


@lru_cache(maxsize=64)
def _with_images(markup: str) -> str:
    strip: list[str] = []

    def placed(found: re.Match[str]) -> str:
        drawing = found.group()
        if 'class="spark"' not in drawing:
            return _as_image(drawing)
        strip.append(drawing)
        return f'<i class="spark" style="--at:{-SPARK[1] * (len(strip) - 1)}px"></i>'

    markup = _DRAWING.sub(placed, markup)
    return f'<div style="--sparks:url(&quot;{_strip_of(strip)}&quot;)">{markup}</div>' if strip else markup


def _strip_of(sparklines: Sequence[str]) -> str:
    """Sparklines one under the other in one image, of which each place of a table shows its own part.

    A hundred images of their own would weigh four times as much.
    """
    width, height = SPARK
    head = sparklines[0][: sparklines[0].index(">")]
    look = re.search(r"fill=.*", head)
    assert look is not None
    inner = "".join(
        f'<svg y="{place * height}">{drawing[drawing.index(">") + 1 :]}'
        for place, drawing in enumerate(sparklines)
    )
    tall = height * len(sparklines)
    return _address(
        f'<svg width="{width}" height="{tall}" viewBox="0 0 {width} {tall}" {look.group()}>{inner}</svg>'
    )


def _as_image(drawing: str) -> str:
    end = drawing.index(">")
    head = drawing[:end]
    label = re.search(r'aria-label="([^"]*)"', head)
    size = "".join(f" {name}" for name in re.findall(r'(?<=\s)(?:width|height|class)="[^"]*"', head))
    # What says something to readers and to the style sheet stands on the image; every view sends these again.
    head = re.sub(r'\s(?:xmlns|class|role|width|height|aria-[a-z]+)="[^"]*"', "", head)
    return f'<img alt="{label.group(1) if label else ""}"{size} src="{_address(f"{head}{drawing[end:]}")}">'


def _address(drawing: str) -> str:
    """A drawing as the address of an image."""
    whole = drawing.replace("<svg", f"<svg xmlns={SVG!r}", 1).replace('"', "'")
    return f"data:image/svg+xml,{quote(whole, safe=' =/:;,.()!*@' + chr(39))}"


SVG = "http://www.w3.org/2000/svg"


@cache
def _colours(theme: Theme) -> str:
    palette = PALETTES[theme]
    colours = {
        name: getattr(palette, name)
        for name in ("surface", "secondary", "text", "muted", "line", "data", "target")
    }
    colours |= {f"heat-{place}": colour for place, colour in enumerate(palette.heat)}
    variables = "".join(f"--{name}:{colour};" for name, colour in colours.items())
    return f"<style>:root{{{variables}}}</style>"
