"""Figures counted from records one by one (births, deaths, movements of jobs) into the common raw form.

One query each, `<name>.sql` beside `<name>.toml`, run by DuckDB on this machine or, where the records do not fit one, by
Spark (`on_spark`, the optional extra). What comes out goes into `data/raw/` like a fetched edition. How to use it, and
when the second engine pays: docs/microdata.md.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.declarations import Config


def _microdata(config: Config, given: argparse.Namespace) -> int:
    # The other commands do not wait for what this room stands on.
    from pipelines.microdata import command

    return command.microdata(config, given)


def add_commands(commands: Any) -> None:
    """Add `microdata` to the commands of `python -m pipelines`."""
    command = commands.add_parser(
        "microdata", help="conta registros publicados (nascimentos, óbitos, empregos) para data/raw"
    )
    command.add_argument("name", help="o que contar: nascimentos, obitos ou empregos")
    command.add_argument(
        "--records",
        nargs="+",
        required=True,
        metavar="PATH",
        help="arquivos, pastas ou endereços s3a:// dos registros",
    )
    command.add_argument(
        "--period",
        nargs="+",
        required=True,
        help="os períodos de que os registros estão inteiros (2024, ou 2026-01)",
    )
    scope = command.add_mutually_exclusive_group()
    scope.add_argument("--state", help="um estado, pela sigla ou pelo código do IBGE (MS ou 50)")
    scope.add_argument("--all", action="store_true", help="o país inteiro")
    command.add_argument(
        "--engine", choices=("duckdb", "spark"), default="duckdb", help="quem conta; duckdb, se omitido"
    )
    command.add_argument(
        "--master", default="", metavar="URL", help="o Spark que já existe, como spark://maquina:7077"
    )
    command.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="uma opção do motor; repita para outras",
    )
    command.add_argument(
        "--accept-revision", action="store_true", help="aceita que a maioria dos valores mude"
    )
    command.set_defaults(run=_microdata)
