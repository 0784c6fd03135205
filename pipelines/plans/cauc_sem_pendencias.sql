select municipality_code, 'cauc_pendencias' as indicator, 0.0 as target_value
from municipalities
