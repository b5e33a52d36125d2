"""From a file to a decision, with nothing faked: the promises of the product on the sample hospital."""

from collections import Counter
from datetime import date

from pipeline.bootstrap import build_app, build_store
from pipeline.domain.document import Channel
from pipeline.process.advance import match_invoice, run_pass
from pipeline.process.ingest import ingest_file
from tests.functional.conftest import Hospital

APPROVED = ("AUTO_APPROVED", "APPROVED", "POSTED")


def test_every_file_that_came_in_has_an_item(hospital: Hospital) -> None:
    missing = [name for name, document in hospital.expected.items() if not hospital.rows_of(document)]
    assert not missing


def test_nothing_is_approved_that_should_not_be(hospital: Hospital) -> None:
    wrong = [
        (name, row["status"], document["codes"])
        for name, document in hospital.expected.items()
        for row in hospital.rows_of(document)
        if row["status"] in APPROVED
        and document["status"] not in APPROVED
        and row["invoice_number"] == document.get("invoice_number")
    ]
    assert not wrong


def test_an_approved_invoice_pays_exactly_what_it_asks(hospital: Hospital) -> None:
    wanted = {d.get("invoice_number"): d["payable_now"] for d in hospital.expected.values() if d["status"] in APPROVED}
    approved = [row for row in hospital.rows() if row["status"] in APPROVED]
    assert approved
    assert [row["invoice_number"] for row in approved if wanted.get(row["invoice_number"]) != row["payable_now"]] == []


def test_a_held_invoice_says_why_in_words(hospital: Hospital) -> None:
    silent = [row["document"] for row in hospital.rows() if row["status"] == "HOLD" and not row["reason"]]
    assert not silent


def test_what_is_held_stands_in_a_queue(hospital: Hospital) -> None:
    rows, _ = hospital.app.queries.queue(
        roles=["AP_SUPERVISOR", "VENDOR_MASTER", "CLINICAL_DEPT", "COMPLIANCE"], limit=10_000
    )
    queued = {row["invoice_id"] for row in rows}
    assert {row["id"] for row in hospital.rows() if row["status"] == "HOLD"} <= queued


def test_the_log_explains_every_state_and_is_intact(hospital: Hospital) -> None:
    store = build_store()
    assert store.verify_audit().intact
    for row in hospital.rows():
        assert any("match.run" in line for line in store.story(row["id"]))


def test_the_same_file_again_is_no_second_document(hospital: Hospital) -> None:
    before = len(hospital.rows())
    file = next(hospital.sample.glob("portal/*.pdf"))
    (document,) = ingest_file(hospital.app, file, "scan", date(2026, 6, 11))
    assert document["status"] == "discarded"
    assert document["duplicate_of"]
    run_pass(hospital.app)
    assert len(hospital.rows()) == before


def test_a_waiting_invoice_wakes_up_when_its_receipt_arrives(hospital: Hospital) -> None:
    from pipeline.intake.load import load_directory

    waiting = [
        row for row in hospital.rows() if row["status"] == "WAIT_RECEIPT" and "RCPT_MISSING" in row["exceptions"]
    ]
    load_directory(build_store(), hospital.sample / "later")
    run_pass(hospital.app)
    after = {row["id"]: row["status"] for row in hospital.rows()}
    assert waiting
    assert any(after[row["id"]] == "AUTO_APPROVED" for row in waiting)


def test_a_second_pass_changes_nothing(hospital: Hospital) -> None:
    before = [(row["id"], row["status"], row["exceptions"]) for row in hospital.rows()]
    events = len(hospital.app.queries.events(limit=1_000_000))
    run_pass(hospital.app)
    assert [(row["id"], row["status"], row["exceptions"]) for row in hospital.rows()] == before
    assert len(hospital.app.queries.events(limit=1_000_000)) == events


def test_a_stored_run_repeats_byte_for_byte(hospital: Hospital) -> None:
    """P3: the same facts and policy give the same result."""
    app = build_app(as_of=hospital.app.clock.today())
    for row in hospital.rows():
        with app.unit_of_work() as work:
            record = work.get_invoice(row["id"])
            again = app.rematch(work, record, "sweep")
            assert again.match == record.match


def test_channels_are_kept(hospital: Hospital) -> None:
    counts = Counter(row["channel"] for row in hospital.rows())
    assert {Channel.EMAIL, Channel.PORTAL, Channel.SCAN, Channel.EDI} <= set(counts)


def test_matching_a_decided_invoice_again_is_harmless(hospital: Hospital) -> None:
    row = next(row for row in hospital.rows() if row["status"] == "AUTO_APPROVED")
    assert match_invoice(hospital.app, row["id"], "sweep") == "AUTO_APPROVED"
