"""X12 810 invoices, read exactly (spec A, column X12; rule 0.2: TDS01 and SAC05 have two implied decimals)."""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from pipeline.domain.document import Kind, ReadStatus
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import Extracted, ReadCharge, Reading, ReadLine, ReadTax, Source
from pipeline.extract.einvoice_charges import charge_type
from pipeline.extract.einvoice_draft import MALFORMED, Draft, plain
from pipeline.extract.einvoice_xml import number
from pipeline.extract.x12_envelope import Segment, Transaction, at, transactions
from pipeline.extract.x12_orders import KINDS, read_order_set

CENT = Decimal("0.01")
ZERO = Decimal(0)
OTHER_KINDS = {"860": Kind.PURCHASE_ORDER, "865": Kind.ORDER_ACK, "820": Kind.OTHER}
CREDIT_TYPES = frozenset({"CN", "CR", "CI"})
HEADER_REFS = {
    "AP": "account_no", "VN": "sales_order", "CT": "contract_ref", "PK": "despatch_ref", "BM": "despatch_ref",
    "RV": "receipt_ref", "OI": "references_invoice", "DP": "buyer_reference", "PO": "po_number", "IA": "supplier_ids",
    "TJ": "supplier_tax_id", "EI": "supplier_tax_id", "GT": "supplier_tax_id", "VX": "supplier_tax_id",
}  # fmt: skip
PARTY_REFS = {
    "supplier": ("TJ", "EI", "GT", "VX", "IA"),
    "buyer": ("AP",),
    "ship_to": ("AP",),
}
PARTIES = {
    "SE": "supplier", "VN": "supplier", "SU": "supplier", "BT": "buyer", "BY": "buyer", "ST": "ship_to",
    "RI": "remit_to", "RE": "remit_to",
}  # fmt: skip
SKU, BUYER_ITEM, GTIN, MPN = (
    ("VC", "VN", "VP", "SK"),
    ("IN", "BP", "CB", "PI"),
    ("UK", "UP", "EN", "UI", "UA"),
    ("MG", "MF"),
)
PRICE_PER = {"HP": Decimal(100), "PH": Decimal(100), "TP": Decimal(1000), "PM": Decimal(1000), "PT": Decimal(1000)}
TAX_SAC = frozenset({"H850", "H740", "H625", "H630", "H640"})


def read_x12(data: bytes) -> tuple[Reading, ...]:
    """One reading for each transaction set: 810, 850, 855, 856 and 861 in full, others by their kind only.

    Wrong counts and control numbers are findings DOC_MALFORMED_EINVOICE. Raises InvalidInput for a broken interchange.
    """
    return tuple(_invoice(one) if one.code == "810" else _other(one) for one in transactions(data))


def _other(one: Transaction) -> Reading:
    engines = {"edi": f"x12 {one.code}"}
    if one.code in KINDS:
        try:
            return Reading(ReadStatus.OK, KINDS[one.code], None, 0, engines=engines, trade=read_order_set(one))
        except InvalidInput as problem:
            why = ((MALFORMED, str(problem)),)
            return Reading(ReadStatus.OK, KINDS[one.code], None, 0, str(problem), findings=why, engines=engines)
    findings = ((MALFORMED, " ".join(one.problems)),) if one.problems else ()
    kind = OTHER_KINDS.get(one.code, Kind.OTHER)
    return Reading(ReadStatus.OK, kind, None, 0, findings=findings, engines=engines)


@dataclass
class _State:
    """Where in the 810 we are: `line` is the open IT1 loop, `party` the open N1 loop."""

    draft: Draft
    line: ReadLine | None = None
    party: str | None = None
    summary: bool = False
    addresses: dict[str, list[str]] = field(default_factory=dict)
    line_taxes: list[ReadTax] = field(default_factory=list)
    tax_charges: list[Decimal] = field(default_factory=list)
    line_parties: dict[str, set[str]] = field(default_factory=dict)
    credit: bool = False
    prepayment: bool = False


def _invoice(one: Transaction) -> Reading:
    state = _State(Draft(Source.EDI, problems=list(one.problems)))
    state.draft.put("control_number", one.control)
    for segment in one.segments[1:]:
        handler = HANDLERS.get(segment[0])
        if handler:
            handler(state, segment)
    _close_line(state)
    _finish(state)
    kind = Kind.CREDIT_NOTE if state.credit else Kind.INVOICE
    kind_type = "credit_note" if state.credit else "prepayment" if state.prepayment else "invoice"
    reading = state.draft.done(kind, kind_type, "x12")
    return replace(reading, engines={"edi": "x12 810"})


def _big(state: _State, segment: Segment) -> None:
    _put_day(state, "invoice_date", at(segment, 1))
    state.draft.put("invoice_number", at(segment, 2))
    state.draft.put("po_number", at(segment, 4))
    state.draft.put("po_release", at(segment, 5))
    state.credit = at(segment, 7) in CREDIT_TYPES
    state.prepayment = at(segment, 7) == "PP"
    state.draft.put("invoice_type_code", at(segment, 7))


def _cur(state: _State, segment: Segment) -> None:
    state.draft.put("currency", at(segment, 2).upper())


def _ref(state: _State, segment: Segment) -> None:
    qualifier, value = at(segment, 1), at(segment, 2) or at(segment, 3)
    if state.line is not None:
        _line_ref(state, qualifier, value)
    elif state.party is None or qualifier in PARTY_REFS.get(state.party, ()):
        name = HEADER_REFS.get(qualifier)
        if name:
            state.draft.put(name, value)


def _line_ref(state: _State, qualifier: str, value: str) -> None:
    line = state.line
    if line is None or state.party is not None or not value:
        return
    match qualifier:
        case "PO":
            state.line = replace(line, po_number=line.po_number or value)
        case "LI":
            state.line = replace(line, po_line=line.po_line or value)
        case "LT":
            state.line = replace(line, lots=(*line.lots, value))
        case "SE":
            state.line = replace(line, serials=(*line.serials, value))


def _n1(state: _State, segment: Segment) -> None:
    state.party = PARTIES.get(at(segment, 1), "")
    name, code = at(segment, 2), at(segment, 4)
    if state.line is not None and not state.summary:
        state.line_parties.setdefault(state.party, set()).add(code or name)
        return
    state.addresses.setdefault(state.party, [name] if name else [])
    match state.party:
        case "supplier":
            state.draft.put("supplier_name", name)
            state.draft.put("supplier_ids", code)
        case "buyer":
            state.draft.put("buyer_name", name)
            state.draft.put("buyer_id", code)
        case "ship_to":
            state.draft.put("ship_to", code)
            state.draft.put("ship_to_name", name)
        case "remit_to":
            state.draft.put("remit_to", name or code)
            state.draft.put("remit_to_id", code)


def _address(state: _State, segment: Segment) -> None:
    if state.party and state.line is None:
        state.addresses.setdefault(state.party, []).extend(part for part in segment[1:] if part)


def _itd(state: _State, segment: Segment) -> None:
    _put_day(state, "due_date", at(segment, 6))
    net_days = at(segment, 7)
    if len(net_days) == 8:  # some senders put the net due date where the net days belong
        _put_day(state, "due_date", net_days)
        net_days = ""
    parts = []
    if at(segment, 3) and at(segment, 5):
        parts.append(f"{at(segment, 3)}% {at(segment, 5)} days")
    if net_days:
        parts.append(f"net {net_days} days")
    state.draft.put("terms", at(segment, 12) or ", ".join(parts))


def _dtm(state: _State, segment: Segment) -> None:
    name = {"011": "delivery_date", "186": "period_start", "187": "period_end"}.get(at(segment, 1))
    if name and state.line is None:
        _put_day(state, name, at(segment, 2))


def _it1(state: _State, segment: Segment) -> None:
    _close_line(state)
    state.party = None
    ids = {at(segment, i): at(segment, i + 1) for i in range(6, len(segment), 2) if at(segment, i + 1)}
    state.line = ReadLine(
        no=at(segment, 1) or str(len(state.draft.lines) + 1),
        quantity=_decimal(state, at(segment, 2), "quantity"),
        unit=at(segment, 3) or None,
        unit_price=_decimal(state, at(segment, 4), "price"),
        price_base_qty=PRICE_PER.get(at(segment, 5), Decimal(1)),
        sku=_pick(ids, SKU),
        buyer_item=_pick(ids, BUYER_ITEM),
        gtin=_pick(ids, GTIN),
        mpn=_pick(ids, MPN),
        po_number=ids.get("PO"),
        po_line=ids.get("PL"),
        serials=tuple(filter(None, (ids.get("SN"),))),
        lots=tuple(filter(None, (ids.get("LT"),))),
        source=Source.EDI,
    )


def _pick(ids: dict[str, str], qualifiers: tuple[str, ...]) -> str | None:
    return next((ids[q] for q in qualifiers if q in ids), None)


def _pid(state: _State, segment: Segment) -> None:
    if state.line is not None and at(segment, 5):
        words = " ".join(filter(None, (state.line.description, at(segment, 5))))
        state.line = replace(state.line, description=words)


def _ctp(state: _State, segment: Segment) -> None:
    if state.line is not None and state.line.unit_price is None:
        state.line = replace(state.line, unit_price=_decimal(state, at(segment, 3), "price"))


def _po4(state: _State, segment: Segment) -> None:
    if state.line is not None:
        state.line = replace(state.line, pack_qty=_decimal(state, at(segment, 1), "pack"))


def _sac(state: _State, segment: Segment) -> None:
    """An allowance (A) or charge (C); N is information only. Amounts have two implied decimals."""
    indicator, code = at(segment, 1), at(segment, 2)
    amount = _implied(state, at(segment, 5), "SAC05")
    if indicator not in ("A", "C") or amount is None:
        return
    if code in TAX_SAC and indicator == "C":
        if state.line is None:
            state.tax_charges.append(amount)
        return
    if state.line is not None:
        name = "allowance" if indicator == "A" else "charge"
        state.line = replace(state.line, **{name: getattr(state.line, name) + amount})
        return
    kind = charge_type(code, at(segment, 15), indicator == "C")
    state.draft.charges.append(ReadCharge(kind, amount, indicator == "C"))


def _txi(state: _State, segment: Segment) -> None:
    amount = _decimal(state, at(segment, 2), "tax")
    if amount is None:
        return
    base = _decimal(state, at(segment, 8), "tax base") or ZERO
    row = ReadTax(base, _decimal(state, at(segment, 3), "tax rate") or ZERO, amount)
    (state.line_taxes if state.line is not None else state.draft.taxes).append(row)


def _tds(state: _State, segment: Segment) -> None:
    _close_line(state)
    state.summary, state.party = True, None
    total = _implied(state, at(segment, 1), "TDS01")
    if total is not None:
        state.draft.put("total", plain(total), at(segment, 1))
        state.draft.put("amount_due", plain(total), at(segment, 1))


def _cad(state: _State, segment: Segment) -> None:
    state.draft.put("despatch_ref", at(segment, 8))


def _ctt(state: _State, segment: Segment) -> None:
    stated = at(segment, 1)
    if stated and stated != str(len(state.draft.lines)):
        state.draft.problems.append(f"CTT counts {stated} lines, the invoice holds {len(state.draft.lines)}.")


def _close_line(state: _State) -> None:
    line = state.line
    if line is None:
        return
    if line.quantity is not None and line.unit_price is not None:
        extended = (line.quantity * line.unit_price / line.price_base_qty).quantize(CENT, ROUND_HALF_UP)
        line = replace(line, line_total=extended - line.allowance + line.charge)
    state.draft.lines.append(line)
    state.line = None


def _finish(state: _State) -> None:
    """Sums that an 810 does not state (spec: derived), and parties given on every line alike."""
    draft = state.draft
    totals = [line.line_total for line in draft.lines]
    net = sum((value for value in totals if value is not None), ZERO)
    if totals and None not in totals:
        draft.put("subtotal", plain(net))
    if not draft.taxes:
        draft.taxes.extend(state.line_taxes)
    tax = sum((row.amount for row in draft.taxes), ZERO) if draft.taxes else sum(state.tax_charges, ZERO)
    if draft.taxes or state.tax_charges:
        draft.put("tax_total", plain(tax))
    elif "subtotal" in draft.fields and "total" in draft.fields:
        extras = sum((c.amount if c.is_charge else -c.amount for c in draft.charges), ZERO)
        if net + extras == Decimal(draft.fields["total"].value):
            why = "lines and charges make up the total"
            draft.fields["tax_total"] = Extracted("0.00", 1.0, Source.ARITHMETIC, why=why)
    for name, label in (("supplier", "supplier_address"), ("buyer", "bill_to"), ("ship_to", "ship_to")):
        draft.put(label, ", ".join(state.addresses.get(name, ())) or None)
    places = state.line_parties.get("ship_to", set())
    if len(places) == 1:
        draft.put("ship_to", next(iter(places)))


def _put_day(state: _State, name: str, raw: str) -> None:
    if not raw:
        return
    found = re.fullmatch(r"(\d{2}|\d{4})(\d{2})(\d{2})", raw)
    try:
        year, month, day = (int(part) for part in found.groups()) if found else (0, 0, 0)
        value = date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        state.draft.problems.append(f"“{raw[:20]}” is no date.")
        return
    state.draft.put(name, value.isoformat(), raw)


def _decimal(state: _State, raw: str, what: str) -> Decimal | None:
    value = number(raw) if raw else None
    if raw and value is None:
        state.draft.problems.append(f"The {what} “{raw[:20]}” is no number.")
    return value


def _implied(state: _State, raw: str, what: str) -> Decimal | None:
    """N2: the last two digits are cents. A decimal point in such a field is an error, and which one is not guessed."""
    if not raw:
        return None
    if not re.fullmatch(r"-?\d{1,15}", raw):
        state.draft.problems.append(f"{what} “{raw[:20]}” is no whole number of cents.")
        return None
    return Decimal(raw).scaleb(-2)


HANDLERS = {
    "BIG": _big, "CUR": _cur, "REF": _ref, "N1": _n1, "N2": _address, "N3": _address, "N4": _address, "ITD": _itd,
    "DTM": _dtm, "IT1": _it1, "PID": _pid, "CTP": _ctp, "PO4": _po4, "SAC": _sac, "TXI": _txi, "TDS": _tds,
    "CAD": _cad, "CTT": _ctt,
}  # fmt: skip
