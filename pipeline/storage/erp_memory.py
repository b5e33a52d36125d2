"""ports.ErpMemory: what we keep about the ERP's side, in the transaction of a unit of work."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from pipeline.domain.agreed import with_contract, with_units
from pipeline.domain.erp import (
    BadErpData,
    ContractPrice,
    GlAccount,
    IntegrationFailure,
    ItemUom,
    SignOff,
    Stream,
    SupplierConflict,
    SupplierXref,
)
from pipeline.domain.identifiers import squash
from pipeline.domain.orders import PurchaseOrder
from pipeline.storage import codec, ledger
from pipeline.storage.columns import key
from pipeline.storage.erp_tables import erp_reference, integration_failures, reconciliation_sign_offs, supplier_xref
from pipeline.storage.tables import supplier_banks, suppliers

CHUNK = 500
FEW = 20


class StoredErpMemory:
    """ports.ErpMemory."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def accounts(self) -> Sequence[GlAccount]:
        return ledger.stored(self._connection).accounts or ()

    def xrefs(self, supplier_id: str | None = None) -> Sequence[SupplierXref]:
        query = select(supplier_xref.c.body).order_by(supplier_xref.c.id)
        if supplier_id is not None:
            query = query.where(supplier_xref.c.supplier_id == supplier_id)
        return [codec.load(SupplierXref, body) for body in self._connection.execute(query).scalars()]

    def conflicts(self) -> Sequence[SupplierConflict]:
        """Suppliers of different groups with one tax id or bank account, and numbers that lead to nobody we know."""
        shared = select(suppliers.c.tax_key).where(suppliers.c.tax_key.is_not(None)).group_by(suppliers.c.tax_key)
        shared = shared.having(func.count(func.distinct(suppliers.c.group_id)) > 1)
        taxed = select(suppliers.c.tax_key, suppliers.c.id).where(suppliers.c.tax_key.in_(shared))
        joined = supplier_banks.join(suppliers, suppliers.c.id == supplier_banks.c.supplier_id)
        mark = supplier_banks.c.fingerprint
        both = select(mark).select_from(joined).group_by(mark)
        both = both.having(func.count(func.distinct(suppliers.c.group_id)) > 1)
        banked = select(mark, supplier_banks.c.supplier_id).where(mark.in_(both))
        unknown = select(supplier_xref.c.external_key, supplier_xref.c.supplier_id).where(
            supplier_xref.c.supplier_id.not_in(select(suppliers.c.id))
        )
        return [
            *self._grouped("tax_id", taxed), *self._grouped("bank", banked), *self._grouped("external_id", unknown)
        ]  # fmt: skip

    def _grouped(self, what: str, query: Any) -> list[SupplierConflict]:
        found: dict[str, set[str]] = defaultdict(set)
        for shared, supplier in self._connection.execute(query):
            found[shared].add(supplier)
        # Neither a tax id nor a fingerprint is shown: the suppliers say enough.
        hints = {name: name if what == "external_id" else "" for name in found}
        return [SupplierConflict(what, tuple(sorted(ids)), hints[name]) for name, ids in sorted(found.items())]

    def failures(self) -> Sequence[IntegrationFailure]:
        query = select(integration_failures.c.body).order_by(
            integration_failures.c.last_at.desc(), integration_failures.c.fingerprint
        )
        return [codec.load(IntegrationFailure, body) for body in self._connection.execute(query).scalars()]

    def failure(self, fingerprint: str) -> IntegrationFailure | None:
        query = select(integration_failures.c.body).where(integration_failures.c.fingerprint == fingerprint)
        body = self._connection.execute(query).scalar()
        return codec.load(IntegrationFailure, body) if body else None

    def save_failure(self, failure: IntegrationFailure) -> None:
        table = integration_failures
        self._connection.execute(delete(table).where(table.c.fingerprint == failure.fingerprint))
        values = {"open": failure.resolved_at is None, "last_at": failure.last_at, "body": codec.dump(failure)}
        self._connection.execute(insert(table).values(fingerprint=failure.fingerprint, **values))

    def sign_offs(self, limit: int = 30) -> Sequence[SignOff]:
        table = reconciliation_sign_offs
        query = select(table.c.body).order_by(table.c.at.desc(), table.c.id).limit(limit)
        return [codec.load(SignOff, body) for body in self._connection.execute(query).scalars()]

    def save_sign_off(self, one: SignOff) -> None:
        self._connection.execute(insert(reconciliation_sign_offs).values(id=one.id, at=one.at, body=codec.dump(one)))


def owner_of(supplier_id: str, item: str) -> str:
    """What units and prices of an item are looked up by."""
    return key(f"{supplier_id}/{squash(item)}") or ""


def complete(connection: Connection, orders: Sequence[PurchaseOrder]) -> list[PurchaseOrder]:
    """Orders with what the item master and contracts say of their lines; one look-up for all of them."""
    wanted = {owner_of(o.supplier_id, line.buyer_item) for o in orders for line in o.lines if line.buyer_item}
    units, prices = _known(connection, sorted(wanted))
    if not units and not prices:
        return list(orders)
    return [_completed(order, units, prices) for order in orders]


def _completed(
    order: PurchaseOrder, units: dict[str, list[ItemUom]], prices: dict[str, list[ContractPrice]]
) -> PurchaseOrder:
    lines = []
    for line in order.lines:
        owner = owner_of(order.supplier_id, line.buyer_item) if line.buyer_item else ""
        lines.append(with_contract(order, with_units(line, units.get(owner, ())), prices.get(owner, ())))
    return replace(order, lines=tuple(lines))


def _known(
    connection: Connection, owners: list[str]
) -> tuple[dict[str, list[ItemUom]], dict[str, list[ContractPrice]]]:
    units: dict[str, list[ItemUom]] = defaultdict(list)
    prices: dict[str, list[ContractPrice]] = defaultdict(list)
    kinds = (Stream.ITEM_UOMS.value, Stream.CONTRACT_PRICES.value)
    for start in range(0, len(owners), CHUNK):
        mine = erp_reference.c.owner.in_(owners[start : start + CHUNK]) & erp_reference.c.kind.in_(kinds)
        for row in connection.execute(select(erp_reference).where(mine).order_by(erp_reference.c.id)):
            if row.kind == Stream.ITEM_UOMS.value:
                units[row.owner].append(codec.load(ItemUom, row.body))
            else:
                prices[row.owner].append(codec.load(ContractPrice, row.body))
    return units, prices


def canonical(connection: Connection, ids: Iterable[str], day: date) -> dict[str, str]:
    """Numbers of other systems -> our supplier (I.6). One that is a supplier's own id, leads to two
    or to nobody stays as it is."""
    names = sorted(set(ids))
    own: set[str] = set()
    found: dict[str, set[str]] = defaultdict(set)
    by_key = {key(squash(name)): name for name in names}
    for start in range(0, len(names), CHUNK):
        part = names[start : start + CHUNK]
        own |= set(connection.execute(select(suppliers.c.id).where(suppliers.c.id.in_(part))).scalars())
        keys = [key(squash(name)) for name in part]
        query = select(supplier_xref.c.external_key, supplier_xref.c.body).where(supplier_xref.c.external_key.in_(keys))
        for row in connection.execute(query):
            xref = codec.load(SupplierXref, row.body)
            if xref.holds(day):
                found[by_key[row.external_key]].add(xref.supplier_id)
    certain = {name: next(iter(to)) for name, to in found.items() if len(to) == 1 and name not in own}
    targets = sorted(set(certain.values()))
    real: set[str] = set()
    for start in range(0, len(targets), CHUNK):
        part = targets[start : start + CHUNK]
        real |= set(connection.execute(select(suppliers.c.id).where(suppliers.c.id.in_(part))).scalars())
    return {name: to for name, to in certain.items() if to in real}


def put_xrefs(connection: Connection, rows: Iterable[SupplierXref]) -> set[str]:
    """Replace all numbers of other systems. Returns the external ids that changed."""
    given = {key(f"{row.system}/{row.external_id}") or "": row for row in rows}
    held = {row.id: row.body for row in connection.execute(select(supplier_xref))}
    believable("supplier numbers", held, given)
    new = {name: row for name, row in given.items() if held.get(name) != codec.dump(row)}
    gone = set(held) - set(given)
    _delete(connection, supplier_xref, supplier_xref.c.id, sorted({*new, *gone}))
    values = [
        {"id": name, "external_key": key(squash(row.external_id)) or "", "supplier_id": row.supplier_id, "body": codec.dump(row)}
        for name, row in new.items()
    ]  # fmt: skip
    if values:
        connection.execute(insert(supplier_xref), values)
    return {row.external_id for row in new.values()} | {
        codec.load(SupplierXref, held[name]).external_id for name in gone
    }


def put_rows(connection: Connection, stream: Stream, rows: Iterable[Any]) -> set[tuple[str, str]]:
    """Replace the list of units or contract prices. Returns (supplier, item) of the rows that changed."""
    given = {}
    for row in rows:
        name, owner = _name(row)
        given[key(name) or ""] = (owner, codec.dump(row))
    mine = erp_reference.c.kind == stream.value
    held = {row.id: (row.owner, row.body) for row in connection.execute(select(erp_reference).where(mine))}
    believable(stream.value, held, given)
    new = {name: value for name, value in given.items() if held.get(name) != value}
    gone = set(held) - set(given)
    names = sorted({*new, *gone})
    for start in range(0, len(names), CHUNK):
        connection.execute(delete(erp_reference).where(mine, erp_reference.c.id.in_(names[start : start + CHUNK])))
    if new:
        values = [{"kind": stream.value, "id": n, "owner": owner, "body": body} for n, (owner, body) in new.items()]
        connection.execute(insert(erp_reference), values)
    kind: Any = {Stream.ITEM_UOMS: ItemUom, Stream.CONTRACT_PRICES: ContractPrice}[stream]
    changed = [body for _, body in new.values()] + [held[name][1] for name in gone]
    return {(row.supplier_id, row.item) for row in (codec.load(kind, body) for body in changed)}


def _name(row: Any) -> tuple[str, str]:
    owner = owner_of(row.supplier_id, row.item)
    if isinstance(row, ItemUom):
        return f"{owner}/{row.uom}", owner
    what = (row.uom, row.contract_id, row.facility_id, row.from_qty, row.valid_from, row.currency)
    return "/".join((owner, *map(str, what))), owner


def believable(what: str, held: Collection[str], given: Collection[str]) -> None:
    """Raise BadErpData when most rows are gone at once: that is a broken read, not a deletion."""
    gone = len(set(held) - set(given))
    if gone > FEW and gone * 2 > len(held):
        raise BadErpData(what, f"{gone} of {len(held)} known rows are missing from a full read")


def _delete(connection: Connection, table: Any, column: Any, names: list[str]) -> None:
    for start in range(0, len(names), CHUNK):
        connection.execute(delete(table).where(column.in_(names[start : start + CHUNK])))
