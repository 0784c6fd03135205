select municipality_code, indicator, 95.0 as target_value
from municipalities
cross join (
    select unnest(
        ['vacina_penta', 'vacina_polio_injetavel', 'vacina_pneumo_10', 'vacina_triplice_viral_d1']
    ) as indicator
)
