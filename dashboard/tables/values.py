"""Questions about values: one indicator in one year, over time, at its latest; with margins, ranks and aggregates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboard.margins import together
from dashboard.tables.opened import kept
from dashboard.tables.territory import Territory, letters_of
from pipelines import margins, serving, verdicts
from pipelines.declarations import SCOPES
from pipelines.margins import PUBLISHED
from pipelines.panel import grounds_of_tables

# The columns of a series, in the order in which it has them, and the tables that have them.
SERIES = """v.municipality_code, m.name, v.period, v.year, v.value, v.numerator, v.denominator, v.flag, v.break_before,
    revised_at, revised_from"""
LATEST = """select l.indicator, l.municipality_code, m.name, l.* exclude (indicator, municipality_code)
    from latest l join municipalities m using (municipality_code)"""

BENCHMARK = "select place, period, year(period) as year, value, edition from benchmarks"
AGGREGATE = """select place_code, place, period, year(period) as year, value, method, municipalities_with_data,
    municipalities_total from aggregates"""

PROFILE = """select indicator, municipality_code, ?::varchar as name,
        latest.* exclude (indicator, municipality_code) replace (period::timestamp as period)
    from latest where municipality_code = ?"""


def _nullable(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of `latest` with places and fifths as whole numbers that may be missing, which floats of data frames are not."""
    return frame.assign(
        **{
            name: frame[name].astype("Int64")
            for name in ("rank_low", "rank_high", "fifth")
            if frame[name].dtype != "Int64"
        }
    )


def _limit(fit: verdicts.Oscillation | None, people: float) -> float | None:
    """How far a town of so many people usually swings; None for a register, and where nobody counted them."""
    return fit.limit(people) if fit and people > 0 else None


# What a change is reckoned of.
_TOLD = ("year", "value", "numerator", "denominator")


def _runs(names: list[str]) -> dict[str, slice]:
    """Which rows are of which name, of rows in the order of it."""
    ends: dict[str, int] = {}
    for place, name in enumerate(names):
        ends[name] = place + 1
    starts = [0, *ends.values()]
    return {name: slice(start, end) for (name, end), start in zip(ends.items(), starts, strict=False)}


@dataclass(frozen=True)
class _Places:
    """The municipalities in the order of names, and where each number stands among them.

    `columns`: those of `municipalities`; `numbers`: their codes as numbers, ascending; `order`: the row of each.
    """

    columns: dict[str, Any]
    numbers: np.ndarray[Any, Any]
    order: np.ndarray[Any, Any]

    def rows(self, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The row of each municipality by its number; -1 for one that is not here."""
        at = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        found: np.ndarray[Any, Any] = np.where(self.numbers[at] == numbers, self.order[at], -1)
        return found

    def spread(self, told: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
        """Columns of municipalities by `number` over all rows: NaN where nothing is told of a place, of a truth False."""
        at = self.rows(told["number"])
        here, found = at >= 0, {}
        for name, cells in told.items():
            truth = cells.dtype == bool
            found[name] = np.zeros(len(self.order), bool) if truth else np.full(len(self.order), np.nan)
            found[name][at[here]] = cells[here]
        return found


class Values(Territory):
    """What is asked of the indicators' values."""

    @kept
    def available(self) -> list[str]:
        """The indicators that have any value, in the order of the areas."""
        found = set(self.query("select distinct indicator from periods where with_data > 0")["indicator"])
        return [name for name in self.indicators if name in found]

    def prominent(self, place: str) -> list[str]:
        """The indicators declared for a place (a key of PROMINENT), in their order there, with data or without."""
        held = {
            name: item.prominent[place] for name, item in self.indicators.items() if place in item.prominent
        }
        return sorted(held, key=held.__getitem__)

    def first(self, place: str, among: Container[str] | None = None) -> str:
        """The first indicator declared for a place (one of those `among`, where given) that half of the municipalities have had data of in one period, as no
        page opens on what is known of a single state; without one, the first declared; empty where none is.
        """
        declared = [pair for pair in self._declared_for(place) if among is None or pair[0] in among]
        return next((name for name, known in declared if known), declared[0][0] if declared else "")

    @kept
    def _declared_for(self, place: str) -> list[tuple[str, bool]]:
        """The indicators of `prominent`, and whether half of the municipalities have had data of each in one period."""
        half = len(self.municipalities()) / 2
        return [(name, bool(self.periods(name)["with_data"].max() >= half)) for name in self.prominent(place)]

    @kept
    def periods(self, indicator: str) -> pd.DataFrame:
        """The periods of an indicator that have data, latest first: period, year, with_data, break_before."""
        frame = self._every_period(indicator)
        return frame[frame["with_data"] > 0].reset_index(drop=True)

    @kept
    def _every_period(self, indicator: str) -> pd.DataFrame:
        """As `periods`, with those in which nobody has data."""
        frame, places = self._all_periods()
        return frame.iloc[places.get(indicator, slice(0))].reset_index(drop=True)

    @kept
    def _all_periods(self) -> tuple[pd.DataFrame, dict[str, slice]]:
        frame = self.query(
            "select indicator, period, year, with_data, break_before from periods order by indicator, period desc"
        )
        return frame.drop(columns="indicator"), _runs(frame["indicator"].tolist())

    @kept
    def years(self, indicator: str) -> list[int]:
        """The years that have a value, newest first; the newest may be one that few municipalities have yet."""
        return list(dict.fromkeys(int(year) for year in self.periods(indicator)["year"]))

    @kept
    def _newest(self) -> dict[str, pd.Timestamp]:
        frame = self.query("from newest")
        return dict(zip(frame["indicator"], frame["period"], strict=True))

    def newest(self, indicator: str) -> pd.Timestamp:
        """The latest period of an indicator, as `latest` takes it. KeyError where nothing of it was published."""
        return self._newest()[indicator]

    def at(self, indicator: str, year: int, period: dt.date | None = None) -> pd.DataFrame:
        """An indicator in the last period of a year, or in `period`, for every municipality of the territory.

        In the year of its latest period that one, although a few may already have a newer one.

        Columns: those of `municipalities`, period, year, value, numerator, denominator, flag, low, high
        (95% interval: of the counts, or of the usual oscillation of a cohort), rank_low, rank_high (1 is best; among
        those with data; null where the indicator has no direction, or the value is missing or implausible),
        break_before, revised_at, revised_from (when a newer edition changed or withdrew the value, and what it was).
        """
        return self._at(indicator, period or self._shown(indicator, year))

    @kept
    def _at(self, indicator: str, asked: dt.date | None) -> pd.DataFrame:
        # No join: what is said of a place is the same in every answer, and held once.
        rows, places = (
            self.query(
                """select municipality_code::integer as number, year, value, numerator, denominator, flag, break_before
                from "values" where indicator = ? and period = ?::date""",
                [indicator, asked],
            ),
            self._places(),
        )
        at = places.rows(rows["number"].to_numpy())
        order = np.argsort(at, kind="stable")[int((at < 0).sum()) :]
        here = at[order]
        every = len(here) == len(places.numbers)
        frame = pd.DataFrame(
            {
                **{name: cells if every else cells.take(here) for name, cells in places.columns.items()},
                "period": np.full(len(here), np.datetime64(asked or "NaT", "us")),
                **{name: rows[name].array.take(order) for name in (*_TOLD, "flag", "break_before")},
                **self._revised(indicator, asked, here),
            },
            copy=False,
        )
        return margins.ranked(frame, self.indicators[indicator], self.oscillation(indicator), self._people())

    @kept
    def _places(self) -> _Places:
        frame = self.municipalities()
        numbers = frame["municipality_code"].astype("int64").to_numpy()
        order = np.argsort(numbers)
        return _Places({str(name): frame[name].array for name in frame}, numbers[order], order)

    @kept
    def _ever_revised(self) -> frozenset[str]:
        return frozenset(self.query("select distinct indicator from last_revision")["indicator"])

    def _with_revisions(self, table: str, indicator: str = "") -> str:
        """SQL: a table of values as v, with revised_at and revised_from; joined only where the indicator, or any if none is
        given, was ever revised.
        """
        if indicator in self._ever_revised() if indicator else self._ever_revised():
            return f"{table} v left join last_revision r using (indicator, municipality_code, period)"
        return f"(select *, null::date as revised_at, null::double as revised_from from {table}) v"

    def _revised(self, indicator: str, period: dt.date | None, here: np.ndarray[Any, Any]) -> dict[str, Any]:
        """The columns revised_at and revised_from of an indicator in one period; `here`: the rows of `_places` asked of."""
        days, before = np.full(len(here), np.datetime64("NaT", "us")), np.full(len(here), np.nan)
        if indicator in self._ever_revised():
            told = self.arrays(
                """select municipality_code::integer as number, revised_at::timestamp as revised_at, revised_from
                from last_revision where indicator = ? and period = ?::date""",
                [indicator, period],
            )
            where = {row: at for at, row in enumerate(here.tolist())}
            for row, day, value in zip(
                self._places().rows(told["number"]).tolist(),
                told["revised_at"],
                told["revised_from"],
                strict=True,
            ):
                if row in where:
                    days[where[row]], before[where[row]] = day, value
        return {"revised_at": days, "revised_from": before}

    def _shown(self, indicator: str, year: int) -> dt.date | None:
        """The period that stands for a year: its last, or the indicator's latest where that lies in it."""
        return self._of_years(indicator).get(year)

    @kept
    def _of_years(self, indicator: str) -> dict[int, dt.date]:
        frame, latest = self.periods(indicator), self._newest().get(indicator)
        found: dict[int, dt.date] = {}
        for end, year in zip(frame["period"], frame["year"].tolist(), strict=True):
            held = found.setdefault(year, end.date())
            # The newest first: one after the indicator's latest gives way to those up to it.
            if latest is not None and held > latest.date() >= end.date():
                found[year] = end.date()
        return found

    def _people(self) -> dict[str, float]:
        """The municipalities' populations by code; NaN where it is not known."""
        return self.remember(("people",), self._populations)

    def _populations(self) -> dict[str, float]:
        column = self.municipalities()["population"].astype("float64")
        return dict(zip(column.index.tolist(), column.tolist(), strict=True))

    def _bounded(self, indicator: str, frame: pd.DataFrame) -> pd.DataFrame:
        """One indicator's values with the 95% interval of each row as low and high."""
        return margins.bounded(frame, self.indicators[indicator], self.oscillation(indicator), self._people())

    @kept
    def oscillation(self, indicator: str) -> verdicts.Oscillation | None:
        """How much a cohort's indicator usually swings, as the build fitted it on every municipality at hand.

        None for a register, where there are too few editions to fit it, and where it says nothing of a town's size.
        """
        return serving.oscillation(self._connection.cursor(), self.indicators[indicator])

    @kept
    def series(self, indicator: str, codes: tuple[str, ...]) -> pd.DataFrame:
        """An indicator over time for some municipalities, one row per period (missing ones too), oldest first.

        Columns: municipality_code, name, period, year, value, numerator, denominator, flag, break_before,
        revised_at, revised_from (as in `at`) and swing (of 100 changes in towns of this size 95 are no larger, in the
        indicator's unit; null for a register).
        """
        fit, people = self.oscillation(indicator), self._people()
        swings = {code: _limit(fit, people.get(code, 0)) for code in codes}
        if len(codes) == 1:
            held = self.places_in_history(codes[0]).get(indicator, slice(0))
            own = self.history(codes[0]).iloc[held]
            told = {str(name): own[name].array for name in own if name != "indicator"}
            none = {"revised_at": np.full(len(own), np.datetime64("NaT", "us")), "revised_from": np.nan}
            named = {"municipality_code": codes[0], "name": self.names().get(codes[0])}
            swing = np.full(len(own), swings[codes[0]], dtype=float)
            told = {**named, **told, **{name: cell for name, cell in none.items() if name not in told}}
            return pd.DataFrame({**told, "swing": swing}, range(len(own)), copy=False)
        frame = self.query(
            f"""select {SERIES} from {self._with_revisions('"values"', indicator)}
                join municipalities m using (municipality_code)
            where v.indicator = ? and v.municipality_code in (select unnest(?::varchar[]))
            order by v.municipality_code, v.period""",
            [indicator, list(codes)],
        )
        return frame.assign(swing=frame["municipality_code"].map(swings).astype("float64"))

    @kept
    def _levels(self, indicator: str) -> tuple[dt.date, float] | None:
        """The last period, to the indicator's latest, in which anybody has a plausible value, and the standard deviation
        there; None where nobody ever had one.
        """
        latest = self._newest().get(indicator)
        if indicator in self._latest_levels():
            return self._latest_levels()[indicator]
        for end in self.periods(indicator)["period"]:
            if latest is None or end >= latest:
                continue
            found = self.arrays(
                """select value from "values" where indicator = ? and period = ?::date and value is not null
                    and flag is distinct from 'implausible'""",
                [indicator, end.date()],
            )["value"]
            if len(found):
                return end.date(), float(found.std())
        return None

    @kept
    def _latest_levels(self) -> dict[str, tuple[dt.date, float]]:
        rows = self._connection.cursor().execute(
            """select indicator, period, stddev_pop(value) from latest
            where value is not null and flag is distinct from 'implausible' group by all"""
        )
        return {name: (end, deviation) for name, end, deviation in rows.fetchall()}

    def around_level(self, indicator: str, code: str) -> pd.DataFrame:
        """What tells who started from where a municipality stands now: of all series, to the last period, the rows near its
        last value, those of everybody's last period, and those where the method changed.

        Oldest first. Columns: those of `series` but revised_at, revised_from and swing. Near: within a quarter of the standard
        deviation of the last values, and a little more. Not kept: of a country it is as large as what is shown of it.
        """
        own, levels = self.series(indicator, (code,)), self._levels(indicator)
        last, deviation = levels or (None, 0.0)
        here = own.loc[own["period"] == pd.Timestamp(last), "value"].tolist() if last else []
        level = here[-1] if here else None
        found = self.arrays(
            """select municipality_code::integer as number, period, year, value, numerator, denominator, flag, break_before
            from "values" where indicator = ? and period <= ? and value is not null
                and (period = ? or break_before or abs(value - ?) <= ?)
            order by period""",
            [indicator, last, last, level, deviation / 4 * 1.001 + 1e-9 * (1 + abs(level or 0))],
        )
        rows = self._places().rows(found.pop("number"))
        here = rows >= 0
        named = {
            name: self._places().columns[name].take(rows[here]) for name in ("municipality_code", "name")
        }
        return pd.DataFrame({**named, **{name: cells[here] for name, cells in found.items()}}, copy=False)

    def swing(self, indicator: str, code: str) -> float | None:
        """The swing of `series` for one municipality; None where there is none."""
        return _limit(self.oscillation(indicator), self._people().get(code, 0))

    @kept
    def aggregates(self, indicator: str, scope: str, place: str = "") -> pd.DataFrame:
        """The aggregate of a scope over time, oldest first; all of its places where `place` (a code) is empty.

        Columns: place_code, place (its name), period, year, value, method, municipalities_with_data,
        municipalities_total.
        """
        if place:
            frame, places = self._of_place(scope, place)
            return frame.iloc[places.get(indicator, slice(0))].reset_index(drop=True)
        return self.query(
            f"{AGGREGATE} where indicator = ? and scope = ? order by place, place_code, period",
            [indicator, scope],
        )

    @kept
    def _of_place(self, scope: str, place: str) -> tuple[pd.DataFrame, dict[str, slice]]:
        """The aggregates of a place, of every indicator: a page on it asks for one after another."""
        frame = self.query(
            f"""{AGGREGATE.replace("select", "select indicator,", 1)} where scope = ? and place_code = ?
            order by indicator, period""",
            [scope, place],
        )
        return frame.drop(columns="indicator"), _runs(frame["indicator"].tolist())

    @kept
    def _benchmarked(self) -> frozenset[tuple[str, str]]:
        frame = self.query("select distinct indicator, scope from benchmarks")
        return frozenset(zip(frame["indicator"], frame["scope"], strict=True))

    @kept
    def _nothing(self, select: str) -> pd.DataFrame:
        """The columns of one of the questions above, without rows."""
        return self.query(f"{select} where false")

    @kept
    def benchmark(self, indicator: str, scope: str, place: str = "") -> pd.DataFrame:
        """What the publisher itself states for states ("state") or the country ("country"), oldest first.

        `place`: the code of one, or empty for all. Columns: place (letters), period, year, value, edition. Empty where
        the publisher states nothing: then `aggregates` serves, under the name of its method.
        """
        letters = letters_of(scope, place) if place else ""
        if (indicator, scope) not in self._benchmarked():
            return self._nothing(BENCHMARK)
        return self.query(
            f"{BENCHMARK} where indicator = ? and scope = ? and (? = '' or place = ?) order by place, period",
            [indicator, scope, letters, letters],
        )

    @kept
    def whole_series(self, indicator: str, scope: str = "", place: str = "") -> pd.DataFrame:
        """The municipalities together over time in the form of `series`: name, place_code, place (with the method),
        short (the same in a narrow place), method ("published", or of `aggregates`), period, value, flag, break_before.

        `scope` and `place` (a code; empty for each of the scope): empty for all of the territory. State and country go
        by their own name where their publisher states their value, or where the municipalities' counts are
        added up; a median is the municipalities', never the state's. Empty where the indicator has no aggregate, or
        a total that dwarfs every municipality.
        """
        if not scope:
            scope, place = self.whole
        declared = self.indicators[indicator]
        method = declared.aggregation
        frame = self.benchmark(indicator, scope, place) if place and declared.kind == "number" else None
        if frame is not None and len(frame):
            frame, method = frame.assign(place_code=place), PUBLISHED
        elif method in ("sum", "distribution", "none"):
            frame = self._nothing(AGGREGATE)
        else:
            frame = self.aggregates(indicator, scope, place)
        # Regions are told apart by their names, states by their letters: both are short.
        names = {
            (name, code): name if scope in SCOPES or scope == "state" else self.place_name(scope, code)
            for name, code in {*zip(frame["place"], frame["place_code"], strict=True)}
        }
        whole = (scope, place) == self.whole
        labels = [
            together(names[pair], method, scope, whole)
            for pair in zip(frame["place"], frame["place_code"], strict=True)
        ]
        periods = self.periods(indicator)
        broken = {*periods["period"].array[periods["break_before"].to_numpy(bool)]}
        long = [long for long, _ in labels]
        added = {
            "place": long,
            "short": [short for _, short in labels],
            "flag": None,
            "method": method,
            "name": long,
            "break_before": [period in broken for period in frame["period"].array],
        }
        return pd.DataFrame(
            {**{name: frame[name].array for name in frame}, **added}, index=frame.index, copy=False
        )

    @kept
    def latest(self, *indicators: str) -> pd.DataFrame:
        """These indicators, or all of them, at their latest period, for every municipality.

        Columns: indicator, municipality_code, name, period, year, value, numerator, denominator, flag,
        low, high, rank_low, rank_high (as in `at`), ranked (municipalities with data that can be), position (0 the
        least favourable place among those, 1 the most; ties share the middle; null without a direction or such a
        value), fifth (0 the least favourable fifth, 4 the most; null where the margin of error reaches into another,
        or where a cohort's is not known), recent (whether it says how a place stands today: it has a position, no month's
        balance, within its source's shelf life), earlier_value and earlier_year (never across a break of method),
        state_value, state_method (as `aggregates` has it; "published" for the publisher's own figure).
        """
        asked = list(indicators or self._newest())
        return _nullable(
            self.query(
                f"""{LATEST} where l.indicator in (select unnest(?::varchar[])) order by l.indicator, m.place""",
                [asked],
            )
        )

    @kept
    def latest_values(self, indicator: str) -> dict[str, float]:
        """The values alone of `latest`, by municipality; one without a value is not there."""
        frame = self.query(
            "select municipality_code, value from latest where indicator = ? and value is not null",
            [indicator],
        )
        return dict(zip(frame["municipality_code"].tolist(), frame["value"].tolist(), strict=True))

    @kept
    def profile(self, code: str) -> pd.DataFrame:
        """Every indicator of one municipality at the indicator's latest period, in the order of the areas.

        Columns: those of `latest`; the index is the indicator.
        """
        own = self.query(PROFILE, [self.names().get(code), code])
        found = {name: row for row, name in enumerate(own["indicator"].tolist())}
        own = own.iloc[[found[name] for name in self.indicators if name in found]]
        return _nullable(own).set_index("indicator", drop=False)

    @kept
    def profile_rows(self, code: str) -> list[dict[str, Any]]:
        """The rows of `profile`, each by column, None where a cell is missing: what goes through them one by one takes a
        tenth of the time.
        """
        answer = self._connection.cursor().execute(PROFILE, [self.names().get(code), code])
        names = [column[0] for column in answer.description or []]
        found = {row[0]: dict(zip(names, row, strict=True)) for row in answer.fetchall()}
        return [found[name] for name in self.indicators if name in found]

    def profile_row(self, code: str, indicator: str) -> dict[str, Any] | None:
        """The row of `profile` of one indicator; None where it has none."""
        return next((row for row in self.profile_rows(code) if row["indicator"] == indicator), None)

    @kept
    def absent_in(self, state: str) -> tuple[str, ...]:
        """The indicators that have a value somewhere, and none in any period of any municipality of a state (its code).

        In the order of the declarations; none where the territory is one state.
        """
        found = self.query(
            """select distinct indicator from values_by_municipality
            where municipality_code between ? || '00000' and ? || '99999' and value is not null""",
            [state, state],
        )
        known = set(found["indicator"])
        return tuple(name for name in self.available() if name not in known)

    @kept
    def history(self, code: str) -> pd.DataFrame:
        """All values of one municipality by indicator, oldest first: indicator, and the columns of `series` that a value has,
        revised_at and revised_from where any value was ever revised.

        One question for all: a municipality's page and its plan ask for many of them.
        """
        asked = "indicator, period, year, value, numerator, denominator, flag, break_before"
        if self._ever_revised():
            table = self._with_revisions("values_by_municipality")
            asked = f"select {asked}, revised_at, revised_from from {table} where municipality_code = ?"
            return self.query(f"{asked} order by indicator, period", [code])
        # The table has the rows in this order, and DuckDB answers in the order of a table.
        return self.query(f"select {asked} from values_by_municipality where municipality_code = ?", [code])

    @kept
    def places_in_history(self, code: str) -> dict[str, slice]:
        """Which rows of `history` are of which indicator."""
        return _runs(self.history(code)["indicator"].tolist())

    def lines(self, code: str) -> dict[str, tuple[list[float | None], list[bool]]]:
        """Of each indicator of a municipality its values, oldest first, None where missing, and where its method broke: what
        the lines of a table need of `history`.
        """
        own = self.history(code)
        values = [None if value != value else value for value in own["value"].tolist()]
        breaks = own["break_before"].tolist()
        return {name: (values[held], breaks[held]) for name, held in self.places_in_history(code).items()}

    @kept
    def changes(self, indicator: str, year: int) -> pd.DataFrame:
        """How each municipality moved from its last comparable value to the year's.

        Columns: municipality_code, name, value, earlier_value, earlier_year, change (in the indicator's unit)
        and certain (False where chance explains the change, None where neither counts nor a cohort's usual oscillation
        tell). What cannot be changes from nothing and to nothing.
        """
        until, places = self._shown(indicator, year), self._places()
        ends = [end.date() for end in self._every_period(indicator)["period"]]
        earlier = [end for end in ends if until and end < until]
        now, then = self._told(indicator, until, max(earlier, default=None))
        able = now["able"] & ~now["break_before"]
        # Who had no value in the period before may have had one in another.
        further = able & ~then["able"] & ~then["break_before"]
        if len(earlier) > 1 and further.any():
            codes = places.columns["municipality_code"].take(np.flatnonzero(further)).tolist()
            asked = {"indicator": indicator, "before": max(earlier), "codes": codes}
            found = places.spread(self.arrays(margins.EARLIER, asked))
            then = {name: np.where(further, found[name], then[name]) for name in (*_TOLD, "able")}
        known = places.order[(able & then["able"])[places.order]]
        told: dict[str, Any] = {
            name: places.columns[name].take(known) for name in ("municipality_code", "name")
        }
        told |= {name: now[name][known] for name in _TOLD}
        told |= {f"earlier_{name}": then[name][known] for name in _TOLD}
        told["earlier_year"] = told["earlier_year"].astype("int64")
        return margins.moves(
            told, self.indicators[indicator].interval, self.oscillation(indicator), self._people()
        )

    def _told(
        self, indicator: str, until: dt.date | None, before: dt.date | None
    ) -> list[dict[str, np.ndarray[Any, Any]]]:
        """What a change is reckoned of in a period and in the one `before` it, by column over the rows of `_places`: those of
        _TOLD, break_before, and able (whether there is a value, and none beyond what can be).
        """
        found = self.arrays(
            """select municipality_code::integer as number, period, year, value, numerator, denominator, break_before,
                value is not null and flag is distinct from 'implausible' as able
            from "values" where indicator = ? and period between ?::date and ?::date""",
            [indicator, before or until, until],
        )
        days = found.pop("period")
        parts = [days == np.datetime64(period or "NaT") for period in (until, before)]
        return [self._places().spread({name: cells[part] for name, cells in found.items()}) for part in parts]

    @kept
    def grounds(self, indicator: str, code: str) -> verdicts.Grounds:
        """What judging may know of a municipality beyond its own series of an indicator."""
        return grounds_of_tables(self._connection.cursor(), indicator, code)

    @kept
    def observations(self, code: str, indicators: tuple[str, ...]) -> dict[str, list[verdicts.Observation]]:
        """What was observed in one municipality, in the form that judging takes: the last period of each year."""
        found: dict[str, list[verdicts.Observation]] = {}
        for name in indicators:
            frame = self.series(name, (code,)).groupby("year", as_index=False).last()
            rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
            found[name] = [
                verdicts.Observation(
                    int(row["year"]), row["value"], row["numerator"], row["denominator"], row["flag"],
                    bool(row["break_before"]),
                )
                for row in rows
            ]  # fmt: skip
        return found

    @kept
    def latest_of(self, scope: str, place: str) -> pd.DataFrame:
        """Every indicator's aggregate of one place, by its code, at its latest period; indexed by indicator.

        Columns: period, value, method, municipalities_with_data, municipalities_total.
        """
        return self.query(
            """select a.* exclude (scope, place, place_code) from aggregates a join newest using (indicator, period)
            where a.scope = ? and a.place_code = ?""",
            [scope, place],
        ).set_index("indicator")

    @kept
    def spans(self, indicator: str, code: str) -> pd.DataFrame:
        """One municipality's series with the 95% interval of each value, oldest first.

        Columns: those of `series`, low, high (null where neither counts nor a cohort's usual oscillation give one).
        """
        frame = self.series(indicator, (code,))
        return self._bounded(indicator, frame)
