"""Electronic invoices, read exactly: UBL and CII, alone, wrapped, or embedded in a PDF (spec A, C.1)."""

import io
from collections.abc import Iterator

import pikepdf

from pipeline.domain.document import Kind, ReadStatus
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import Reading
from pipeline.extract.cxml import read_cxml
from pipeline.extract.einvoice_check import cross_check
from pipeline.extract.einvoice_cii import read_cii
from pipeline.extract.einvoice_draft import MALFORMED
from pipeline.extract.einvoice_rules import with_rules
from pipeline.extract.einvoice_ubl import read_ubl
from pipeline.extract.einvoice_xml import MAX_BYTES, Node, first, local, namespace, parse_xml
from pipeline.extract.orders_ubl import trade_of_ubl

__all__ = ["cross_check", "embedded_xml", "read_einvoice"]

UBL = frozenset({"Invoice", "CreditNote"})
CII = frozenset({"CrossIndustryInvoice", "CrossIndustryDocument"})
OTHER_KINDS = {
    "Order": Kind.PURCHASE_ORDER,
    "OrderChange": Kind.PURCHASE_ORDER,
    "SCRDMCCBDACIOMessageStructure": Kind.PURCHASE_ORDER,
    "OrderResponse": Kind.ORDER_ACK,
    "OrderResponseSimple": Kind.ORDER_ACK,
    "DespatchAdvice": Kind.PACKING_SLIP,
    "Statement": Kind.STATEMENT,
    "ReceiptAdvice": Kind.RECEIPT,
    "Reminder": Kind.OTHER,
    "ApplicationResponse": Kind.OTHER,
}
READ_ORDERS = ("Order", "OrderResponse", "OrderResponseSimple", "DespatchAdvice", "ReceiptAdvice")
EMBEDDED_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "cii-xrechnung.xml", "order-x.xml")


def read_einvoice(xml: bytes) -> Reading | None:
    """The reading of an e-invoice, with source `xml` and confidence 1; None when the XML is no business document.

    Wrappers are opened (AttachedDocument, StandardBusinessDocument). A UBL order, despatch advice or statement gives a
    reading of that kind with what it says (`Reading.trade`) and without fields. Raises InvalidInput for XML that is damaged
    or not allowed.
    """
    root = parse_xml(xml)
    if local(root) == "cXML":
        return read_cxml(root)
    found = _invoice(root, depth=0)
    if found is not None:
        return with_rules(read_cii(found) if local(found) in CII else read_ubl(found), found)
    kind = OTHER_KINDS.get(local(root))
    if kind is None or not any(word in namespace(root) for word in ("ubl", "unece")):
        return None
    return _trade(root, kind)


def _trade(root: Node, kind: Kind) -> Reading:
    """Order data in full where its form is one that is read; else its kind alone, with the reason."""
    engines = {"einvoice": local(root)}
    if local(root) not in READ_ORDERS:
        return Reading(ReadStatus.OK, kind, None, 0, engines=engines)
    try:
        return Reading(ReadStatus.OK, kind, None, 0, engines=engines, trade=trade_of_ubl(root))
    except InvalidInput as problem:
        return Reading(
            ReadStatus.OK, kind, None, 0, str(problem), findings=((MALFORMED, str(problem)),), engines=engines
        )


def _invoice(root: Node, depth: int) -> Node | None:
    """The invoice element itself, or the one inside a wrapper."""
    if _is_invoice(root):
        return root
    if depth > 2 or local(root) not in ("AttachedDocument", "StandardBusinessDocument", "Envelope"):
        return None
    for node in root.iter():
        if node is not root and isinstance(node.tag, str) and _is_invoice(node):
            return node
    for node in root.iter():
        inner = (node.text or "").strip() if isinstance(node.tag, str) else ""
        if inner.startswith("<") and len(inner) > 100:
            try:
                found = _invoice(parse_xml(inner.encode()), depth + 1)
            except InvalidInput:
                continue
            if found is not None:
                return found
    return None


def _is_invoice(node: Node) -> bool:
    if local(node) in CII:
        return True
    return local(node) in UBL and first(node, "LegalMonetaryTotal", "AccountingSupplierParty") is not None


def embedded_xml(pdf: bytes) -> bytes | None:
    """The e-invoice XML inside a hybrid PDF (Factur-X, ZUGFeRD, XRechnung), or None.

    A well-known name wins; any other attachment counts when its root is a UBL or CII invoice. More than one different
    invoice inside is no hybrid invoice: None, so that the pages decide. A damaged or locked PDF gives None as well.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            found = list(_attachments(document))
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, RuntimeError, TypeError, KeyError, OSError):
        return None
    named = [data for name, data in found if name.lower() in EMBEDDED_NAMES]
    invoices = list(dict.fromkeys(data for data in (named or [data for _, data in found]) if _holds_invoice(data)))
    return invoices[0] if len(invoices) == 1 else None


def _attachments(document: pikepdf.Pdf) -> Iterator[tuple[str, bytes]]:
    for name, spec in document.attachments.items():
        try:
            data = spec.get_file().read_bytes()
        except (pikepdf.PdfError, ValueError, RuntimeError, TypeError, KeyError):
            continue
        if len(data) <= MAX_BYTES and b"<" in data[:200]:
            yield (spec.filename or name).rsplit("/", 1)[-1], data


def _holds_invoice(data: bytes) -> bool:
    try:
        return _invoice(parse_xml(data), depth=0) is not None
    except InvalidInput:
        return False
