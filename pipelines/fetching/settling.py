"""What came for a source, from whoever brought it: made a raw file, checked, and put in place whole or not at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines import declarations
from pipelines.declarations import Config, Source
from pipelines.editions import rested_on
from pipelines.fetching import checking, placing
from pipelines.fetching.contract import FetchError, Harvest, Row, Scope
from pipelines.raw_files import REGISTRY, fingerprint, raw_path


@dataclass(frozen=True)
class Settled:
    """What became of it: the declaration as it is now, what the check found, and whether no figure is another."""

    source: Source
    form: checking.Form
    same: bool

    @property
    def told(self) -> str:
        """What was refused of it, in words; empty where nothing was."""
        if not self.form.refused:
            return ""
        return f"{self.form.refused} célula(s) ou linha(s) recusada(s), como {self.form.reason}"


def on_file(config: Config, name: str) -> list[Row]:
    """The rows of a source that are in place; none where it has no file yet."""
    present = raw_path(config.raw / name)
    return checking.rows_of(checking.unpacked(present)) if present.exists() else []


def scope_of(config: Config, state: str, today: dt.date) -> Scope:
    """What is asked for, with the municipalities that the registry on file knows in it."""
    scope = Scope(state, (), today)
    codes = (row[checking.CODE] for row in on_file(config, REGISTRY))
    return replace(scope, municipalities=tuple(code for code in codes if scope.holds(code)))


def peopled(scope: Scope) -> None:
    """Raise FetchError where the registry on file has no municipality of what is asked for."""
    if not scope.municipalities:
        raise FetchError(
            f"A lista de municípios em data/raw/{REGISTRY} não tem os do território pedido. Colete-a antes."
        )


def settle(
    config: Config,
    declaration: Path,
    scope: Scope,
    before: list[Row],
    harvest: Harvest,
    stamps: tuple[dict[str, str], ...],
    accepted: bool,
) -> Settled:
    """Check what came and put it in place. Raises FetchError and OSError; then everything is as it was.

    `before`: the rows on file. `stamps`: what the index of editions tells of where it came from. `accepted`: whether
    somebody looked at a large revision and wants it.
    """
    name = declaration.stem
    folder = config.raw / name
    source = declarations.read_source(declaration)
    data = checking.as_csv(source, checking.merged(scope, before, harvest))
    with placing.beside(folder, data) as new:
        dated = replace(
            source,
            retrieved=scope.today,
            sha256=fingerprint(data),
            rows=data.count(b"\n") - 1,
            edition=harvest.edition,
            origin="fetched",
        )
        registry = raw_path(config.raw / REGISTRY)
        form = checking.check(dated, registry, new, scope, before, harvest, accepted)
        dated = replace(dated, periods=_span(form.first, form.last))
        same = bool(before) and not form.changes
        # Figures that are the same keep their edition; only the day on which the publisher confirmed them moves.
        if same:
            present = checking.unpacked(raw_path(folder))
            dated = replace(dated, sha256=fingerprint(present), rows=len(before))
            placing.declare(declaration, dated)
        else:
            arrival = placing.Arrival(harvest.edition, stamps, rested_on(config.processed, name))
            placing.place(dated, folder, new, declaration, arrival)
    return Settled(dated, form, same)


def _span(first: str, last: str) -> str:
    if first == last:
        return first
    return f"{first}-{last}" if len(first) == len(last) == 4 else f"{first} a {last}"
