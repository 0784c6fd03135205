select
    municipality_code,
    period,
    families_in_poverty / updated_families * 100 as value,
    families_in_poverty as numerator,
    updated_families as denominator
from source.mds_cadunico
where families_in_poverty is not null and updated_families > 0
