"""Hashes that tie a decision to exactly what it decided on (spec A.9, P3)."""

import hashlib
from typing import Any

from pydantic import TypeAdapter

from pipeline.domain.invoice import Invoice
from pipeline.domain.matching import Facts, MatchResult
from pipeline.domain.records import InvoiceRecord
from rules.policy import Policy

_INVOICE: TypeAdapter[Any] = TypeAdapter(Invoice)
_FACTS: TypeAdapter[Any] = TypeAdapter(Facts)


def content_hash(invoice: Invoice, record: InvoiceRecord, match: MatchResult) -> str:
    """SHA-256 over the invoice, its coding and its links: when it changes, every approval is void (E.3)."""
    links = [(x.invoice_line, x.po_number, x.po_line, str(x.qty_base), str(x.net)) for x in match.links]
    digest = hashlib.sha256(_INVOICE.dump_json(invoice))
    digest.update(repr((links, record.po_link, sorted(record.line_links.items()))).encode())
    return digest.hexdigest()


def inputs_hash(facts: Facts, policy: Policy) -> str:
    """SHA-256 over everything a run may depend on."""
    digest = hashlib.sha256(_FACTS.dump_json(facts))
    digest.update(policy.hash.encode())
    return digest.hexdigest()
