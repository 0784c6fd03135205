"""A query in DuckDB's words carried over to Spark's, and refused where it would not mean the same there.

What may stand in it is a closed list: each construct gives the same on both engines (`make test-spark` counts the same
records on both), everything else is refused with its line before any record is read. So no other meaning slips in:
DuckDB reads '12.7' as the integer 13 and Spark as none; a division by zero is infinite here and an error there; concat
skips a null here and becomes one there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from pipelines.declarations import DeclarationError

# The shape of a query: what holds the parts together.
SHAPE = (
    exp.Select, exp.With, exp.CTE, exp.Subquery, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Union,
    exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Literal, exp.Null, exp.Boolean,
    exp.DataType, exp.Paren, exp.Tuple,
)  # fmt: skip
# What is said of values.
WORDS = (
    exp.And, exp.Or, exp.Not, exp.Is, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Case,
    exp.If, exp.Coalesce, exp.Nullif, exp.Substring, exp.Left, exp.Pad, exp.DPipe, exp.RegexpLike, exp.Cast, exp.TryCast,
    exp.Count, exp.Sum, exp.Min, exp.Max, exp.Add, exp.Sub, exp.Neg, exp.Mul, exp.Div,
)  # fmt: skip
LISTED = (
    "case, coalesce, nullif, substr, left, lpad, ||, regexp_matches, in, between, count, sum, min, max, + - * /, "
    "try_cast e cast como abaixo"
)
# An expression that both engines' libraries read alike: anchored, of classes, groups and counts alone.
ANCHORED = re.compile(r"\^[0-9A-Za-z()\[\]{},|+*?-]+\$")


def carried(text: str, file: Path) -> str:
    """The query for Spark. Raises DeclarationError with file and line where it cannot be carried over."""
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except SqlglotError as error:
        at = getattr(error, "errors", None) or [{}]
        raise _refusal(file, at[0].get("line") or 1, "a consulta") from None
    if len(trees) != 1 or trees[0] is None:
        raise _refusal(file, 1, "mais de uma consulta")
    tree = trees[0]
    for node in tree.walk():
        for what, mend in _faults(node):
            raise _refusal(file, _line(node), what, mend)
    if sum(table.name.casefold() == "records" for table in tree.find_all(exp.Table)) != 1:
        raise _refusal(file, 1, "ler records mais de uma vez", "Leia os registros em uma só tabela do with.")
    try:
        return str(tree.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE))
    except SqlglotError as error:
        raise _refusal(file, 1, str(error).splitlines()[0]) from None


def _refusal(file: Path, line: int, what: str, mend: str = "") -> DeclarationError:
    return DeclarationError(
        f"{file}, linha {line}: {what} não passa do DuckDB ao Spark com o mesmo sentido. "
        f"{mend or f'Use só o que passa: {LISTED}.'}"
    )


def _line(node: exp.Expression) -> int:
    """The line on which a construct begins: that of the first word in it that the parser kept the place of."""
    held = [each.meta for each in node.walk() if "line" in each.meta]
    if not held and node.parent is not None:
        return _line(node.parent)
    return int(min(held, key=lambda meta: meta["start"])["line"]) if held else 1


def _faults(node: exp.Expression) -> Iterator[tuple[str, str]]:
    """What keeps one construct from being carried over, and the mend; nothing where it means the same."""
    if not isinstance(node, SHAPE + WORDS) or type(node) not in SHAPE + WORDS:
        name = node.name if isinstance(node, exp.Anonymous) else type(node).__name__
        yield f"'{name.lower()}'", ""
    elif isinstance(node, exp.Literal) and not node.is_string and not str(node.this).isdigit():
        yield f"o número {node.this}", "Escreva números inteiros, e divida por eles."
    elif isinstance(node, exp.Star) and any(node.args.values()):
        yield "essa lista de colunas", "Escreva cada coluna."
    elif isinstance(node, exp.Group):
        if any(value for key, value in node.args.items() if key != "expressions"):
            yield "'group by all' ou por grupos de grupos", "Escreva cada coluna."
    elif isinstance(node, exp.Join):
        if (
            node.args.get("using")
            or node.method
            or node.side not in ("", "LEFT")
            or node.args.get("on") is None
        ):
            yield "esse join", "Use join ou left join, com on."
    elif isinstance(node, exp.Union) and node.args.get("by_name"):
        yield "'union by name'", "Escreva as colunas na mesma ordem e use union all."
    elif isinstance(node, exp.RegexpLike):
        pattern = node.expression
        if not (isinstance(pattern, exp.Literal) and ANCHORED.fullmatch(pattern.name)) or node.args.get(
            "flag"
        ):
            yield (
                "essa expressão regular",
                "Ancore-a (^…$) e use só classes, grupos e contagens, sem barra invertida.",
            )
    elif isinstance(node, exp.Div):
        whole = node.this.find(exp.Cast)
        if not isinstance(node.expression, exp.Nullif) or whole is None:
            yield "essa divisão", "Escreva cast(… as double) / nullif(…, 0)."
    elif isinstance(node, exp.TryCast):
        yield from _try_cast(node)
    elif isinstance(node, exp.Cast) and not (
        node.to.is_type("double") and isinstance(node.this, exp.Count | exp.Sum)
    ):
        yield (
            "esse cast",
            "Só contagens passam, a double; um texto se lê com try_cast, depois de conferida a forma.",
        )


def _try_cast(node: exp.TryCast) -> Iterator[tuple[str, str]]:
    """A text is cast only where its form was looked at before: then both engines read it alike."""
    inside = node.this
    guarded = (
        isinstance(inside, exp.Case)
        and inside.this is None
        and inside.args.get("default") is None
        and all(isinstance(branch.this, exp.RegexpLike) for branch in inside.args["ifs"])
    )
    if not guarded or not node.to.is_type("int", "bigint", "date"):
        yield (
            "esse try_cast",
            "Confira antes a forma: try_cast(case when regexp_matches(x, '^[0-9]{1,9}$') then x end as integer), ou as date.",
        )
