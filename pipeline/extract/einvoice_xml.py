"""Hardened XML reading and namespace-blind paths, so that every dialect of UBL and CII is walked the same way."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lxml import etree

from pipeline.domain.doctype import without_cxml_doctype
from pipeline.domain.errors import InvalidInput

MAX_BYTES = 20_000_000
MAX_ELEMENTS = 400_000
NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,12})?|\.\d{1,12})")

Node = etree._Element


def parse_xml(data: bytes) -> Node:
    """The root element. No DOCTYPE, no entities, no network, no huge trees. Raises InvalidInput in plain words."""
    if len(data) > MAX_BYTES:
        raise InvalidInput("The XML file is too large to be one invoice.")
    data = without_cxml_doctype(data)
    if b"<!doctype" in data.replace(b"\0", b"")[:8192].lower():
        raise InvalidInput("The XML file declares a DOCTYPE, which is not allowed.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data.lstrip(b"\r\n\t "), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidInput("The XML file is damaged and cannot be read.", "Ask the sender for a new one.") from error
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise InvalidInput("The XML file declares a DOCTYPE, which is not allowed.")
    if sum(1 for _ in zip(root.iter(), range(MAX_ELEMENTS + 1), strict=False)) > MAX_ELEMENTS:
        raise InvalidInput("The XML file has too many elements to be one invoice.")
    return root


def local(node: Node) -> str:
    """The element's name without namespace; empty for anything that is no element."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def namespace(node: Node) -> str:
    return (etree.QName(node).namespace or "") if isinstance(node.tag, str) else ""


def every(node: Node | None, path: str) -> list[Node]:
    """All elements at a path of local names such as `Party/PartyName/Name`."""
    found = [node] if node is not None else []
    for name in path.split("/"):
        found = [child for parent in found for child in parent if local(child) == name]
    return found


def first(node: Node | None, *paths: str) -> Node | None:
    """The first element at the first path that exists."""
    for path in paths:
        found = every(node, path)
        if found:
            return found[0]
    return None


def text(node: Node | None, *paths: str) -> str | None:
    """The first non-empty text at the paths, blanks made single; None when there is none."""
    return next(texts(node, *paths), None)


def texts(node: Node | None, *paths: str) -> Iterator[str]:
    for path in paths:
        for found in every(node, path):
            value = " ".join((found.text or "").split())
            if value:
                yield value


def number(raw: str | None) -> Decimal | None:
    """A decimal as XML Schema writes it (no exponent, no NaN, no grouping); None when it is none."""
    if raw is None:
        return None
    compact = raw.strip()
    return Decimal(compact) if NUMBER.fullmatch(compact) else None


def day(raw: str | None) -> date | None:
    """An ISO date (a zone or time after it is cut off) or the eight digits of format 102; None when it is none."""
    if raw is None:
        return None
    found = re.match(r"\s*(\d{4})-(\d{2})-(\d{2})(?=$|[TZ+\s-])", raw) or re.match(r"\s*(\d{4})(\d{2})(\d{2})", raw)
    if not found:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None
