"""Questions about plans: versions, readings of targets, deliverables, and what changed since a date."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from dashboard.tables import columns
from dashboard.tables.opened import Opened, kept
from pipelines import feed


class Plans(Opened):
    """What is asked of plans."""

    @kept
    def plans(self, demonstration: bool = False) -> pd.DataFrame:
        """The plans in force, official ones first; columns of the table `plans`, and `targets` (how many)."""
        return self.query(
            """select p.*, (select count(*) from targets t where t.plan = p.plan and t.plan_version = p.plan_version)
                as targets
            from plans p where p.superseded_by is null and coalesce(p.valid_from <= ?, true) and (origin != 'demonstration' or ?)
            order by origin != 'official', title, plan, plan_version""",
            [self.manifest["as_of"], demonstration],
        )

    @kept
    def _own_plans(self) -> pd.DataFrame:
        """The versions of the plans of the municipalities themselves; columns of `plans` and municipality_code."""
        return self.query(
            """select distinct p.*, t.municipality_code from plans p join targets t using (plan, plan_version)
            where p.origin != 'official' order by p.plan, p.plan_version, t.municipality_code"""
        )

    def _own_plans_of(self, code: str, demonstration: bool) -> pd.DataFrame:
        frame = self._own_plans()
        places, origins = frame["municipality_code"].tolist(), frame["origin"].tolist()
        shown = (
            place == code and (demonstration or origin != "demonstration")
            for place, origin in zip(places, origins, strict=True)
        )
        return frame[np.fromiter(shown, dtype=bool, count=len(frame))].drop(columns="municipality_code")

    @kept
    def coming_plans(self, code: str, demonstration: bool = False) -> pd.DataFrame:
        """A municipality's own plans and versions that are not yet in force, soonest first; columns of `plans`."""
        frame = self._own_plans_of(code, demonstration)
        if frame.empty:
            return frame
        coming = frame["superseded_by"].isna() & frame["valid_from"].gt(pd.Timestamp(self.as_of))
        return frame[coming].sort_values(["valid_from", "plan", "plan_version"], ignore_index=True)

    @kept
    def superseded(self, code: str, demonstration: bool = False) -> pd.DataFrame:
        """The older versions of a municipality's own plans, newest first; columns of the table `plans`."""
        frame = self._own_plans_of(code, demonstration)
        if frame.empty:
            return frame
        older = frame[frame["superseded_by"].notna()]
        return older.sort_values(["plan", "plan_version"], ascending=[True, False], ignore_index=True)

    @kept
    def verdicts(self, demonstration: bool = False, plan: str = "", version: int = 0) -> pd.DataFrame:
        """The readings of every target of the plans in force, or of one version of one plan.

        Columns: those of `verdicts` and of `targets`, demand (as `Target.demand`), title (the plan's), origin, name (the municipality's),
        latitude, longitude, latest_value and latest_year as `value` and `year`, period (the end of the latest value's,
        if known), `estimated` (whether its counts are), `counts_estimated` (whether a count of people that it still asks for rests
        on estimates: deduced counts, or a share of a population from elsewhere), `reference` (as the commitment declares), and `sureness` as
        `pipelines.verdicts.sureness` tells it.
        """
        frame = self.query(
            """select v.*, t.front, t.challenge, t.kind, t.operator,
                case when t.kind = 'category' then 'category' else t.operator end as demand, t.baseline_year, t.baseline_value,
                t.target_year, t.target_value, t.target_categories, t.alert_value, t.prudential_value,
                t.responsible, t.legal_basis, p.title, p.origin, p.valid_from, m.name, m.latitude, m.longitude,
                m.participant, v.latest_value as value, v.latest_year as year, d.period,
                coalesce(e.estimated, false) as estimated,
                v.gap_cases is not null and e.indicator is not null as counts_estimated,
                p.plan in (select unnest(?::varchar[])) as reference,
                case when v.status in ('no_data', 'not_judged') then 'unread'
                    when v.strength = 'firm' or v.strength_basis = 'register' then 'firm'
                    when v.strength = 'likely' then 'likely' else 'unclear' end as sureness
            from verdicts v
            join targets t using (plan, plan_version, municipality_code, indicator)
            join plans p using (plan, plan_version)
            join municipalities m using (municipality_code)
            left join (select indicator, year as latest_year, max(period) as period from periods group by all) d
                using (indicator, latest_year)
            left join (select indicator, municipality_code, year as latest_year, bool_or(flag = 'estimated') as estimated
                from "values" semi join verdicts on verdicts.indicator = "values".indicator
                    and verdicts.municipality_code = "values".municipality_code and verdicts.latest_year = year
                where flag = 'estimated' or (numerator is null and denominator is not null)
                group by all) e using (indicator, municipality_code, latest_year)
            where case when ? = '' then p.superseded_by is null and (p.origin != 'demonstration' or ?)
                else p.plan = ? and p.plan_version = ? end
            order by m.place, p.origin != 'official', p.title, v.indicator, v.plan, v.plan_version""",
            [
                [name for name, item in self.commitments.items() if item.reference],
                plan,
                demonstration,
                plan,
                version,
            ],
        )
        return columns.shared(frame)

    @kept
    def with_goals(self) -> frozenset[str]:
        """The indicators that some plan in force, demonstrations too, has a goal for."""
        frame = self.query(
            """select distinct indicator from targets join plans using (plan, plan_version)
            where kind = 'goal' and superseded_by is null"""
        )
        return frozenset(frame["indicator"])

    def deduced(self, indicator: str) -> bool:
        """Whether any of an indicator's counts is an estimate: deduced, or a share of a population from elsewhere."""
        return indicator in self._deduced()

    @kept
    def _deduced(self) -> frozenset[str]:
        frame = self.query(
            """select distinct indicator from "values"
            where flag = 'estimated' or (numerator is null and denominator is not null)"""
        )
        return frozenset(frame["indicator"])

    @kept
    def _steps(self) -> dict[tuple[str, int, str, str], dict[int, float]]:
        """The yearly steps of every target; one question for all, since a report asks for hundreds."""
        rows = self._connection.cursor().execute(
            "select plan, plan_version, municipality_code, indicator, year, value from milestones order by year"
        )
        found: dict[tuple[str, int, str, str], dict[int, float]] = {}
        for plan, version, code, indicator, year, value in rows.fetchall():
            found.setdefault((plan, version, code, indicator), {})[year] = value
        return found

    def milestones(self, plan: str, version: int, code: str, indicator: str) -> dict[int, float]:
        """The yearly steps of one target: year -> value."""
        return self._steps().get((plan, version, code, indicator), {})

    @kept
    def deliverables(self, demonstration: bool = False) -> pd.DataFrame:
        """The deliverables of the plans in force, soonest due first; columns of the table, plan title and name."""
        frame = self.query(
            """select d.*, p.title, p.origin, m.name from deliverables d
            join plans p using (plan, plan_version) join municipalities m using (municipality_code)
            where p.superseded_by is null and coalesce(p.valid_from <= ?, true) and (p.origin != 'demonstration' or ?)
            order by d.due nulls last, m.name, d.municipality_code, d.plan, d.plan_version, d.deliverable_id""",
            [self.manifest["as_of"], demonstration],
        )
        return columns.shared(frame)

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
            ) where judged_at between ?::date and ?::date order by judged_at desc, name, municipality_code, plan, indicator""",
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
