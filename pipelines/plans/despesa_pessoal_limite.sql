select
    municipality_code,
    'despesa_pessoal' as indicator,
    54.0 as target_value,
    -- 95% and 90% of the limit: what the law already forbids, and from where the court of accounts gives warning.
    51.3 as prudential_value,
    48.6 as alert_value
from municipalities
