"""Master and purchasing data by indexed look-ups."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from pipeline.domain.erp import SupplierXref
from pipeline.domain.identifiers import skeleton, squash
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import Facility, Supplier
from pipeline.storage import codec, trade
from pipeline.storage.columns import key
from pipeline.storage.erp_memory import complete
from pipeline.storage.erp_tables import supplier_xref
from pipeline.storage.keys import Keys
from pipeline.storage.rows import po_key
from pipeline.storage.tables import (
    counters,
    facilities,
    purchase_orders,
    receipts,
    supplier_banks,
    suppliers,
    usage_records,
)

# Counts the loads; every process sees by it that its copy of the lists is old.
VERSION = "masters"


@dataclass(frozen=True)
class _Lists:
    version: int
    suppliers: tuple[Supplier, ...]
    facilities: tuple[Facility, ...]


class MasterCache:
    """The lists of all suppliers and facilities, read once per load instead of once per invoice."""

    def __init__(self) -> None:
        self._lists: _Lists | None = None
        self._lock = threading.Lock()

    def get(self, connection: Connection) -> _Lists:
        version = connection.execute(select(counters.c.value).where(counters.c.name == VERSION)).scalar() or 0
        with self._lock:
            if self._lists is None or self._lists.version != version:
                self._lists = _Lists(
                    int(version), _all(connection, suppliers, Supplier), _all(connection, facilities, Facility)
                )
            return self._lists

    def forget(self) -> None:
        with self._lock:
            self._lists = None


def _all(connection: Connection, table: Any, kind: type[Any]) -> tuple[Any, ...]:
    rows = connection.execute(select(table.c.body).order_by(table.c.id))
    return tuple(codec.load(kind, row.body) for row in rows)


class StoredMasters:
    """ports.Masters within one transaction."""

    def __init__(self, connection: Connection, keys: Keys, cache: MasterCache) -> None:
        self._connection, self._keys, self._cache = connection, keys, cache

    def suppliers(self) -> Sequence[Supplier]:
        return self._cache.get(self._connection).suppliers

    def facilities(self) -> Sequence[Facility]:
        return self._cache.get(self._connection).facilities

    def supplier(self, supplier_id: str) -> Supplier | None:
        found = self._select_suppliers(suppliers.c.id == supplier_id)
        return found[0] if found else None

    def group(self, group: str) -> Sequence[Supplier]:
        """Every supplier of a group (A.6 `group_id`)."""
        return self._select_suppliers(suppliers.c.group_id == group)

    def find_by_tax_id(self, tax_id: str) -> Sequence[Supplier]:
        wanted = key(squash(tax_id))
        return self._select_suppliers(suppliers.c.tax_key == wanted) if wanted else ()

    def find_by_bank(self, fingerprint: str) -> Sequence[Supplier]:
        owners = select(supplier_banks.c.supplier_id).where(supplier_banks.c.fingerprint == fingerprint)
        return self._select_suppliers(suppliers.c.id.in_(owners))

    def find_by_identifier(self, number: str) -> Sequence[Supplier]:
        """By GLN, or by an approved number of another system that is valid today (A.6 step 2, I.6)."""
        wanted = squash(number)
        if not wanted:
            return ()
        by_gln = {s.id for s in self.suppliers() if any(squash(gln) == wanted for gln in s.gln)}
        query = select(supplier_xref.c.body).where(supplier_xref.c.external_key == key(wanted))
        known = [codec.load(SupplierXref, body) for body in self._connection.execute(query).scalars()]
        ids = by_gln | {xref.supplier_id for xref in known if xref.holds(date.today())}
        return self._select_suppliers(suppliers.c.id.in_(sorted(ids))) if ids else ()

    def find_order(self, number: str) -> PurchaseOrder | None:
        found = self.orders([number])
        return found[0] if found else None

    def orders(self, numbers: Iterable[str]) -> Sequence[PurchaseOrder]:
        """Orders by exact `norm_po` (B.1 step 1): the ERP's, else what our own order system sent (decision 0016)."""
        wanted = sorted({found for number in numbers if (found := po_key(number))})
        if not wanted:
            return ()
        told = self._select_orders(purchase_orders.c.po_key.in_(wanted))
        missing = set(wanted) - {po_key(order.number) for order in told}
        return [*told, *trade.orders(self._connection, missing)] if missing else told

    def orders_like(self, number: str, supplier_group: str) -> Sequence[PurchaseOrder]:
        """Orders of the group whose number has the same skeleton (B.1 step 2)."""
        same = purchase_orders.c.skeleton_key == key(skeleton(number))
        return self._select_orders(same & self._of_group(supplier_group))

    def open_orders(self, supplier_group: str) -> Sequence[PurchaseOrder]:
        return self._select_orders(self._of_group(supplier_group) & (purchase_orders.c.status == "open"))

    def receipts(self, po_number: str) -> Sequence[Receipt]:
        return self.receipts_of([po_number])

    def usage(self, po_number: str) -> Sequence[UsageRecord]:
        return self.usage_of([po_number])

    def receipts_of(self, po_numbers: Iterable[str]) -> Sequence[Receipt]:
        """Receipts of all these orders, by date."""
        numbers = list(po_numbers)
        rows = self._of_orders(receipts, numbers, receipts.c.day, receipts.c.id)
        keys = {found for number in numbers if (found := po_key(number))}
        return [*(codec.load(Receipt, body) for body in rows), *trade.receipts(self._connection, keys)]

    def usage_of(self, po_numbers: Iterable[str]) -> Sequence[UsageRecord]:
        return [
            codec.load(UsageRecord, body) for body in self._of_orders(usage_records, po_numbers, usage_records.c.id)
        ]

    def bank_fingerprint(self, routing: str, account: str) -> str:
        digest = self._keys.bank_hmac(routing, account)
        query = select(supplier_banks.c.fingerprint).where(supplier_banks.c.account_hmac == digest)
        known = self._connection.execute(query.order_by(supplier_banks.c.fingerprint).limit(1)).scalar()
        return known or digest

    def _of_orders(self, table: Any, po_numbers: Iterable[str], *order: Any) -> list[str]:
        wanted = sorted({found for number in po_numbers if (found := po_key(number))})
        bodies: list[str] = []
        for start in range(0, len(wanted), 500):
            query = select(table.c.body).where(table.c.po_key.in_(wanted[start : start + 500])).order_by(*order)
            bodies += [row.body for row in self._connection.execute(query)]
        return bodies

    def _of_group(self, group: str) -> ColumnElement[bool]:
        return purchase_orders.c.supplier_id.in_(select(suppliers.c.id).where(suppliers.c.group_id == group))

    def _select_suppliers(self, condition: ColumnElement[bool]) -> Sequence[Supplier]:
        query = select(suppliers.c.body).where(condition).order_by(suppliers.c.id)
        return [codec.load(Supplier, row.body) for row in self._connection.execute(query)]

    def _select_orders(self, condition: ColumnElement[bool]) -> Sequence[PurchaseOrder]:
        query = select(purchase_orders.c.body).where(condition).order_by(purchase_orders.c.po_key)
        found = [codec.load(PurchaseOrder, row.body) for row in self._connection.execute(query)]
        return complete(self._connection, found)
