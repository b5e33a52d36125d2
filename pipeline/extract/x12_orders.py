"""X12 850, 855, 856 and 861: orders, acknowledgements, ship notices and receiving advices (spec A.5, A.8).

A ship notice says what the supplier claims to have sent; it is never a receipt.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from pipeline.domain.document import Kind
from pipeline.domain.errors import InvalidInput
from pipeline.domain.invoice import ONE, ZERO
from pipeline.domain.orders import OrderLine, PurchaseOrder, Receipt, ReceiptLine
from pipeline.domain.trade import TradeDocument, TradeLine
from pipeline.extract.einvoice_xml import number
from pipeline.extract.x12_envelope import Segment, Transaction, at

SKU, BUYER_ITEM, GTIN, MPN = (
    ("VC", "VN", "VP", "SK"),
    ("IN", "BP", "CB", "PI"),
    ("UK", "UP", "EN", "UI", "UA"),
    ("MG", "MF"),
)
PRICE_PER = {"HP": Decimal(100), "PH": Decimal(100), "TP": Decimal(1000), "PM": Decimal(1000), "PT": Decimal(1000)}
SELLERS = ("SE", "VN", "SU", "SF")
KINDS = {
    "850": Kind.PURCHASE_ORDER,
    "855": Kind.ORDER_ACK,
    "856": Kind.PACKING_SLIP,
    "861": Kind.RECEIPT,
}
CANCELLED = ("01", "03")  # BEG01: cancellation, delete
ORIGINAL = ("00", "05", "06", "07", "")  # original, replacement, confirmation, duplicate


def read_order_set(one: Transaction) -> TradeDocument:
    """What an 850, 855, 856 or 861 says. Raises InvalidInput naming what is missing or cannot be read."""
    if one.problems:
        raise InvalidInput(" ".join(one.problems))
    readers: dict[str, Callable[[list[Segment]], TradeDocument]] = {
        "850": _order,
        "855": _acknowledgement,
        "856": _shipment,
        "861": _receiving,
    }
    return readers[one.code](one.segments)


@dataclass
class _Head:
    """What stands before the first line."""

    currency: str = ""
    ids: list[str] = field(default_factory=list)
    name: str | None = None
    ship_to: str | None = None
    contract: str | None = None
    account: str | None = None
    terms: str | None = None
    requested: date | None = None


def _head(segments: list[Segment], stop: str) -> _Head:
    head, party = _Head(), ""
    for segment in segments:
        match segment[0]:
            case "CUR":
                head.currency = at(segment, 2).upper()
            case "N1":
                party = at(segment, 1)
                if party in SELLERS:
                    head.name = head.name or at(segment, 2) or None
                    head.ids += [at(segment, 4)] if at(segment, 4) else []
                elif party == "ST":
                    head.ship_to = at(segment, 4) or at(segment, 2) or None
            case "REF":
                _reference(head, at(segment, 1), at(segment, 2))
            case "ITD":
                days = at(segment, 7)
                head.terms = at(segment, 12) or (f"net {days} days" if days.isdigit() else None)
            case "DTM" if at(segment, 1) in ("002", "010") and head.requested is None:
                head.requested = _day(at(segment, 2))
            case name if name == stop:
                return head
    return head


def _reference(head: _Head, qualifier: str, value: str) -> None:
    match qualifier:
        case "VR" | "IA":
            head.ids.append(value)
        case "CT":
            head.contract = value or None
        case "AP" | "11":
            head.account = value or None


def _order(segments: list[Segment]) -> TradeDocument:
    beg = _first(segments, "BEG")
    purpose, po = at(beg, 1), _needed(at(beg, 3), "The order has no number (BEG03).")
    if purpose not in (*ORIGINAL, *CANCELLED):
        raise InvalidInput(f"The 850 changes an earlier order (BEG01 {purpose}); only whole orders are read.")
    head = _head(segments, "PO1")
    lines = [_order_line(loop, head) for loop in _loops(segments, "PO1")]
    if not lines:
        raise InvalidInput("The order has no line (PO1).")
    _unique([line.no for line in lines])
    _counted(segments, len(lines))
    day = _must_day(at(beg, 5), "The order has no readable date (BEG05).")
    order = PurchaseOrder(
        number=po,
        supplier_id="",
        status="cancelled" if purpose in CANCELLED else "open",
        currency=head.currency,
        order_date=day,
        lines=tuple(lines),
        ship_to=head.ship_to,
        supplier_account_no=head.account,
        payment_terms=head.terms,
    )
    return TradeDocument("order", po, day, (po,), "x12 850", tuple(head.ids), head.name, order=order)


def _order_line(loop: list[Segment], head: _Head) -> OrderLine:
    po1, rest = loop[0], loop[1:]
    ids = _ids(po1, 6)
    no = _needed(at(po1, 1) or ids.get("PL", ""), "A line of the order has no number (PO101).")
    price = number(at(po1, 4)) if at(po1, 4) else next((number(at(s, 3)) for s in rest if s[0] == "CTP"), None)
    if price is None:
        raise InvalidInput(f"Line {no} of the order has no readable price.")
    words = " ".join(at(s, 5) for s in rest if s[0] == "PID" and at(s, 5))
    due = [_day(at(s, 2)) for s in rest if s[0] == "DTM" and at(s, 1) in ("002", "010")]
    return OrderLine(
        no=no,
        qty=_must(at(po1, 2), f"Line {no} of the order has no readable quantity."),
        uom=_needed(at(po1, 3), f"Line {no} of the order has no unit."),
        unit_price=price,
        description=words,
        buyer_item=_pick(ids, BUYER_ITEM),
        supplier_item=_pick(ids, SKU),
        gtin=_pick(ids, GTIN),
        mpn=_pick(ids, MPN),
        price_base_qty=PRICE_PER.get(at(po1, 5), ONE),
        contract_id=head.contract,
        promised_date=next((d for d in due if d), head.requested),
    )


def _acknowledgement(segments: list[Segment]) -> TradeDocument:
    bak = _first(segments, "BAK")
    po = _needed(at(bak, 3), "The acknowledgement names no order (BAK03).")
    head, lines = _head(segments, "PO1"), []
    for loop in _loops(segments, "PO1"):
        po1, ids = loop[0], _ids(loop[0], 6)
        line = _trade_line(po, at(po1, 1) or ids.get("PL"), ids)
        line = replace(line, quantity=number(at(po1, 2)), uom=at(po1, 3) or None, price=number(at(po1, 4)))
        acks = [s for s in loop if s[0] == "ACK"]
        for ack in acks:
            asked = number(at(ack, 2)) if at(ack, 2) else line.quantity
            lines.append(
                replace(line, code=at(ack, 1), quantity=asked, uom=at(ack, 3) or line.uom, day=_day(at(ack, 5)))
            )
        if not acks:
            lines.append(line)
    code = at(bak, 2)
    if not lines:
        lines.append(TradeLine(po, code=code))
    return TradeDocument(
        "order_ack",
        at(bak, 8) or po,
        _day(at(bak, 4)),
        (po,),
        "x12 855",
        tuple(head.ids),
        head.name,
        lines=tuple(lines),
    )


def _shipment(segments: list[Segment]) -> TradeDocument:
    bsn = _first(segments, "BSN")
    slip = _needed(at(bsn, 2), "The ship notice has no number (BSN02).")
    head, lines = _head(segments, "-"), []
    parents: dict[str, str] = {}
    for loop in _loops(segments, "HL"):
        hl = loop[0]
        above = parents.get(at(hl, 2), "")
        po = next((at(s, 1) for s in loop if s[0] == "PRF" and at(s, 1)), above)
        parents[at(hl, 1)] = po
        if at(hl, 3) == "I":
            lines.append(_shipped(loop, po))
    if not lines:
        raise InvalidInput("The ship notice has no item (HL I).")
    orders = tuple(dict.fromkeys(line.po_number for line in lines))
    return TradeDocument(
        "shipment", slip, _day(at(bsn, 3)), orders, "x12 856", tuple(head.ids), head.name, lines=tuple(lines)
    )


def _shipped(loop: list[Segment], po: str) -> TradeLine:
    lin, sn1 = _first_of(loop, "LIN"), _first_of(loop, "SN1")
    if sn1 is None:
        raise InvalidInput("An item of the ship notice has no quantity (SN1).")
    ids = _ids(lin, 2) if lin else {}
    named = ids.get("PO") or po
    line = _trade_line(
        _needed(named, "An item of the ship notice names no order (PRF01)."),
        ids.get("PL") or (at(lin, 1) if lin else "") or at(sn1, 1) or None,
        ids,
    )
    refs = [(at(s, 1), at(s, 2)) for s in loop if s[0] == "REF"]
    return replace(
        line,
        quantity=_must(at(sn1, 2), "An item of the ship notice has no readable quantity (SN102)."),
        uom=at(sn1, 3) or None,
        lots=(*line.lots, *(value for name, value in refs if name == "LT" and value)),
        serials=(*line.serials, *(value for name, value in refs if name == "SE" and value)),
    )


def _receiving(segments: list[Segment]) -> TradeDocument:
    bra = _first(segments, "BRA")
    own = _needed(at(bra, 1), "The receiving advice has no number (BRA01).")
    if at(bra, 3) not in ORIGINAL:
        raise InvalidInput(f"The 861 changes an earlier one (BRA03 {at(bra, 3)}); only whole advices are read.")
    day = _must_day(at(bra, 2), "The receiving advice has no readable date (BRA02).")
    head = _head(segments, "RCD")
    before = segments[: next((n for n, s in enumerate(segments) if s[0] == "RCD"), len(segments))]
    common = next((_order_named(s) for s in before if _order_named(s)), "")
    found: dict[str, list[ReceiptLine]] = {}
    for loop in _loops(segments, "RCD"):
        po, line = _received(loop, common)
        found.setdefault(po, []).append(line)
    if not found:
        raise InvalidInput("The receiving advice has no line (RCD).")
    slip = next((at(s, 2) for s in before if s[0] == "REF" and at(s, 1) in ("PK", "SI", "BM")), "") or None
    receipts = tuple(Receipt(own, po, day, tuple(lines), packing_slip=slip) for po, lines in found.items())
    return TradeDocument("receipt", own, day, tuple(found), "x12 861", tuple(head.ids), head.name, receipts=receipts)


def _order_named(segment: Segment) -> str:
    if segment[0] == "PRF":
        return at(segment, 1)
    return at(segment, 2) if segment[0] == "REF" and at(segment, 1) == "PO" else ""


def _received(loop: list[Segment], common: str) -> tuple[str, ReceiptLine]:
    """RCD02 received, RCD04 returned, RCD06 in question: not accepted until somebody has looked (A.8 `pending`)."""
    rcd, lin = loop[0], _first_of(loop, "LIN")
    ids = _ids(lin, 2) if lin else {}
    own = next((_order_named(s) for s in loop if _order_named(s)), "")
    po = _needed(ids.get("PO") or own or common, "A line of the receiving advice names no order.")
    no = ids.get("PL") or next((at(s, 2) for s in loop if s[0] == "REF" and at(s, 1) == "LI"), "") or at(rcd, 1)
    no = _needed(no or (at(lin, 1) if lin else ""), "A line of the receiving advice has no number.")
    units = {at(rcd, place) for place in (3, 5, 7) if at(rcd, place)}
    if len(units) > 1:
        raise InvalidInput(f"Line {no} of the receiving advice counts in several units.")
    refs = [(at(s, 1), at(s, 2)) for s in loop if s[0] == "REF" and at(s, 2)]
    return po, ReceiptLine(
        po_line=no,
        received=_must(at(rcd, 2), f"Line {no} of the receiving advice has no readable quantity."),
        returned=_must(at(rcd, 4) or "0", f"Line {no} has no readable returned quantity."),
        pending=_must(at(rcd, 6) or "0", f"Line {no} has no readable quantity in question."),
        uom=units.pop() if units else None,
        lots=tuple(value for name, value in refs if name == "LT"),
        serials=tuple(value for name, value in refs if name == "SE"),
    )


def _trade_line(po: str, no: str | None, ids: dict[str, str]) -> TradeLine:
    return TradeLine(
        po,
        no or None,
        supplier_item=_pick(ids, SKU),
        buyer_item=_pick(ids, BUYER_ITEM),
        gtin=_pick(ids, GTIN),
        lots=tuple(filter(None, (ids.get("LT"),))),
        serials=tuple(filter(None, (ids.get("SN"),))),
    )


def _loops(segments: list[Segment], name: str) -> list[list[Segment]]:
    """The segments from each `name` up to the next one or the summary."""
    found: list[list[Segment]] = []
    for segment in segments:
        if segment[0] == name:
            found.append([segment])
        elif segment[0] == "CTT":
            break
        elif found:
            found[-1].append(segment)
    return found


def _counted(segments: list[Segment], lines: int) -> None:
    stated = next((at(s, 1) for s in segments if s[0] == "CTT"), "")
    if stated and stated != str(lines):
        raise InvalidInput(f"CTT counts {stated} lines, the order holds {lines}.")


def _unique(numbers: list[str]) -> None:
    if twice := sorted({each for each in numbers if numbers.count(each) > 1}):
        raise InvalidInput(f"The line number {', '.join(twice)} stands twice in the order.")


def _ids(segment: Segment, start: int) -> dict[str, str]:
    return {at(segment, i): at(segment, i + 1) for i in range(start, len(segment), 2) if at(segment, i + 1)}


def _pick(ids: dict[str, str], qualifiers: tuple[str, ...]) -> str | None:
    return next((ids[q] for q in qualifiers if q in ids), None)


def _first_of(segments: list[Segment], name: str) -> Segment | None:
    return next((s for s in segments if s[0] == name), None)


def _first(segments: list[Segment], name: str) -> Segment:
    found = _first_of(segments, name)
    if found is None:
        raise InvalidInput(f"The transaction set has no {name} segment.")
    return found


def _needed(value: str, sentence: str) -> str:
    if not value:
        raise InvalidInput(sentence)
    return value


def _must(raw: str, sentence: str) -> Decimal:
    value = number(raw) if raw else None
    if value is None or value < ZERO:
        raise InvalidInput(sentence)
    return value


def _day(raw: str) -> date | None:
    found = re.fullmatch(r"(\d{2}|\d{4})(\d{2})(\d{2})", raw)
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups())
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


def _must_day(raw: str, sentence: str) -> date:
    found = _day(raw)
    if found is None:
        raise InvalidInput(sentence)
    return found
