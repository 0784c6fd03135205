from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pipelines import declarations
from pipelines.declarations import ROOT, Config


def visiting(config: Config, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page in a new session over a configuration's tables; see `visit`."""
    monkeypatch.setenv("FAROL_CONFIG", str(config.file))
    # Not into the folder that a server of this machine serves.
    static = config.file.parent / "static"
    static.mkdir(exist_ok=True)
    for name in ("geo", "topo"):
        if not (static / name).exists():
            (static / name).symlink_to(ROOT / "static" / name)
    monkeypatch.setattr(declarations, "STATIC", static)

    def opened(page: str, **link: str) -> AppTest:
        at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        for name, value in link.items():
            at.query_params[name] = value
        return at.switch_page(page).run() if not page.endswith("panorama.py") else at.run()

    return opened


@pytest.fixture
def visit(config: Config, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page in a new session: `visit("pages/ver/indicador.py", ano="2022")`, already run once."""
    return visiting(config, monkeypatch)
