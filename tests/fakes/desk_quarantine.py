"""Files in quarantine for the desk's tests: one with a doubtful sender, one with malware."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pipeline.domain.document import Channel, Document
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.matching import Finding, MatchResult
from pipeline.domain.records import InvoiceRecord

if TYPE_CHECKING:
    from tests.fakes.desk import Desk

FILES = (
    (
        "doubtful_sender",
        "invoice-88.pdf",
        "SPOOFED",
        "The mail says Brightwater, its reply address is somebody else's.",
    ),
    ("malware", "../../etc/offer.pdf", "MALWARE", "The virus scanner found Eicar-Test-Signature."),
)


def add_quarantined(desk: "Desk") -> None:
    """Documents, their records and their items; names as in FILES."""
    for name, file, code, why in FILES:
        _lock_up(desk, name, file, code, why)


def _lock_up(desk: "Desk", name: str, file: str, code: str, why: str) -> None:
    data = f"locked {name}".encode()
    sha, number = desk.app.blobs.put(data), len(desk.store.state.invoices) + 1
    received = datetime(2026, 3, 10, 9, number, tzinfo=UTC)
    document = Document(
        f"doc-{number:03d}", sha, "mail-17.eml", file, "application/octet-stream", len(data), Channel.EMAIL,
        date(2026, 3, 10), received, sender="billing@brightwater.example", status="quarantined", reason=why,
        sequence=number,
    )  # fmt: skip
    finding = Finding("DOC_QUARANTINE", "hold", message=why, owner="AP_SUPERVISOR", evidence=(code,))
    record = InvoiceRecord(
        f"inv-{number:03d}", document.id, number * 1000, Channel.EMAIL, document.source_name, file, None,
        date(2026, 3, 10), received, "IN_REVIEW", kind="other", reason=why,
        match=MatchResult("HOLD", (finding,), primary_code="DOC_QUARANTINE", primary_owner="AP_SUPERVISOR"),
    )  # fmt: skip
    with desk.app.unit_of_work() as work:
        work.add_document(document)
        work.add_invoice(record)
        after = {"status": "quarantined", "part": file}
        work.record(EventDraft(SYSTEM, Action.DOCUMENT_QUARANTINED, "document", document.id, after=after, comment=why))
        desk.app.rematch(work, record, "intake")
        work.commit()
    desk.ids[name] = record.id
