"""Answers to the sender of a mail: what was taken, what was refused and why (spec I.7).

Only to domains in the supplier master, never to a doubted sender or to a machine's mail, and never with bank or patient
data: an answer carries file names and our own fixed sentences, nothing read from a document.
"""

from collections.abc import Sequence
from typing import Any

from pipeline.domain.arrivals import MailHeaders
from pipeline.domain.document import Document
from pipeline.domain.supplier import Supplier
from pipeline.intake.senders import known_sender, spoofing

TOPIC = "notice"
MOST_NAMES = 50


def answer(
    headers: MailHeaders, documents: Sequence[Document], suppliers: Sequence[Supplier]
) -> tuple[str, dict[str, Any]] | None:
    """Key and payload of the outbox row that answers a mail, or None when nobody may or need be answered.

    `mail_received` when something was taken, `mail_refused` when nothing was. A mail whose bytes all came before is
    answered no second time.
    """
    if headers.automatic or not headers.sender or not known_sender(headers.sender, suppliers):
        return None
    if spoofing(headers, suppliers) is not None or headers.authentication.get("dmarc") == "fail":
        return None
    pieces = [each for each in documents if each.status != "container"]
    fresh = [each for each in pieces if each.status != "discarded"]
    if not fresh:
        return None
    taken = [_name(each) for each in fresh if each.status == "received"]
    refused = [{"name": _name(each), "reason": each.reason or ""} for each in fresh if each.status != "received"]
    payload = {
        "to": headers.sender,
        "template": "mail_received" if taken else "mail_refused",
        "values": {
            "subject": headers.subject[:200],
            "in_reply_to": headers.message_id,
            "received_on": documents[0].received_on.isoformat(),
            "taken": taken[:MOST_NAMES],
            "refused": refused[:MOST_NAMES],
            "known_already": [_name(each) for each in pieces if each.status == "discarded"][:MOST_NAMES],
        },
    }
    return f"answer:{documents[0].id}", payload


def _name(document: Document) -> str:
    return (document.part or document.source_name.rsplit("/", 1)[-1])[:120]
