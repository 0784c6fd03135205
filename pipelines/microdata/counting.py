"""From what an engine counted to the rows of raw files: what is placed where, and what became of every other record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pipelines.declarations import Source
from pipelines.fetching.checking import ARRIVED, CODE, PERIOD, TOLERATED
from pipelines.fetching.contract import Harvest, Row, Scope
from pipelines.microdata import contract
from pipelines.microdata.declaring import CONTRACT, Fill, Microdata
from pipelines.microdata.inputs import RecordsError
from pipelines.states import PLACES
from pipelines.verdicts import pt_number

# What became of records that are in no figure of this run, besides what the query says.
OTHER_PERIOD, OUTSIDE = (
    "de outro período, não pedido",
    "de residentes ou de empregos fora do território pedido",
)


@dataclass(frozen=True)
class Tally:
    """What became of every record.

    `counted`: records in the figures. `left_out`: by reason, those that are what they are and count nowhere here.
    `refused`: by reason, those with something wrong; `examples`: one text of each of these reasons.
    """

    counted: int
    left_out: Mapping[str, int]
    refused: Mapping[str, int]
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """All that were read."""
        return self.counted + sum(self.left_out.values()) + sum(self.refused.values())


@dataclass(frozen=True)
class Placed:
    """The counts of each municipality and period that was asked for, by the query's columns, and what became of the rest."""

    counts: Mapping[tuple[str, str], Mapping[str, int | float | None]]
    tally: Tally


def placed(asked: Microdata, rows: Sequence[contract.Row], scope: Scope, periods: Sequence[str]) -> Placed:
    """Take the counts of a territory and some periods out of a query's rows. Raises RecordsError where they cannot be whole.

    The records have to be whole there: each period has some in ARRIVED of the municipalities, and no more than
    TOLERATED of all records is refused.
    """
    counts: dict[tuple[str, str], dict[str, int | float | None]] = {}
    left_out: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    examples: dict[str, str] = {}
    there: set[tuple[str, str]] = set()
    counted = 0
    for row in rows:
        code, period, records = row["municipality_code"], row["period"], row["records"]
        if row["refused"]:
            refused[row["refused"]] += records
            examples[row["refused"]] = min(
                filter(None, (examples.get(row["refused"]), row["example"])), default=""
            )
        elif period not in periods:
            left_out[OTHER_PERIOD] += records
        elif row["left_out"]:
            left_out[row["left_out"]] += records
        elif not scope.holds(code):
            left_out[OUTSIDE] += records
        else:
            counts[code, period] = {name: row[name] for name in row if name not in CONTRACT}
            counted += records
        if code and period in periods and scope.holds(code):
            # Also where nobody is to be counted: the place is in the records.
            there.add((code, period))
    tally = Tally(counted, dict(left_out), dict(refused), examples)
    _check_whole(asked, tally, there, scope, periods)
    return Placed(counts, tally)


def _check_whole(
    asked: Microdata, tally: Tally, there: Iterable[tuple[str, str]], scope: Scope, periods: Sequence[str]
) -> None:
    if not tally.records:
        raise RecordsError(
            f"Os arquivos não têm registro algum de {asked.title}. Confira se são os do publicador."
        )
    faulty = sum(tally.refused.values())
    if faulty > TOLERATED * tally.records:
        reason, most = max(tally.refused.items(), key=lambda item: item[1])
        raise RecordsError(
            f"{faulty} de {tally.records} registros foram recusados; o mais comum: {reason} ({most} vezes, como "
            f"'{tally.examples.get(reason, '')[:60]}'). O leiaute pode ser outro; nada foi trocado."
        )
    present = Counter(period for _, period in there)
    for period in periods:
        if present[period] < ARRIVED * len(scope.municipalities):
            raise RecordsError(
                f"De {period} há registros em {pt_number(present[period], 0)} dos {pt_number(len(scope.municipalities), 0)} municípios pedidos, e os que "
                "não têm nenhum contariam zero. Confira se os arquivos são de todo o território e do período inteiro, "
                "ou peça outro com --state e --period. Nada foi trocado."
            )


def harvest(
    asked: Microdata, fill: Fill, found: Placed, scope: Scope, periods: Sequence[str], before: Sequence[Row],
    since: Mapping[str, str],
) -> Harvest:  # fmt: skip
    """The rows that a source's raw file gets: the counts in their columns, what else a row on file says as it is.

    A municipality without a record in records that are whole has none: its counts are zero. `since`: of a municipality
    that was created later, its first year; before it there is no row. `before`: the rows on file.
    """
    on_file = {(row[CODE][:6], row[PERIOD]): row for row in before}
    rows = []
    for code in scope.municipalities:
        for period in periods:
            if period[:4] < since.get(code, ""):
                continue
            counts = found.counts.get((code, period), {})
            row = dict(on_file.get((code[:6], period), {}))
            for column, name in fill.columns.items():
                row[column] = _cell(fill.source, column, counts.get(name) if counts else None, bool(counts))
            rows.append({**row, CODE: code, PERIOD: period})
    edition = f"{asked.edition}, {', '.join(periods)}"
    # What the publisher itself states of states and the country is not counted here, and stays.
    return Harvest(rows, edition, lambda row: row[PERIOD] in periods and row[CODE] not in PLACES)


def _cell(source: Source, column: str, value: int | float | None, there: bool) -> str:
    """A count as the raw file writes it; zero where nobody was, and nothing where a share of nobody is asked for."""
    if value is None:
        [kind] = [each.kind for each in source.columns if each.name == column]
        return "0" if kind == "count" and not there else ""
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
