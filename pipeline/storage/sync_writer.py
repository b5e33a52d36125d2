"""ports.MasterWriter: rows of the ERP into the masters, only where they differ from what is stored (spec I.2)."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import delete, insert, select

from pipeline.domain.erp import BadErpData, Stream, StreamState
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.identifiers import squash
from pipeline.domain.invoice import PriorInvoice
from pipeline.domain.ledger import LedgerFacts
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import Supplier
from pipeline.storage import codec, erp_memory, ledger, master_writer
from pipeline.storage.keys import Keys
from pipeline.storage.rows import po_key
from pipeline.storage.sync_tables import sync_streams
from pipeline.storage.tables import prior_invoices, purchase_orders, receipts, supplier_banks, suppliers, usage_records
from pipeline.storage.unit_of_work import StoredUnitOfWork

CHUNK = 500
TOLD = "purchase_orders.told"
FEW = 20


@dataclass(slots=True)
class _Load:
    """The lists that master_writer takes. The ERP tells each row whole: nothing of an older load is kept."""

    kept: frozenset[str] = frozenset()
    facilities: list[Any] = field(default_factory=list)
    suppliers: list[Supplier] = field(default_factory=list)
    banks: list[Any] = field(default_factory=list)
    orders: list[PurchaseOrder] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    usage: list[UsageRecord] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)
    prior: list[PriorInvoice] = field(default_factory=list)
    ledger: LedgerFacts = field(default_factory=LedgerFacts)


class StoredSyncWriter(AbstractContextManager["StoredSyncWriter"]):
    """One transaction. Rolls back unless committed."""

    def __init__(self, unit_of_work: Callable[[], StoredUnitOfWork], keys: Keys, source: str = "erp") -> None:
        self._work, self._keys, self._source = unit_of_work(), keys, source

    def __enter__(self) -> Self:
        self._work.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._work.__exit__(kind, error, trace)

    def put_suppliers(self, rows: Iterable[Supplier]) -> Sequence[str]:
        new = self._new(suppliers, suppliers.c.id, {row.id: row for row in rows})
        sealed = self._sealed(list(new))
        self._load(_Load(suppliers=list(new.values())))
        for supplier in new.values():
            self._put_banks(supplier, sealed)
        return sorted(new)

    def put_orders(self, rows: Iterable[PurchaseOrder], complete: bool = False) -> Sequence[str]:
        """`complete`: these are all that the ERP has. One that it told before and has no more becomes `cancelled`."""
        given = {master_writer.order_key(row): row for row in self._canonical(list(rows))}
        keyed = {**given, **self._tombstones(set(given), complete)}
        new = self._new(purchase_orders, purchase_orders.c.po_key, keyed)
        self._load(_Load(orders=list(new.values())))
        return sorted(row.number for row in new.values())

    def _tombstones(self, given: set[str], complete: bool) -> dict[str, PurchaseOrder]:
        """Orders deleted over there: held, never matched any more. Orders that came by CSV only are not the ERP's to miss.

        Raises BadErpData when most are gone at once: that is a broken read, not a deletion.
        """
        known = self._told()
        gone = known - given if complete else set()
        if len(gone) > FEW and len(gone) * 2 > len(known):
            raise BadErpData("purchase orders", f"{len(gone)} of {len(known)} known ones are missing from a full read")
        if gone or not given <= known:
            self._tell(given if complete else known | given)
        found: dict[str, PurchaseOrder] = {}
        names = sorted(gone)
        for start in range(0, len(names), CHUNK):
            query = select(purchase_orders.c.po_key, purchase_orders.c.body)
            mine = purchase_orders.c.po_key.in_(names[start : start + CHUNK])
            for row in self._work.connection.execute(query.where(mine)):
                found[row.po_key] = replace(codec.load(PurchaseOrder, row.body), status="cancelled")
        return found

    def _told(self) -> set[str]:
        """Keys of the orders that the ERP has told us of."""
        body = self._work.connection.execute(select(sync_streams.c.body).where(sync_streams.c.stream == TOLD)).scalar()
        return set(json.loads(body)) if body else set()

    def _tell(self, keys: set[str]) -> None:
        connection = self._work.connection
        connection.execute(delete(sync_streams).where(sync_streams.c.stream == TOLD))
        connection.execute(insert(sync_streams).values(stream=TOLD, body=json.dumps(sorted(keys))))

    def put_receipts(self, rows: Iterable[Receipt]) -> Sequence[str]:
        new = self._new(receipts, receipts.c.id, {row.id: row for row in self._own_ids(list(rows))})
        self._load(_Load(receipts=list(new.values())))
        return sorted({row.po_number for row in new.values()})

    def put_usage(self, rows: Iterable[UsageRecord]) -> Sequence[str]:
        new = self._new(usage_records, usage_records.c.id, {master_writer.usage_key(row): row for row in rows})
        self._load(_Load(usage=list(new.values())))
        return sorted({row.po_number for row in new.values()})

    def put_billed(self, rows: Iterable[PriorInvoice]) -> Sequence[str]:
        # Cancelled ones first: of one number the living invoice is the one that counts.
        living_last = sorted(self._canonical(list(rows)), key=lambda row: row.status != "void")
        keyed = {master_writer.prior_key(row): row for row in living_last}
        new = self._new(prior_invoices, prior_invoices.c.id, keyed)
        self._load(_Load(prior=list(new.values())))
        named = {n for row in new.values() for n in (row.po_number, *(line.po_number for line in row.lines)) if n}
        return sorted(named)

    def put_reference(self, stream: Stream, rows: Iterable[Any]) -> Sequence[str]:
        """Replace the list. Returns the numbers of the open orders that read differently now."""
        connection = self._work.connection
        if stream is Stream.ACCOUNTS:
            # An ERP that names no account says nothing about them: what a file told stays.
            accounts = tuple(rows) or None
            held = {account.code for account in ledger.stored(connection).accounts or ()}
            erp_memory.believable(stream.value, held, {account.code for account in accounts or ()} or held)
            self.put_ledger(LedgerFacts(accounts=accounts))
            return ()
        if stream is Stream.XREFS:
            return self._renamed(erp_memory.put_xrefs(connection, rows))
        changed = erp_memory.put_rows(connection, stream, rows)
        items = {(supplier, squash(item)) for supplier, item in changed}
        return sorted(
            order.number
            for order in self._open_orders({supplier for supplier, _ in changed})
            if any((order.supplier_id, squash(line.buyer_item or "")) in items for line in order.lines)
        )

    def _open_orders(self, owners: set[str]) -> Iterable[PurchaseOrder]:
        names = sorted(owners)
        for start in range(0, len(names), CHUNK):
            mine = purchase_orders.c.supplier_id.in_(names[start : start + CHUNK])
            query = select(purchase_orders.c.body).where(mine, purchase_orders.c.status == "open")
            for body in self._work.connection.execute(query).scalars():
                yield codec.load(PurchaseOrder, body)

    def _renamed(self, external: set[str]) -> Sequence[str]:
        """Orders that were stored under a number of another system now belong to the supplier that it means (I.6)."""
        orders = list(self._open_orders(external))
        moved = [
            new for old, new in zip(orders, self._canonical(orders), strict=True) if new.supplier_id != old.supplier_id
        ]
        self._load(_Load(orders=moved))
        return sorted(order.number for order in moved)

    def _canonical(self, rows: list[Any]) -> list[Any]:
        """Rows under the one number that each supplier has here, whatever system named it (I.6)."""
        known = erp_memory.canonical(self._work.connection, {row.supplier_id for row in rows}, datetime.now(UTC).date())
        return [replace(row, supplier_id=known[row.supplier_id]) if row.supplier_id in known else row for row in rows]

    def put_ledger(self, facts: LedgerFacts) -> bool:
        connection = self._work.connection
        before = ledger.stored(connection)
        names = ("rates", "accounts", "budgets", "closed")
        told = {name: set(part) for name in names if (part := getattr(facts, name)) is not None}
        changed = {name: len(part) for name, part in told.items() if part != set(getattr(before, name) or ())}
        if changed:
            ledger.put(connection, replace(facts, **dict.fromkeys(told.keys() - changed.keys())))
            self._work.record(EventDraft(SYSTEM, Action.MASTER_LOADED, "masters", "ledger", after=changed))
        return bool(changed)

    def stream_state(self, stream: Stream) -> StreamState:
        query = select(sync_streams.c.body).where(sync_streams.c.stream == stream.value)
        body = self._work.connection.execute(query).scalar()
        return codec.load(StreamState, body) if body else StreamState(stream)

    def save_stream_state(self, state: StreamState) -> None:
        connection = self._work.connection
        connection.execute(delete(sync_streams).where(sync_streams.c.stream == state.stream.value))
        connection.execute(insert(sync_streams).values(stream=state.stream.value, body=codec.dump(state)))

    def commit(self) -> None:
        self._work.commit()

    def rollback(self) -> None:
        self._work.rollback()

    def _new(self, table: Any, key: Any, rows: dict[str, Any]) -> dict[str, Any]:
        """Those of `rows` whose stored body is another."""
        stored: dict[str, str] = {}
        names = list(rows)
        for start in range(0, len(names), CHUNK):
            query = select(key, table.c.body).where(key.in_(names[start : start + CHUNK]))
            stored.update({found[0]: found[1] for found in self._work.connection.execute(query)})
        return {name: row for name, row in rows.items() if stored.get(name) != codec.dump(row)}

    def _own_ids(self, rows: list[Receipt]) -> Iterable[Receipt]:
        """A delivery over several orders has one number in many ERPs: all but the first order get an id with the order."""
        owners: dict[str, str] = {}
        names = [row.id for row in rows]
        for start in range(0, len(names), CHUNK):
            query = select(receipts.c.id, receipts.c.po_key).where(receipts.c.id.in_(names[start : start + CHUNK]))
            owners.update({found[0]: found[1] for found in self._work.connection.execute(query)})
        for row in rows:
            order = po_key(row.po_number) or ""
            yield row if owners.setdefault(row.id, order) == order else replace(row, id=f"{row.id}/{order}")

    def _load(self, load: _Load) -> None:
        if any(getattr(load, name) for name in ("suppliers", "orders", "receipts", "usage", "prior")):
            master_writer.write(self._work, self._keys, load, self._source)

    def _sealed(self, suppliers_: list[str]) -> dict[tuple[str, str], tuple[str, Any]]:
        """Bank names and sealed account numbers that we hold, by supplier and fingerprint."""
        found: dict[tuple[str, str], tuple[str, Any]] = {}
        for start in range(0, len(suppliers_), CHUNK):
            mine = supplier_banks.c.supplier_id.in_(suppliers_[start : start + CHUNK])
            for row in self._work.connection.execute(select(supplier_banks).where(mine)):
                found[row.supplier_id, row.account_hmac] = row.bank_name, row.sealed
        return found

    def _put_banks(self, supplier: Supplier, held: dict[tuple[str, str], tuple[str, Any]]) -> None:
        """Fingerprints of the ERP's accounts; a sealed number that we hold for one stays."""
        connection, table = self._work.connection, supplier_banks
        connection.execute(delete(table).where(table.c.supplier_id == supplier.id))
        for fingerprint in sorted({bank.fingerprint for bank in supplier.banks}):
            name, sealed = held.get((supplier.id, fingerprint), ("", b""))
            row = {"supplier_id": supplier.id, "fingerprint": fingerprint, "account_hmac": fingerprint}
            connection.execute(insert(table).values(**row, bank_name=name, sealed=sealed))
