"""What a column of a raw file may declare of itself: kind, form, bounds, and what is plausible in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# What a column of a raw file is. Of `validity`: '!' where something is pending, or the day until which it is proved.
KINDS: Mapping[str, str] = {
    "count": "contagem",
    "money": "dinheiro",
    "fraction": "fração",
    "percent": "porcentagem",
    "rate": "taxa",
    "score": "pontuação",
    "measure": "medida",
    "year": "ano",
    "code": "código",
    "category": "categoria",
    "validity": "validade",
    "text": "texto",
    "geometry": "geometria",
}
NUMERIC = frozenset({"count", "money", "fraction", "percent", "rate", "score", "measure", "year"})

# How publishers write numbers, each by an example, as the expression that a whole cell matches (without its sign) and
# the macro that reads it. Anything else in the cell is another form, and may be another number: '16.741' is sixteen
# thousand to one publisher and sixteen and a bit to another.
WRITINGS: Mapping[str, tuple[str, str]] = {
    "1234": (r"(0|[1-9]\d{0,14})", "number"),
    "1234.0": (r"(0|[1-9]\d{0,14})\.0", "number"),
    "1.234": (r"(0|[1-9]\d{0,2}(\.\d{3}){0,4})", "number_br"),
    "1234.5": (r"(0|[1-9]\d{0,14})(\.\d{1,20})?", "number"),
    "1234,5": (r"(0|[1-9]\d{0,14}),\d{1,20}", "number_br"),
    "1.234,5": (r"(0|[1-9]\d{0,2}(\.\d{3}){0,4}),\d{1,20}", "number_br"),
    "12.5%": (r"(0|[1-9]\d{0,5})(\.\d{1,20})?%", "number_percent"),
    "12,5%": (r"(0|[1-9]\d{0,5}),\d{1,20}%", "number_br"),
    "1.5e-06": (r"(0|[1-9]\d{0,14})(\.\d{1,20})?(e-\d{2})?", "number"),
}
WHOLE = frozenset({"1234", "1234.0", "1.234"})
# Bounds beyond which a range of this kind is none.
WIDEST: Mapping[str, float] = {"fraction": 10, "percent": 1000, "score": 2000, "year": 2100}
SIGNS: Mapping[str, str] = {"none": "", "either": "-?", "negative": "-"}

PERIOD_FORMS: Mapping[str, tuple[str, str]] = {
    "year": (r"\d{4}", "AAAA"),
    "month": (r"\d{4}-\d{2}", "AAAA-MM"),
    "day": (r"\d{4}-\d{2}-\d{2}", "AAAA-MM-DD"),
}

AGAINST = frozenset({"refuse", "flag"})


@dataclass(frozen=True)
class Column:
    """A column of a raw file.

    `kind`: what it is (KINDS). `written`: how its publisher writes a number (WRITINGS); empty in a text.
    `sign`: none, either or negative. `missing`: texts that mean "no value" here (an empty cell always does).
    `range`: closed bounds that no true value can leave. `allowed`: the only texts there are; of a category, always.
    `digits`: how many a code has. `required`: an empty cell is a fault, since every row has a value at its publisher.
    `row`: a fault of this cell leaves its row out, since the cell left empty would be read as something else.
    `optional`: some copies lack the whole column, and it holds no value in them.

    What is plausible: `own`, the factor by which a value may differ from its own series around it, once the change
    that most municipalities show is taken off, and `shared`, how large that change may be; `peers`, the factor from the
    median of the state's municipalities, per inhabitant where `per` is "people", or per another column. Values below `least`,
    where chance rules, count as `least`. `unbound`: why neither is declared. `beyond`: refuse, or flag where such a
    value may be true.
    """

    name: str
    title: str
    kind: str
    written: str = ""
    sign: str = "none"
    missing: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    allowed: tuple[str, ...] = ()
    digits: int = 0
    required: bool = False
    row: bool = False
    optional: bool = False
    own: float = 0
    shared: float = 3
    peers: float = 0
    per: str = ""
    least: float = 0
    unbound: str = ""
    beyond: str = "refuse"


@dataclass(frozen=True)
class Unused:
    """Lines that no indicator reads, and why that is right.

    `where`: the texts that columns of the key have in them, by column. `empty`: columns without a value in them.
    """

    reason: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    empty: tuple[str, ...] = ()


def contradiction(column: Column) -> str:
    """What in the declaration of a column does not go together, in words; empty where all does."""
    numeric = column.kind in NUMERIC
    if column.optional and (column.required or column.row):
        return "uma coluna que pode faltar (optional) não é required nem row"
    if numeric != bool(column.written) or numeric != bool(column.range):
        return "written e range acompanham um número, e só ele"
    if not numeric:
        if column.kind == "category" and not column.allowed:
            return "uma categoria declara em allowed todos os textos que existem"
        if column.kind == "code" and not (column.digits or column.allowed):
            return "um código declara digits ou allowed"
        return ""
    assert column.range is not None
    low, high = column.range
    if not low < high or max(abs(low), abs(high)) > WIDEST.get(column.kind, 1e15):
        return f"range = [{low:g}, {high:g}] não é um intervalo possível para o tipo {column.kind}"
    if (low < 0) != (column.sign != "none"):
        return "um mínimo negativo pede sign = 'either' ou 'negative', e só ele"
    if column.kind in ("count", "year") and column.written not in WHOLE:
        return f"um número inteiro se escreve {' ou '.join(sorted(WHOLE))}"
    if column.written.endswith("%") and column.kind != "percent":
        return "o sinal de porcentagem pede kind = 'percent'"
    if not (column.own or column.peers) and not column.unbound:
        return "falta own ou peers, o que é plausível; se nada o limita, diga por que em unbound"
    if any(factor and factor <= 1 for factor in (column.own, column.peers, column.shared)):
        return "own, shared e peers são fatores acima de 1"
    return ""
