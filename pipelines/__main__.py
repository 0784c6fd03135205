"""python -m pipelines {build, status, coverage, covers, seal, template, check-plan, fetch, editions, microdata}."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import textwrap
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import fetching, microdata
from pipelines.verdicts import pt_number

# A command loads what it needs when it is run, so that asking what commands there are takes no second.
if TYPE_CHECKING:
    from pipelines.declarations import Config, Indicator
    from pipelines.plan_files import PlanFile

# Of a column of `status`, in characters: what is longer goes on in the next line.
WIDEST = 44


def _build(config: Config, arguments: argparse.Namespace) -> int:
    import duckdb
    from tqdm import tqdm

    from pipelines import build, history, publishing, swapping

    as_of = arguments.as_of or config.today()
    if arguments.if_needed and build.is_current(config, as_of):
        publishing.ensure(config)
        print("As tabelas estão em dia.")
        return 0
    with tqdm(total=100, bar_format="{percentage:3.0f}% |{bar}| {desc}", file=sys.stderr) as bar:

        def tell(share: float, text: str) -> None:
            bar.set_description_str(text[:60], refresh=False)
            bar.update(int(share * 100) - bar.n)
            bar.refresh()

        # Whoever waited for another build looks again at what it left.
        with swapping.alone(config, tell):
            manifest = None
            if arguments.if_needed and build.is_current(config, as_of):
                publishing.ensure(config)
            else:
                manifest = publishing.build(config, arguments.as_of, tell, plans_only=arguments.plans)
    if manifest is None:
        print("As tabelas estão em dia.")
        return 0
    tables = config.processed
    with duckdb.connect() as con:
        refused = con.execute(
            """select file, line, reason, line is null and ("column" is null or value is null) as of_file
            from read_parquet(?) order by source != ?, source, file, line, reason""",
            [str(tables / "rejected.parquet"), history.SOURCE_OF_HISTORY],
        ).fetchall()
        [(indicators, values)] = con.execute(
            "select count(distinct indicator), count(value) from read_parquet(?)",
            [str(tables / "values.parquet")],
        ).fetchall()
    print(
        f"{indicators} indicadores, {pt_number(values, 0)} valores; julgado em {manifest['as_of']}; tabelas em {tables}"
    )
    if refused:
        notices = sum(of_file for *_, of_file in refused)
        print(
            f"{pt_number(len(refused) - notices, 0)} linha(s) ou célula(s) recusada(s), {pt_number(notices, 0)} aviso(s) sobre arquivos; "
            "tudo está em rejected.parquet. Os primeiros:"
        )
        for file, line, reason, _ in refused[:10]:
            print(f"  {file}{f', linha {line}' if line else ''}: {reason}")
    return 0


def _status(config: Config, _arguments: argparse.Namespace) -> int:
    import duckdb

    from pipelines import build
    from pipelines.declarations import AWAITED

    if build.read_manifest(config) is None:
        print("Ainda não há tabelas. Rode: python -m pipelines build")
        return 1
    with duckdb.connect() as con:
        rows = con.execute(
            """select source, edition, coalesce(periods, 'nenhum'), municipalities, rows, rejected,
            ?::date - retrieved, origin from read_parquet(?) order by source""",
            [config.today(), str(config.processed / "sources.parquet")],
        ).fetchall()
    head = (
        "fonte", "edição", "períodos", "municípios", "linhas", "recusadas", "dias desde a cópia", "origem",
    )  # fmt: skip
    said = {
        "snapshot": "cópia incluída",
        "fetched": "buscada na fonte",
        AWAITED: "aguarda coleta",
        None: "",
    }
    table = [head, *(tuple(str(said.get(cell, cell)) for cell in row) for row in rows)]
    wrapped = [[textwrap.wrap(cell, WIDEST) or [""] for cell in row] for row in table]
    widths = [max(len(line) for row in wrapped for line in row[place]) for place in range(len(head))]
    for row in wrapped:
        for line in zip_longest(*row, fillvalue=""):
            print("  ".join(map(str.ljust, line, widths)).rstrip())
    return 0


def _coverage(config: Config, _arguments: argparse.Namespace) -> int:
    import duckdb

    with duckdb.connect() as con:
        rows = con.execute(
            "select indicator, period, count(value) from read_parquet(?) group by all order by all",
            [str(config.processed / "values.parquet")],
        ).fetchall()
    print("indicator,period,municipalities")
    for row in rows:
        print(",".join(str(cell) for cell in row))
    return 0


COVERS_HEADS = (
    "indicador", "valor", "anos", "trajetórias", "municípios", "histórico", "conferidas", "partidas", "os outros",
    "serve de guia",
)  # fmt: skip


def _covers(config: Config, arguments: argparse.Namespace) -> int:
    """Both covers of reach as a Markdown table, the form that docs/covers.md keeps."""
    from pipelines import build, declarations, reaching

    if build.read_manifest(config) is None:
        print("Ainda não há tabelas. Rode: python -m pipelines build")
        return 1
    known = declarations.indicators()
    if unknown := [name for name in arguments.indicators if name not in known]:
        print(f"O indicador '{unknown[0]}' não existe. Confira o código.", file=sys.stderr)
        return 1
    print(f"| {' | '.join(COVERS_HEADS)} |")
    print(f"|{' --- |' * len(COVERS_HEADS)}")
    for line in reaching.covers(config.processed, arguments.indicators):
        record, others = (_percent(cover.share) for cover in (line.record, line.others))
        cells = (
            line.indicator, "três anos" if line.pooled else "ano", line.windows.years, len(line.windows),
            line.windows.municipalities, record, line.record.windows, line.record.starts, others,
            "sim" if line.record.trusted else "não",
        )  # fmt: skip
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
    return 0


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}".replace(".", ",")


def _seal(config: Config, arguments: argparse.Namespace) -> int:
    from pipelines import declarations
    from pipelines.raw_files import SourceError, raw_path, seal

    declaration = declarations.HERE / "sources" / f"{arguments.source}.toml"
    raw = raw_path(config.raw / arguments.source)
    for path in (declaration, raw):
        if not path.exists():
            print(f"{path} não existe. Confira o nome da fonte.", file=sys.stderr)
            return 1
    try:
        print(seal(declaration, raw))
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _template(config: Config, arguments: argparse.Namespace) -> int:
    from pipelines import plan_files

    plan_files.write_template(arguments.out, *plan_files.template_lists(config))
    print(f"Modelo gravado em {arguments.out}")
    return 0


def check_plan(path: Path, config: Config, as_of: dt.date | None = None) -> int:
    """Print the faults of a plan or, without any, its doubts and a preview of its verdicts.

    `as_of`: date of judging, today when not given. Returns the exit status: 1 if there are faults.
    """
    from pipelines import declarations, gathering, plan_files
    from pipelines.verdicts import status_word

    if not path.exists():
        print(f"{path} não existe. Confira o nome do arquivo.")
        return 1
    municipalities, measures = plan_files.template_lists(config)
    found = plan_files.read_plan(path, path.name, municipalities, measures)
    if isinstance(found, list):
        count = plan_files.total(found)
        print(f"{path.name}: {count} {'ajuste' if count == 1 else 'ajustes'} a fazer")
        for fault in found:
            print(f"  {fault.text}")
        return 1
    place = municipalities[found.municipality_code]
    print(f"{path.name}: sem falhas. {found.title} ({place}, versão {found.plan_version})")
    _print_as_read(found, measures)
    if not (config.processed / "values.parquet").exists():
        print("Ainda não há tabelas para comparar com os valores publicados. Rode: python -m pipelines build")
        return 0
    observations, years, grounds = gathering.published(
        config, found.municipality_code, [t.indicator for t in found.targets]
    )
    notes = plan_files.lint(found, observations, years)
    print("Avisos:" if notes else "Nenhum aviso.")
    for note in notes:
        print(f"  {note.text}")
    day = as_of or config.today()
    if coming := plan_files.until_in_force(found, day):
        print(coming)
    print("Prévia das leituras:")
    declared = declarations.sources()
    sources = {name: declared[item.source] for name, item in measures.items()}
    preview = plan_files.preview(found, observations, day, grounds, sources)
    for target, verdict in preview:
        chance = f" {verdict.certain_reason}" if verdict.certain is False else ""
        print(
            f"  {measures[target.indicator].title}: {status_word(verdict.status, target.demand)}. {verdict.reason}{chance}"
        )
    return 0


def _print_as_read(plan: PlanFile, measures: Mapping[str, Indicator]) -> None:
    """Every number of a plan as a table: where it stands, what it is, what its cell shows and the value taken."""
    rows = [
        (noted.sheet, str(noted.row), measures[noted.indicator].title, noted.what, noted.text)
        for noted in plan.as_read
    ]
    if not rows:
        return
    table = [("aba", "linha", "indicador", "o quê", "na célula e lido como"), *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    print("Como os números foram lidos:")
    for row in table:
        print("  " + "  ".join(map(str.ljust, row, widths)).rstrip())


def _check_plan(config: Config, arguments: argparse.Namespace) -> int:
    return check_plan(arguments.file, config)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' não é uma data AAAA-MM-DD") from None


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines", description="Dos arquivos publicados às tabelas."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("build", help="constrói data/processed a partir de data/raw")
    command.add_argument(
        "--as-of", type=_date, help="data do julgamento das metas (AAAA-MM-DD); hoje, se omitida"
    )
    command.add_argument("--if-needed", action="store_true", help="só constrói se algo mudou")
    command.add_argument(
        "--plans",
        action="store_true",
        help="só lê e julga os planos, sobre as tabelas de hoje; constrói tudo se mais alguma coisa mudou",
    )
    command.set_defaults(run=_build)
    command = commands.add_parser("status", help="edição, períodos, linhas, recusas e idade de cada fonte")
    command.set_defaults(run=_status)
    command = commands.add_parser("coverage", help="municípios com valor, por indicador e período, em CSV")
    command.set_defaults(run=_coverage)
    command = commands.add_parser(
        "covers", help="quanto as trajetórias passadas acertaram, por indicador e duração"
    )
    command.add_argument("indicators", nargs="*", help="códigos de indicadores; todos, se omitidos")
    command.set_defaults(run=_covers)
    command = commands.add_parser("seal", help="declara o arquivo bruto de uma fonte como ele está agora")
    command.add_argument("source")
    command.set_defaults(run=_seal)
    command = commands.add_parser("template", help="grava o modelo de plano em branco (XLSX)")
    command.add_argument("--out", type=Path, default=Path("modelo-de-plano.xlsx"))
    command.set_defaults(run=_template)
    command = commands.add_parser("check-plan", help="confere um arquivo de plano e mostra todas as falhas")
    command.add_argument("file", type=Path)
    command.set_defaults(run=_check_plan)
    fetching.add_commands(commands)
    microdata.add_commands(commands)
    given = parser.parse_args(arguments)

    from pipelines import build, declarations, swapping

    config = before = None
    try:
        with swapping.refusals_in_words():
            config = declarations.read_config()
            before = build.read_manifest(config)
            status: int = given.run(config, given)
    except (swapping.BuildError, declarations.DeclarationError) as error:
        print(f"Não foi possível: {error}", file=sys.stderr)
        if given.command == "build" and config is not None:
            print(_in_use(before, build.read_manifest(config)), file=sys.stderr)
        return 1
    return status


def _in_use(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """Which tables stand after a build that failed, by what is on the disk before and after it."""
    if after is None:
        return "Não há tabelas em uso."
    moment = dt.datetime.fromisoformat(after["built_at"])
    built = f"construídas em {moment:%d/%m/%Y às %H:%M}"
    if before is not None and before["build"] == after["build"]:
        return f"As tabelas anteriores continuam em uso, {built}."
    return f"As tabelas novas já estão em uso, {built}; a falha veio depois da troca."


if __name__ == "__main__":
    sys.exit(main())
