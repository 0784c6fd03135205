"""Questions about values: one indicator in one year, over time, at its latest; with margins, ranks and aggregates."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from dashboard.margins import PUBLISHED, bounded, fifths, interval_of, moves, ranked, together
from dashboard.tables.opened import kept
from dashboard.tables.territory import Territory
from pipelines import verdicts
from pipelines.declarations import Indicator
from pipelines.panel import grounds_of_tables
from pipelines.periods import NEWEST

# The columns of a series, in the order in which it has them, and the tables that have them.
SERIES = """v.municipality_code, m.name, v.period, v.year, v.value, v.numerator, v.denominator, v.flag, v.break_before,
    v.edition, revised_at, revised_from"""
OF_SERIES = """"values" v join municipalities m using (municipality_code)
    left join last_revision r using (indicator, municipality_code, period)"""


class Values(Territory):
    """What is asked of the indicators' values."""

    @kept
    def available(self) -> list[str]:
        """The indicators that have any value, in the order of the areas."""
        found = set(
            self.query('select distinct indicator from "values" where value is not null')["indicator"]
        )
        return [name for name in self.indicators if name in found]

    def prominent(self, place: str) -> list[str]:
        """The indicators declared for a place (a key of PROMINENT), in their order there, with data or without."""
        held = {
            name: item.prominent[place] for name, item in self.indicators.items() if place in item.prominent
        }
        return sorted(held, key=held.__getitem__)

    def first(self, place: str) -> str:
        """The first indicator declared for a place; empty where there is none."""
        return next(iter(self.prominent(place)), "")

    @kept
    def periods(self, indicator: str) -> pd.DataFrame:
        """The periods of an indicator, latest first: period, year, with_data, break_before."""
        return self.query(
            """select period, year, count(value) as with_data, bool_or(break_before) as break_before
            from "values" where indicator = ? group by all having count(value) > 0 order by period desc""",
            [indicator],
        )

    @kept
    def years(self, indicator: str) -> list[int]:
        """The years that have a value, newest first; the newest may be one that few municipalities have yet."""
        return list(dict.fromkeys(int(year) for year in self.periods(indicator)["year"]))

    @kept
    def _newest(self) -> dict[str, pd.Timestamp]:
        frame = self.query(NEWEST)
        return dict(zip(frame["indicator"], frame["period"], strict=True))

    def newest(self, indicator: str) -> pd.Timestamp:
        """The latest period of an indicator, as `latest` takes it. KeyError where nothing of it was published."""
        return self._newest()[indicator]

    @kept
    def at(self, indicator: str, year: int, period: dt.date | None = None) -> pd.DataFrame:
        """An indicator in the last period of a year, or in `period`, for every municipality of the territory.

        In the year of its latest period that one, although a few may already have a newer one.

        Columns: those of `municipalities`, period, year, value, numerator, denominator, flag, low, high
        (95% interval: of the counts, or of the usual oscillation of a cohort), rank_low, rank_high (1 is best; among
        those with data; null where the indicator has no direction, or the value is missing or implausible), edition,
        revised_at, revised_from (when a newer edition changed or withdrew the value, and what it was).
        """
        frame = self.query(
            """select m.*, v.period, v.year, v.value, v.numerator, v.denominator, v.flag, v.edition, revised_at,
                revised_from
            from "values" v join municipalities m using (municipality_code)
            left join last_revision r using (indicator, municipality_code, period)
            where v.indicator = ? and v.period = coalesce(?::date, (
                select coalesce(max(period) filter (period <= ?), max(period)) from "values"
                where indicator = ? and year = ? and value is not null))
            order by strip_accents(m.name)""",
            [indicator, period, self._newest().get(indicator), indicator, year],
        )
        return self._with_ranks(indicator, frame)

    def _with_ranks(self, indicator: str, frame: pd.DataFrame) -> pd.DataFrame:
        declared = self.indicators[indicator]
        return ranked(bounded(frame, self._bounds(declared, frame)), declared)

    def _bounds(self, declared: Indicator, frame: pd.DataFrame) -> list[tuple[float | None, float | None]]:
        """The 95% interval of each row of one indicator's values; `frame` has municipality_code and the counts."""
        swing, people = self.oscillation(declared.indicator), self.municipalities()["population"]
        cells = frame[["municipality_code", "value", "numerator", "denominator", "flag"]].astype(object)
        found = []
        for code, value, over, under, flag in cells.where(cells.notna(), None).itertuples(index=False):
            deviation = swing.level_deviation(float(people[code])) if swing and people[code] > 0 else None
            found.append(interval_of(declared, value, over, under, flag, deviation))
        return found

    @kept
    def oscillation(self, indicator: str) -> verdicts.Oscillation | None:
        """How much a cohort's indicator usually swings, as the build fitted it on every municipality at hand.

        None for a register, where there are too few editions to fit it, and where it says nothing of a town's size.
        """
        if not self.indicators[indicator].cohort:
            return None
        rows = self.query(
            "select a, b, k, k60, changes from oscillation where indicator = ? and a is not null", [indicator]
        )
        fit = verdicts.Oscillation(*rows.iloc[0].tolist()) if len(rows) else None
        return fit if fit and fit.of_size else None

    def _swing_known(self, indicator: str) -> bool:
        fit = self.oscillation(indicator)
        return fit is not None and not fit.at_most_likely

    @kept
    def series(self, indicator: str, codes: tuple[str, ...]) -> pd.DataFrame:
        """An indicator over time for some municipalities, one row per period (missing ones too), oldest first.

        Columns: municipality_code, name, period, year, value, numerator, denominator, flag, break_before, edition,
        revised_at, revised_from (as in `at`) and swing (of 100 changes in towns of this size 95 are no larger, in the
        indicator's unit; null for a register).
        """
        if len(codes) == 1:
            held = self.places_in_history(codes[0]).get(indicator, slice(0))
            frame = self.history(codes[0]).iloc[held].drop(columns="indicator").reset_index(drop=True)
        else:
            frame = self.query(
                f"""select {SERIES} from {OF_SERIES}
                where v.indicator = ? and v.municipality_code in (select unnest(?::varchar[]))
                order by v.municipality_code, v.period""",
                [indicator, list(codes)],
            )
        fit, people = self.oscillation(indicator), self.municipalities()["population"]
        swings = {code: fit.limit(float(people[code])) for code in codes if fit and people[code] > 0}
        return frame.assign(swing=frame["municipality_code"].map(swings).astype("float64"))

    @kept
    def aggregates(self, indicator: str, scope: str, place: str = "") -> pd.DataFrame:
        """The aggregate of a scope over time, oldest first; all of its places where `place` is empty.

        Columns: place, period, year, value, method, municipalities_with_data, municipalities_total.
        """
        return self.query(
            """select place, period, year(period) as year, value, method, municipalities_with_data,
                municipalities_total
            from aggregates where indicator = ? and scope = ? and (? = '' or place = ?) order by place, period""",
            [indicator, scope, place, place],
        )

    @kept
    def benchmark(self, indicator: str, scope: str = "state") -> pd.DataFrame:
        """What the publisher itself states for the state ("state") or the country ("country"), oldest first.

        Columns: place, period, year, value, edition. Empty where the publisher states nothing: then `aggregates`
        serves, under the name of its method.
        """
        return self.query(
            """select place, period, year(period) as year, value, edition
            from benchmarks where indicator = ? and scope = ? order by place, period""",
            [indicator, scope],
        )

    @kept
    def whole_series(self, indicator: str, scope: str = "state", place: str = "") -> pd.DataFrame:
        """The municipalities together over time in the form of `series`: name, place (with the method), short (the
        same in a narrow place), method ("published", or of `aggregates`), period, value, flag, break_before.

        The state goes by its own name where its publisher states its value, or where the municipalities' counts are
        added up; a median is the municipalities', never the state's. Empty where the indicator has no aggregate, or
        a total that dwarfs every municipality.
        """
        declared = self.indicators[indicator]
        frame, method = self.aggregates(indicator, scope, place), declared.aggregation
        if method in ("sum", "distribution", "none"):
            frame = frame.iloc[:0]
        stated = self.benchmark(indicator) if scope == "state" and declared.kind == "number" else None
        if stated is not None and len(stated):
            frame, method = stated, PUBLISHED
        labels = [together(name, method, scope) for name in frame["place"]]
        frame = frame.assign(
            place=[long for long, _ in labels], short=[short for _, short in labels], flag=None, method=method
        )
        broken = set(self.periods(indicator).loc[lambda periods: periods["break_before"], "period"])
        return frame.assign(name=frame["place"], break_before=frame["period"].isin(broken))

    @kept
    def latest(self) -> pd.DataFrame:
        """Every indicator at its latest period, for every municipality.

        Columns: indicator, municipality_code, name, period, year, value, numerator, denominator, flag, edition,
        low, high, rank_low, rank_high (as in `at`), ranked (municipalities with data that can be), position (0 the
        least favourable place among those, 1 the most; ties share the middle; null without a direction or such a
        value), fifth (0 the least favourable fifth, 4 the most; null where the margin of error reaches into another,
        or where a cohort's is not known), earlier_value and earlier_year (never across a break of method),
        state_value, state_method (as `aggregates` has it; "published" for the publisher's own figure).
        """
        frame = self.query(
            f"""
            with held as (
                select v.*, sum(v.break_before::int) over (
                    partition by v.indicator, v.municipality_code order by v.period) as method
                from "values" v
            ), traced as (
                select *, lag(value ignore nulls) over w as earlier_value,
                    lag(case when value is not null then year end ignore nulls) over w as earlier_year
                from held window w as (partition by indicator, municipality_code, method order by period)
            ), newest as ({NEWEST}), merits as (
                select t.*, case when i.better = 'higher' then t.value else -t.value end as merit,
                    i.better != 'none' and t.value is not null and t.flag is distinct from 'implausible'
                        and t.indicator in (select unnest(?::varchar[])) as judged
                from traced t join newest using (indicator, period) join indicators i using (indicator)
            )
            select r.indicator, r.municipality_code, m.name, r.period, r.year, r.value, r.numerator, r.denominator,
                r.flag, r.edition, r.earlier_value, r.earlier_year,
                count(r.value) filter (r.flag is distinct from 'implausible') over (partition by r.indicator) as ranked,
                case when judged then
                    (rank() over (partition by r.indicator, judged order by merit) - 1
                        + (count(*) over (partition by r.indicator, judged, merit) - 1) / 2.0)
                    / nullif(count(*) over (partition by r.indicator, judged) - 1, 0) end as position,
                a.value as state_value, a.method as state_method
            from merits r join municipalities m using (municipality_code)
            left join aggregates a on a.indicator = r.indicator and a.scope = 'state' and a.place = m.state
                and a.period = r.period
            order by r.indicator, strip_accents(m.name)
            """,
            [[name for name, item in self.indicators.items() if item.comparable]],
        )
        placed = pd.concat([self._with_ranks(str(name), group) for name, group in frame.groupby("indicator")])
        unsure = {
            name for name, item in self.indicators.items() if item.cohort and not self._swing_known(name)
        }
        placed = placed.assign(fifth=fifths(placed, placed["indicator"].isin(unsure)))
        for name in placed["indicator"].unique():
            stated = self.benchmark(str(name)).set_index("period")["value"]
            rows = placed["indicator"].eq(name) & placed["period"].isin(stated.index)
            placed.loc[rows, "state_value"] = placed.loc[rows, "period"].map(stated)
            placed.loc[rows, "state_method"] = PUBLISHED
        return placed

    @kept
    def profile(self, code: str) -> pd.DataFrame:
        """Every indicator of one municipality at the indicator's latest period, in the order of the areas.

        Columns: those of `latest`; the index is the indicator.
        """
        frame = self.latest()
        own = frame[frame["municipality_code"] == code].set_index("indicator", drop=False)
        return own.loc[[name for name in self.indicators if name in own.index]]

    @kept
    def history(self, code: str) -> pd.DataFrame:
        """All values of one municipality by indicator, oldest first: indicator, and the columns of `series` but swing.

        One question for all: a municipality's page and its plan ask for many of them.
        """
        return self.query(
            f"""select v.indicator, {SERIES} from {OF_SERIES}
            where v.municipality_code = ? order by v.indicator, v.period""",
            [code],
        )

    @kept
    def places_in_history(self, code: str) -> dict[str, slice]:
        """Which rows of `history` are of which indicator."""
        ends: dict[str, int] = {}
        for place, name in enumerate(self.history(code)["indicator"].tolist()):
            ends[name] = place + 1
        starts = [0, *ends.values()]
        return {name: slice(start, end) for (name, end), start in zip(ends.items(), starts, strict=False)}

    @kept
    def standing(self) -> pd.DataFrame:
        """The rows of `latest` that have a place: a value of a comparable indicator with a direction."""
        frame = self.latest()
        return frame[frame["position"].notna()]

    @kept
    def changes(self, indicator: str, year: int) -> pd.DataFrame:
        """How each municipality moved from its last comparable value to the year's.

        Columns: municipality_code, name, value, earlier_value, earlier_year, change (in the indicator's unit)
        and certain (False where chance explains the change, None where neither counts nor a cohort's usual oscillation
        tell). What cannot be changes from nothing and to nothing.
        """
        frame = self.series(indicator, tuple(self.municipalities()["municipality_code"]))
        limit = self.at(indicator, year)["period"].iloc[0]
        return moves(frame, limit, self.indicators[indicator].interval)

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
        """Every indicator's aggregate of one region (or the state) at its latest period; indexed by indicator.

        Columns: period, value, method, municipalities_with_data, municipalities_total.
        """
        return self.query(
            f"""with last as ({NEWEST})
            select a.* exclude (scope, place) from aggregates a join last using (indicator, period)
            where a.scope = ? and a.place = ?""",
            [scope, place],
        ).set_index("indicator")

    @kept
    def spans(self, indicator: str, code: str) -> pd.DataFrame:
        """One municipality's series with the 95% interval of each value, oldest first.

        Columns: those of `series`, low, high (null where neither counts nor a cohort's usual oscillation give one).
        """
        frame = self.series(indicator, (code,))
        return bounded(frame, self._bounds(self.indicators[indicator], frame))
