select municipality_code, period,
    list_position(['A+', 'A', 'B+', 'B', 'C', 'D'], nullif(grade, 'n.e.')) as value,
    -- 'n.e.' (not eligible) is no grade at all, and no bad one; 'n.d.' never gets here.
    case when grade = 'n.e.' then 'not_eligible' end as flag
from source.stn_capag
where grade is not null
