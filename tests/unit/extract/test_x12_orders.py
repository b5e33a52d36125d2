"""X12 850, 855, 856 and 861: what they say, and what is refused rather than guessed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.document import Kind
from pipeline.domain.reading import Reading
from pipeline.domain.trade import TradeDocument
from pipeline.extract.x12 import read_x12

ISA = "ISA*00*          *00*          *ZZ*HOSPITAL       *ZZ*SUPPLIER       *260316*0900*U*00401*000000042*0*P*>~"
ORDER = [
    "BEG*00*SA*PO-1**20260301", "CUR*BY*USD", "REF*VR*SUP-1", "REF*CT*C-9", "ITD*01*3*2**10**30", "DTM*002*20260310",
    "N1*SE*Harbor Medical*ZZ*HM", "N1*ST*Dock A*92*FAC-01", "PO1*1*12*BX*250*HP*IN*4711*VN*G-1*UP*00612345678900",
    "PID*F****Gloves", "PO1*2*1*EA**PE*VN*S-1", "CTP**CON*9.5", "CTT*2",
]  # fmt: skip
ACK = ["BAK*00*AC*PO-1*20260302", "PO1*1*12*BX*2.5**VN*G-1", "ACK*IQ*10*BX*068*20260312", "ACK*IB*2*BX", "CTT*1"]
SHIP = [
    "BSN*00*S-1*20260305*1200*0001", "HL*1**S", "N1*SF*Harbor Medical*92*HM", "HL*2*1*O", "PRF*PO-1", "HL*3*2*P", "HL*4*3*I",
    "LIN*1*VN*G-1*LT*L7", "SN1**12*BX", "REF*SE*SN1", "HL*5*1*O", "PRF*PO-2", "HL*6*5*I", "LIN**VN*S-1", "SN1*3*1*EA", "CTT*2",
]  # fmt: skip
RECEIVED = [
    "BRA*R-1*20260306*00*1", "REF*PO*PO-1", "REF*PK*S-1", "RCD*1*12*BX*1*BX*2*BX*01", "LIN**VN*G-1", "REF*LT*L7",
    "RCD*7*5*EA", "LIN*2*PO*PO-2*PL*3", "CTT*2",
]  # fmt: skip


def x12(code: str, segments: list[str]) -> bytes:
    body = [f"ST*{code}*1", *segments, f"SE*{len(segments) + 2}*1"]
    return (ISA + "GS*PO*A*B*20260316*0900*1*X*004010~" + "~".join(body) + "~GE*1*1~IEA*1*000000042~").encode()


def read(code: str, segments: list[str]) -> Reading:
    (found,) = read_x12(x12(code, segments))
    return found


def trade(code: str, segments: list[str]) -> TradeDocument:
    found = read(code, segments)
    assert found.trade is not None, found.reason
    return found.trade


def test_an_order() -> None:
    found = trade("850", ORDER)
    order = found.order
    assert order is not None
    assert (found.kind, order.number, order.status, order.currency, order.order_date) == (
        "order", "PO-1", "open", "USD", date(2026, 3, 1),
    )  # fmt: skip
    assert (found.supplier_ids, found.supplier_name) == (("SUP-1", "HM"), "Harbor Medical")
    assert (order.ship_to, order.payment_terms) == ("FAC-01", "net 30 days")
    gloves, syringe = order.lines
    assert (gloves.no, gloves.qty, gloves.uom, gloves.unit_price, gloves.price_base_qty) == ("1", 12, "BX", 250, 100)
    assert (gloves.buyer_item, gloves.supplier_item, gloves.gtin, gloves.description) == (
        "4711", "G-1", "00612345678900", "Gloves",
    )  # fmt: skip
    assert (gloves.contract_id, gloves.promised_date) == ("C-9", date(2026, 3, 10))
    assert (syringe.unit_price, syringe.price_base_qty) == (Decimal("9.5"), 1)


def test_a_cancellation_is_a_cancelled_order() -> None:
    order = trade("850", ["BEG*01*SA*PO-1**20260301", *ORDER[1:]]).order
    assert order is not None
    assert order.status == "cancelled"


def test_an_acknowledgement_says_what_became_of_each_line() -> None:
    found = trade("855", ACK)
    assert found.po_numbers == ("PO-1",)
    assert [(line.po_line, line.code, line.quantity, line.day) for line in found.lines] == [
        ("1", "IQ", 10, date(2026, 3, 12)), ("1", "IB", 2, None),
    ]  # fmt: skip


def test_a_ship_notice_over_two_orders_is_no_receipt() -> None:
    found = trade("856", SHIP)
    assert (found.kind, found.number, found.po_numbers, found.receipts) == ("shipment", "S-1", ("PO-1", "PO-2"), ())
    first, second = found.lines
    assert (first.po_number, first.quantity, first.uom, first.lots, first.serials) == (
        "PO-1",
        12,
        "BX",
        ("L7",),
        ("SN1",),
    )
    assert (second.po_number, second.po_line, second.quantity) == ("PO-2", "3", 1)


def test_a_receiving_advice_gives_one_receipt_for_each_order() -> None:
    found = trade("861", RECEIVED)
    first, second = found.receipts
    assert (first.id, first.po_number, first.date, first.packing_slip) == ("R-1", "PO-1", date(2026, 3, 6), "S-1")
    (line,) = first.lines
    assert (line.po_line, line.received, line.returned, line.pending, line.uom, line.lots) == (
        "1",
        12,
        1,
        2,
        "BX",
        ("L7",),
    )
    assert (second.po_number, second.lines[0].po_line, second.lines[0].received) == ("PO-2", "3", 5)


@pytest.mark.parametrize(
    ("code", "segments", "says"),
    [
        ("850", ["BEG*00*SA***20260301", *ORDER[1:]], "has no number"),
        ("850", ["BEG*04*SA*PO-1**20260301", *ORDER[1:]], "changes an earlier order"),
        ("850", ["BEG*00*SA*PO-1**20261301", *ORDER[1:]], "no readable date"),
        ("850", [*ORDER[:8], "PO1*1*12*BX**PE*VN*G-1"], "no readable price"),
        ("850", [*ORDER[:8], "PO1*1*1O*BX*2*PE*VN*G-1"], "no readable quantity"),
        ("850", [*ORDER[:8], "PO1*1*12**2*PE*VN*G-1"], "no unit"),
        ("850", [*ORDER[:9], ORDER[8]], "stands twice"),
        ("850", [*ORDER[:-1], "CTT*3"], "CTT counts 3"),
        ("850", ORDER[:8], "no line"),
        ("855", ["BAK*00*AC**20260302"], "names no order"),
        ("856", [s for s in SHIP if not s.startswith("PRF")], "names no order"),
        ("856", [s for s in SHIP if not s.startswith("SN1")], "no quantity"),
        ("861", [s for s in RECEIVED if not s.startswith("REF*PO")], "names no order"),
        ("861", ["BRA*R-1*20260306*00*1", "REF*PO*PO-1", "RCD*1*12*BX*1*EA"], "several units"),
        ("861", ["BRA*R-1*20260306*00*1", "REF*PO*PO-1", "RCD*1*-2*BX"], "no readable quantity"),
        ("861", ["BRA*R-1*20260306*04*1", *RECEIVED[1:]], "changes an earlier one"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(code: str, segments: list[str], says: str) -> None:
    found = read(code, segments)
    assert found.trade is None
    assert says in (found.reason or "")
    assert found.kind is not Kind.INVOICE


def test_wrong_counts_are_refused() -> None:
    (found,) = read_x12(x12("850", ORDER).replace(b"SE*15*1", b"SE*9*1"))
    assert found.trade is None
    assert "SE counts 9" in (found.reason or "")


@given(
    st.sampled_from(["850", "855", "856", "861"]), st.lists(st.text("ABEGHLPO1*CDRST0293- ", max_size=30), max_size=8)
)
def test_anything_is_a_value_or_a_reason(code: str, segments: list[str]) -> None:
    clean = [s for s in segments if not s.startswith(("ST", "SE", "GE", "GS", "IEA"))]
    for found in read_x12(x12(code, clean)):
        assert (found.trade is None) == bool(found.reason)
