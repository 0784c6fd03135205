"""Municipal action plans as people write them: the template, its reading, its checking.

A plan is an XLSX file of the template, or a folder of CSV files with the same columns. Reading finds all
faults at once and says for each where it is, what is wrong and how to mend it; a plan with a fault is left
out whole. Files come from outside: sizes are looked up before anything is opened, and nothing is executed.
"""

from __future__ import annotations

from pipelines.plan_files.archive import ENDINGS, MAX_PART_BYTES, MAX_PARTS, MAX_SMALL_PART_BYTES, unpacked
from pipelines.plan_files.cells import EMPTY, HIDDEN, MAX_NUMBER, Cell, Rows, number_of, unfit
from pipelines.plan_files.faults import MAX_FAULTS, Fault, total
from pipelines.plan_files.plan import AsRead, Deliverable, Measure, Note, PlanFile, of_source, target_of
from pipelines.plan_files.reader import lint, preview, read_plan, template_lists, until_in_force
from pipelines.plan_files.sheet import MAX_COLUMNS, MAX_SCANNED_ROWS
from pipelines.plan_files.template import (
    CHOICES,
    DELIVERABLE_COLUMNS,
    DELIVERABLES,
    EXAMPLE,
    KINDS,
    LISTS,
    MAX_TEXT,
    MILESTONE_COLUMNS,
    MILESTONES,
    OPERATORS,
    PLAN,
    PLAN_FIELDS,
    PLAN_HEADER,
    SHEETS,
    STATUSES,
    SYMBOLS,
    TARGET_COLUMNS,
    TARGETS,
    YES_NO,
    Column,
    Sheet,
)
from pipelines.plan_files.values import YEARS
from pipelines.plan_files.workbook import MAX_FILE_BYTES
from pipelines.plan_files.writing import (
    BETTER_LABELS,
    FORMATS,
    HEADER_FILL,
    HEADER_FONT,
    HELP_FONT,
    LIST_COLUMNS,
    LIST_OF_KIND,
    WRAPPED,
    template_bytes,
    write_plan,
    write_template,
)

__all__ = [
    "BETTER_LABELS",
    "CHOICES",
    "DELIVERABLES",
    "DELIVERABLE_COLUMNS",
    "EMPTY",
    "ENDINGS",
    "EXAMPLE",
    "FORMATS",
    "HEADER_FILL",
    "HEADER_FONT",
    "HELP_FONT",
    "HIDDEN",
    "KINDS",
    "LISTS",
    "LIST_COLUMNS",
    "LIST_OF_KIND",
    "MAX_COLUMNS",
    "MAX_FAULTS",
    "MAX_FILE_BYTES",
    "MAX_NUMBER",
    "MAX_PARTS",
    "MAX_PART_BYTES",
    "MAX_SCANNED_ROWS",
    "MAX_SMALL_PART_BYTES",
    "MAX_TEXT",
    "MILESTONES",
    "MILESTONE_COLUMNS",
    "OPERATORS",
    "PLAN",
    "PLAN_FIELDS",
    "PLAN_HEADER",
    "SHEETS",
    "STATUSES",
    "SYMBOLS",
    "TARGETS",
    "TARGET_COLUMNS",
    "WRAPPED",
    "YEARS",
    "YES_NO",
    "AsRead",
    "Cell",
    "Column",
    "Deliverable",
    "Fault",
    "Measure",
    "Note",
    "PlanFile",
    "Rows",
    "Sheet",
    "lint",
    "number_of",
    "of_source",
    "preview",
    "read_plan",
    "target_of",
    "template_bytes",
    "template_lists",
    "total",
    "unfit",
    "unpacked",
    "until_in_force",
    "write_plan",
    "write_template",
]
