"""Declarations of counts from records: each beside its query, described, and told where something is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.declarations import ROOT, DeclarationError
from pipelines.microdata import declaring

PAGE = (ROOT / "docs" / "microdata.md").read_text("utf-8")


def test_every_count_stands_beside_its_query_and_in_the_document() -> None:
    assert declaring.names() == sorted(path.stem for path in declaring.HERE.glob("*.sql"))
    for name in declaring.names():
        asked = declaring.declared(name)
        [line] = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
        for fill in asked.fills:
            assert f"`{fill.source.source}`" in line
        assert "from records" in asked.query and "from codes" not in asked.query


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[fills.mte_caged]", "[fills.mte_outra]", "a fonte 'mte_outra' não existe"),
        ("[fills.mte_caged]", "[fills.inep_ideb]", "não tem uma linha por município e período"),
        ('Saldo = "saldo"', 'Soma = "saldo"', "'Soma' não é uma coluna de números da fonte"),
        ('Saldo = "saldo"', "Saldo = 1", "'Saldo' não é uma coluna de números da fonte"),
        ('separator = ";"', 'separator = "ab"', "separator precisa ser um sinal só"),
        ("title = ", "titulo = ", "chave desconhecida: titulo"),
        ('published = "MTE', '# published = "MTE', "falta a chave published"),
    ],
)
def test_what_is_wrong_in_a_declaration_is_told(old: str, new: str, told: str, tmp_path: Path) -> None:
    for ending in (".toml", ".sql"):
        shutil.copy(declaring.HERE / f"empregos{ending}", tmp_path)
    path = tmp_path / "empregos.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(DeclarationError) as error:
        declaring.declared("empregos", tmp_path)
    assert told in str(error.value) and "empregos.toml" in str(error.value)
