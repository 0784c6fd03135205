select
    line,
    municipality_code,
    period_end(period) as period,
    number(qtPopulacao) as population,
    number(qtEsf) as family_health_teams,
    number(qtEap30) as primary_care_teams_30h,
    number(qtEap20) as primary_care_teams_20h,
    number(qtCapacidadeEquipe) as capacity,
    number(qtCobertura) as coverage
from raw.ms_aps
