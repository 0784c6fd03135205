-- The copy lacks the column of the general network: what is not there is not made up from the others.
select line, municipality_code, period_end(period) as period,
    number("Total") as households,
    number("Fossa séptica ou fossa filtro ligada à rede") as septic_to_network,
    number("Fossa séptica ou fossa filtro não ligada à rede") as septic_alone,
    number("Fossa rudimentar ou buraco") as crude_pit,
    number("Vala") as ditch,
    number("Rio lago córrego ou mar") as water_body,
    number("Outra forma") as other,
    number("Não tinham banheiro nem sanitário") as no_bathroom
from raw.ibge_esgotamento
