-- A share of all: in a year without one of those who had a value before, the shares of the others would read too high.
with known as (
    select left(municipality_code, 2) as state, municipality_code, period, gdp,
        min(period) over (partition by municipality_code) as since
    from source.ibge_pib where gdp is not null
),
whole as (
    select state, period, sum(gdp) as gdp, count(*) as given from known group by state, period
),
member as (
    select distinct state, municipality_code, since from known
),
due as (
    select whole.state, whole.period, count(*) as expected
    from whole join member on member.state = whole.state and member.since <= whole.period
    group by whole.state, whole.period
)
select known.municipality_code, known.period, known.gdp / whole.gdp * 100 as value, known.gdp as numerator,
    whole.gdp as denominator
from known
join whole using (state, period)
join due using (state, period)
where whole.given = due.expected
