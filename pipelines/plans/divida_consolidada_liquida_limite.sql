select
    municipality_code,
    'divida_consolidada_liquida' as indicator,
    120.0 as target_value,
    -- Ninety percent of the limit, from which the court of accounts gives warning.
    108.0 as alert_value
from municipalities
