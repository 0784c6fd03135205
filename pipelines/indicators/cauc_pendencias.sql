select municipality_code, period,
    len(list_filter(
        [item_1_1, item_1_2, item_1_3, item_1_4, item_1_5, item_2_1_1, item_2_1_2, item_3_1_1, item_3_1_2, item_3_2_1,
         item_3_2_2, item_3_2_3, item_3_2_4, item_3_3, item_3_4_1, item_3_4_2, item_3_5, item_3_6, item_3_7, item_4_1,
         item_4_2, item_5_1, item_5_2, item_5_3, item_5_4, item_5_5, item_5_6, item_5_7],
        lambda item: item = '!'
    )) as value
from source.stn_cauc
