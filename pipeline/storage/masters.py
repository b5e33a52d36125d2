"""Master and purchasing data by indexed look-ups."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from sqlalchemy import Connection, select

from pipeline.domain.identifiers import norm_po, skeleton, squash
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import Facility, Supplier
from pipeline.storage import codec
from pipeline.storage.secrets import Keys
from pipeline.storage.tables import facilities, purchase_orders, receipts, supplier_banks, suppliers, usage_records


class StoredMasters:
    """ports.Masters within one transaction; lists of all suppliers and facilities are read once per transaction."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys

    def suppliers(self) -> Sequence[Supplier]:
        return self._suppliers

    def facilities(self) -> Sequence[Facility]:
        return self._facilities

    def supplier(self, supplier_id: str) -> Supplier | None:
        found = self._select_suppliers(suppliers.c.id == supplier_id)
        return found[0] if found else None

    def group(self, group: str) -> Sequence[Supplier]:
        return self._select_suppliers(suppliers.c.group_id == group)

    def find_by_tax_id(self, tax_id: str) -> Sequence[Supplier]:
        wanted = squash(tax_id)
        return self._select_suppliers(suppliers.c.tax_norm == wanted) if wanted else ()

    def find_by_bank(self, fingerprint: str) -> Sequence[Supplier]:
        query = select(supplier_banks.c.supplier_id).where(supplier_banks.c.fingerprint == fingerprint)
        ids = sorted(row.supplier_id for row in self._connection.execute(query))
        return self._select_suppliers(suppliers.c.id.in_(ids)) if ids else ()

    def find_order(self, number: str) -> PurchaseOrder | None:
        found = self.orders([number])
        return found[0] if found else None

    def orders(self, numbers: Iterable[str]) -> Sequence[PurchaseOrder]:
        """Orders by exact `norm_po`."""
        wanted = sorted({norm_po(number) for number in numbers} - {""})
        return self._select_orders(purchase_orders.c.po_norm.in_(wanted)) if wanted else ()

    def orders_like(self, number: str, supplier_group: str) -> Sequence[PurchaseOrder]:
        """Orders of the group whose number has the same skeleton (B.1 step 2)."""
        same = purchase_orders.c.skeleton == skeleton(number)
        return self._select_orders(same & (purchase_orders.c.supplier_group == supplier_group))

    def open_orders(self, supplier_group: str) -> Sequence[PurchaseOrder]:
        mine = purchase_orders.c.supplier_group == supplier_group
        return self._select_orders(mine & (purchase_orders.c.status == "open"))

    def receipts(self, po_number: str) -> Sequence[Receipt]:
        query = (
            select(receipts.c.body)
            .where(receipts.c.po_norm == norm_po(po_number))
            .order_by(receipts.c.day, receipts.c.id)
        )
        return [codec.load(Receipt, row.body) for row in self._connection.execute(query)]

    def usage(self, po_number: str) -> Sequence[UsageRecord]:
        query = (
            select(usage_records.c.body)
            .where(usage_records.c.po_norm == norm_po(po_number))
            .order_by(usage_records.c.id)
        )
        return [codec.load(UsageRecord, row.body) for row in self._connection.execute(query)]

    def bank_fingerprint(self, routing: str, account: str) -> str:
        digest = self._keys.bank_hmac(routing, account)
        query = select(supplier_banks.c.fingerprint).where(supplier_banks.c.account_hmac == digest).limit(1)
        known = self._connection.execute(query).scalar()
        return known or digest

    @cached_property
    def _suppliers(self) -> Sequence[Supplier]:
        return self._select_suppliers()

    @cached_property
    def _facilities(self) -> Sequence[Facility]:
        query = select(facilities.c.body).order_by(facilities.c.id)
        return [codec.load(Facility, row.body) for row in self._connection.execute(query)]

    def _select_suppliers(self, *conditions: object) -> Sequence[Supplier]:
        query = select(suppliers.c.body).where(*conditions).order_by(suppliers.c.id)  # type: ignore[arg-type]
        return [codec.load(Supplier, row.body) for row in self._connection.execute(query)]

    def _select_orders(self, condition: object) -> Sequence[PurchaseOrder]:
        query = select(purchase_orders.c.body).where(condition).order_by(purchase_orders.c.po_norm)  # type: ignore[arg-type]
        return [codec.load(PurchaseOrder, row.body) for row in self._connection.execute(query)]
