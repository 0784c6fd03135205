"""Everything out and in again: the log as CSV with its files, as a folder or as one archive."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines import verdicts
from pipelines.formulas import harmless
from programme import changes, folders, keeping
from programme.desk import Desk, Refused
from programme.events import COLUMNS
from programme.state import DECISION_STATES, PLAN_STATES, REQUEST_STATES, ROLES, State
from programme.store import StoreError, verified

EVENTS, FILES, README = "events.csv", "files", "LEIA-ME.txt"
# Bytes of one cell: a plan of a thousand deliverables has under two million.
_MOST_CELL = 1 << 24
_MOST_FILE = 8_000_000
_SHA = re.compile(rf"{FILES}/([0-9a-f]{{64}})")
ABOUT = """Registro do programa, inteiro.

events.csv é o registro: cada linha diz quem fez o quê, quando, o que havia antes e o que há depois; o resumo (hash)
de cada linha cobre a anterior. files/ guarda o que foi enviado, cada arquivo com o sha256 do seu conteúdo por nome.
As outras tabelas são para leitura: seguem do registro e não voltam. Nelas, um texto que uma planilha leria como
fórmula vem com um apóstrofo na frente. Nomes e e-mails são de quem escreve, e de mais ninguém: guarde este arquivo
como guarda os outros que têm dados pessoais. Links e sessões estão só como resumo, e não servem para entrar.

Para trazer de volta: python -m programme import PASTA, em uma instalação sem registros.
"""


def export(desk: Desk, out: Path) -> int:
    """Write everything into a folder that is not there yet, whole or not at all; returns how many events.

    Raises Refused where the folder is there, StoreError where a sent file is lost or the log does not hold.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(f"{out} já existe e não está vazia. Escolha outra pasta.")
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(f".{out.name}-{secrets.token_hex(4)}")
    try:
        aside.mkdir(mode=0o700)
        lines = verified(desk.store.lines())
        _write_events(aside / EVENTS, lines)
        (aside / FILES).mkdir()
        for sha256 in _files_of(lines):
            (aside / FILES / sha256).write_bytes(_file(desk, sha256))
        for name, heads, rows in tables(desk.store.state(), desk.municipalities):
            _write(aside / name, heads, rows)
        (aside / README).write_text(ABOUT, "utf-8")
        if out.is_dir():
            out.rmdir()
        aside.replace(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return len(lines)


def _file(desk: Desk, sha256: str) -> bytes:
    data = keeping.kept(desk, sha256)
    if data is None:
        raise StoreError(
            f"O arquivo {sha256[:12]}… de um envio não está no servidor, ou mudou. Restaure a última cópia de segurança."
        )
    return data


def _files_of(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """The sha256 of every file that events speak of."""
    return sorted(
        {
            found
            for line in lines
            for found in re.findall(r'"(?:file|sha256)":"([0-9a-f]{64})"', line["after"])
        }
    )


def _write_events(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([["" if line[name] is None else line[name] for name in COLUMNS] for line in lines])


def _read_events(text: io.TextIOBase) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(_MOST_CELL)
    rows = csv.reader(text, strict=True)
    if next(rows, None) != list(COLUMNS):
        raise StoreError(
            f"{EVENTS} não tem as colunas de um registro. Use uma cópia feita por export ou backup."
        )
    for row in rows:
        if len(row) != len(COLUMNS):
            raise StoreError(f"{EVENTS}, linha {rows.line_num}: faltam colunas. Use outra cópia.")
        line: dict[str, Any] = {name: cell or None for name, cell in zip(COLUMNS, row, strict=True)}
        line["number"] = int(line["number"])
        yield line


# Name, heads and rows of a table for people.
_Table = tuple[str, tuple[str, ...], list[tuple[Any, ...]]]


def tables(state: State, municipalities: Mapping[str, str]) -> list[_Table]:
    """The present state as tables for people: name, heads, rows."""

    def where(code: str | None) -> str:
        return f"{code} {municipalities.get(code, '')}".strip() if code else ""

    return [*_of_plans(state, where), *_of_meetings(state, where)]


def _of_plans(state: State, where: Callable[[str | None], str]) -> list[_Table]:
    """People, plans, what they changed, and what was told of deliverables."""
    return [
        (
            "pessoas.csv",
            ("pessoa", "nome", "email", "papel", "municipios", "ativa"),
            [
                (one.person, one.name, one.email, ROLES[one.role], ", ".join(one.municipalities), "sim" if one.active else "não")
                for one in state.people.values()
            ],
        ),
        (
            "planos.csv",
            ("plano", "versao", "municipio", "titulo", "situacao", "enviado_por", "enviado_em", "aceito_em"),
            [
                (one.plan, one.version, where(one.municipality_code), one.title, PLAN_STATES[one.state],
                 state.name_of(one.sent_by) if one.sent_by else None, one.sent_at, one.accepted_at)
                for one in state.plans.values()
            ],
        ),
        (
            "mudancas.csv",
            ("plano", "versao", "o_que", "antes", "depois", "motivo", "quem", "quando"),
            [
                (plan, one.version, one.what, one.before, one.after, one.reason, state.name_of(one.actor), one.moment)
                for plan in sorted({name for name, _ in state.plans})
                for one in changes.history(state, plan)
            ],
        ),
        (
            "andamento.csv",
            ("plano", "entrega", "situacao", "andamento", "data", "frase", "evidencias", "quem", "quando"),
            [
                (one.plan, one.deliverable_id, verdicts.DELIVERABLE_LABELS[one.status], one.percent, one.date, one.sentence,
                 ", ".join(each.sha256 or each.address for each in one.evidence), state.name_of(one.actor), one.moment)
                for told in state.progress.values()
                for one in told
            ],
        ),
    ]  # fmt: skip


def _of_meetings(state: State, where: Callable[[str | None], str]) -> list[_Table]:
    """Meetings, decisions and requests."""
    return [
        (
            "reunioes.csv",
            ("reuniao", "titulo", "data", "municipios", "situacao", "ata"),
            [
                (one.meeting, one.title, one.date, ", ".join(one.municipalities) or "todos",
                 "encerrada" if one.held_at else "marcada", one.minutes)
                for one in state.meetings.values()
            ],
        ),
        (
            "encaminhamentos.csv",
            ("encaminhamento", "reuniao", "municipio", "texto", "responsavel", "prazo", "situacao", "resposta"),
            [
                (one.decision, one.meeting, where(one.municipality_code), one.text, one.owner, one.due,
                 DECISION_STATES[one.state], one.answer)
                for one in state.decisions.values()
            ],
        ),
        (
            "pedidos.csv",
            ("pedido", "municipio", "texto", "prazo", "situacao", "respostas"),
            [
                (one.request, where(one.municipality_code), one.text, one.due, REQUEST_STATES[one.state],
                 " | ".join(text for _, _, text in one.answers))
                for one in state.requests.values()
            ],
        ),
    ]  # fmt: skip


def _write(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(heads)
        for row in rows:
            writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, float):
        return repr(value).removesuffix(".0").replace(".", ",")
    return harmless(str(value))


def bring(desk: Desk, folder: Path) -> int:
    """Fill an empty store with what `export` wrote, verified line by line and file by file; returns how many events.

    Raises StoreError; then nothing was taken.
    """
    path = folder / EVENTS
    if not path.is_file():
        raise StoreError(f"{folder} não tem {EVENTS}. Aponte para uma pasta feita por export.")
    with path.open(encoding="utf-8", newline="") as file:
        lines = verified(_sound(file))
    if desk.store.state().last:
        # Before any file is kept; `take` looks again under the lock.
        desk.store.take(lines)
    for sha256 in _files_of(lines):
        place = folder / FILES / sha256
        data = place.read_bytes() if place.is_file() and place.stat().st_size <= _MOST_FILE else b""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError(
                f"{FILES}/{sha256[:12]}… falta ou não é o que foi enviado. Use outra cópia; nada foi trazido."
            )
        keeping.keep(desk, data)
    count = desk.store.take(lines)
    folders.publish(desk)
    return count


def _sound(file: io.TextIOBase) -> Iterator[dict[str, Any]]:
    try:
        yield from _read_events(file)
    except (csv.Error, UnicodeDecodeError, ValueError, TypeError):
        raise StoreError(f"{EVENTS} não é um registro inteiro. Use outra cópia; nada foi trazido.") from None


def backup(desk: Desk, out: Path) -> int:
    """Write everything into one archive, whole or not at all; returns how many events. Raises as `export`."""
    if out.exists():
        raise Refused(f"{out} já existe. Escolha outro nome.")
    with _beside(out) as folder:
        count = export(desk, folder / "registro")
        aside = folder / "registro.zip"
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted((folder / "registro").rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder / "registro").as_posix())
        aside.chmod(0o600)
        aside.replace(out)
    return count


def restore(desk: Desk, file: Path) -> int:
    """Fill an empty store from an archive of `backup`; returns how many events. Raises StoreError."""
    with _beside(file) as folder:
        try:
            with zipfile.ZipFile(file) as archive:
                for part in archive.infolist():
                    # Nothing but the log and its files is taken, under their own names.
                    if part.filename == EVENTS or (
                        _SHA.fullmatch(part.filename) and part.file_size <= _MOST_FILE
                    ):
                        place = folder / part.filename
                        place.parent.mkdir(exist_ok=True)
                        with archive.open(part) as inside, place.open("wb") as outside:
                            shutil.copyfileobj(inside, outside)
        except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError) as error:
            if isinstance(error, OSError) and not isinstance(error, EOFError) and not file.is_file():
                raise StoreError(f"{file} não existe. Confira o nome.") from None
            raise StoreError(f"{file} não é uma cópia inteira. Use outra; nada foi trazido.") from None
        return bring(desk, folder)


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    folder = place.parent / f".{place.name}-{secrets.token_hex(4)}"
    place.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
