"""Questions to the built tables, answered as data frames. The only place that opens DuckDB for a page.

The tables are read once per build into memory; every call takes its own cursor (a connection shared between
threads mixes up results) and binds its values. Frames are kept per question until the next build, so callers
must not change them.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import duckdb
import pandas as pd

from dashboard.margins import (
    PUBLISHED,
    bounded,
    fifths,
    interval_of,
    moves,
    ranked,
    together,
)
from dashboard.shelf import HEAP, Shelf
from pipelines import feed, reaching, verdicts
from pipelines.declarations import SCOPES, Config, Indicator, read_declared
from pipelines.panel import grounds_of_tables
from pipelines.periods import NEWEST
from pipelines.schema import ddl
from pipelines.verdicts.reach import Cover, Panel, Windows, enough, record_cover

P = ParamSpec("P")
R = TypeVar("R")

# Bytes of what is kept of one build, half of them answers and half drawings: of any, and for each latest value, since
# some answers hold a row for each.
MOST_KEPT, MOST_KEPT_A_VALUE = 60_000_000, 1_000

# The columns of a series, in the order in which it has them, and the tables that have them.
SERIES = """v.municipality_code, m.name, v.period, v.year, v.value, v.numerator, v.denominator, v.flag, v.break_before,
    v.edition, revised_at, revised_from"""
OF_SERIES = """"values" v join municipalities m using (municipality_code)
    left join last_revision r using (indicator, municipality_code, period)"""


@dataclass(frozen=True)
class Filter:
    """Which municipalities are looked at; an empty field filters nothing.

    `scope`: a key of SCOPES, with `place` the region's name. `band`: a population band. `participation`:
    "yes", "no" or "unknown".
    """

    scope: str = ""
    place: str = ""
    band: str = ""
    participation: str = ""

    def __bool__(self) -> bool:
        return bool(self.place or self.band or self.participation)


def kept(method: Callable[Concatenate[Tables, P], R]) -> Callable[Concatenate[Tables, P], R]:
    """Keep a question's answer as long as the tables live."""

    @wraps(method)
    def ask(self: Tables, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (method.__name__, args, tuple(sorted(kwargs.items())))
        return self.answers.keep(key, lambda: method(self, *args, **kwargs))

    return ask


class Tables:
    """One build, open for questions; with the declarations that it was made by, which files may say otherwise now.

    `indicators`, `declared_sources` and `commitments` by id, `canon` in its order. Raises FileNotFoundError where there is no
    build, DeclarationError where its declarations are of another version of the program.
    """

    # Not part of what is kept of it, though that may know the tables it came from.
    kept_elsewhere = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = json.loads((folder / "build.json").read_text("utf-8"))
        declared = read_declared(folder)
        self.indicators, self.declared_sources = declared.indicators, declared.sources
        self.canon, self.commitments = declared.canon, declared.plans
        self._panel = reaching.panels(reaching.traced(folder))
        self._connection = duckdb.connect()
        self._connection.execute("set autoinstall_known_extensions = false")
        for path in sorted(folder.glob("*.parquet")):
            # Geometry stays out: no page asks for it, and maps read the simplified files.
            columns = "* exclude (geometry)" if path.stem == "municipalities" else "*"
            self._connection.execute(
                f'create table "{path.stem}" as select {columns} from read_parquet(?)', [str(path)]
            )
        for name in ("editions", "revisions"):
            # Tables of before there were editions are shown all the same.
            self._connection.execute(f"create table if not exists {name} ({ddl(name)})")
        # What a value was before the edition that made it what it is.
        self._connection.execute(
            """create table last_revision as select indicator, municipality_code, period,
                max(revised_at) as revised_at, arg_max("before", (revised_at, label)) as revised_from
            from revisions group by all"""
        )
        [places] = self._connection.execute("select count(*) from municipalities").fetchall()
        most = MOST_KEPT + MOST_KEPT_A_VALUE * places[0] * len(self.indicators)
        self.answers, self.drawings = Shelf(most // 2), Shelf(most // 2)

    def query(self, sql: str, parameters: list[Any] | None = None) -> pd.DataFrame:
        """Run one query with bound parameters; a data frame of its rows."""
        return self._connection.cursor().execute(sql, parameters or []).df()

    def _columns(self, table: str) -> set[str]:
        return set(self.query(f'describe "{table}"')["column_name"])

    def remember(self, key: tuple[Any, ...], make: Callable[[], R]) -> R:
        """What was made for `key` in this build, made now if it was not: drawings that every rerun shows again."""
        return self.drawings.keep(key, make)

    @property
    def build(self) -> str:
        """The build's id: what caches and static addresses depend on."""
        return str(self.manifest["build"])

    @property
    def as_of(self) -> dt.date:
        """The date on which targets and deliverables were judged."""
        return dt.date.fromisoformat(self.manifest["as_of"])

    # --- territory -----------------------------------------------------------------------------------

    @kept
    def names(self) -> dict[str, str]:
        """The municipalities' names by code, in alphabetical order."""
        return {str(code): str(name) for code, name in self.municipalities()["name"].items()}

    @kept
    def municipalities(self) -> pd.DataFrame:
        """Every municipality of the territory, by name; columns of the table `municipalities` without geometry."""
        frame = self.query("select * from municipalities order by strip_accents(name)")
        return frame.set_index("municipality_code", drop=False)

    @kept
    def places(self, scope: str) -> list[str]:
        """The names of a scope's regions, in alphabetical order."""
        return sorted(self.municipalities()[_scope(scope)].dropna().unique())

    @kept
    def chosen(self, filter: Filter) -> tuple[str, ...]:
        """The codes of the municipalities that a filter lets through, by name."""
        frame = self.municipalities()
        if filter.place:
            frame = frame[frame[_scope(filter.scope)] == filter.place]
        if filter.band:
            frame = frame[frame["population_band"] == filter.band]
        if filter.participation == "unknown":
            frame = frame[frame["participant"].isna()]
        elif filter.participation:
            frame = frame[frame["participant"].eq(filter.participation == "yes").fillna(False)]
        return tuple(frame["municipality_code"])

    # --- values --------------------------------------------------------------------------------------

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

    # --- reach ---------------------------------------------------------------------------------------

    @kept
    def reach(self) -> dict[tuple[str, int, str, str], dict[str, Any]]:
        """The rows of the table `reach` by plan, version, municipality and indicator; None for what is missing."""
        frame = self.query("from reach")
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return {
            (row["plan"], int(row["plan_version"]), row["municipality_code"], row["indicator"]): row
            for row in rows
        }

    @kept
    def answer(self, asked: reaching.Asked) -> reaching.Answer:
        """What municipalities that stood there went on to do, for a target that is in no table."""

        def cover(windows: Windows) -> Cover:
            return self.record(asked.indicator, asked.pooled, windows.years)

        return reaching.answer(asked, self._trajectories(asked.indicator, asked.pooled), cover)

    @kept
    def record(self, indicator: str, pooled: bool, years: int) -> Cover:
        """How the windows of one length stood the test of their record."""
        return record_cover(self._trajectories(indicator, pooled).windows(years))

    @kept
    def records(self, indicator: str, longest: int) -> pd.DataFrame:
        """The record of each length of window, to `longest` years, that there are enough of.

        Columns: years, windows, municipalities, share (0 to 1; null where none could be tested), starts, trusted.
        """
        panel = self._trajectories(indicator, False)
        rows = []
        for years in range(1, longest + 1):
            windows = panel.windows(years)
            if enough(windows):
                cover = self.record(indicator, False, years)
                many = len(windows), windows.municipalities
                rows.append((years, *many, cover.share, cover.starts, cover.trusted))
        return pd.DataFrame(
            rows, columns=["years", "windows", "municipalities", "share", "starts", "trusted"]
        )

    @kept
    def oscillations(self) -> dict[str, tuple[verdicts.Oscillation | None, int]]:
        """Of each indicator with a cohort: its usual oscillation, None where it cannot be used, and from how many
        municipalities.
        """
        frame = self.query("from oscillation")
        found: dict[str, tuple[verdicts.Oscillation | None, int]] = {}
        for row in frame.itertuples():
            found[str(row.indicator)] = self.oscillation(str(row.indicator)), int(row.municipalities)
        return {name: found[name] for name in self.indicators if name in found}

    @kept
    def flat_oscillations(self) -> list[str]:
        """The indicators whose fitted oscillation does not shrink with population, so that it is not used."""
        frame = self.query("select indicator from oscillation where b = 0")
        return [name for name in self.indicators if name in set(frame["indicator"])]

    @kept
    def swings(self, indicator: str) -> pd.DataFrame:
        """The changes of the municipalities between neighbouring editions, less the median one of their state.

        Columns: municipality_code, name, population, start_year, year, change. Breaks are not crossed, values that
        cannot be are left out, as where the usual oscillation is fitted.
        """
        return self.query(
            """with calendar as (
                select period, row_number() over (order by period) as place from (
                    select distinct period from "values" where indicator = ? and value is not null)
            ), placed as (
                select v.*, place from "values" v join calendar using (period)
                where indicator = ? and value is not null and coalesce(flag, '') != 'implausible'
            )
            select m.municipality_code, m.name, m.population, a.year as start_year, b.year,
                b.value - a.value - median(b.value - a.value) over (partition by m.state, a.period) as change
            from placed a join placed b on b.municipality_code = a.municipality_code and b.place = a.place + 1
            join municipalities m on m.municipality_code = a.municipality_code
            where not b.break_before and m.population > 0 order by m.population, a.year""",
            [indicator, indicator],
        )

    @kept
    def _trajectories(self, indicator: str, pooled: bool) -> Panel:
        return self._panel(indicator, pooled)

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

    # --- plans ---------------------------------------------------------------------------------------

    @kept
    def plans(self, demonstration: bool = False) -> pd.DataFrame:
        """The plans in force, official ones first; columns of the table `plans`, and `targets` (how many)."""
        return self.query(
            """select p.*, (select count(*) from targets t where t.plan = p.plan and t.plan_version = p.plan_version)
                as targets
            from plans p where p.superseded_by is null and coalesce(p.valid_from <= ?, true) and (origin != 'demonstration' or ?)
            order by origin != 'official', title""",
            [self.manifest["as_of"], demonstration],
        )

    @kept
    def _own_plans(self) -> pd.DataFrame:
        """The versions of the plans of the municipalities themselves; columns of `plans` and municipality_code."""
        return self.query(
            """select distinct p.*, t.municipality_code from plans p join targets t using (plan, plan_version)
            where p.origin != 'official' order by p.plan, p.plan_version"""
        )

    def _own_plans_of(self, code: str, demonstration: bool) -> pd.DataFrame:
        frame = self._own_plans()
        shown = frame["municipality_code"].eq(code) & (frame["origin"].ne("demonstration") | demonstration)
        return frame[shown].drop(columns="municipality_code")

    @kept
    def coming_plans(self, code: str, demonstration: bool = False) -> pd.DataFrame:
        """A municipality's own plans and versions that are not yet in force, soonest first; columns of `plans`."""
        frame = self._own_plans_of(code, demonstration)
        coming = frame["superseded_by"].isna() & frame["valid_from"].gt(pd.Timestamp(self.as_of))
        return frame[coming].sort_values(["valid_from", "plan", "plan_version"], ignore_index=True)

    @kept
    def superseded(self, code: str, demonstration: bool = False) -> pd.DataFrame:
        """The older versions of a municipality's own plans, newest first; columns of the table `plans`."""
        frame = self._own_plans_of(code, demonstration)
        older = frame[frame["superseded_by"].notna()]
        return older.sort_values(["plan", "plan_version"], ascending=[True, False], ignore_index=True)

    @kept
    def verdicts(self, demonstration: bool = False, plan: str = "", version: int = 0) -> pd.DataFrame:
        """The readings of every target of the plans in force, or of one version of one plan.

        Columns: those of `verdicts` and of `targets`, demand (as `Target.demand`), title (the plan's), origin, name (the municipality's),
        latitude, longitude, latest_value and latest_year as `value` and `year`, period (the end of the latest value's,
        if known), `estimated` (whether its counts are), `reference` (as the commitment declares), and `sureness` as
        `pipelines.verdicts.sureness` tells it.
        """
        return self.query(
            """select v.*, t.front, t.challenge, t.kind, t.operator,
                case when t.kind = 'category' then 'category' else t.operator end as demand, t.baseline_year, t.baseline_value,
                t.target_year, t.target_value, t.target_categories, t.alert_value, t.prudential_value,
                t.responsible, t.legal_basis, p.title, p.origin, p.valid_from, m.name, m.latitude, m.longitude,
                m.participant, v.latest_value as value, v.latest_year as year, d.period,
                coalesce(d.estimated, false) as estimated,
                p.plan in (select unnest(?::varchar[])) as reference,
                case when v.status in ('no_data', 'not_judged') then 'unread'
                    when v.strength = 'firm' or v.strength_basis = 'register' then 'firm'
                    when v.strength = 'likely' then 'likely' else 'unclear' end as sureness
            from verdicts v
            join targets t using (plan, plan_version, municipality_code, indicator)
            join plans p using (plan, plan_version)
            join municipalities m using (municipality_code)
            left join (select indicator, municipality_code, year as latest_year, max(period) as period,
                    bool_or(flag = 'estimated') as estimated
                from "values" group by all) d using (indicator, municipality_code, latest_year)
            where case when ? = '' then p.superseded_by is null and (p.origin != 'demonstration' or ?)
                else p.plan = ? and p.plan_version = ? end
            order by strip_accents(m.name), p.origin != 'official', p.title, v.indicator""",
            [
                [name for name, item in self.commitments.items() if item.reference],
                plan,
                demonstration,
                plan,
                version,
            ],
        )

    @kept
    def estimated(self, indicator: str) -> frozenset[tuple[str, int]]:
        """Where an indicator's counts are estimates, as (code, year): deduced, or a share of a population from elsewhere."""
        frame = self.query(
            """select distinct municipality_code, year from values where indicator = ?
                and (flag = 'estimated' or (numerator is null and denominator is not null))""",
            [indicator],
        )
        return frozenset((code, int(year)) for code, year in frame.itertuples(index=False))

    @kept
    def _steps(self) -> dict[tuple[str, int, str, str], dict[int, float]]:
        """The yearly steps of every target; one question for all, since a report asks for hundreds."""
        frame = self.query(
            "select plan, plan_version, municipality_code, indicator, year, value from milestones order by year"
        )
        found: dict[tuple[str, int, str, str], dict[int, float]] = {}
        for plan, version, code, indicator, year, value in frame.itertuples(index=False):
            found.setdefault((plan, int(version), code, indicator), {})[int(year)] = float(value)
        return found

    def milestones(self, plan: str, version: int, code: str, indicator: str) -> dict[int, float]:
        """The yearly steps of one target: year -> value."""
        return self._steps().get((plan, version, code, indicator), {})

    @kept
    def deliverables(self, demonstration: bool = False) -> pd.DataFrame:
        """The deliverables of the plans in force, soonest due first; columns of the table, plan title and name."""
        return self.query(
            """select d.*, p.title, p.origin, m.name from deliverables d
            join plans p using (plan, plan_version) join municipalities m using (municipality_code)
            where p.superseded_by is null and coalesce(p.valid_from <= ?, true) and (p.origin != 'demonstration' or ?)
            order by d.due nulls last, m.name""",
            [self.manifest["as_of"], demonstration],
        )

    @kept
    def flips(self, since: str, demonstration: bool = False) -> pd.DataFrame:
        """The changes of status from `since` (ISO date) to the date of judging, newest first, with the status before.

        Columns: those of `verdict_history`, title, origin, name, demand (as `Target.demand`), before (the status until
        then; where the history does not say it, that of the entry before, null for the first).
        """
        told = "h.status_before" if "status_before" in self._columns("verdict_history") else "null"
        return self.query(
            f"""select * from (
                select h.*, p.title, p.origin, m.name,
                case when t.kind = 'category' then 'category' else t.operator end as demand, coalesce({told}, lag(h.status) over (
                    partition by h.plan, h.municipality_code, h.indicator order by h.judged_at)) as before
                from verdict_history h join plans p using (plan, plan_version)
                join municipalities m using (municipality_code)
                left join targets t using (plan, plan_version, municipality_code, indicator)
                where p.origin != 'demonstration' or ?
            ) where judged_at between ?::date and ?::date order by judged_at desc, name""",
            [demonstration, since, self.manifest["as_of"]],
        )

    @kept
    def revisions(self, since: str = "0001-01-01") -> pd.DataFrame:
        """What newer editions changed from `since` (ISO date) to the date of judging, newest first.

        Columns: those of the table `revisions`, and name (the municipality's).
        """
        return self.query(
            """select r.*, m.name from revisions r join municipalities m using (municipality_code)
            where r.revised_at between ?::date and ?::date
            order by r.revised_at desc, r.indicator, strip_accents(m.name), r.period desc""",
            [since, self.manifest["as_of"]],
        )

    @kept
    def revised(self) -> dict[tuple[str, str, dt.date], tuple[dt.date, float]]:
        """Of every value that was revised, by indicator, municipality and period: when, and what it was before."""
        rows = self._connection.cursor().execute("from last_revision").fetchall()
        return {(name, code, period): (day, before) for name, code, period, day, before in rows}

    @kept
    def events(self) -> list[feed.Event]:
        """The editions that came in and what each revised or withdrew, newest first, as the feed tells them."""
        return feed.events(self._connection.cursor(), self.manifest["as_of"])

    # --- provenance ----------------------------------------------------------------------------------

    @kept
    def sources(self) -> pd.DataFrame:
        """Every source with its provenance and what came in of it; columns of the table `sources`."""
        return self.query("select * from sources order by publisher, dataset")

    @kept
    def rejected(self) -> pd.DataFrame:
        """Every refused row with its reason; columns of the table `rejected`."""
        return self.query('select * from rejected order by source, file, line, "column"')

    @kept
    def lineage(self) -> pd.DataFrame:
        """Which published columns each indicator comes from; columns of the table `lineage`."""
        return self.query("select * from lineage order by indicator, source")

    @kept
    def coverage(self) -> pd.DataFrame:
        """Per indicator: first_year, last_year, periods, with_data (municipalities at the latest period), total."""
        return self.query(
            f"""with newest as ({NEWEST}), counted as (
                select indicator, period, year, count(value) as with_data, count(*) as total
                from "values" group by all having count(value) > 0)
            select indicator, min(year) as first_year, max(year) as last_year, count(*) as periods,
                max(with_data) filter (counted.period = newest.period) as with_data, max(total) as total
            from counted join newest using (indicator) group by indicator"""
        ).set_index("indicator", drop=False)


def _scope(scope: str) -> str:
    """A scope's column; anything else is a programming error, since links are checked before."""
    if scope not in SCOPES:
        raise KeyError(scope)
    return scope


_open: dict[Path, tuple[tuple[int, int], Tables]] = {}
_lock = threading.Lock()


def open_tables(config: Config) -> Tables:
    """The tables of the present build, opened anew when the build has changed. Raises FileNotFoundError."""
    with _lock:
        mark = _mark(config)
        held = _open.get(config.processed)
        while held is None or held[0] != mark:
            held = (mark, Tables(config.processed))
            _open[config.processed] = held
            # Modules and tables live as long as the process; what a swap left behind is thrown away.
            HEAP.renew()
            # A swap while the files were read would give tables of two builds.
            mark = _mark(config)
        return held[1]


def _mark(config: Config) -> tuple[int, int]:
    """The present build's mark: when its manifest was written, and which file that is."""
    told = (config.processed / "build.json").stat()
    return told.st_mtime_ns, told.st_ino
