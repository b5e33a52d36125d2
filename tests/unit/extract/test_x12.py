"""X12 810: implied decimals, loops, envelopes."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.document import Kind
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import Reading
from pipeline.extract.x12 import read_x12
from tests.unit.extract.einvoices import SEGMENTS, x12


def one(data: bytes) -> Reading:
    (reading,) = read_x12(data)
    return reading


def test_header() -> None:
    reading = one(x12())
    expected = {
        "invoice_number": "SI620470", "invoice_date": "2026-03-04", "po_number": "4500118098", "currency": "USD",
        "account_no": "6813432", "supplier_name": "BRIGHTWATER MEDICAL", "supplier_tax_id": "74-7716846",
        "buyer_name": "CEDAR VALLEY MEDICAL CENTER", "ship_to": "FAC-01", "remit_to": "FIRST BANK",
        "due_date": "2026-04-18", "terms": "2% 10 days", "despatch_ref": "1Z999", "total": "580.43", "subtotal": "560.43",
        "tax_total": "5.00", "amount_due": "580.43", "control_number": "000000021/21/0001",
    }  # fmt: skip
    assert {name: reading.text(name) for name in expected} == expected
    assert (reading.kind, reading.findings) == (Kind.INVOICE, ())


def test_the_total_has_two_implied_decimals() -> None:
    assert one(x12(total="25000")).amount("total") == Decimal("250.00")
    assert one(x12(total="-5")).amount("total") == Decimal("-0.05")


@pytest.mark.parametrize("total", ["250.00", "2,50", "abc", "1e5"])
def test_a_total_that_is_no_whole_number_of_cents_is_not_guessed(total: str) -> None:
    reading = one(x12(total=total))
    assert reading.amount("total") is None
    assert total in reading.findings[0][1]


def test_lines() -> None:
    first, second = one(x12()).lines
    assert (first.sku, first.buyer_item, first.description, first.lots) == (
        "BMD-10830",
        "100235",
        "GAUZE SPONGE",
        ("L77",),
    )
    assert first.price_base_qty == 100
    assert (first.charge, first.line_total) == (1, Decimal("13.83"))
    assert (second.quantity, second.unit, second.line_total) == (12, "EA", Decimal("546.60"))


def test_charges_and_notes() -> None:
    reading = one(x12())
    assert [(c.type, c.amount, c.is_charge) for c in reading.charges] == [("freight", Decimal("15.00"), True)]
    assert [(t.rate, t.amount) for t in reading.taxes] == [(8, 5)]


@pytest.mark.parametrize("code", ["CN", "CR"])
def test_credits(code: str) -> None:
    assert one(x12(body=SEGMENTS.replace("***DI", f"***{code}"))).kind is Kind.CREDIT_NOTE


def test_any_separators_are_read_from_the_header() -> None:
    assert one(x12(separators="|\n")).text("invoice_number") == "SI620470"
    assert one(x12(separators="\x1d\x1c")).text("total") == "580.43"
    assert one(b"\xef\xbb\xbf" + x12()).text("total") == "580.43"


def test_wrong_counts_are_held() -> None:
    assert "SE counts 99" in one(x12(count=99)).findings[0][1]
    assert "CTT counts 3" in one(x12(body=SEGMENTS.replace("CTT*2", "CTT*3"))).findings[0][1]


def test_the_same_interchange_twice_is_held() -> None:
    first, second = read_x12(x12() + x12())
    assert first.findings == ()
    assert "occurs twice" in second.findings[0][1]


def test_other_sets_are_told_apart() -> None:
    assert one(x12(body="ST*850*0001\nSE*2*0001")).kind is Kind.PURCHASE_ORDER


@pytest.mark.parametrize(
    "data", [x12(iea=False), x12()[:90], b"ISA*short~", b"hello", x12().replace(b"*00401*", b"*"), x12() + b"trailing"]
)
def test_broken_interchanges_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_x12(data)


@given(st.binary(max_size=300))
def test_any_bytes_give_readings_or_a_typed_refusal(noise: bytes) -> None:
    for data in (noise, b"ISA*" + noise, x12()[:150] + noise + x12()[150:]):
        try:
            read_x12(data)
        except InvalidInput:
            continue


@given(st.lists(st.text(alphabet="0123456789-.*AZ ", max_size=12), min_size=1, max_size=12))
def test_any_elements_give_readings(elements: list[str]) -> None:
    body = SEGMENTS.replace("IT1*2*12", "IT1*" + "*".join(elements)).replace(
        "{total}", elements[0].replace("*", "") or "0"
    )
    with contextlib.suppress(InvalidInput):
        read_x12(x12(body=body))
