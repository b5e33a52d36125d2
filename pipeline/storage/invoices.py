"""Invoice records in the database, saved only by who has seen the stored version."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.domain.errors import InvalidInput, StaleVersion
from pipeline.domain.records import InvoiceRecord
from pipeline.storage import codec
from pipeline.storage.rows import invoice_row, order_keys, po_key
from pipeline.storage.tables import invoice_orders, invoices

WAITING = ("WAIT_RECEIPT", "IN_REVIEW")


class StoredInvoices:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, record: InvoiceRecord) -> None:
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(invoices).values(**invoice_row(record)))
        except IntegrityError as problem:
            raise InvalidInput(f"Invoice {record.id[:80]} exists already.") from problem
        self._link_orders(record)

    def get(self, invoice_id: str) -> InvoiceRecord:
        body = self._connection.execute(select(invoices.c.body).where(invoices.c.id == invoice_id)).scalar()
        if body is None:
            raise InvalidInput(f"There is no invoice {invoice_id[:80]}.")
        return codec.load(InvoiceRecord, body)

    def of_document(self, document_id: str) -> Sequence[InvoiceRecord]:
        query = select(invoices.c.body).where(invoices.c.document_id == document_id)
        rows = self._connection.execute(query.order_by(invoices.c.sequence, invoices.c.id))
        return [codec.load(InvoiceRecord, row.body) for row in rows]

    def save(self, record: InvoiceRecord) -> InvoiceRecord:
        """Raises StaleVersion when somebody else saved meanwhile, InvalidInput when there is no such invoice."""
        saved = replace(record, version=record.version + 1)
        mine = (invoices.c.id == record.id) & (invoices.c.version == record.version)
        if self._connection.execute(update(invoices).where(mine).values(**invoice_row(saved))).rowcount != 1:
            current = self._connection.execute(select(invoices.c.version).where(invoices.c.id == record.id)).scalar()
            if current is None:
                raise InvalidInput(f"There is no invoice {record.id[:80]}.")
            raise StaleVersion("Somebody else changed this invoice meanwhile.", int(current))
        self._link_orders(saved)
        return saved

    def waiting_on(self, po_numbers: Iterable[str]) -> Sequence[str]:
        wanted = sorted({found for number in po_numbers if (found := po_key(number))})
        linked = select(invoice_orders.c.invoice_id).where(invoice_orders.c.po_key.in_(wanted))
        query = select(invoices.c.id).where(invoices.c.id.in_(linked), invoices.c.state.in_(WAITING))
        return [row.id for row in self._connection.execute(query.order_by(invoices.c.sequence, invoices.c.id))]

    def _link_orders(self, record: InvoiceRecord) -> None:
        mine = invoice_orders.c.invoice_id == record.id
        wanted = order_keys(record)
        known = {row.po_key for row in self._connection.execute(select(invoice_orders.c.po_key).where(mine))}
        if gone := known - wanted:
            self._connection.execute(delete(invoice_orders).where(mine, invoice_orders.c.po_key.in_(sorted(gone))))
        if new := wanted - known:
            rows = [{"invoice_id": record.id, "po_key": po} for po in sorted(new)]
            self._connection.execute(insert(invoice_orders), rows)
