"""Other values for a field, each with where it comes from: offered on Alt+1 to Alt+4 (must-have 5). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.document import Box
from pipeline.domain.orders import OrderLine, PurchaseOrder
from pipeline.domain.records import InvoiceRecord
from pipeline.review.compare import CompareRow
from pipeline.review.fields import SECRET, current_values

MOST = 4
SECOND, CANDIDATE, ORDER, LAST = "second_engine", "candidate", "order", "last"
# What a supplier prints alike on every invoice; a number or a date of the last one helps nobody.
LASTING = frozenset(
    {"supplier_name", "supplier_tax_id", "buyer_name", "currency", "account_no", "ship_to", "bill_to", "terms",
     "supplier_address", "tax_rate"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """One value to take instead. `source`: second_engine | candidate | order | last; `detail` names the order or the
    reason in the reader's words; `page` and `box` say where it stands, when it stands on the page."""

    value: str
    source: str
    detail: str = ""
    page: int | None = None
    box: Box | None = None


def header_offers(
    record: InvoiceRecord, orders: Sequence[PurchaseOrder], last: Mapping[str, str | None]
) -> dict[str, tuple[Offer, ...]]:
    """Offers by field name; bank details are never offered. `last` are the values of this supplier's last invoice."""
    values, found = current_values(record), dict[str, tuple[Offer, ...]]()
    read = record.reading.fields if record.reading else {}
    candidates = record.match.candidates if record.match else ()
    for name in {*read, *values, *LASTING, "po_number"} - SECRET:
        if name.startswith("lines["):
            continue
        printed = [
            Offer(a.value, SECOND if "second engine" in a.note or "second reader" in a.note else CANDIDATE, a.note, a.page,
                  a.box)
            for a in (read[name].alternatives if name in read else ())
        ]  # fmt: skip
        bought = [Offer(value, ORDER, number) for number, value in _of_orders(name, orders, candidates)]
        before = [Offer(str(last[name]), LAST)] if name in LASTING and last.get(name) else []
        offers = _chosen(values.get(name), printed, bought, before)
        if offers:
            found[name] = offers
    return found


def _of_orders(name: str, orders: Sequence[PurchaseOrder], candidates: Iterable[str]) -> list[tuple[str, str]]:
    """(order number, its value for a header field)."""
    if name == "po_number":
        return [(number, number) for number in dict.fromkeys((*(o.number for o in orders), *candidates))]
    if name == "currency":
        return [(order.number, order.currency) for order in orders]
    if name == "account_no":
        return [(order.number, order.supplier_account_no) for order in orders if order.supplier_account_no]
    return []


def line_offers(row: CompareRow, cells: Mapping[str, str]) -> dict[str, tuple[Offer, ...]]:
    """What the order line says, by column, where it differs from the cell."""
    if row.order is None:
        return {}
    detail = f"{row.po_number}/{row.order.no}"
    found = dict[str, tuple[Offer, ...]]()
    for column, value in _order_cells(row.order).items():
        if value and not _same(value, cells.get(column, "")):
            found[column] = (Offer(value, ORDER, detail),)
    return found


def _order_cells(line: OrderLine) -> dict[str, str]:
    return {
        "sku": line.supplier_item or line.buyer_item or "", "description": line.description,
        "quantity": format(line.qty.normalize(), "f"), "unit": line.uom, "unit_price": format(line.unit_price, "f"),
    }  # fmt: skip


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return Decimal(one) == Decimal(other)
    except ArithmeticError:
        return False


def _chosen(now: str | None, printed: list[Offer], bought: list[Offer], before: list[Offer]) -> tuple[Offer, ...]:
    """At most four, no value twice and not the present one: one of each source first, then what else is printed."""
    second = [o for o in printed if o.source == SECOND]
    others = [o for o in printed if o.source == CANDIDATE]
    order = (*second[:1], *others[:1], *bought[:1], *before[:1], *others[1:], *bought[1:], *second[1:])
    kept: dict[str, Offer] = {}
    for offer in order:
        if offer.value and offer.value != now:
            kept.setdefault(offer.value, offer)
    return tuple(kept.values())[:MOST]
