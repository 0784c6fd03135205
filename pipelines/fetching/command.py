"""`fetch` and `editions`, said in words or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict

from tqdm import tqdm

from pipelines.declarations import ROOT, Config
from pipelines.editions import EditionError, Shelf
from pipelines.fetching import checking, running
from pipelines.fetching.contract import FetchError
from pipelines.fetching.web import Limits, Road
from pipelines.verdicts import pt_number

STATES = {running.NEW: "edição nova", running.SAME: "sem mudança", running.FAILED: "FALHOU"}
# Intermediate certificates that a publisher's server leaves out.
CERTIFICATES = ROOT / "deploy" / "certificates"


def fetch(config: Config, given: argparse.Namespace) -> int:
    """Collect what is asked for and say what became of it; returns the exit status."""
    try:
        connectors = running.chosen(given.source)
        state = running.territory(config, given.state, given.all)
        road = Road(Limits(), _address(given.mirror), CERTIFICATES)
        with ExitStack() as stack:
            asked = running.Run(
                config, state, road, config.today(), accepted=given.accept_revision, bar=_bars(stack)
            )
            outcomes = running.run(asked, connectors)
    except FetchError as error:
        if given.json:
            print(json.dumps({"error": str(error)}, ensure_ascii=False))
        print(f"Não foi possível: {error}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], ensure_ascii=False, indent=1))
    else:
        _summary(outcomes)
    return int(any(outcome.state == running.FAILED for outcome in outcomes))


def _address(mirror: str) -> str:
    if mirror and not mirror.startswith(("https://", "http://")):
        raise FetchError(f"'{mirror}' não é um endereço. Escreva-o com https:// ou http://.")
    return mirror


def _bars(stack: ExitStack) -> Callable[[str], Callable[..., None] | None]:
    """A bar for each source, on a terminal alone."""

    def bar(source: str) -> Callable[..., None]:
        shown = stack.enter_context(
            tqdm(desc=source, unit=" pedidos", file=sys.stderr, disable=None, leave=False)
        )

        def tell(done: int = 0, total: int = 0) -> None:
            if total:
                shown.total = total
            shown.update(done)

        return tell

    return bar


def _summary(outcomes: list[running.Outcome]) -> None:
    width = max(len(outcome.source) for outcome in outcomes)
    for outcome in outcomes:
        facts = outcome.told
        if outcome.state != running.FAILED:
            facts = f"{outcome.edition}; {outcome.rows} linhas"
            if outcome.changed:
                facts += f"; {outcome.changed} valor(es) já publicado(s) mudaram"
            if outcome.told:
                facts += f"; {outcome.told}"
        print(f"{outcome.source:<{width}}  {STATES[outcome.state]:<11}  {facts}")
    failed = sum(outcome.state == running.FAILED for outcome in outcomes)
    new = sum(outcome.state == running.NEW for outcome in outcomes)
    print(
        f"{len(outcomes)} fonte(s): {new} com edição nova, {failed} falharam; o que falhou continua como estava."
    )
    if new:
        print("Para levar às páginas: python -m pipelines build")


def editions(config: Config, given: argparse.Namespace) -> int:
    """List the editions of a source, or every value that differs between two; returns the exit status."""
    try:
        source = running.declared(given.source)
        folder = config.raw / given.source
        shelf = Shelf(folder)
        if given.diff:
            before, after = (checking.rows_of(shelf.read(label)) for label in given.diff)
            _changes(checking.changes(source, before, after), given.json)
            return 0
        known = shelf.editions()
    except (FetchError, EditionError) as error:
        print(f"Não foi possível: {error}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps([asdict(edition) for edition in known], ensure_ascii=False, indent=1))
    elif not known:
        print("Ainda não há edições guardadas: a primeira coleta guarda a cópia incluída e a que chegar.")
    else:
        for edition in known:
            origin = "cópia incluída" if edition.origin == "snapshot" else "coletada"
            kept = "" if edition.file else "  (arquivo já não guardado)"
            print(
                f"{edition.label:<13} {origin:<15} {edition.rows:>7} linhas  {edition.sha256[:12]}  {edition.edition}{kept}"
            )
    return 0


def _changes(found: list[checking.Change], as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(change) for change in found], ensure_ascii=False, indent=1))
        return
    for change in found:
        where = " · ".join((change.municipality, change.period, *change.key, change.column))
        print(f"{where}: {_said(change.before)} → {_said(change.after)}")
    print(f"{pt_number(len(found), 0)} valor(es) diferem." if found else "Nenhum valor difere.")


def _said(value: str | None) -> str:
    return "sem linha" if value is None else value or "vazio"
