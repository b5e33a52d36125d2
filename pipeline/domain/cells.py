"""Cells of a CSV file that no spreadsheet takes for a formula (CSV injection)."""

import re

# Also the full-width signs that some spreadsheets read as the plain ones, and what a line break could put first.
_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_BLANKS = " \u00a0\u200b\ufeff"
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def inert(cell: str) -> str:
    """The cell, with an apostrophe before what could be a formula, whatever blanks it hides behind. Numbers stay numbers."""
    dangerous = cell.lstrip(_BLANKS)[:1] in _STARTS and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if cell and dangerous else cell
