"""What the operating system refused, in words: where, what happened and what to do."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

# What happened, and the mend. The system's own words are English.
WORDS: Mapping[int, tuple[str, str]] = {
    errno.ENOENT: ("não existe", "Confira o nome e a pasta"),
    errno.EACCES: ("sem permissão", "Dê acesso de leitura e gravação ao usuário que roda este programa"),
    errno.EPERM: ("sem permissão", "Dê acesso de leitura e gravação ao usuário que roda este programa"),
    errno.EISDIR: ("é uma pasta, e ali se espera um arquivo", "Ponha o arquivo no lugar da pasta"),
    errno.ENOTDIR: ("uma parte do caminho é um arquivo, e não uma pasta", "Confira o caminho"),
    errno.EEXIST: ("já existe um arquivo com esse nome", "Retire-o ou mude-o de nome"),
    errno.ENOSPC: ("o disco está cheio", "Libere espaço e rode de novo"),
    errno.EDQUOT: ("a cota de disco acabou", "Libere espaço e rode de novo"),
    errno.EFBIG: ("o arquivo passou do tamanho permitido", "Confira os limites do sistema"),
    errno.EROFS: ("o disco só permite leitura", "Use uma pasta em que se possa gravar"),
    errno.EIO: ("o disco falhou", "Confira o disco e rode de novo"),
    errno.EBUSY: ("é um ponto de montagem ou está em uso", "Monte a pasta que o contém, e não ele"),
    errno.EXDEV: ("está em outro disco", "Ponha no mesmo disco a pasta e a que a contém"),
    errno.EMFILE: ("há arquivos demais abertos", "Feche outros programas e rode de novo"),
    errno.ENODEV: ("não é um arquivo comum", "Ponha ali um arquivo"),
    errno.ELOOP: ("o atalho aponta para si mesmo", "Refaça o atalho"),
}
UNKNOWN = ("o sistema recusou a operação", "Confira as permissões e o espaço em disco")


def in_words(error: Exception) -> tuple[str, str]:
    """What happened and the mend, each without a full stop: ("sem permissão", "Dê acesso…").

    `error`: an OSError, or another whose message ends with the system's words, as DuckDB's.
    """
    number = getattr(error, "errno", None)
    if number is None:
        number = next((each for each in WORDS if os.strerror(each) in str(error)), None)
    return WORDS.get(number, UNKNOWN) if number is not None else UNKNOWN


def sentence(error: Exception) -> str:
    """The whole of it: `/dados/values.csv: sem permissão. Dê acesso de leitura e gravação …`."""
    what, mend = in_words(error)
    quoted = re.search(r'"([^"\\]*/[^"\\]*)', str(error))
    path = str(getattr(error, "filename", None) or (quoted[1] if quoted else ""))
    # The folders that a build makes for itself mean nothing to a reader; where they stand does.
    path = re.sub(r"[/\\]\.(build|data)-.*", "", path)
    return f"{path}: {what}. {mend}." if path else f"{what[0].upper()}{what[1:]}. {mend}."


def read_bounded(path: Path, most: int) -> bytes:
    """A file's bytes, `most` of them at the most; OSError where it is larger, or is a device or a pipe.

    A device would never end and a pipe never begin, so neither is opened.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), str(path))
    if found.st_size > most and stat.S_ISREG(found.st_mode):
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return path.read_bytes()
