"""`microdata`: records counted, put in place, and said in words."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipelines import declarations
from pipelines.declarations import PERIOD_FORMS, Config
from pipelines.editions import EditionError
from pipelines.fetching import placing, running, settling
from pipelines.fetching.checking import CODE
from pipelines.fetching.contract import FetchError, Scope
from pipelines.microdata import counting
from pipelines.microdata.contract import Engine, Row
from pipelines.microdata.counting import Tally
from pipelines.microdata.declaring import HERE, Microdata, declared
from pipelines.microdata.inputs import Input, RecordsError, found
from pipelines.raw_files import REGISTRY, fingerprint
from pipelines.verdicts import pt_number


@dataclass(frozen=True)
class Run:
    """What is asked for. `queries`: the folder of the counts' declarations; `into`: that of the sources'."""

    config: Config
    scope: Scope
    asked: Microdata
    periods: tuple[str, ...]
    accepted: bool = False
    into: Path = declarations.HERE / "sources"


def microdata(config: Config, given: argparse.Namespace, queries: Path = HERE, into: Path = Run.into) -> int:
    """Count the records that are given, place the counts and say what became of all; returns the exit status."""
    try:
        asked = declared(given.name, queries)
        state = running.territory(config, given.state, given.all)
        scope = settling.scope_of(config, state, config.today())
        settling.peopled(scope)
        run = Run(config, scope, asked, _periods(asked, given.period), given.accept_revision, into)
        with placing.alone(config), closing(_engine(given)) as engine:
            engine.check(asked)
            started = time.monotonic()
            inputs = found(asked, given.records, lambda address: engine.header(asked, address))
            result = engine.count(asked, inputs, _codes(config))
            seconds = time.monotonic() - started
            return _placed(run, engine.name, inputs, result, seconds)
    except (FetchError, RecordsError, EditionError) as error:
        print(f"Não foi possível: {error}", file=sys.stderr)
        return 1


def _periods(asked: Microdata, given: Sequence[str]) -> tuple[str, ...]:
    form, said = PERIOD_FORMS[asked.period_form]
    for period in given:
        if not re.fullmatch(form, period):
            raise RecordsError(f"--period {period}: os períodos de {asked.name} se escrevem {said}.")
    return tuple(sorted(set(given)))


def _options(given: Sequence[str]) -> Mapping[str, str]:
    told = {}
    for each in given:
        name, mark, value = each.partition("=")
        if not (mark and name):
            raise RecordsError(f"--option {each}: escreva NOME=VALOR.")
        told[name] = value
    return told


def _engine(given: argparse.Namespace) -> Engine:
    options = _options(given.option)
    if given.engine == "spark":
        if not given.master:
            raise RecordsError("--engine spark: diga onde ele está, com --master spark://maquina:7077.")
        from pipelines.microdata.on_spark import OnSpark

        return OnSpark(given.master, options)
    if given.master:
        raise RecordsError("--master é do Spark. Acrescente --engine spark.")
    from pipelines.microdata.on_duckdb import OnDuckDB

    return OnDuckDB(options)


def _codes(config: Config) -> list[tuple[str, str]]:
    """The registry's codes as records may write them, in six and in seven digits, each with the one of seven."""
    codes = [row[CODE] for row in settling.on_file(config, REGISTRY)]
    return [(written, code) for code in codes for written in (code[:6], code)]


def _placed(run: Run, engine: str, inputs: Sequence[Input], result: Sequence[Row], seconds: float) -> int:
    held = counting.placed(run.asked, result, run.scope, run.periods)
    since = {row[CODE]: row["existe_desde"] for row in settling.on_file(run.config, REGISTRY)}
    stamps = provenance(run, engine, inputs, held.tally)
    _say(run.asked, engine, held.tally, seconds)
    failed = False
    for fill in run.asked.fills:
        name = fill.source.source
        before = settling.on_file(run.config, name)
        harvest = counting.harvest(run.asked, fill, held, run.scope, run.periods, before, since)
        try:
            done = settling.settle(
                run.config, run.into / f"{name}.toml", run.scope, before, harvest, stamps, run.accepted
            )
        except FetchError as error:
            print(f"{name}: FALHOU. {error}", file=sys.stderr)
            failed = True
            continue
        state = "sem mudança" if done.same else "edição nova"
        changed = f"; {len(done.form.revised)} valor(es) já publicado(s) mudaram" if done.form.revised else ""
        print(
            f"{name}: {state}, {harvest.edition}; {done.source.rows} linhas{changed}{done.told and f'; {done.told}'}"
        )
    if not failed:
        print("Para levar às páginas: python -m pipelines build")
    return int(failed)


def provenance(run: Run, engine: str, inputs: Sequence[Input], tally: Tally) -> tuple[dict[str, str], ...]:
    """What the index of editions keeps of a count: each file with its sha256, the query with its own, the engine, and
    what became of the records that are in no figure.
    """
    query = run.asked.file
    told = {
        "query": query.name,
        "query_sha256": fingerprint(query.read_bytes()),
        "engine": engine,
        "records": str(tally.records),
        "counted": str(tally.counted),
        "left_out": json.dumps(tally.left_out, ensure_ascii=False, sort_keys=True),
        "refused": json.dumps(tally.refused, ensure_ascii=False, sort_keys=True),
    }
    return (*({"url": one.name, "sha256": one.sha256} for one in inputs), told)


def _say(asked: Microdata, engine: str, tally: Tally, seconds: float) -> None:
    print(
        f"{asked.title}: {_count(tally.records)} registros lidos em {pt_number(seconds, 1)} s ({engine}); "
        f"{_count(tally.counted)} contados."
    )
    for reason, records in sorted(tally.left_out.items(), key=lambda item: -item[1]):
        print(f"  não entram: {_count(records)}, {reason}")
    for reason, records in sorted(tally.refused.items(), key=lambda item: -item[1]):
        example = tally.examples.get(reason, "")
        print(f"  recusados: {_count(records)}, {reason}{f' (como {example[:60]!r})' if example else ''}")


def _count(number: int) -> str:
    return pt_number(number, 0)
