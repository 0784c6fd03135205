"""A reader at a browser: opens addresses of the dashboard, waits until everything is drawn, and looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Browser, Page, Playwright

from tests import programs
from tests.pages.screens import PAGES

# Address of each page below the server's: the stem of its file, and nothing for the first.
ADDRESSES = {
    page: "" if "panorama" in page else page.rpartition("/")[2].removesuffix(".py") for page in PAGES
}
MARKS = ", ".join(
    (".choroplethlayer path", ".scatterlayer .points path", ".js-line", ".scattergeo path", ".barlayer path")
)
# True as soon as the script has ended and every chart of the page has a mark.
DRAWN = f"""() => {{
    const app = document.querySelector('[data-testid=stApp]');
    if (!app || app.dataset.testScriptState !== 'notRunning' || !document.querySelector('h1')) return false;
    if (document.querySelector('[data-stale=true], [data-testid=stSkeleton]')) return false;
    return [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(
        chart => !chart.checkVisibility() || chart.querySelector('{MARKS}'));
}}"""


def launch(playwright: Playwright) -> Browser:
    """The browser of the tests; raises RuntimeError where there is none, saying what to install."""
    executable = programs.chromium()
    if executable is None:
        raise RuntimeError("No Chromium for the browser tests: run `python -m tests.programs`.")
    return playwright.chromium.launch(
        executable_path=executable,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
        ],
    )


class Reader:
    """One reader with a browser of their own: no cookies, no storage, no address typed before."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str = "", **link: str) -> None:
        """Open a page of the dashboard and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}{'?' + urlencode(link) if link else ''}")
        self.wait()

    def wait(self) -> None:
        """Wait until the page is drawn, for as long as a busy machine may take."""
        self.page.wait_for_function(DRAWN, timeout=90_000)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition` holds."""
        for _ in range(300):
            if condition():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never happened: {what}")

    @property
    def title(self) -> str:
        """The page's title."""
        return self.page.locator("h1").first.inner_text()

    @property
    def text(self) -> str:
        """Everything that can be read on the page."""
        return self.page.locator("[data-testid=stApp]").inner_text()

    def choose(self, label: str, option: str) -> None:
        """Choose in a select box by typing, as a reader with a keyboard does."""
        box = self.page.get_by_role("combobox", name=label, exact=True)
        box.click()
        box.fill(option)
        self.page.get_by_role("option").filter(has_text=option).first.wait_for()
        box.press("Enter")

    def chosen(self, label: str) -> str:
        """What a select box shows as chosen."""
        return self.page.get_by_role("combobox", name=label, exact=True).input_value()

    @property
    def link(self) -> dict[str, str]:
        """The parameters of the address."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def view(self) -> Mapping[str, Any]:
        """All that tells one view from another: words, choices, and the shapes with their colours."""
        return {
            "text": self.page.locator("[data-testid=stMain]").inner_text(),
            "focus": self.chosen("Município em foco"),
            "shapes": self.page.evaluate(
                "() => [...document.querySelectorAll('.js-plotly-plot path')].map("
                "path => [path.getAttribute('d'), path.style.fill])"
            ),
        }


@contextmanager
def reading(browser: Browser, address: str, *, width: int = 1280, dark: bool = False) -> Iterator[Reader]:
    """A new reader; at the end, nothing they looked at may have gone anywhere but to this machine."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        locale="pt-BR",
        accept_downloads=True,
        # Behind a proxy of the run, whose certificate nobody signed.
        ignore_https_errors=address.startswith("https:"),
    )
    context.set_default_timeout(30_000)
    reader = Reader(context.new_page(), address)
    try:
        yield reader
        outside = [url for url in reader.requests if urlsplit(url).hostname not in {"127.0.0.1", None}]
        assert not outside, outside
        assert not reader.errors, reader.errors
    finally:
        context.close()


def downloads(reader: Reader, key: str) -> Mapping[str, bytes]:
    """Every file of one "Baixar" menu by its name, taken as a reader takes them."""
    reader.page.locator(f".st-key-baixar-{key} button").first.click()
    buttons = reader.page.locator(f"[class*='st-key-{key}-'] [data-testid=stDownloadButton] button")
    buttons.first.wait_for()
    reader.wait()
    found = {}
    for place in range(buttons.count()):
        with reader.page.expect_download() as waiting:
            buttons.nth(place).click()
        found[waiting.value.suggested_filename] = waiting.value.path().read_bytes()
    return found
