"""The dictionary of tables against the files that a build writes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import build, cells, schema, tracing
from pipelines.declarations import Config, DeclarationError
from tests.conftest import AS_OF


def test_written_files_have_the_columns_that_the_dictionary_declares(config: Config) -> None:
    files = {path.stem: path for path in config.processed.glob("*.parquet")}
    assert set(files) == set(schema.dictionary()) == {*schema.FILLED, *schema.GATHERED, "municipalities"}
    for name, path in files.items():
        found = pq.ParquetFile(path).schema_arrow
        held = [field for field in found if (name, field.name) != ("municipalities", "geometry")]
        assert [field.name for field in held] == schema.arrow(name).names, name
        for field, declared in zip(held, schema.arrow(name), strict=True):
            listed = pa.types.is_list(declared.type)
            assert pa.types.is_list(field.type) if listed else field.type == declared.type, (name, field)
            assert not listed or field.type.value_type == declared.type.value_type, (name, field)


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ('type = "date", text = "Dia."', "escreva type, title, text"),
        ('type = "day", title = "Dia", text = "Dia."', "type = 'day' não existe"),
        ('type = "date", title = "Código", text = "Dia."', "cada coluna tem um title, e só seu"),
        ('type = "date", title = "", text = "Dia."', "cada coluna tem um title, e só seu"),
    ],
)
def test_a_column_that_says_too_little_or_what_another_says_stops(
    column: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "dictionary.toml"
    file.write_text(
        '[days]\ntitle = "Dias"\nnote = "Os dias."\nkey = ["code"]\n[days.columns]\n'
        'code = { type = "varchar", title = "Código", text = "Código do dia." }\n'
        f"day = {{ {column} }}\n",
        "utf-8",
    )
    monkeypatch.setattr(schema, "DICTIONARY", file)
    # As written, past the answer that a process keeps.
    with pytest.raises(DeclarationError, match=told):
        schema.dictionary.__wrapped__()


@pytest.mark.parametrize(
    ("file", "order"),
    [
        ("values.parquet", schema.ORDER["values"]),
        (tracing.LINES, "indicator, municipality_code, period, source, line"),
    ],
)
def test_what_is_written_as_it_was_filled_lies_in_order(config: Config, file: str, order: str) -> None:
    """No sort at the end puts right what a step filled in another order; pages and passports look by it."""
    with duckdb.connect() as con:
        rows = f"read_parquet('{(config.processed / file).as_posix()}', file_row_number = true)"
        [(moved, many)] = con.execute(
            f"""select count(*) filter (place != file_row_number), count(*)
            from (select file_row_number, row_number() over (order by {order}) - 1 as place from {rows})"""
        ).fetchall()
    assert moved == 0 and many > 10_000


def test_what_a_build_drops_once_it_is_written_changes_no_table(config: Config) -> None:
    """Written on the way, sources and what is staged go as soon as nothing asks for them; here all stays to the end."""
    with duckdb.connect() as con:
        build.build_tables(con, config, AS_OF)
        # A history goes on from the build before.
        for table in schema.ORDER.keys() - {"verdict_history"}:
            written = f"read_parquet('{config.processed / table}.parquet')"
            for one, other in ((f'"{table}"', written), (written, f'"{table}"')):
                assert con.execute(f"from {one} except all from {other}").fetchall() == [], table


def test_few_texts_stand_as_numbers_in_the_order_of_the_alphabet_and_read_as_texts() -> None:
    """An empty text too, as of an edition that nobody named; of no text at all any."""
    texts = ["b", "", "d'água"]
    with duckdb.connect() as con:
        con.execute(f"create table told (text {cells.one_of(texts)}, free {cells.one_of([])})")
        con.execute("insert into told values ('d''água', 'x'), ('b', 'y'), ('', 'z'), (null, null)")
        found = con.execute("select text, free from told order by text nulls last").fetchall()
    assert found == [("", "z"), ("b", "y"), ("d'água", "x"), (None, None)]
