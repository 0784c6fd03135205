"""The files of records: found, looked at before any engine reads them, and told apart by what their header says.

A file is text with a header (CSV, or TXT, as it is or in gzip) or Parquet. Its text is read byte by byte as Latin-1 by
either engine, since the columns that count hold codes and dates; the header alone is decoded here, whatever it is in.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines import failures
from pipelines.microdata.declaring import Microdata

ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz", ".parquet")
# What publishers pack their records in, and what unpacks it.
PACKED = {
    ".zip": "Descompacte-o antes (unzip) e dê o CSV.",
    ".7z": "Descompacte-o antes (7z x) e dê o TXT.",
    ".dbc": "Converta-o antes para CSV ou Parquet: em R, com read.dbc; em Python, com datasus-dbc (que dá um DBF) e dbfread.",
    ".dbf": "Converta-o antes para CSV ou Parquet: em R, com foreign; em Python, com dbfread.",
}
# What stands between cells instead of the declared sign, in words.
MARKS = {";": "ponto e vírgula", ",": "vírgula", "\t": "tabulação", "|": "barra"}
CHUNK = 1 << 20


class RecordsError(Exception):
    """Records that cannot be counted: the file, what is wrong and what to do, in Portuguese."""


@dataclass(frozen=True)
class Input:
    """One file, or what an address with a store's name (s3a://) stands for.

    `header`: its columns in their order, as they are written in the file. `sha256`: of the bytes; empty where they
    lie in a store, which only the engine reads.
    """

    address: str
    header: tuple[str, ...]
    sha256: str = ""

    @property
    def parquet(self) -> bool:
        """Whether it is Parquet; text with a header otherwise."""
        return self.address.rstrip("/").endswith(".parquet")

    @property
    def name(self) -> str:
        """What provenance calls it: the file's name, a store's whole address."""
        return self.address if is_remote(self.address) else Path(self.address).name

    def column(self, name: str) -> str | None:
        """A declared column as the file writes it (case apart); None where the file has none of the name."""
        return next((found for found in self.header if found.casefold() == name.casefold()), None)


def is_remote(address: str) -> bool:
    """Whether an address names a store (s3a://bucket/file) and no file here."""
    return "://" in address


def found(asked: Microdata, given: Sequence[str], header: Callable[[str], Sequence[str]]) -> list[Input]:
    """The inputs behind files, folders and addresses. Raises RecordsError for the first that cannot be counted.

    `header`: asks the engine for the columns of an address in a store.
    """
    paths: list[str] = []
    for each in given:
        folder = Path(each)
        if not is_remote(each) and folder.is_dir():
            inside = sorted(str(path) for path in folder.iterdir() if path.name.endswith(ENDINGS))
            if not inside:
                raise RecordsError(
                    f"{each}: a pasta não tem arquivo de registros ({', '.join(ENDINGS)}). Confira o caminho."
                )
            paths += inside
        else:
            paths.append(each)
    if repeated := sorted({path for path in paths if paths.count(path) > 1}):
        raise RecordsError(
            f"{repeated[0]}: o arquivo foi dado duas vezes, e contaria em dobro. Dê-o uma vez só."
        )
    inputs = [_remote(path, header) if is_remote(path) else _local(asked, path) for path in paths]
    seen: dict[str, str] = {}
    for one in inputs:
        _check_header(asked, one)
        if one.sha256 and seen.setdefault(one.sha256, one.address) != one.address:
            raise RecordsError(
                f"{one.address}: tem o mesmo conteúdo de {seen[one.sha256]}, e contaria em dobro. Dê um só."
            )
    return inputs


def _remote(address: str, header: Callable[[str], Sequence[str]]) -> Input:
    _check_ending(address)
    return Input(address, tuple(map(_decoded_name, header(address))))


def _decoded_name(name: str) -> str:
    """A header's name that an engine read byte by byte."""
    try:
        return decoded(name.encode("latin-1"))
    except UnicodeEncodeError:
        return name


def decoded(data: bytes) -> str:
    """A header's bytes as text: UTF-8 with or without its mark, else Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _check_ending(address: str) -> None:
    for ending, mend in PACKED.items():
        if address.lower().endswith(ending):
            raise RecordsError(f"{address}: arquivos {ending} não são lidos aqui. {mend}")
    if not address.rstrip("/").endswith(ENDINGS) and not is_remote(address):
        raise RecordsError(f"{address}: não se sabe o que é. Os registros são arquivos {', '.join(ENDINGS)}.")


def _local(asked: Microdata, address: str) -> Input:
    path = Path(address)
    try:
        if not path.exists():
            raise RecordsError(f"{address}: o arquivo não existe. Confira o nome e a pasta.")
        _check_ending(address)
        if not path.stat().st_size:
            raise RecordsError(f"{address}: o arquivo está vazio. Baixe-o de novo do publicador.")
        header = _parquet_header(path) if address.endswith(".parquet") else _text_header(asked, path)
        return Input(address, header, _sha256(path))
    except OSError as error:
        raise RecordsError(failures.sentence(error)) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parquet_header(path: Path) -> tuple[str, ...]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.ParquetFile(path)
    except pa.ArrowInvalid:
        raise RecordsError(
            f"{path}: não é um Parquet inteiro. Converta ou baixe o arquivo de novo."
        ) from None
    if not found.metadata.num_rows:
        raise RecordsError(f"{path}: o arquivo não tem registro algum. Baixe-o de novo do publicador.")
    return tuple(found.schema_arrow.names)


def _text_header(asked: Microdata, path: Path) -> tuple[str, ...]:
    """The columns of a text file, which is looked through to its end where it is compressed."""
    if path.suffix == ".gz":
        try:
            with gzip.open(path) as file:
                head = file.read(CHUNK)
                while file.read(CHUNK):
                    pass
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise RecordsError(
                f"{path}: não é um gzip inteiro. Baixe o arquivo de novo do publicador."
            ) from None
    else:
        with path.open("rb") as file:
            head = file.read(CHUNK)
    if b"\0" in head:
        raise RecordsError(f"{path}: traz bytes nulos, e não é um texto. Confira que é o CSV do publicador.")
    line, _, rest = head.partition(b"\n")
    if not rest.strip():
        what = "o arquivo só tem o cabeçalho" if line.strip() else "o arquivo está vazio"
        raise RecordsError(f"{path}: {what}, e registro algum. Baixe-o de novo do publicador.")
    header = decoded(line).rstrip("\r")
    names = _cells(header, asked.separator)
    if not any(_same(name, names) for name in asked.columns):
        for mark, word in MARKS.items():
            if mark != asked.separator and any(_same(name, _cells(header, mark)) for name in asked.columns):
                raise RecordsError(
                    f"{path}, linha 1: as colunas estão separadas por {word}, e não por {MARKS[asked.separator]}, como "
                    f"o publicador as separa. Salve o arquivo com '{asked.separator}'."
                )
    return names


def _cells(header: str, mark: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in next(csv.reader([header], delimiter=mark), []))


def _same(name: str, names: Sequence[str]) -> bool:
    return name.casefold() in {each.casefold() for each in names}


def _check_header(asked: Microdata, one: Input) -> None:
    if missing := [name for name in asked.columns if one.column(name) is None]:
        has = ", ".join(name[:40] for name in one.header[:12]) + (", …" if len(one.header) > 12 else "")
        raise RecordsError(
            f"{one.address}, linha 1: falta a coluna {', '.join(missing)}. O arquivo traz: {has}. Confira se é o de "
            f"{asked.title}, no leiaute do publicador ({asked.published})."
        )
    lower = [name.casefold() for name in one.header]
    if repeated := [name for name in (*asked.columns, *asked.optional) if lower.count(name.casefold()) > 1]:
        raise RecordsError(
            f"{one.address}, linha 1: a coluna {repeated[0]} aparece duas vezes. Deixe uma só."
        )
