"""Files out: tables for spreadsheets and for other systems, charts that stand alone, the whole set."""
