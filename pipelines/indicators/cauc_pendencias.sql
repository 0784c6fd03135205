with checked as (
    select municipality_code, period,
        [item_1_1, item_1_2, item_1_3, item_1_4, item_1_5, item_2_1_1, item_2_1_2, item_3_1_1, item_3_1_2, item_3_2_1,
         item_3_2_2, item_3_2_3, item_3_2_4, item_3_3, item_3_4_1, item_3_4_2, item_3_5, item_3_6, item_3_7, item_4_1,
         item_4_2, item_5_1, item_5_2, item_5_3, item_5_4, item_5_5, item_5_6, item_5_7] as items
    from source.stn_cauc
),
read as (
    select municipality_code, period, items,
        list_filter(items, lambda item: item != '!' and not regexp_matches(item, '^\d{2}/\d{2}/\d{2,4}$')) as unknown
    from checked
)
select municipality_code, period,
    case when len(unknown) = 0 then len(list_filter(items, lambda item: item = '!')) end as value,
    -- A mark that is neither '!' nor a date nor switched off has a meaning nobody knows: it is not taken for being in
    -- order, and as an unknown flag it is refused under its own text.
    unknown[1] as flag
from read
