"""python -m programme {status, invite, people, revoke, export, import, backup, restore, publish, verify}."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

# A command loads what it needs when it is run, so that asking what commands there are takes no second.
if TYPE_CHECKING:
    from programme.desk import Desk

FIRST = "python -m programme invite --role coordinator --name NOME"


def _status(desk: Desk, _arguments: argparse.Namespace) -> int:
    from pipelines.verdicts import pt_number
    from programme import access

    state = desk.store.state()
    print(
        f"Registro do programa: {pt_number(state.last, 0)} evento(s), {pt_number(len(state.people), 0)} pessoa(s), {pt_number(len(state.plans), 0)} versão(ões) de planos."
    )
    if not access.has_coordinator(desk):
        print(f"Ninguém coordena ainda. Para o primeiro link: {FIRST}")
    return 0


def _invite(desk: Desk, arguments: argparse.Namespace) -> int:
    from programme import access

    found = access.invite(
        desk, access.console(), role=arguments.role, name=arguments.name, email=arguments.email,
        municipalities=arguments.municipality, days=arguments.days,
    )  # fmt: skip
    print(found.link)
    print(
        f"Vale uma vez, até {found.expires:%d/%m/%Y}; convite {found.invite}. Entregue-o só a {arguments.name}.",
        file=sys.stderr,
    )
    if not desk.config.programme.address:
        print(
            "Sem address em farol.toml, o link só serve neste computador.",
            file=sys.stderr,
        )
    return 0


def _people(desk: Desk, _arguments: argparse.Namespace) -> int:
    from programme import access
    from programme.state import ROLES

    state = desk.store.state()
    for one in access.people(desk, access.console()):
        where = ", ".join(
            f"{code} {desk.municipalities.get(code, '')}".strip() for code in one.municipalities
        )
        waiting = [
            each.invite
            for each in state.invites.values()
            if each.person == one.person and each.used is None and each.revoked is None
        ]
        parts = (one.person, one.name, one.email or "sem e-mail", ROLES[one.role], where)
        print("  ".join(part for part in parts if part), end="")
        print("" if one.active else "  (encerrada)", end="")
        print(f"  (convite {', '.join(waiting)})" if waiting else "")
    return 0


def _revoke(desk: Desk, arguments: argparse.Namespace) -> int:
    from programme import access

    state = desk.store.state()
    if arguments.id in state.people:
        print(access.end(desk, access.console(), arguments.id).text)
    elif arguments.id in state.invites:
        print(access.revoke(desk, access.console(), arguments.id).text)
    else:
        print(
            f"Não há pessoa nem convite '{arguments.id}'. Veja: python -m programme people", file=sys.stderr
        )
        return 1
    return 0


def _export(desk: Desk, arguments: argparse.Namespace) -> int:
    from programme import transfer

    print(f"{transfer.export(desk, arguments.out)} evento(s) em {arguments.out}")
    return 0


def _import(desk: Desk, arguments: argparse.Namespace) -> int:
    from programme import transfer

    print(f"{transfer.bring(desk, arguments.folder)} evento(s) trazido(s) de {arguments.folder}")
    return 0


def _backup(desk: Desk, arguments: argparse.Namespace) -> int:
    from programme import transfer

    out = arguments.out or desk.config.data / "backups" / f"programa-{desk.clock():%Y%m%d-%H%M%S}.zip"
    print(f"{transfer.backup(desk, out)} evento(s) em {out}")
    return 0


def _restore(desk: Desk, arguments: argparse.Namespace) -> int:
    from programme import transfer

    print(f"{transfer.restore(desk, arguments.file)} evento(s) restaurado(s) de {arguments.file}")
    return 0


def _publish(desk: Desk, _arguments: argparse.Namespace) -> int:
    from programme import folders

    for problem in folders.publish(desk):
        print(problem, file=sys.stderr)
    print(
        f"Planos aceitos em {desk.folder / folders.FOLDER}. Para as páginas: python -m pipelines build --plans"
    )
    return 0


def _verify(desk: Desk, _arguments: argparse.Namespace) -> int:
    from pipelines.verdicts import pt_number
    from programme.store import verified

    print(f"{pt_number(len(verified(desk.store.lines())), 0)} evento(s), em sequência e como foram escritos.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m programme", description="O registro do programa: pessoas, planos enviados, andamento."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("status", help="quantos registros há, e como fazer o primeiro acesso")
    command.set_defaults(run=_status)
    command = commands.add_parser("invite", help="faz um link de acesso, que vale uma vez")
    command.add_argument("--role", required=True, choices=("coordinator", "reference", "officer", "reader"))
    command.add_argument("--name", required=True, help="nome da pessoa")
    command.add_argument("--email", help="para quem também entra pelo login")
    command.add_argument(
        "--municipality",
        action="append",
        default=[],
        help="código do IBGE; repita para a pessoa de referência",
    )
    command.add_argument("--days", type=int, default=14, help="por quantos dias o link espera")
    command.set_defaults(run=_invite)
    command = commands.add_parser("people", help="quem escreve, com papel e municípios")
    command.set_defaults(run=_people)
    command = commands.add_parser("revoke", help="encerra o acesso de uma pessoa, ou cancela um convite")
    command.add_argument("id")
    command.set_defaults(run=_revoke)
    command = commands.add_parser("export", help="grava tudo em uma pasta, como CSV e arquivos")
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(run=_export)
    command = commands.add_parser("import", help="traz de volta o que export gravou")
    command.add_argument("folder", type=Path)
    command.set_defaults(run=_import)
    command = commands.add_parser("backup", help="grava tudo em um arquivo só")
    command.add_argument("--out", type=Path)
    command.set_defaults(run=_backup)
    command = commands.add_parser("restore", help="traz de volta o que backup gravou")
    command.add_argument("file", type=Path)
    command.set_defaults(run=_restore)
    command = commands.add_parser("publish", help="grava de novo as pastas dos planos aceitos")
    command.set_defaults(run=_publish)
    command = commands.add_parser("verify", help="confere se nenhum registro mudou, faltou ou entrou no meio")
    command.set_defaults(run=_verify)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = _parser().parse_args(arguments)

    from pipelines import declarations, swapping
    from programme.desk import NoAccess, Refused, open_desk
    from programme.store import StoreError, exists

    try:
        with swapping.refusals_in_words():
            config = declarations.read_config()
            if given.command == "status" and not exists(config):
                # Only to look makes no store.
                print(f"As páginas são só para leitura. Para receber planos e andamento: {FIRST}")
                return 0
            desk = open_desk(config)
            try:
                status: int = given.run(desk, given)
            finally:
                desk.close()
    except (StoreError, Refused, NoAccess, swapping.BuildError, declarations.DeclarationError) as error:
        print(f"Não foi possível: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
