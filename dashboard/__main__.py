"""python -m dashboard {package}: what the dashboard gives away, without the dashboard."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dashboard import package
from pipelines import declarations
from pipelines.declarations import Config, DeclarationError
from pipelines.publishing import NothingBuilt


def _package(config: Config, arguments: argparse.Namespace) -> int:
    size = package.write(config, arguments.out)
    print(f"Pacote gravado em {arguments.out} ({package.size(size)})")
    return 0


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
    given = parser.parse_args(arguments)
    try:
        status: int = given.run(declarations.read_config(), given)
    except (DeclarationError, NothingBuilt) as error:
        print(f"Não foi possível: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Não foi possível gravar: {error.strerror}: {error.filename}.", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
