select
    municipality_code,
    'capag_poupanca_corrente' as indicator,
    95.0 as target_value,
    85.0 as alert_value
from municipalities
