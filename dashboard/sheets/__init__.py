"""Printed sheets: the municipality's, the indicator's, the package for the meeting and the bulletin."""

from __future__ import annotations

from dashboard.sheets.bulletin import Bulletin, bulletin, write_bulletin
from dashboard.sheets.indicator import indicator_pdf
from dashboard.sheets.meeting import Package, meeting_package, municipality_pdfs, write_package
from dashboard.sheets.municipality import UnknownMunicipalityError, file_name, municipality_pdf, write_sheet
from dashboard.sheets.typesetting import PDF_MIME, ZIP_MIME

__all__ = [
    "PDF_MIME",
    "ZIP_MIME",
    "Bulletin",
    "Package",
    "UnknownMunicipalityError",
    "bulletin",
    "file_name",
    "indicator_pdf",
    "meeting_package",
    "municipality_pdf",
    "municipality_pdfs",
    "write_bulletin",
    "write_package",
    "write_sheet",
]
