"""Tables and lists on a page, with what stands in for them where there is nothing to list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import pandas as pd

from dashboard import charts, words
from dashboard.charts import frames, markup
from dashboard.charts.markup import NOTHING, Html, joined
from dashboard.screens.downloads import downloads
from dashboard.screens.session import On, kept
from dashboard.screens.shell import html
from dashboard.screens.texts import headed, linked
from dashboard.tables import Tables

OWN = "Fonte: declarações e tabelas do Farol Municipal."

ALL_SOURCES = "Fonte: as de cada indicador, em Fontes e catálogo."


def definitions(rows: Sequence[tuple[str, str]], title: str) -> None:
    """Terms and what is said of each, under a heading; an address becomes a link that opens apart."""
    html(joined(markup.section(title, 2), _definitions(rows)))


def _definitions(rows: Sequence[tuple[str, str]]) -> Html:
    cells = "".join(f"<dt>{escape(term)}</dt><dd>{linked(text)}</dd>" for term, text in rows if text)
    return Html(f'<dl class="about">{cells}</dl>')


def list_or(
    data: Tables,
    key: str,
    title: str,
    make: Callable[[], pd.DataFrame],
    nothing: str,
    *,
    on: On = None,
    before: Html = NOTHING,
    seen: Callable[[], pd.DataFrame] | None = None,
    text: str = "",
) -> None:
    """A table under its heading, or the sentence that says there is nothing; `before`: what stands over both.

    `on`: what the table depends on, as `session.kept` takes it; `seen`: the table in words, where what is taken away
    are plain numbers and dates; `text`: the sentence over the table.
    """

    def drawn() -> Html:
        frame = (seen or make)()
        return NOTHING if frame.empty else _shown(frame, title)

    if kept(data, f"{key}:tabela", drawn, on=on):
        listing(data, key, title, make, before=joined(before, headed(title, 3, text)), drawn=drawn, on=on)
    else:
        html(joined(before, headed(title, 3, quiet=nothing)))


# Rows of a table on a page; one of the whole country would take megabytes at a click.
MOST_ROWS = 500


def _shown(
    frame: pd.DataFrame, title: str, links: Sequence[str] = (), opens: tuple[str, Sequence[str]] = ("", ())
) -> Html:
    """The markup of a table's first rows, with a line that says how many more its files have."""
    column, addresses = opens
    held = {
        name: places if places is None or isinstance(places, int) else places[:MOST_ROWS]
        for name, places in frames.decimals_of(frame).items()
    }
    few = frames.shown_with(frame.head(MOST_ROWS), held)
    drawn = charts.data_table(few, title, links=links[:MOST_ROWS], opens=(column, addresses[:MOST_ROWS]))
    if len(frame) <= MOST_ROWS:
        return drawn
    rest = (
        f"As {words.number(MOST_ROWS)} primeiras linhas de {words.number(len(frame))}; todas estão em Baixar."
    )
    return joined(drawn, markup.note(rest))


def in_words(seen: Callable[[], pd.DataFrame], title: str) -> Html:
    """The markup of a table whose cells are words already."""
    return _shown(seen(), title)


def listing(
    data: Tables,
    key: str,
    title: str,
    make: Callable[[], pd.DataFrame],
    source: str = OWN,
    *,
    on: On = None,
    before: Html = NOTHING,
    drawn: Callable[[], Html] | None = None,
    links: Callable[[], Sequence[str]] | None = None,
    whole: bool = False,
    opens: Callable[[], tuple[str, Sequence[str]]] = lambda: ("", ()),
) -> None:
    """A table of a page with its downloads, made once; `title` names it for screen readers and files.

    `make`: the rows to take away, made when they are asked for where the page draws something else; `on`: what both
    depend on, as `session.kept` takes it; `before`: the markup of what stands over the table; `drawn`: makes the
    table's own markup where it is not the plain one; `links`: makes the addresses to which the heads of the rows lead;
    `opens`: makes those of the cells of one column; `whole`: the page's filter does not touch it.
    """

    def rows() -> pd.DataFrame:
        return kept(data, f"{key}:linhas", make, on=on)

    def plain() -> Html:
        if rows().empty:
            return markup.note("Nada a listar.")
        return _shown(rows(), title, links() if links else (), opens())

    table(kept(data, f"{key}:tabela", drawn or plain, on=on), rows, key, title, source, data, before, whole)


def table(
    drawn: Html,
    rows: Callable[[], pd.DataFrame],
    key: str,
    title: str,
    source: str,
    data: Tables,
    before: Html = NOTHING,
    whole: bool = False,
    embeds: bool = False,
) -> None:
    """A table of ours with its downloads; `rows`: makes what is taken away.

    `before`: the markup of what stands over it; `whole`: the page's filter does not touch it; `embeds`: the page can
    show this table alone.
    """
    html(joined(before, drawn))
    downloads(rows, key, title, source, data, whole=whole, embeds=embeds)
