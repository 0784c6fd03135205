select municipality_code, 'saude_minimo' as indicator, 15.0 as target_value
from municipalities
