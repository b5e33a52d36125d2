"""The one entrance of all channels, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.arrivals import Looked, Refused, UnpackedPart
from pipeline.domain.document import Channel, Document, Limits, ReadStatus, Upload
from pipeline.domain.errors import InvalidInput, NotAllowed, StorageFailed
from pipeline.domain.events import Action, Actor
from pipeline.domain.records import InvoiceRecord
from pipeline.intake.load import load_directory
from pipeline.intake.quarantine import release
from pipeline.intake.receive import receive, receive_many
from pipeline.intake.virus import ScannerUnavailable
from pipeline.ports import UnitOfWork
from pipeline.process.guarding import look
from pipeline.storage.store import Store
from tests.integration.storage import world

XML = (
    b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>1</ID></Invoice>'
)


@dataclass
class Entrance:
    """What `receive` needs of an App; routing gives every refused file one item."""

    store: Store
    clock: Any
    limits: Limits = field(default_factory=Limits)
    broken: bool = False
    scan: Any = None
    render: Any = None

    @property
    def blobs(self) -> Any:
        return self.store.blobs

    def look(self, data: bytes, name: str) -> Looked:
        return look(data, name, self.limits)

    def unit_of_work(self) -> UnitOfWork:
        return self.store.unit_of_work()

    def rematch(self, work: UnitOfWork, record: InvoiceRecord, trigger: str) -> InvoiceRecord:
        if self.broken:
            raise KeyError("a mistake in routing")
        work.add_item(world.item(f"item-of-{record.id}", invoice_id=record.id))
        return work.save_invoice(replace(record, run_no=1))


class _Clock:
    def __init__(self, tick: Callable[[], Any]) -> None:
        self.now = tick


@pytest.fixture
def app(store: Store, clock: world.Ticking) -> Any:
    return Entrance(store, _Clock(clock))


def upload(data: bytes = XML, name: str = "in/one.xml", channel: Channel = Channel.PORTAL) -> Upload:
    return Upload(name, data, channel, date(2026, 3, 16), sender="a@b.example")


def mail(*attachments: tuple[str, bytes, str]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "ap@us.example", "Invoice"
    message["Message-ID"] = "<1@b.example>"
    message.set_content("Please find attached.")
    for name, data, kind in attachments:
        main, _, sub = kind.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def actions(store: Store) -> list[str]:
    return [str(event.draft.action) for event in store.queries.events()]


def test_a_file_is_stored_registered_and_recorded(store: Store, app: Any) -> None:
    (document,) = receive(app, upload())
    assert (document.status, document.media_type, document.part) == ("received", "application/xml", None)
    assert store.blobs.get(document.sha256) == XML
    assert store.queries.unread_documents() == [document.id]
    assert actions(store) == [Action.DOCUMENT_RECEIVED]
    with store.unit_of_work() as work:
        assert work.get_document(document.id) == document


def test_the_same_bytes_by_another_channel_are_discarded(store: Store, app: Any) -> None:
    (first,) = receive(app, upload())
    (second,) = receive(app, upload(name="scan/2.xml", channel=Channel.SCAN))
    assert (second.status, second.duplicate_of) == ("discarded", first.id)
    assert "in/one.xml" in (second.reason or "")
    assert store.queries.unread_documents() == [first.id]
    assert actions(store) == [Action.DOCUMENT_RECEIVED, Action.DOCUMENT_DISCARDED]


def test_twenty_equal_uploads_at_once_are_one_document(store: Store, app: Any) -> None:
    with ThreadPoolExecutor(20) as pool:
        found = [documents[0] for documents in pool.map(lambda n: receive(app, upload(name=f"{n}.xml")), range(20))]
    accepted = [document for document in found if document.status == "received"]
    assert len(accepted) == 1
    assert {d.duplicate_of for d in found if d.status == "discarded"} == {accepted[0].id}
    assert store.queries.unread_documents() == [accepted[0].id]
    assert store.verify_audit().count == 20


def test_a_batch_is_one_transaction_with_each_upload_in_its_place(store: Store, app: Any) -> None:
    receive(app, upload(XML, "first.xml"))
    uploads = [upload(b"%b<!-- %d -->" % (XML, n // 2), f"{n}.xml") for n in range(6)] + [upload(XML, "again.xml")]
    found = list(receive_many(app, uploads))
    assert [one[0].source_name for one in found] == [each.name for each in uploads]
    assert [one[0].status for one in found] == ["received", "discarded"] * 3 + ["discarded"]
    assert found[1][0].duplicate_of == found[0][0].id
    assert [one[0].sequence for one in found] == list(range(2, 9))
    assert store.verify_audit().intact


def test_two_batches_with_the_same_files_at_once_give_each_once(store: Store, app: Any) -> None:
    uploads = [upload(b"%b<!-- %d -->" % (XML, n), f"{n}.xml") for n in range(8)]
    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(lambda _: list(receive_many(app, uploads)), range(2)))
    statuses = [[one[0].status for one in half] for half in halves]
    assert all(sorted(pair) == ["discarded", "received"] for pair in zip(*statuses, strict=True))


def test_an_upload_that_cannot_be_registered_does_not_keep_its_batch_out(store: Store, app: Any) -> None:
    app.broken = True
    uploads = [upload(XML, "good.xml"), upload(b"no document at all", "bad.bin"), upload(XML + b"\n", "other.xml")]
    assert [one[0].status for one in receive_many(app, uploads)] == ["received", "rejected", "received"]


def test_what_came_by_a_suppliers_link_is_found_by_it_and_nothing_else_is(store: Store, app: Any) -> None:
    mine, forged = replace(upload(), message_id="supplier:S1"), mail(("a.xml", XML + b" ", "application/xml"))
    receive(app, mine)
    receive(app, replace(upload(b"x", "bad.bin"), message_id="supplier:S1"))
    receive(app, replace(upload(XML + b"\n", "2.xml"), message_id="supplier:S2"))
    receive(app, replace(upload(forged, "3.eml", Channel.EMAIL), message_id="supplier:S1"))
    found = store.queries.handed_in("supplier:S1", 10)
    assert [(document.source_name, list(rows)) for document, rows in found] == [
        ("bad.bin", [(None, "IN_REVIEW")]), ("in/one.xml", [])]  # fmt: skip
    assert store.queries.handed_in("supplier:S", 10) == []


def test_a_mail_is_a_container_with_its_attachments(store: Store, app: Any) -> None:
    other = XML.replace(b">1<", b">2<")
    data = mail(("a.xml", XML, "application/xml"), ("b.xml", other, "application/xml"))
    container, one, two = receive(app, upload(data, "mail/1.eml", Channel.EMAIL))
    assert (container.status, container.part, container.media_type) == ("container", None, "message/rfc822")
    assert [(d.part, d.status, d.parent_id) for d in (one, two)] == [
        ("a.xml", "received", container.id),
        ("b.xml", "received", container.id),
    ]
    assert store.queries.unread_documents() == [one.id, two.id]
    (again,) = receive(app, upload(data, "mail/again.eml", Channel.EMAIL))
    assert (again.status, again.duplicate_of) == ("discarded", container.id)
    (alone,) = receive(app, upload(XML, "portal/a.xml"))
    assert alone.duplicate_of == one.id


def test_a_companion_belongs_to_its_document(store: Store, app: Any) -> None:
    pdf = UnpackedPart("a.pdf", b"%PDF-1.7", "application/pdf", companion=XML)
    logo = UnpackedPart("logo.png", b"png", "image/png", inline=True)
    container, document = receive(app, upload(b"mail", "1.eml", Channel.EMAIL), looked=Looked((pdf, logo)))
    assert document.parent_id == container.id
    assert store.blobs.get(document.companion_sha256) == XML


def test_a_mail_without_attachments_is_one_item_with_its_reason(store: Store, app: Any) -> None:
    (document,) = receive(app, upload(mail(), "mail/2.eml", Channel.EMAIL))
    assert document.status == "rejected"
    _one_item(store, document, "DOC_UNREADABLE", "This mail has no attachment that could be an invoice.")


def test_a_refused_file_is_one_item_with_its_reason(store: Store, app: Any) -> None:
    (document,) = receive(app, upload(b"", "empty.pdf"))
    assert document.status == "rejected"
    _one_item(store, document, "DOC_UNREADABLE", "The file is empty.")
    (again,) = receive(app, upload(b"", "empty2.pdf"))
    assert again.status == "discarded"
    assert len(list(store.queries.status_rows())) == 1


@pytest.mark.parametrize("status", [ReadStatus.QUARANTINED, ReadStatus.PASSWORD])
def test_what_is_dangerous_or_locked_is_quarantined(store: Store, app: Any, status: ReadStatus) -> None:
    part = UnpackedPart("x.pdf", b"MZ", "application/pdf", refused=Refused(status, "It is a program.", "PROGRAM"))
    (document,) = receive(app, upload(b"MZ", "x.pdf"), looked=Looked((part,)))
    assert document.status == "quarantined"
    assert store.blobs.get(document.sha256) == b"MZ"
    _one_item(store, document, "DOC_QUARANTINE", "It is a program.")
    assert Action.DOCUMENT_QUARANTINED in actions(store)


def _one_item(store: Store, document: Document, code: str, reason: str) -> None:
    (row,) = store.queries.status_rows()
    assert (row["state"], row["exceptions"], row["reason"]) == ("IN_REVIEW", [code], reason)
    with store.unit_of_work() as work:
        (record,) = work.invoices_of(document.id)
        assert len(work.items_of(record.id)) == 1
    assert store.queries.unread_documents() == []


def test_a_mistake_in_routing_keeps_nothing_out(store: Store, app: Any) -> None:
    app.broken = True
    (document,) = receive(app, upload(b"", "empty.pdf"))
    (row,) = store.queries.status_rows()
    assert row["state"] == "IN_REVIEW"
    assert store.queries.unmatched_invoices() == [row["id"]]
    assert actions(store) == [Action.DOCUMENT_RECEIVED]
    assert document.reason == "The file is empty."


def test_when_the_bytes_cannot_be_kept_nothing_is_registered(
    store: Store, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(data: bytes) -> str:
        raise StorageFailed("The disk is full.")

    monkeypatch.setattr(store.blobs, "put", full)
    with pytest.raises(StorageFailed):
        receive(app, upload())
    assert actions(store) == []


def spoofed(results: str) -> bytes:
    return (
        b"Authentication-Results: mx.us.example; "
        + results.encode()
        + b"\r\n"
        + mail(("a.xml", XML, "application/xml"))
    )


def known_supplier(store: Store, folder: Path) -> None:
    head = "id,name,group,status,domain"
    (folder / "suppliers.csv").write_text(f"{head}\nS1,B Medical,G1,active,b.example\n", encoding="utf-8")
    report = load_directory(store, folder)
    assert not report.problems


def owed(store: Store) -> list[dict[str, Any]]:
    return [message.payload for message in store.outbox.lease(["notice"], 10, 60)]


def test_a_mail_of_a_known_supplier_that_fails_dmarc_is_quarantined_and_not_answered(
    store: Store, app: Any, tmp_path: Path
) -> None:
    known_supplier(store, tmp_path)
    container, document = receive(app, upload(spoofed("dmarc=fail"), "1.eml", Channel.EMAIL))
    assert container.authentication == document.authentication == {"dmarc": "fail"}
    assert len(document.doubts) == 2
    assert (container.status, document.status) == ("container", "quarantined")
    assert "does not confirm" in (document.reason or "")
    assert store.queries.unread_documents() == []
    assert owed(store) == []


def test_a_mail_of_a_known_supplier_is_taken_and_answered_once(store: Store, app: Any, tmp_path: Path) -> None:
    known_supplier(store, tmp_path)
    data = spoofed("dmarc=pass")
    _, document = receive(app, upload(data, "1.eml", Channel.EMAIL))
    receive(app, upload(data, "2.eml", Channel.EMAIL))
    assert document.status == "received"
    assert [(each["to"], each["template"]) for each in owed(store)] == [("a@b.example", "mail_received")]


def test_what_the_scanner_finds_is_locked_up_whole_or_in_part(store: Store, app: Any) -> None:
    bad = Refused(ReadStatus.QUARANTINED, "The virus scanner found X.", "MALWARE")
    app.scan = lambda data: bad if data == XML else None
    container, document = receive(app, upload(mail(("a.xml", XML, "application/xml")), "1.eml", Channel.EMAIL))
    assert (container.status, document.status, document.reason) == ("container", "quarantined", bad.reason)
    (again,) = receive(app, upload(XML + b" ", "b.xml"))
    assert again.status == "received"


def test_without_the_scanners_answer_nothing_is_taken(store: Store, app: Any) -> None:
    def silent(data: bytes) -> Refused | None:
        raise ScannerUnavailable("The virus scanner does not answer.")

    app.scan = silent
    with pytest.raises(ScannerUnavailable):
        receive(app, upload())
    assert actions(store) == []


ANNA, BEN = (Actor("user", each, ("AP_SUPERVISOR",)) for each in ("anna", "ben"))


def in_quarantine(app: Any, code: str = "SPOOF") -> Document:
    app.queries = app.store.queries
    refused = Refused(ReadStatus.QUARANTINED, "Doubted.", code)
    (document,) = receive(
        app, upload(), looked=Looked((UnpackedPart("one.xml", XML, "application/xml", refused=refused),))
    )
    return document


def test_two_persons_release_from_quarantine(store: Store, app: Any) -> None:
    document = in_quarantine(app)
    first = release(app, document.id, ANNA, "Called them.")
    assert (first.released, first.first) == (False, "anna")
    with pytest.raises(NotAllowed):
        release(app, document.id, ANNA, "Again.")
    assert store.queries.unread_documents() == []
    second = release(app, document.id, BEN, "Seen as well.")
    assert (second.released, second.first) == (True, "anna")
    assert store.queries.unread_documents() == [document.id]
    with store.unit_of_work() as work:
        (record,) = work.invoices_of(document.id)
        assert record.state == "REJECTED"
        assert {item.state for item in work.items_of(record.id)} == {"RESOLVED"}
    assert actions(store)[-2:] == [Action.DOCUMENT_RELEASE_ASKED, Action.DOCUMENT_RELEASED]
    with pytest.raises(InvalidInput):
        release(app, document.id, BEN, "Once more.")


@pytest.mark.parametrize(
    ("actor", "reason", "code", "problem"),
    [
        (Actor("user", "carl", ("AP_CLERK",)), "Why not.", "SPOOF", NotAllowed),
        (Actor("system", "system", ("AP_SUPERVISOR",)), "Why not.", "SPOOF", NotAllowed),
        (ANNA, " ", "SPOOF", InvalidInput),
        (ANNA, "Looks fine.", "MALWARE", NotAllowed),
    ],
)
def test_releases_that_are_refused(
    store: Store, app: Any, actor: Actor, reason: str, code: str, problem: type[Exception]
) -> None:
    document = in_quarantine(app, code)
    with pytest.raises(problem):
        release(app, document.id, actor, reason)


def test_an_edi_file_owes_its_sender_one_997(store: Store, app: Any) -> None:
    isa = "ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*HOSPITAL       *260316*0900*U*00401*000000042*0*P*>~"
    data = (isa + "GS*IN*S*H*20260316*0900*7*X*004010~ST*810*1~BIG*20260316*7~SE*3*1~GE*1*7~IEA*1*000000042~").encode()
    for name in ("a.edi", "b.edi"):
        receive(app, upload(data, name, Channel.EDI))
    (message,) = store.outbox.lease(["x12_ack"], 10, 60)
    assert "AK5*A~" in message.payload["x12"]


def test_a_file_made_readable_is_a_part_of_what_was_sent(store: Store, app: Any) -> None:
    """An encrypted PDF whose password is on file: the original stays the container, the pages are the document."""
    locked, pages = b"%PDF-1.7 locked", b"%PDF-1.7 open"
    asked: list[tuple[str, str]] = []

    def render(part: UnpackedPart, upload: Upload) -> UnpackedPart:
        asked.append((part.name, upload.sender))
        return replace(part, data=pages, media_type="application/pdf", refused=None)

    app.render = render
    app.look = lambda data, name: Looked(
        (UnpackedPart("one.pdf", data, "application/pdf", refused=Refused(ReadStatus.PASSWORD, "Locked.", "PASSWORD")),)
    )
    container, document = receive(app, upload(locked, "one.pdf"))
    assert (container.status, container.media_type) == ("container", "application/pdf")
    assert (document.status, document.part, document.parent_id) == ("received", "one.pdf", container.id)
    assert store.blobs.get(container.sha256) == locked
    assert store.blobs.get(document.sha256) == pages
    assert asked == [("one.pdf", "a@b.example")]
    (again,) = receive(app, upload(locked, "again.pdf"))
    assert (again.status, again.duplicate_of) == ("discarded", container.id)
