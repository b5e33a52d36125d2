"""Order data read off documents, into the store with its provenance (decision 0016; spec A.5, A.8, I.2).

The ERP is the system of record. A document has authority only when it came over a source that a partner entry names as our
own order system's (`order_data = true`), and its supplier is one of ours beyond doubt. Everything else is evidence for
people: a supplier's own word about an order or a receipt never decides a payment.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.domain.document import Channel, Document
from pipeline.domain.reading import Reading
from pipeline.domain.supplier import Supplier
from pipeline.domain.trade import STANDS_IN, TradeDocument, TradeRecord
from pipeline.ports import Masters, UnitOfWork


def keep_order_data(
    work: UnitOfWork, document: Document, readings: Sequence[Reading], trusted: Callable[[Document], bool]
) -> list[str]:
    """Store what the readings say about orders, inside the caller's transaction. Returns the numbers of the orders for
    which it may stand in, so that invoices that wait for them are matched again."""
    found = [(place, reading.trade) for place, reading in enumerate(readings) if reading.trade is not None]
    if not found:
        return []
    ours = document.channel is not Channel.EMAIL and trusted(document)
    records = [_record(work.masters, document, place, trade, ours) for place, trade in found]
    work.put_trade(records)
    return sorted({number for one in records if one.authority for number in one.document.po_numbers})


def _record(masters: Masters, document: Document, place: int, trade: TradeDocument, ours: bool) -> TradeRecord:
    supplier = supplier_of(masters, trade) if trade.kind == "order" else None
    if trade.order is not None:
        trade = replace(trade, order=replace(trade.order, supplier_id=supplier.id if supplier else ""))
    known = trade.kind != "order" or supplier is not None
    return TradeRecord(
        document.id,
        place,
        document.received_on,
        document.sequence,
        (document.batch or document.source_name)[:200],
        trade,
        authority=ours and known and trade.kind in STANDS_IN,
    )


def supplier_of(masters: Masters, trade: TradeDocument) -> Supplier | None:
    """The one supplier that the stated identifiers name: our own id or a tax id. A name alone never does."""
    found: dict[str, Supplier] = {}
    for identifier in trade.supplier_ids:
        own = masters.supplier(identifier)
        for supplier in (own,) if own else masters.find_by_tax_id(identifier):
            found[supplier.id] = supplier
    return next(iter(found.values())) if len(found) == 1 else None
