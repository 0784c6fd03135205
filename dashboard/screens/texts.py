"""The texts of a page: headings, sentences, notes, tiles, sources; all text from data is escaped here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from dashboard import charts, words
from dashboard.charts import markup
from dashboard.charts.markup import NOTHING, Html, joined
from dashboard.findings.indicators import Tile
from dashboard.screens import messages
from dashboard.screens.controls import clear_button
from dashboard.screens.installation import config
from dashboard.screens.session import choice, demonstration, filter_words, filtered_state
from dashboard.screens.shell import html
from dashboard.tables import Tables
from pipelines.declarations import Indicator


def heading(eyebrow: str, title: str, text: str = "") -> None:
    """The page's eyebrow, its one h1 and the sentence under it, and what the link asked for in vain."""
    under = markup.sentence(text) if text else NOTHING
    html(Html(f'<p class="eyebrow">{escape(eyebrow)}</p><h1 class="finding">{escape(title)}</h1>{under}'))
    for message in dict.fromkeys(choice().messages):
        messages.warned(message)
    choice().messages.clear()


def headed(title: str, level: int = 2, text: str = "", quiet: str = "") -> Html:
    """The markup of a heading; `text`: the sentence under it, `quiet`: the quiet line under it; each may be empty."""
    return joined(
        markup.section(title, level) if title else NOTHING,
        markup.sentence(text) if text else NOTHING,
        markup.note(quiet) if quiet else NOTHING,
    )


def section(title: str, level: int = 2, text: str = "", quiet: str = "") -> None:
    """A heading inside the page, as `headed` makes it."""
    html(headed(title, level, text, quiet))


def sentence(text: str) -> None:
    """A sentence of the page's text."""
    html(markup.sentence(text))


def note(text: str) -> None:
    """A quiet line: source, scope, caveat; nothing where there is none."""
    if text:
        html(markup.note(text))


def drawn(text: str, drawing: Html, source: str) -> None:
    """A drawing of ours between its sentence and its source."""
    html(joined(markup.sentence(text), drawing, markup.note(source)))


def tiles(items: Sequence[Tile], quiet: str = "") -> None:
    """Figures side by side, four in a row and two on a phone; `quiet`: the quiet line under them."""
    html(joined(tiles_markup(items), markup.note(quiet) if quiet else NOTHING))


def tiles_markup(items: Sequence[Tile]) -> Html:
    """The markup of a row of tiles."""
    return charts.tiles([(tile.label, tile.value, tile.unit, tile.context) for tile in items])


def source_of(data: Tables, indicator: Indicator, when: str = "") -> str:
    """Publisher, dataset, edition and period of an indicator, for under a chart and inside its picture."""
    source = data.declared_sources[indicator.source]
    return words.source_line(source, when, next_release=indicator.next_release)


def eyebrow(page: str, data: Tables, chosen: Sequence[str]) -> str:
    """`Panorama · Mato Grosso do Sul · 79 municípios`, or with what the filter leaves.

    Of several states with the one that it leaves: `Panorama · Brasil · Piauí · 224 municípios de 5.570`.
    """
    whole = len(data.municipalities())
    count = words.counted(len(chosen), "município", "municípios")
    said = filter_words(data)
    if state := filtered_state(data):
        said = said[1:] if said[0] == f"Estado: {state}" else said
    told = f" ({', '.join(said)})" if said else ""
    part = count if len(chosen) == whole else f"{count} de {words.number(whole)}{told}"
    return " · ".join(filter(None, (page, config().territory.name, state, part)))


def demonstration_banner(shown: bool) -> None:
    """The mark of every screen that shows the demonstration plan."""
    if shown:
        html(
            Html(
                '<p class="demonstration">DEMONSTRAÇÃO: há um plano inventado nesta tela. Não o use em decisões.</p>'
            )
        )


def demonstration_hint(data: Tables, code: str) -> None:
    """Where the demonstration plan is, for who asked for it elsewhere."""
    if not demonstration():
        return
    frame = data.verdicts(True)
    frame = frame[frame["origin"] == "demonstration"]
    if len(frame) and code not in set(frame["municipality_code"]):
        note(f"O plano de demonstração é de {frame['name'].iloc[0]}: escolha esse município para vê-lo.")


def _listed(title: str, items: Sequence[str], level: int) -> Html:
    return joined(
        markup.section(title, level), markup.points(items) if items else markup.note("Nada a apontar.")
    )


def points(title: str, items: Sequence[str], level: int = 3) -> None:
    """A short list under its heading."""
    html(_listed(title, items, level))


# Lines of a long list that stand open; the rest is a tap away.
OPEN_LINES = 6


def long_points(title: str, items: Sequence[str], level: int = 3) -> None:
    """A list under its heading, with how many; what is beyond its first lines is folded."""
    if len(items) <= OPEN_LINES + 1:
        points(title, items, level)
        return
    points(f"{title}: {words.number(len(items))}", items[:OPEN_LINES], level)
    opened = folded(f"Mais {words.number(len(items) - OPEN_LINES)}", f"mais-{words.slug(title)}")
    if opened is not None:
        with opened:
            html(markup.points(items[OPEN_LINES:]))


def points_beside(lists: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Short lists under their headings side by side; one under the other on a phone."""
    parts = "".join(f"<div>{_listed(title, items, 2)}</div>" for title, items in lists)
    html(Html(f'<div class="beside">{parts}</div>'))


def linked(text: str) -> Html:
    """A text escaped; an address as a link that opens beside."""
    if re.fullmatch(r"https?://\S+", text):
        return Html(
            f'<a href="{escape(text, quote=True)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'
        )
    return Html(escape(text))


def folded(title: str, key: str, count: int | None = None) -> Any:
    """A part of the page under its title, with how many things are in it, where given; None until the reader opens it, so that
    closed ones cost nothing.
    """
    said = title if count is None else f"{title}: {words.number(count)}"
    opened = st.expander(messages.plain_text(said), key=key, on_change="rerun")
    return opened if opened.open else None


def nothing_here() -> None:
    """An empty filter, and the way out."""
    messages.told("Nenhum município neste filtro.")
    clear_button("limpar-vazio")


def copyable(line: str) -> None:
    """A line to copy as it is."""
    st.code(line, language=None, wrap_lines=True)
