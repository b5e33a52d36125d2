"""The evidence pack's first page for people: what was billed, how it was decided, by whom."""

import io
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

_TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=14, leading=18, spaceAfter=4)
_HEAD = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=10, leading=14, spaceBefore=8, spaceAfter=3)
_CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=7.5, leading=9.5, splitLongWords=1)
_LONGEST = 600
Rows = Sequence[tuple[str, str, str]]


def summary_pdf(about: Mapping[str, Any], findings: Rows, trail: Rows) -> bytes:
    """A PDF with the facts, the checks and the trail. `invariant`: the same content gives the same bytes."""
    out = io.BytesIO()
    margins = {"leftMargin": 16 * mm, "rightMargin": 16 * mm, "topMargin": 16 * mm, "bottomMargin": 16 * mm}
    document = SimpleDocTemplate(out, pagesize=A4, title="Evidence", author="apdesk", invariant=1, **margins)
    heading = f"Evidence: {about.get('supplier') or '-'}, invoice {about.get('invoice_number') or '-'}"
    facts = [(name.replace("_", " "), str(value)) for name, value in about.items() if value is not None]
    story = [
        Paragraph(_text(heading), _TITLE),
        _table([(name, value) for name, value in facts], (42, 136)),
        Paragraph("Checks of the last run", _HEAD),
        _table(findings or [("none", "", "")], (44, 22, 112)),
        Paragraph("What happened", _HEAD),
        _table(trail or [("none", "", "")], (34, 34, 110)),
        Spacer(1, 4 * mm),
        Paragraph("The files beside this page are named with their SHA-256 in manifest.json, which is signed.", _CELL),
    ]
    document.build(story)
    return out.getvalue()


def _table(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Table:
    cells = [[Paragraph(_text(cell), _CELL) for cell in row] for row in rows]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.lightgrey),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5), ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]  # fmt: skip
    return Table(cells, colWidths=[width * mm for width in widths], style=style)


def _text(words: str) -> str:
    """Inert and printable: the paragraph's own markup is escaped; the font knows Latin-1 only."""
    return escape(words[:_LONGEST].replace("→", "->").encode("latin-1", "replace").decode("latin-1"))
