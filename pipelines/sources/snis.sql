-- An unanswered form is an empty cell and stays without a value: it is never 0%.
select
    line,
    municipality_code,
    period_end(period) as period,
    number(IN055_AE) as water_total,
    number(IN056_AE) as sewage_total,
    number(IN046_AE) as sewage_treated,
    number(IN049_AE) as water_losses,
    number(IN015_AE) as sewage_collected,
    number(IN023_AE) as water_urban,
    number(IN024_AE) as sewage_urban,
    number(IN015_RS) as waste_total,
    number(IN014_RS) as waste_door_to_door,
    number(IN031_RS) as recyclables_recovered,
    number(POP_TOT) as population,
    number(POP_URB) as urban_population
from raw.snis
