"""The counts behind the published vaccination fractions: which whole numbers they can only be.

The Ministry publishes doses divided by the target population, to sixteen digits, and neither of the two. Each fraction
has one smallest denominator, and the target population of a municipality in a year is a multiple of all of those. The
raw table `ms_vacinas_contagens` is written by `python -m pipelines.vaccine_counts`, from two other raw tables; the
build reads it like any other.
"""

from __future__ import annotations

import csv
import io
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipelines.declarations import read_config
from pipelines.raw_files import PLAIN, content, raw_path

SOURCE, FRACTIONS, BIRTHS = "ms_vacinas_contagens", "ms_vacinas", "datasus_mortalidade"

# The vaccines of each age of the national calendar; DTP and hepatite B are parts of the penta, and help to solve.
AGES: Mapping[str, tuple[str, ...]] = {
    "ao nascer": ("BCG", "Hepatite B (< 30 Dias)"),
    "menores de 1 ano": (
        "DTP", "Febre Amarela", "Hepatite B", "Meningo C", "Penta (DTP/HepB/Hib)", "Pneumo 10", "Polio Injetável (VIP)",
        "Rotavírus",
    ),
    "1 ano": (
        "DTP (1° Reforço)", "Hepatite A Infantil", "Meningo C (1° Reforço)", "Pneumo 10 (1° Reforço)",
        "Polio Oral Bivalente", "Tríplice Viral - 1° Dose", "Tríplice Viral - 2° Dose", "Varicela",
    ),
}  # fmt: skip
# Those that an indicator shows.
SHOWN = (
    "BCG", "DTP (1° Reforço)", "Febre Amarela", "Hepatite A Infantil", "Hepatite B (< 30 Dias)", "Meningo C",
    "Penta (DTP/HepB/Hib)", "Pneumo 10", "Polio Injetável (VIP)", "Rotavírus", "Tríplice Viral - 1° Dose",
    "Tríplice Viral - 2° Dose", "Varicela",
)  # fmt: skip
# The largest denominator looked for (São Paulo has 130 thousand births a year), and how near a published fraction is
# to the true one: two fractions with such denominators are at least 1 / LARGEST² = 2.5e-11 apart.
LARGEST, EXACT = 200_000, 1e-12
# No target population goes further beyond the births of its year; a larger one is only what makes any fractions agree.
BEYOND_BIRTHS = 1.25


@dataclass(frozen=True)
class Count:
    """Doses given and the target population, of one vaccine, municipality (as published) and year."""

    municipality_code: str
    period: str
    vaccine: str
    doses: int
    population: int


def smallest(fractions: Iterable[float]) -> int | None:
    """The smallest whole population of which every fraction is a whole number of doses; None where one has none."""
    found = 1
    for fraction in fractions:
        exact = Fraction(fraction).limit_denominator(LARGEST)
        if abs(fraction - exact) > EXACT:
            return None
        found = math.lcm(found, exact.denominator)
    return found


def nearest_multiple(population: int, births: int) -> int:
    """Of the multiples of a population, the one nearest the births; of two as near, the smaller."""
    times = max(1, births // population)
    return min(times * population, (times + 1) * population, key=lambda one: (abs(one - births), one))


def solved(fractions: Mapping[str, float], births: int) -> dict[str, int]:
    """The smallest target population behind each vaccine of one municipality and year, by vaccine.

    One population for all ages where it explains every fraction, else one for each age where it explains those of
    that age, within BEYOND_BIRTHS times the births; vaccines of an age whose fractions do not agree are left out.
    """
    held = {
        age: {name: fractions[name] for name in names if name in fractions} for age, names in AGES.items()
    }
    most = BEYOND_BIRTHS * births
    whole = smallest(value for of_age in held.values() for value in of_age.values())
    found: dict[str, int] = {}
    for of_age in held.values():
        population = whole if whole is not None and whole <= most else smallest(of_age.values())
        if population is not None and population <= most:
            found |= dict.fromkeys(of_age, population)
    return found


def recovered(
    fractions: Mapping[tuple[str, str], Mapping[str, float]], births: Mapping[tuple[str, str], int]
) -> list[Count]:
    """The counts of every vaccine shown whose fractions agree, scaled to the births of the year.

    `fractions`: by municipality and year, the fraction of each vaccine; `births`: live births by the same. The
    order is that of municipality, year and vaccine.
    """
    found = []
    for (code, year), given in sorted(fractions.items()):
        born = births.get((code, year), 0)
        for vaccine, smallest_one in sorted(solved(given, born).items()):
            if vaccine in SHOWN:
                population = nearest_multiple(smallest_one, born)
                doses = round(given[vaccine] * population)
                found.append(Count(code, year, vaccine, doses, population))
    return found


def _rows(raw: Path, source: str) -> csv.DictReader[str]:
    text = content(source, raw_path(raw / source)).decode("utf-8-sig")
    return csv.DictReader(io.StringIO(text))


def read(raw: Path) -> tuple[dict[tuple[str, str], dict[str, float]], dict[tuple[str, str], int]]:
    """The published fractions and the live births of the raw tables in a folder, as `recovered` takes them."""
    fractions: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in _rows(raw, FRACTIONS):
        fractions[row["municipality_code"], row["period"]][row["vaccine"]] = float(row["cobertura"])
    births = {
        (row["municipality_code"][:6], row["period"]): int(row["nascidos_vivos"])
        for row in _rows(raw, BIRTHS)
        if row["nascidos_vivos"].isdigit()
    }
    return dict(fractions), births


def as_csv(counts: Iterable[Count]) -> str:
    """The raw table's text."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["municipality_code", "period", "vaccine", "doses", "populacao"])
    writer.writerows(
        (one.municipality_code, one.period, one.vaccine, one.doses, one.population) for one in counts
    )
    return file.getvalue()


def main() -> None:
    """Write the raw table anew."""
    raw = read_config().raw
    text = as_csv(recovered(*read(raw)))
    folder = raw / SOURCE
    folder.mkdir(exist_ok=True)
    (folder / PLAIN).write_text(text, "utf-8")
    sys.stdout.write(
        f"{folder / PLAIN}: {text.count(chr(10)) - 1} linhas. Rode: python -m pipelines seal {SOURCE}\n"
    )


if __name__ == "__main__":
    main()
