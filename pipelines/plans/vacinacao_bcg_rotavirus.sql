select municipality_code, indicator, 90.0 as target_value
from municipalities
cross join (select unnest(['vacina_bcg', 'vacina_rotavirus']) as indicator)
