"""An answer of the database as a data frame, by way of Arrow.

DuckDB's own way makes a Python object of every text, which pandas then turns into Arrow's form: of a country's series
more than half of the time. Here texts come in the form in which pandas keeps them; the frame is the same.
"""

from __future__ import annotations

import warnings
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

# DuckDB says so of every answer that is not asked for as a relation, which would be planned twice.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result", category=UserWarning)

_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
# What may be missing and is no float stays what it is.
_WITH_GAPS = {
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}
# The kinds of columns that are read here; an answer with any other (lists, say) is read by DuckDB.
_READ = {"varchar", "date", "timestamp", "double", "decimal", "hugeint", "smallint", "integer", "bigint", "boolean"}  # fmt: skip


def frame(answer: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The rows of a query that has run, as `answer.df()` gives them: the same columns, types and values.

    Dates are timestamps of microseconds, decimals are floats, whole numbers and booleans with gaps are nullable; texts are
    texts in an answer without rows too. Raises duckdb.Error.
    """
    asked = answer.description or []
    names, kinds = {column[0] for column in asked}, {column[1].id for column in asked}
    # Without texts DuckDB is as fast; of columns of one name it renames the second.
    if "varchar" not in kinds or not kinds <= _READ or len(names) < len(asked):
        return answer.df()
    table = answer.to_arrow_table()
    assert table is not None
    return pd.DataFrame(dict(zip(table.column_names, map(_column, table.columns), strict=True)), copy=False)


def _column(column: pa.ChunkedArray) -> Any:
    """One column as an array of pandas or numpy."""
    kind = column.type
    if pa.types.is_string(kind):
        return _TEXT.__from_arrow__(column)
    if pa.types.is_date(kind):
        column = column.cast(pa.timestamp("us"))
    elif pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif column.null_count and kind in _WITH_GAPS:
        return _WITH_GAPS[kind].__from_arrow__(column)
    return column.to_numpy()


def shared(rows: pd.DataFrame) -> pd.DataFrame:
    """The same frame, its texts as Python's own objects, each of them held once.

    What is filtered again and again and read row by row is then so in a third of the time: Arrow makes a text anew of each
    cell that is read, and copies the texts of each row that is taken.
    """
    return rows.assign(
        **{str(name): _objects(rows[name]) for name in rows if isinstance(rows[name].dtype, pd.StringDtype)}
    )


def _objects(column: pd.Series) -> pd.api.extensions.ExtensionArray:
    places, texts = pd.factorize(column)
    # What is missing has the last place.
    held = np.array([*texts, np.nan], dtype=object)
    return pd.array(held[places], dtype=pd.StringDtype("python", na_value=np.nan))
