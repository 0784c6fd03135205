from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.reader import Reader, launch, reading

Visitor = Callable[..., Reader]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all readers of this run."""
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture
def visitor(browser: Browser, app: str) -> Iterator[Visitor]:
    """Makes readers of the running dashboard: `visitor(width=380, dark=True)`; checked when the test ends."""
    with ExitStack() as readers:
        yield lambda **how: readers.enter_context(reading(browser, app, **how))
