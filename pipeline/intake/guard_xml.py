"""XML at the door: no DOCTYPE (but cXML's own, which is not looked up), no style sheets that run, no programs inside, well-formed
and flat enough."""

import base64
import binascii

from lxml import etree

from pipeline.domain.doctype import without_cxml_doctype
from pipeline.intake.verdicts import quarantine, reject

XSLT = "http://www.w3.org/1999/XSL/Transform"
EICAR_START = b"X5O!P%@AP[4\\PZX54"
MAX_ELEMENTS = 400_000


def check_xml(data: bytes) -> etree._Element:
    """The root, when the XML may come in. Raises RefusalError otherwise."""
    data = without_cxml_doctype(data)
    flat = data.replace(b"\0", b"")
    if b"<!doctype" in flat[:65_536].lower() or b"<!entity" in flat[:65_536].lower():
        quarantine("The XML file declares a DOCTYPE or entities, which can read other files.", "DOCTYPE")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data.lstrip(b"\r\n\t "), parser)
    except (etree.XMLSyntaxError, ValueError):
        reject("The XML file is damaged and cannot be read.", "DAMAGED")
    if getattr(root.getroottree().docinfo, "doctype", ""):
        quarantine("The XML file declares a DOCTYPE, which can read other files.", "DOCTYPE")
    if etree.QName(root).namespace == XSLT:
        quarantine("The file is an XSLT program, not a document.", "PROGRAM")
    _check_attachments(root)
    return root


def _check_attachments(root: etree._Element) -> None:
    for count, node in enumerate(root.iter()):
        if count > MAX_ELEMENTS:
            reject("The XML file has too many elements to be one invoice.", "SIZE")
        name = etree.QName(node).localname if isinstance(node.tag, str) else ""
        if name in ("EmbeddedDocumentBinaryObject", "AttachmentBinaryObject") and node.text:
            try:
                inner = base64.b64decode(node.text[:4096].strip() + "===")
            except (binascii.Error, ValueError):
                continue
            if inner[:2] == b"MZ" or inner.startswith((b"\x7fELF", EICAR_START)) or EICAR_START in inner:
                quarantine("The e-invoice carries a program as an attachment.", "MALWARE")
