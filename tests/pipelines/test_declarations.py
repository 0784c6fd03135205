"""What a declaration that cannot be used says of itself: file, place and mend."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import declarations
from pipelines.declarations import DeclarationError, read_config, read_indicator, read_source

CAUTION = """
[[cautions]]
period = 2022-12-31
text = "Em 2022 a população de referência passou a ser a do Censo; parte da mudança pode vir daí."
"""
SEWAGE = (declarations.HERE / "indicators" / "esgoto_atendimento.toml").read_text("utf-8")
# A caution in the place of its break.
SEWAGE = SEWAGE.partition("\n[[breaks]]")[0] + CAUTION


def failing(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DeclarationError) as caught:
        read_indicator(path)
    return str(caught.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "amostra.toml"


def test_the_sample_of_these_tests_is_whole(path: Path) -> None:
    path.write_text(SEWAGE, "utf-8")
    assert read_indicator(path).canon_partly == ("SAN02",)


def test_broken_toml_says_file_line_and_column(path: Path) -> None:
    said = failing(path, 'title = "Esgoto"\nunit = %\n')
    assert said.startswith(f"{path}, linha 2, coluna 8: ")
    assert "não é um TOML válido" in said
    assert "at line" not in said


def test_toml_that_stops_short_says_so(path: Path) -> None:
    assert f"{path}, no fim do arquivo: não é um TOML válido" in failing(path, "[columns")


def test_a_declaration_in_another_encoding_says_so(path: Path) -> None:
    assert f"{path}: não está em UTF-8" in failing(path, SEWAGE.encode("latin-1"))


@pytest.mark.parametrize("read", [read_source, read_config])
def test_sources_and_configuration_say_the_same(path: Path, read: Callable[[Path], object]) -> None:
    path.write_text("title = \n", "utf-8")
    with pytest.raises(DeclarationError, match="linha 1, coluna 9: não é um TOML válido"):
        read(path)
    path.unlink()
    with pytest.raises(DeclarationError, match="o arquivo não existe"):
        read(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [("threshold = 101", "dentro de range"), ('threshold = 90\nbetter = "none"', "um sentido")],
)
def test_a_threshold_is_possible_and_has_a_side(path: Path, line: str, said: str) -> None:
    kept = [row for row in SEWAGE.splitlines() if not (row.startswith("better") and "better" in line)]
    at = next(place for place, row in enumerate(kept) if row.startswith("range"))
    assert said in failing(path, "\n".join([*kept[:at], line, *kept[at:]]))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"meaningful = 1\n": ""}, "meaningful (a menor"),
        ({"meaningful = 1\n": "meaningful = 0\n"}, "meaningful (a menor"),
        ({'better = "higher"': 'better = "none"'}, "meaningful (a menor"),
        ({'cohort = ""\n': ""}, "cohort acompanha"),
        (
            {'better = "higher"': 'better = "none"', "meaningful = 1\n": "", '""': '"alunos"'},
            "cohort acompanha",
        ),
    ],
)
def test_what_is_worth_a_decision_and_whom_an_edition_measures_are_asked_both_ways(
    path: Path, changes: dict[str, str], said: str
) -> None:
    text = SEWAGE
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    assert said in failing(path, text)


def test_the_shelf_life_of_a_source_has_no_default(path: Path) -> None:
    text = (declarations.HERE / "sources" / "stn_rgf.toml").read_text("utf-8")
    assert "shelf_life = 24\n" in text
    path.write_text(text.replace("shelf_life = 24\n", ""), "utf-8")
    with pytest.raises(DeclarationError, match="shelf_life"):
        read_source(path)


@pytest.mark.parametrize("left_out", ["canon_partly", "canon_lacks"])
def test_what_is_served_in_part_says_what_it_lacks(path: Path, left_out: str) -> None:
    kept = [line for line in SEWAGE.splitlines() if not line.startswith(left_out)]
    assert "canon_partly e canon_lacks andam juntos" in failing(path, "\n".join(kept))


SNIS = (declarations.HERE / "sources" / "snis.toml").read_text("utf-8")
CONFIG = (declarations.ROOT / "farol.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("read", "text", "key", "value", "said"),
    [
        (read_source, SNIS, "rows", '"muitas"', "rows precisa ser um número inteiro"),
        (read_source, SNIS, "rows", "true", "rows precisa ser um número inteiro"),
        (read_source, SNIS, "licence", "5", "licence precisa ser um texto entre aspas"),
        (read_source, SNIS, "retrieved", '"2026"', "retrieved precisa ser uma data AAAA-MM-DD"),
        (read_source, SNIS, "retrieved", "2026-01-01T00:00:00", "retrieved precisa ser uma data"),
        (read_source, SNIS, "key", '"period"', "key precisa ser uma lista de textos entre aspas"),
        (read_source, SNIS, "range", "[0]", "range precisa ser uma lista de 2 números"),
        (read_indicator, SEWAGE, "range", "[100]", "range precisa ser uma lista de 2 números"),
        (read_indicator, SEWAGE, "range", '["0", "1"]', "range precisa ser uma lista de 2 números"),
        (read_indicator, SEWAGE, "range", "[0, nan]", "range precisa ser uma lista de 2 números"),
        (read_indicator, SEWAGE, "decimals", "1.5", "decimals precisa ser um número inteiro"),
        (read_indicator, SEWAGE, "title", "1\ncomparable = 1", "title precisa ser um texto entre aspas"),
        (read_indicator, SEWAGE, "title", '"X"\nbreaks = 3', "breaks precisa ser uma lista, como [[breaks]]"),
        (read_indicator, SEWAGE, "title", '"X"\nbreaks = [3]', "breaks precisa ser uma tabela"),
        (read_config, CONFIG, "state", "50", "não é o código de um estado"),
        (read_config, CONFIG, "state", '"MS"', "não é o código de um estado"),
        (read_config, CONFIG, "state", '["50", "99"]', "não é o código de um estado"),
        (read_config, CONFIG, "state", '["50", "50"]', "não é o código de um estado"),
        (read_config, CONFIG, "state", "[]", "não é o código de um estado"),
        (
            read_config,
            CONFIG,
            "folder",
            '"data"\ntables = "../x"',
            "tables = '../x' não serve de nome de pasta",
        ),
        (
            read_config,
            CONFIG,
            "folder",
            '"data"\ntables = "raw"',
            "tables = 'raw' não serve de nome de pasta",
        ),
        (
            read_config,
            CONFIG,
            "folder",
            '"data"\nserved = "data"',
            "served = 'data' não serve de nome de pasta",
        ),
        (read_config, CONFIG, "folder", '"data"\nserved = 3', "served precisa ser um texto"),
        (read_config, CONFIG, "folder", '"data"\nplace = "x"', "chave desconhecida: place"),
    ],
)
def test_a_value_of_another_type_is_refused_with_file_and_key(
    path: Path, read: Callable[[Path], object], text: str, key: str, value: str, said: str
) -> None:
    changed = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text, count=1)
    assert changed != text
    path.write_text(changed, "utf-8")
    with pytest.raises(DeclarationError) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (read_source, "columns = 5\n", "columns precisa ser uma tabela"),
        (read_source, "columns.rate = 5\n", "columns.rate precisa ser uma tabela"),
        (read_config, 'territory = "50"\n[programme]\n[data]\n', "territory precisa ser uma tabela"),
    ],
)
def test_a_value_in_the_place_of_a_table_is_refused(
    path: Path, read: Callable[[Path], object], text: str, said: str
) -> None:
    path.write_text(text, "utf-8")
    with pytest.raises(DeclarationError, match=said):
        read(path)


def test_a_caution_says_its_period_and_one_sentence(path: Path) -> None:
    path.write_text(SEWAGE, "utf-8")
    [caution] = read_indicator(path).cautions
    assert caution.period.year == 2022 and caution.text.endswith("parte da mudança pode vir daí.")
    assert "cautions: falta a chave text" in failing(path, SEWAGE[: SEWAGE.index("text = ")])


def test_what_is_lacking_has_a_place_for_the_number(path: Path) -> None:
    assert "lacking são duas frases" in failing(path, SEWAGE.replace("de {} pessoas", "de pessoas"))


@pytest.mark.parametrize(
    ("said", "monthly"), [("mensal; nesta cópia só março de 2025", True), ("anual", False)]
)
def test_a_periodicity_is_a_word_of_the_list_with_what_else_is_said(
    path: Path, said: str, monthly: bool
) -> None:
    path.write_text(SEWAGE.replace('periodicity = "anual"', f'periodicity = "{said}"'), "utf-8")
    found = read_indicator(path)
    assert (found.periodicity, found.monthly) == (said, monthly)
    assert "periodicity = 'mensalmente' não existe. Use: anual" in failing(
        path, SEWAGE.replace('periodicity = "anual"', 'periodicity = "mensalmente"')
    )


@pytest.mark.parametrize(
    ("unit", "sign", "rate"),
    [
        ("%", "%", ""),
        ("R$ por habitante", "R$", ""),
        ("% ao ano", "", ""),
        ("por 100 mil habitantes", "", "por 100 mil"),
        ("óbitos por mil nascidos vivos", "", "por mil"),
    ],
)
def test_a_unit_tells_its_sign_and_its_rate(path: Path, unit: str, sign: str, rate: str) -> None:
    path.write_text(SEWAGE.replace('unit = "%"', f'unit = "{unit}"'), "utf-8")
    found = read_indicator(path)
    assert (found.sign, found.rate) == (sign, rate)
