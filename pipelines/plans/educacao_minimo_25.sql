select municipality_code, 'educacao_minimo' as indicator, 25.0 as target_value
from municipalities
