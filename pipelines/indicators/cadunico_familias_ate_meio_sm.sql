select
    municipality_code,
    period,
    families_to_half_wage / updated_families * 100 as value,
    families_to_half_wage as numerator,
    updated_families as denominator
from source.mds_cadunico
where families_to_half_wage is not null and updated_families > 0
