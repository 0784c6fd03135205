select line, municipality_code, period_end(period) as period, geometry as wkt
from raw.ibge_malha
