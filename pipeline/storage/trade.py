"""Order data from outside: kept as evidence, and standing in only where the ERP has nothing (decision 0016).

Standing in happens when facts are read, never by writing into the ERP's tables: as soon as the ERP tells of an order, its
own order and its own receipts are the only ones, and nothing is counted twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, insert, select

from pipeline.domain.orders import PurchaseOrder, Receipt
from pipeline.domain.trade import STANDS_IN, TradeRecord
from pipeline.storage import codec
from pipeline.storage.columns import key
from pipeline.storage.rows import po_key
from pipeline.storage.tables import purchase_orders
from pipeline.storage.trade_tables import trade_documents

MOST = 500
TOLD_BY = "order data"


def put(connection: Connection, records: Sequence[TradeRecord]) -> None:
    """Keep what documents say. The same document read again replaces what it said before."""
    for document_id in sorted({record.document_id for record in records}):
        connection.execute(delete(trade_documents).where(trade_documents.c.document_id == document_id))
    rows = [
        {
            "document_id": record.document_id,
            "position": record.position,
            "po_key": name,
            "kind": record.document.kind,
            "number_key": key(record.document.number) or "",
            "authority": record.authority and record.document.kind in STANDS_IN,
            "sequence": record.sequence,
            "body": codec.dump(record),
        }
        for record in records
        for name in sorted(set(filter(None, map(po_key, record.document.po_numbers))))
    ]
    if rows:
        connection.execute(insert(trade_documents), rows)


def about(connection: Connection, po_number: str) -> Sequence[TradeRecord]:
    """Everything that was sent about an order, in order of arrival."""
    table = trade_documents
    query = select(table.c.body).where(table.c.po_key == po_key(po_number)).order_by(table.c.sequence, table.c.position)
    return [codec.load(TradeRecord, body) for body in connection.execute(query.limit(MOST)).scalars()]


def orders(connection: Connection, keys: Iterable[str]) -> Sequence[PurchaseOrder]:
    """The latest order with authority under each key. The caller asks only for what the ERP does not have."""
    found: dict[str, PurchaseOrder] = {}
    for record in _standing(connection, keys, "order"):
        order = record.document.order
        if order is not None and (name := po_key(order.number)):
            found[name] = replace(order, source_as_of=f"{TOLD_BY} {record.document_id}")
    return list(found.values())


def receipts(connection: Connection, keys: Iterable[str]) -> Sequence[Receipt]:
    """Receipts with authority for orders that the ERP does not have; of one number the latest alone counts."""
    wanted = set(keys)
    if not wanted:
        return []
    known = select(purchase_orders.c.po_key).where(purchase_orders.c.po_key.in_(sorted(wanted)))
    unknown = wanted - set(connection.execute(known).scalars())
    found: dict[tuple[str, str], Receipt] = {}
    for record in _standing(connection, unknown, "receipt"):
        for receipt in record.document.receipts:
            name = po_key(receipt.po_number)
            if name in unknown:
                found[name, receipt.id] = receipt
    return sorted(found.values(), key=lambda receipt: (receipt.date, receipt.id))


def _standing(connection: Connection, keys: Iterable[str], kind: str) -> Sequence[TradeRecord]:
    wanted, table = sorted(set(keys)), trade_documents
    found: list[TradeRecord] = []
    for start in range(0, len(wanted), MOST):
        mine = table.c.po_key.in_(wanted[start : start + MOST])
        query = select(table.c.body).where(mine, table.c.kind == kind, table.c.authority.is_(True))
        rows = connection.execute(query.order_by(table.c.sequence, table.c.position)).scalars()
        found += [codec.load(TradeRecord, body) for body in rows]
    return found
