"""The clicks that a bench measures: chosen by nobody before, taken from the tables, and never none in silence."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench import views
from bench.answers import TOWN_LABEL
from bench.client import Client, Run
from pipelines.declarations import Config

RUN = Run(1.0, 1.0, 1, 1)


class Reader:
    """A session that takes any choice; `options`: what its lists hold."""

    def __init__(self, **options: list[str]) -> None:
        self.chosen: list[tuple[str, Any]] = []
        self.session = SimpleNamespace(
            options=lambda label: options.get(label, []), shown=lambda label: None, runs=0
        )

    def open(self, page: str, **link: str) -> Run:
        return RUN

    def choose(self, label: str, value: Any) -> Run:
        self.chosen.append((label, value))
        return RUN


def clicked(reader: Reader, written: list[str], unseen: views.Unseen) -> list[Any]:
    """What the clicks of one kind chose."""
    for click in views._clicks(cast(Client, reader), "dados", views.TOWN, unseen, written):
        click()
    return [value for _, value in reader.chosen]


def test_where_no_box_lists_the_municipalities_codes_are_written_and_none_twice() -> None:
    codes, unseen = [str(number) for number in range(2 * views.CLICKS)], views.Unseen()
    assert clicked(Reader(), codes, unseen) == codes[: views.CLICKS]
    assert clicked(Reader(), codes, unseen) == codes[views.CLICKS :]
    assert clicked(Reader(), codes, unseen) == []
    listed = Reader(**{TOWN_LABEL: ["Água Clara", "Bonito"]})
    assert clicked(listed, codes, unseen) == ["Água Clara", "Bonito"]


def opened() -> AbstractContextManager[Client]:
    return nullcontext(cast(Client, Reader()))


def test_each_page_is_clicked_on_in_a_session_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A region chosen on one page went along to the next: all but the first were measured of a few municipalities."""
    readers: list[Reader] = []
    listed = {label for page in views.PAGES for label in views.labels(page).values()}

    def visit() -> AbstractContextManager[Client]:
        readers.append(Reader(**{label: [f"{label} {number}" for number in range(400)] for label in listed}))
        return nullcontext(cast(Client, readers[-1]))

    monkeypatch.setattr(views, "_to_many_years", lambda _: None)
    codes = [str(number) for number in range(400)]
    pages = [found.page for found in views.changed(visit, cast(Client, Reader()), codes)]
    assert len(readers) == len(set(pages)) == len(views.PAGES)


def test_a_kind_of_click_that_has_nothing_left_is_an_error_that_names_the_page() -> None:
    few = [str(number) for number in range(views.CLICKS)]
    with pytest.raises(ValueError, match="the first page: no indicator left"):
        for _ in views.beside((opened, opened), (few, few)):
            pass


def test_the_codes_to_write_are_those_of_the_tables_the_largest_first(config: Config) -> None:
    codes = views.towns(config)
    assert codes[0] == "5003702" and len(set(codes)) == len(codes) and views.FOCUS not in codes
    asked = sum(views.TOWN in views.KINDS.get(page, (views.TOWN,)) for page in views.PAGES)
    assert len(codes) >= asked * views.CLICKS
