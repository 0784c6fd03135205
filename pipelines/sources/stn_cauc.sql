-- Each item is '!' (pending), a date (valid until then) or 'Desabilitado' (switched off, hence not checked).
select line, municipality_code, period_end(period) as period,
    "1.1" as item_1_1, "1.2" as item_1_2, "1.3" as item_1_3, "1.4" as item_1_4, "1.5" as item_1_5,
    "2.1.1" as item_2_1_1, "2.1.2" as item_2_1_2, "3.1.1" as item_3_1_1, "3.1.2" as item_3_1_2,
    "3.2.1" as item_3_2_1, "3.2.2" as item_3_2_2, "3.2.3" as item_3_2_3, "3.2.4" as item_3_2_4,
    "3.3" as item_3_3, "3.4.1" as item_3_4_1, "3.4.2" as item_3_4_2, "3.5" as item_3_5, "3.6" as item_3_6,
    "3.7" as item_3_7, "4.1" as item_4_1, "4.2" as item_4_2, "5.1" as item_5_1, "5.2" as item_5_2,
    "5.3" as item_5_3, "5.4" as item_5_4, "5.5" as item_5_5, "5.6" as item_5_6, "5.7" as item_5_7
from raw.stn_cauc
