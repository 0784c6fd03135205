"""What somebody here wrote in TOML, read into typed declarations: nothing missing, nothing unknown, every type right."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pipelines import failures
from pipelines.failures import read_bounded


class DeclarationError(Exception):
    """A declaration that cannot be used; the message, in Portuguese, names file, key and mend."""


T = TypeVar("T")
# Bytes of the longest file that somebody here wrote, and the largest number that any of them needs.
MOST_WRITTEN = 1 << 20
LARGEST = 10**15


def read(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; raises DeclarationError with the place of what cannot be read."""
    try:
        return tomllib.loads(read_bounded(path, MOST_WRITTEN).decode("utf-8"))
    except FileNotFoundError:
        raise DeclarationError(f"{path}: o arquivo não existe.") from None
    except OSError as error:
        raise DeclarationError(failures.sentence(error)) from None
    except UnicodeDecodeError:
        raise DeclarationError(f"{path}: não está em UTF-8. Salve-o em UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+), column (\d+)", str(error))
        where = f", linha {place[1]}, coluna {place[2]}" if place else ", no fim do arquivo"
        raise DeclarationError(
            f"{path}{where}: não é um TOML válido. Corrija a escrita nesse ponto."
        ) from None
    except (ValueError, RecursionError):
        # A number of thousands of digits, lists a thousand deep: TOML by its grammar, and no declaration.
        raise DeclarationError(
            f"{path}: há um número ou uma lista grande demais. Corrija a escrita."
        ) from None


def make(kind: type[T], given: Mapping[str, Any], where: str) -> T:
    """Build a declaration, refusing what is missing and what is unknown."""
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    needed = {
        name for name, item in known.items() if item.default is MISSING and item.default_factory is MISSING
    }
    unknown = sorted(set(given) - set(known))
    missing = sorted(needed - set(given))
    if unknown:
        raise DeclarationError(
            f"{where}: chave desconhecida: {', '.join(unknown)}. Retire ou corrija o nome."
        )
    if missing:
        raise DeclarationError(f"{where}: falta a chave {', '.join(missing)}. Acrescente-a.")
    frozen = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    hints = get_type_hints(kind)
    for key, value in frozen.items():
        if not _fits(value, hints[key]):
            raise DeclarationError(f"{where}: {key} precisa ser {_said(hints[key])}. Corrija o valor.")
    return kind(**frozen)


def _fits(value: object, hint: Any) -> bool:
    """Whether a value read from TOML (lists as tuples) is of a declared type."""
    if isinstance(hint, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        if not isinstance(value, tuple):
            return False
        if parts[-1] is Ellipsis:
            return all(_fits(each, parts[0]) for each in value)
        return len(value) == len(parts) and all(map(_fits, value, parts))
    if get_origin(hint) is Mapping:
        return isinstance(value, Mapping) and all(_fits(each, get_args(hint)[1]) for each in value.values())
    # For Python true is a number, a moment is a date and nan a float; for us none of them is.
    if isinstance(value, bool | dt.datetime):
        return hint is type(value)
    if hint is float:
        return isinstance(value, int | float) and abs(value) <= LARGEST
    if hint is int:
        return isinstance(value, int) and abs(value) <= LARGEST
    return isinstance(value, hint)


TYPE_WORDS: Mapping[Any, tuple[str, str]] = {
    str: ("um texto entre aspas", "textos entre aspas"),
    int: ("um número inteiro", "números inteiros"),
    float: ("um número", "números"),
    bool: ("true ou false", "true ou false"),
    dt.date: ("uma data AAAA-MM-DD", "datas AAAA-MM-DD"),
}


def _said(hint: Any) -> str:
    """A declared type in words: `uma lista de 2 números`."""
    if isinstance(hint, UnionType):
        return _said(get_args(hint)[0])
    if get_origin(hint) is Mapping:
        return f"uma tabela de {TYPE_WORDS[get_args(hint)[1]][1]}"
    if get_origin(hint) is tuple:
        first, *others = get_args(hint)
        count = "" if Ellipsis in others else f"{len(others) + 1} "
        return f"uma lista de {count}{TYPE_WORDS.get(first, ('', 'tabelas'))[1]}"
    return TYPE_WORDS[hint][0]


def section(value: object, name: str, where: str) -> Mapping[str, Any]:
    """A table of a TOML file; refused where something else stands in its place."""
    if not isinstance(value, Mapping):
        raise DeclarationError(f"{where}: {name} precisa ser uma tabela, como [{name}]. Corrija a escrita.")
    return value


def among(value: str, allowed: Mapping[str, str] | frozenset[str], key: str, where: str) -> None:
    """Refuse a word that is not in its closed list."""
    if value not in allowed:
        raise DeclarationError(f"{where}: {key} = '{value}' não existe. Use: {', '.join(sorted(allowed))}.")
