"""An invoice that is the mail itself: its HTML text made a document, when nothing else in the mail can be one."""

import re
from email.message import Message

from pipeline.domain.arrivals import UnpackedPart
from pipeline.domain.document import Limits
from pipeline.intake.html_page import Block, blocks_of, text_of, to_pdf
from pipeline.intake.mail import bodies

NAME = "mail text.pdf"
MOST_BODIES = 10
BILL = re.compile(
    r"\b(invoice|credit (?:note|memo)|rechnung|gutschrift|facture|avoir|factuur|factura|fattura)\b", re.IGNORECASE
)
NUMBER = re.compile(
    r"\b(?:invoice|credit (?:note|memo)|bill|rechnungs?|gutschrifts?|facture|factuur|factura|fattura)"
    r"[\s-]*(?:no|nr|num(?:ber|mer|éro|ero)?|id|n°|#|№)?[.:#°\s]*([A-Z]{0,6}[-/ ]?\d[\w/-]*)",
    re.IGNORECASE,
)
TOTAL = re.compile(
    r"\b(?:(?:grand |invoice )?total|amount due|balance due|gesamt(?:betrag|summe)?|rechnungsbetrag|zu zahlen|summe"
    r"|montant|total ttc|à payer|totaal|te betalen|importe|totale)\b[^\n]{0,40}?\d[\d.,' ]*[.,]\d{2}\b",
    re.IGNORECASE,
)
LEAST_AMOUNTS = 2
AMOUNT = re.compile(r"\d[.,]\d{2}\b")


def body_document(message: Message, limits: Limits) -> UnpackedPart | None:
    """The mail's text as a PDF when it reads like an invoice: it says what it is, its number and its total."""
    for body in bodies(message, limits, MOST_BODIES):
        found = blocks_of(body)
        if is_invoice(found):
            return UnpackedPart(NAME, to_pdf(found), "application/pdf")
    return None


def is_invoice(blocks: list[Block]) -> bool:
    """An announcement ("your invoice is attached") has no total; a newsletter has no invoice number."""
    text = text_of(blocks).replace("\t", " ")
    return bool(
        BILL.search(text) and NUMBER.search(text) and TOTAL.search(text) and len(AMOUNT.findall(text)) >= LEAST_AMOUNTS
    )
