"""python -m dashboard {package, report, bulletin}: what the dashboard gives away, without the dashboard."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

from tqdm import tqdm

from dashboard import sheets, words
from dashboard.tables import Tables, open_tables
from pipelines import declarations
from pipelines.declarations import Config, DeclarationError


class NoTablesError(Exception):
    """There is no build to take anything from; the message is one sentence in Portuguese."""


def _package(config: Config, arguments: argparse.Namespace) -> int:
    # Geometry's libraries take a second and much memory, which sheets do without.
    from dashboard.files import package
    from pipelines.publishing import NothingBuilt

    try:
        size = package.write(config, arguments.out)
    except NothingBuilt as error:
        raise NoTablesError(str(error)) from None
    print(f"Pacote gravado em {arguments.out} ({package.size(size)})")
    return 0


def _tables(config: Config) -> Tables:
    try:
        return open_tables(config)
    except FileNotFoundError:
        raise NoTablesError("ainda não há tabelas. Rode: python -m pipelines build") from None


def _report(config: Config, arguments: argparse.Namespace) -> int:
    data = _tables(config)
    given = {"config": config, "address": arguments.address, "demonstration": arguments.demonstration}
    if not arguments.all:
        print(f"Ficha gravada em {sheets.write_sheet(data, arguments.municipality, arguments.out, **given)}")
        return 0
    codes = tuple(data.municipalities()["municipality_code"])
    with tqdm(total=100, bar_format="{percentage:3.0f}% |{bar}| {desc}", file=sys.stderr) as bar:

        def tell(share: float, text: str) -> None:
            bar.set_description_str(text[:60], refresh=False)
            bar.update(int(share * 100) - bar.n)

        files = sheets.write_package(data, codes, arguments.out, tell, **given)
    print(
        f"{words.number(len(codes))} fichas, o PDF conjunto e o zip gravados em {arguments.out} ({words.number(len(files))} arquivos)"
    )
    return 0


def _bulletin(config: Config, arguments: argparse.Namespace) -> int:
    data = _tables(config)
    given = {"config": config, "address": arguments.address, "demonstration": arguments.demonstration}
    for place in sheets.write_bulletin(data, arguments.municipality, arguments.since, arguments.out, **given):
        print(f"Boletim gravado em {place}")
    return 0


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' não é uma data AAAA-MM-DD") from None


def _of_sheets(command: argparse.ArgumentParser) -> None:
    """The options that every kind of sheet takes."""
    command.add_argument(
        "--out", type=Path, default=Path("fichas"), help="a pasta onde gravar (fichas, se omitida)"
    )
    command.add_argument(
        "--demonstration", action="store_true", help="inclui o plano de demonstração, marcado"
    )
    command.add_argument(
        "--address", default="", help="endereço do painel, para o código QR; o de farol.toml, se omitido"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m dashboard", description="Arquivos do painel, sem abrir o painel."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "package", help="todas as tabelas em um zip: CSV, Parquet, limites, descrição e dicionário"
    )
    command.add_argument("--out", type=Path, required=True, help="o arquivo .zip a gravar")
    command.set_defaults(run=_package)
    command = commands.add_parser(
        "report", help="fichas dos municípios em PDF, uma ou todas com o PDF conjunto e o zip"
    )
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--municipality", metavar="CODE", help="código IBGE de 7 dígitos")
    which.add_argument("--all", action="store_true", help="todos os municípios")
    _of_sheets(command)
    command.set_defaults(run=_report)
    command = commands.add_parser(
        "bulletin", help="o que mudou desde a última reunião, em PDF e em texto para e-mail"
    )
    command.add_argument(
        "--municipality", metavar="CODE", default="", help="código IBGE; o território inteiro, se omitido"
    )
    command.add_argument(
        "--since", type=_date, help="data da última reunião (AAAA-MM-DD); 60 dias atrás, se omitida"
    )
    _of_sheets(command)
    command.set_defaults(run=_bulletin)
    given = parser.parse_args(arguments)
    try:
        status: int = given.run(declarations.read_config(), given)
    except (DeclarationError, NoTablesError, sheets.UnknownMunicipalityError) as error:
        print(f"Não foi possível: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Não foi possível gravar: {error.strerror}: {error.filename}.", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
