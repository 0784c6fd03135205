from __future__ import annotations

import shutil

import pytest

from pipelines.declarations import ROOT
from tests import proxy, services


def test_without_a_server_the_run_on_services_fails_and_skips_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "programs", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit) as told:
        services.main([])
    assert "Install the package 'postgresql'" in str(told.value)


def test_without_a_proxy_the_run_on_services_fails_and_skips_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "nginx", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit) as told:
        proxy.install()
    assert "Install the package 'nginx'" in str(told.value)
    # And it is asked for: the tests that a machine without it leaves out are among those that run.
    assert {f"tests/e2e/{name}.py" for name in ("test_deploy", "test_behind_proxy", "test_many")} <= set(
        services.DEPLOYMENT
    )


def test_a_submission_is_tried_on_both_engines() -> None:
    steps = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert {"make test", "make test-services"} <= set(steps)
    assert "-m tests.services" in (ROOT / "Makefile").read_text("utf-8")
