select municipality_code, 'capag_nota' as indicator, ['A+', 'A', 'B+', 'B'] as target_categories
from municipalities
