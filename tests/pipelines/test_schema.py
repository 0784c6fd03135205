"""The dictionary of tables against the files that a build writes."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import schema
from pipelines.declarations import Config


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
