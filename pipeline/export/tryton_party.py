"""Suppliers, prices, units and accounts out of Tryton (spec A.6, I.2).

Tryton has no mark for suppliers: whoever sells a product to us, has an order or has billed us is one. A changed address,
identifier or bank account does not touch the party, so all of them are polled. What was deleted leaves no trace: the
nightly full read finds it.
"""

from collections.abc import Iterable
from typing import Any

from pipeline.domain.erp import Batch, ContractPrice, Cursor, GlAccount, ItemUom, SupplierXref, advance
from pipeline.domain.supplier import BankAccount, RemitTo, Supplier
from pipeline.export.mapping import Fingerprint
from pipeline.export.tryton_config import TrytonConfig
from pipeline.export.tryton_units import decimal_of, number, read_units
from pipeline.export.tryton_wire import TrytonRest, Values

CHUNK = 200
PARTY = (
    "code", "name", "active", "tax_identifier.code", "identifiers.type", "identifiers.code", "addresses.street",
    "addresses.city", "addresses.postal_code", "addresses.subdivision.code", "bank_accounts.numbers.number_compact",
    "bank_accounts.numbers.number",
    "supplier_payment_term.name", "supplier_currency.code", "contact_mechanisms.type", "contact_mechanisms.value",
)  # fmt: skip
# Model, and the field that leads to the party; what changes there is a change of the supplier.
PARTS = (
    ("party.party", "id"),
    ("party.address", "party"),
    ("party.identifier", "party"),
    ("bank.account.number", "account.owners"),
    ("bank.account", "owners"),
    ("purchase.product_supplier", "party"),
    ("purchase.purchase", "party"),
    ("account.invoice", "party"),
)
ONLY: dict[str, list[Any]] = {
    "party.party": [["active", "in", [True, False]]],
    "party.address": [["active", "in", [True, False]]],
    "purchase.purchase": [["number", "!=", None]],
    "account.invoice": [["type", "=", "in"]],
}
PUBLIC_MAIL = frozenset(
    {"gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "gmx.de", "gmx.net", "icloud.com", "aol.com"}
)


def read_suppliers(rest: TrytonRest, config: TrytonConfig, since: Cursor, fingerprint: Fingerprint) -> Batch[Supplier]:
    """Suppliers that are new or of which any part changed."""
    changed: dict[str, Any] = {}
    owners: dict[str, set[int]] = {}
    window = [] if since.since is None else [["last_modified_at", ">=", since.since]]
    for model, path in PARTS:
        fields = ("last_modified_at",) if path == "id" else ("last_modified_at", path)
        for row in rest.pages(model, [*window, *ONLY.get(model, [])], fields, 2000):
            name = f"{model},{row['id']}"
            changed[name] = (row["last_modified_at"], row["last_modified_at"].isoformat())
            owners[name] = set(_owners(row, path))
    began = rest.http.now()
    fresh = since.fresh({name: version for name, (_, version) in changed.items()})
    rows: tuple[Supplier, ...] = ()
    if fresh:
        merged = _merged(rest)
        ids = set().union(*(owners[name] for name in fresh))
        ids |= {merged[party][0] for party in ids if party in merged}
        names = _former_names(merged)
        ids &= _supplier_ids(rest)
        rows = tuple(_supplier(row, fingerprint, names.get(row["id"], ())) for row in _parties(rest, sorted(ids)))
    return Batch(rows, advance(since, began, changed, config.overlap), began)


def _merged(rest: TrytonRest) -> dict[int, tuple[int, str, str]]:
    """Party -> (the party that it was merged into at last, its code, its name)."""
    domain = [["active", "in", [True, False]], ["replaced_by", "!=", None]]
    rows = {row["id"]: row for row in rest.pages("party.party", domain, ("code", "name", "replaced_by"), 1000)}
    found = {}
    for party, row in rows.items():
        target, seen = row["replaced_by"], {party}
        while target in rows and target not in seen:
            seen.add(target)
            target = rows[target]["replaced_by"]
        found[party] = (target, row["code"] or "", row["name"] or "")
    return found


def _former_names(merged: dict[int, tuple[int, str, str]]) -> dict[int, tuple[str, ...]]:
    """Names under which a party's papers may still come: those of the parties that were merged into it."""
    names: dict[int, set[str]] = {}
    for target, _, name in merged.values():
        names.setdefault(target, set()).add(name)
    return {target: tuple(sorted(found - {""})) for target, found in names.items()}


def read_xrefs(rest: TrytonRest) -> tuple[SupplierXref, ...]:
    """Identifiers of suppliers by their type, and the codes of parties that were merged into one (I.6)."""
    suppliers = _supplier_ids(rest)
    fields = ("party.code", "party.id", "type", "code")
    rows = [
        (row["type"] or "other", row["code"], row["party"]["code"], "identifier")
        for row in rest.pages("party.identifier", [], fields, 2000)
        if row["party"] and row["party"]["id"] in suppliers and row["code"]
    ]
    merged = _merged(rest)
    targets = sorted({target for target, _, _ in merged.values()} & suppliers)
    codes = {row["id"]: row["code"] for row in _parties(rest, targets, ("code",))}
    rows += [
        ("tryton", code, codes[target], "merged") for target, code, _ in merged.values() if target in codes and code
    ]
    return tuple(SupplierXref(system, code, ours, evidence=why) for system, code, ours, why in sorted(set(rows)))


def _owners(row: Values, path: str) -> Iterable[int]:
    value = row["account"]["owners"] if path == "account.owners" else row[path]
    return [value] if isinstance(value, int) else [v for v in value or () if isinstance(v, int)]


def _supplier_ids(rest: TrytonRest) -> set[int]:
    found: set[int] = set()
    for model in ("purchase.product_supplier", "purchase.purchase", "account.invoice"):
        found |= {row["party"] for row in rest.pages(model, ONLY.get(model, []), ("party",), 5000)}
    return found


def _parties(rest: TrytonRest, ids: list[int], fields: tuple[str, ...] = PARTY) -> Iterable[Values]:
    for i in range(0, len(ids), CHUNK):
        domain = [["active", "in", [True, False]], ["id", "in", ids[i : i + CHUNK]]]
        yield from rest.pages("party.party", domain, fields)


def _supplier(row: Values, fingerprint: Fingerprint, former_names: tuple[str, ...] = ()) -> Supplier:
    places = [_place(address) for address in row["addresses"]]
    street, csz = places[0] if places else ("", "")
    numbers = [_account(n) for account in row["bank_accounts"] for n in account["numbers"]]
    contacts = {(c["type"], c["value"] or "") for c in row["contact_mechanisms"]}
    return Supplier(
        id=row["code"],
        name=row["name"] or row["code"],
        group=row["code"],
        status="active" if row["active"] else "inactive",
        tax_id=(row["tax_identifier"] or {}).get("code"),
        aliases=former_names,
        domains=tuple(sorted({d for kind, v in contacts if kind == "email" and (d := _domain(v))})),
        gln=tuple(i["code"] for i in row["identifiers"] if i["type"] == "gln"),
        street=street,
        csz=csz,
        phone=next((v for kind, v in sorted(contacts) if kind in ("phone", "mobile")), ""),
        remit_tos=tuple(
            RemitTo(f"{row['code']}/{a['id']}", row["name"] or "", *place)
            for a, place in zip(row["addresses"], places, strict=True)
        ),
        banks=tuple(BankAccount(fingerprint(routing, n), n[-4:]) for routing, n in numbers if n),
        payment_terms=(row["supplier_payment_term"] or {}).get("name"),
        currency=(row["supplier_currency"] or {}).get("code"),
    )


def _account(row: Values) -> tuple[str, str]:
    """Routing and account. Tryton compacts an IBAN; any other number is free text, ours as `routing/account`."""
    if row["number_compact"]:
        return "", row["number_compact"]
    routing, _, account = (row["number"] or "").replace(" ", "").rpartition("/")
    return routing, account


def _place(address: Values) -> tuple[str, str]:
    state = ((address["subdivision"] or {}).get("code") or "").rsplit("-", 1)[-1]
    town = ", ".join(part for part in (address["city"], state) if part)
    return (address["street"] or "").replace("\n", ", "), f"{town} {address['postal_code'] or ''}".strip()


def _domain(mail: str) -> str:
    """A supplier's own mail domain; a public one says nothing about who writes."""
    domain = mail.rpartition("@")[2].strip().lower()
    return "" if domain in PUBLIC_MAIL else domain


def read_prices(rest: TrytonRest, config: TrytonConfig) -> tuple[ContractPrice, ...]:
    """The price lists of suppliers: per item, unit and quantity from which the price holds."""
    units = read_units(rest, config)
    return tuple(
        ContractPrice(
            supplier_id=row["party"]["code"],
            item=item,
            uom=units[row["unit"]].code,
            price=price["unit_price"],
            currency=row["currency"]["code"],
            from_qty=number(price["quantity"]),
        )
        for row in rest.pages("purchase.product_supplier", [], _PRICE)
        for item in _items(row)
        for price in row["prices"]
        if row["unit"] in units and row["currency"]
    )


_PRICE = (
    "party.code", "product.code", "template.products.code", "unit", "currency.code",
    "prices.quantity", "prices.unit_price",
)  # fmt: skip


def _items(row: Values) -> list[str]:
    if row["product"]:
        return [row["product"]["code"]]
    return [p["code"] for p in (row["template"] or {}).get("products", ()) if p["code"]]


def read_item_uoms(rest: TrytonRest, config: TrytonConfig) -> tuple[ItemUom, ...]:
    """Units an item is kept in and bought in, per supplier, where they count in eaches."""
    units = read_units(rest, config)
    found = {}
    fields = (
        "party.code",
        "product.code",
        "template.products.code",
        "unit",
        "template.default_uom",
        "template.purchase_uom",
    )
    for row in rest.pages("purchase.product_supplier", [], fields):
        template = row["template"] or {}
        for item in _items(row):
            for unit in (row["unit"], template.get("default_uom"), template.get("purchase_uom")):
                known = units.get(unit or 0)
                size = decimal_of(known.size) if known else None
                if known and size is not None:
                    found[row["party"]["code"], item, known.code] = size
    return tuple(ItemUom(*key, size) for key, size in sorted(found.items()))


def read_accounts(rest: TrytonRest, company: int) -> tuple[GlAccount, ...]:
    domain = [["company", "=", company], ["code", "!=", None]]
    return tuple(
        GlAccount(row["code"], row["name"], not row["closed"])
        for row in rest.pages("account.account", domain, ("code", "name", "closed"), 1000)
    )
