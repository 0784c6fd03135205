"""Current editions, straight from the publishers, into data/raw: the only room that uses the network.

`python -m pipelines fetch` asks each publisher (`publishers/`, one file each), checks the form of what came
(`checking`), keeps the old edition (`editions`) and puts the new one in place whole or not at all (`placing`).
`build` needs no network and knows nothing of this room. How to add a connector: docs/connectors.md.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.declarations import Config


# The commands that need no network do not wait for what this room stands on.
def _fetch(config: Config, given: argparse.Namespace) -> int:
    from pipelines.fetching import command

    return command.fetch(config, given)


def _editions(config: Config, given: argparse.Namespace) -> int:
    from pipelines.fetching import command

    return command.editions(config, given)


def add_commands(commands: Any) -> None:
    """Add `fetch` and `editions` to the commands of `python -m pipelines`."""
    command = commands.add_parser("fetch", help="busca a edição atual de cada fonte no publicador")
    command.add_argument("source", nargs="*", help="fontes; todas as que têm conector, se omitidas")
    command.add_argument(
        "--mirror", default="", metavar="URL", help="baixa https://host/caminho de URL/host/caminho"
    )
    scope = command.add_mutually_exclusive_group()
    scope.add_argument("--state", help="um estado, pela sigla ou pelo código do IBGE (MS ou 50)")
    scope.add_argument("--all", action="store_true", help="o país inteiro")
    command.add_argument(
        "--accept-revision", action="store_true", help="aceita que a maioria dos valores mude"
    )
    command.add_argument("--json", action="store_true", help="o resultado em JSON")
    command.set_defaults(run=_fetch)
    command = commands.add_parser(
        "editions", help="as edições guardadas de uma fonte e o que mudou entre duas"
    )
    command.add_argument("source")
    command.add_argument(
        "--diff", nargs=2, metavar=("A", "B"), help="cada valor que muda da edição A para a B"
    )
    command.add_argument("--json", action="store_true", help="o resultado em JSON")
    command.set_defaults(run=_editions)
