"""The one DOCTYPE that is let in: cXML's own, which every cXML document must carry (decision 0017)."""

import re

# A name and an address on cXML's own site, nothing between brackets; the file behind it is never fetched.
CXML = re.compile(
    rb"""<!DOCTYPE\s{1,20}cXML\s{1,20}SYSTEM\s{1,20}(["'])https?://xml\.cxml\.org/schemas/cXML/[0-9.]{1,20}/"""
    rb"""[A-Za-z]{1,30}\.dtd\1\s{0,20}>""",
    re.IGNORECASE,
)
PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,1000}(?:<\?xml[^<>]{0,300}\?>)?\s{0,1000}")


def without_cxml_doctype(data: bytes) -> bytes:
    """The document with cXML's DOCTYPE blanked out where it stands first in the prolog; any other stays and is refused."""
    prolog = PROLOG.match(data)
    start = prolog.end() if prolog else 0
    found = CXML.match(data, start, start + 400)
    if found is None:
        return data
    return data[: found.start()] + b" " * (found.end() - found.start()) + data[found.end() :]
