"""What is said of a plan's file before it is sent."""

from __future__ import annotations

import pandas as pd

from dashboard.tables import Tables
from pipelines.plan_files import PlanFile


def as_read_table(data: Tables, plan: PlanFile) -> pd.DataFrame:
    """Every target, baseline and milestone of a plan's file: where it stands, what its cell shows, the value taken."""
    return pd.DataFrame(
        [
            {
                "Aba": noted.sheet,
                "Linha": str(noted.row),
                "Indicador": data.indicators[noted.indicator].title,
                "O quê": noted.what,
                "Na célula": noted.shown,
                "Lido como": noted.value,
            }
            for noted in plan.as_read
        ]
    )
