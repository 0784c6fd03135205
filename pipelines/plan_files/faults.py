"""What is wrong with a plan's file: one fault in words, and a list of them that stays readable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.verdicts import pt_number

# More than anybody mends in one go; a file made to explode names no more either.
MAX_FAULTS = 200


@dataclass(frozen=True)
class Fault:
    """One thing wrong: sheet, row (the header is row 1), column, the cell's text, what and how to mend.

    `others`: how many faults this line stands for besides those listed; 0 for a fault of its own.
    """

    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    problem: str
    mend: str
    others: int = 0

    @property
    def text(self) -> str:
        """The fault as one line in Portuguese."""
        place = [
            part
            for part in (
                f"aba {self.sheet}" if self.sheet else None,
                f"linha {self.row}" if self.row else None,
                f"coluna {self.column}" if self.column else None,
            )
            if part
        ]
        where = ", ".join(place)
        shown = "" if self.value is None else f"'{self.value}' "
        sentence = f"{shown}{self.problem}. {self.mend}"
        if not where:
            return sentence[0].upper() + sentence[1:]
        return f"{where[0].upper()}{where[1:]}: {sentence}"


def shown_value(text: str) -> str:
    """A cell's text as messages show it: at most 60 letters."""
    return text if len(text) <= 60 else text[:57] + "..."


class Faults:
    """Faults as they are found: the first are kept, all are counted, and every faulty place is remembered."""

    def __init__(self) -> None:
        self._kept: list[Fault] = []
        self._count = 0
        self._places: set[tuple[str | None, int | None, str | None]] = set()
        self._sheets: set[str | None] = set()
        self._heads: set[tuple[str | None, int | None]] = set()
        self._columns: set[tuple[str | None, str | None]] = set()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._kept)

    def add(self, fault: Fault) -> None:
        """Take one more."""
        self._count += 1
        self._places.add((fault.sheet, fault.row, fault.column))
        self._sheets.add(fault.sheet)
        self._columns.add((fault.sheet, fault.column))
        if fault.row == 1:
            self._heads.add((fault.sheet, 1))
        if len(self._kept) < MAX_FAULTS:
            self._kept.append(fault)

    def count(self, more: int) -> None:
        """Take more that are of a kind already told, and are only counted."""
        self._count += more

    def at(self, sheet: str, row: int | None, column: str | None) -> bool:
        """Whether something is wrong at a place, told or only counted."""
        return (sheet, row, column) in self._places

    def of_sheet(self, sheet: str) -> bool:
        """Whether something is wrong in a sheet."""
        return sheet in self._sheets

    def in_column(self, sheet: str, column: str) -> bool:
        """Whether something is wrong in a sheet's column or in its header."""
        return (sheet, 1) in self._heads or (sheet, column) in self._columns

    def listed(self) -> list[Fault]:
        """At most MAX_FAULTS lines; where there are more faults the last line says how many."""
        if self._count <= len(self._kept):
            return list(self._kept)
        told = self._kept[: MAX_FAULTS - 1]
        others = self._count - len(told)
        return [
            *told,
            Fault(
                None, None, None, None, f"há mais {pt_number(others, 0)} ajustes além destes",
                "Arrume os que estão na lista e confira de novo.", others,
            ),
        ]  # fmt: skip


def total(faults: Sequence[Fault]) -> int:
    """How many faults a list stands for, those only counted included."""
    return sum(fault.others or 1 for fault in faults)
