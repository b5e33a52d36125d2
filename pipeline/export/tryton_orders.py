"""Orders and receipts out of Tryton (spec A.5, A.8, I.2).

A head's `last_modified_at` does not move with its receipts, so orders, lines and moves are polled each on their own.
A line's number is its rank by id inside its order: a line that is added later never renumbers the others.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pipeline.domain.erp import Batch, Cursor, advance
from pipeline.domain.orders import OrderLine, OrderTax, PurchaseOrder, Receipt, ReceiptLine
from pipeline.export.tryton_config import TrytonConfig
from pipeline.export.tryton_units import Unit, conversions, convert, number, read_units
from pipeline.export.tryton_wire import TrytonRest, Values

CHUNK = 200
STATUS = {"draft": "draft", "quotation": "draft", "confirmed": "open", "processing": "open", "done": "closed"}
HEAD = ("number", "state", "party.code", "currency.code", "purchase_date", "warehouse.code", "quoted_by.rec_name")
LINE = (
    "purchase", "type", "product.code", "product.default_uom", "product.purchase_uom", "product_supplier.code",
    "description", "quantity", "unit", "unit_price", "delivery_date", "taxes.rate", "taxes.type", "last_modified_at",
)  # fmt: skip
MOVE = ("state", "quantity", "unit", "lot.number", "effective_date", "origin", "shipment", "from_location.type")
SUPPLIED = ["OR", ["from_location.type", "=", "supplier"], ["to_location.type", "=", "supplier"]]


def read_orders(rest: TrytonRest, config: TrytonConfig, since: Cursor) -> Batch[PurchaseOrder]:
    """Orders whose head or lines changed. Draft ones without a number are not ours to see yet."""
    heads, changed = _changed(rest, "purchase.purchase", since, ["number", "!=", None])
    began = rest.http.now()
    ids = None
    if since.since is not None:
        lines, line_changes = _changed(
            rest, "purchase.line", since, ["purchase.number", "!=", None], ("purchase",), "l"
        )
        changed |= line_changes
        ids = sorted({row["id"] for row in heads} | {row["purchase"] for row in lines})
    rows = _heads(rest, ids)
    by_order = _lines(rest, ids)
    units = read_units(rest, config) if rows else {}
    orders = tuple(_order(row, by_order[row["id"]], units, config, began) for row in rows)
    if ids is None:
        changed |= _versions((line for lines in by_order.values() for line in lines), "l")
    return Batch(orders, advance(since, began, changed, config.overlap), began)


def _changed(
    rest: TrytonRest, model: str, since: Cursor, only: Sequence[Any], fields: Iterable[str] = (), prefix: str = ""
) -> tuple[list[Values], dict[str, tuple[datetime, str]]]:
    """Rows in the window that were not seen in this version, and the versions of all rows in the window."""
    domain: list[Any] = [only]
    if since.since is not None:
        domain.append(["last_modified_at", ">=", since.since])
    rows = list(rest.pages(model, domain, ("last_modified_at", *fields), 2000))
    changed = _versions(rows, prefix)
    new = set(since.fresh({row: version for row, (_, version) in changed.items()}))
    return [row for row in rows if f"{prefix}{row['id']}" in new], changed


def _versions(rows: Iterable[Values], prefix: str = "") -> dict[str, tuple[datetime, str]]:
    return {f"{prefix}{row['id']}": (row["last_modified_at"], row["last_modified_at"].isoformat()) for row in rows}


def _chunks(ids: Sequence[int | str] | None, field: str) -> list[list[Any]]:
    """Domains that together cover `ids`; None: everything."""
    return [[]] if ids is None else [[[field, "in", list(ids[i : i + CHUNK])]] for i in range(0, len(ids), CHUNK)]


def _heads(rest: TrytonRest, ids: list[int] | None) -> list[Values]:
    return [
        row
        for domain in _chunks(ids, "id")
        for row in rest.pages("purchase.purchase", [["number", "!=", None], *domain], HEAD)
    ]


def _lines(rest: TrytonRest, ids: list[int] | None) -> dict[int, list[Values]]:
    """Goods and service lines by order, in order of id; `no` is their rank."""
    found: dict[int, list[Values]] = defaultdict(list)
    for domain in _chunks(ids, "purchase"):
        for row in rest.pages("purchase.line", [["type", "=", "line"], *domain], LINE, 1000):
            lines = found[row["purchase"]]
            lines.append({**row, "no": str(len(lines) + 1)})
    return found


def _order(
    head: Values, lines: list[Values], units: dict[int, Unit], config: TrytonConfig, began: datetime
) -> PurchaseOrder:
    facility = config.facility((head["warehouse"] or {}).get("code"))
    return PurchaseOrder(
        number=head["number"],
        supplier_id=head["party"]["code"],
        status=STATUS.get(head["state"], "cancelled"),
        currency=head["currency"]["code"],
        order_date=head["purchase_date"] or began.date(),
        lines=tuple(_line(row, units) for row in lines if row["quantity"] is not None),
        ship_to=facility,
        legal_entity=config.legal_entity,
        tax=_tax(lines),
        buyer_user=(head["quoted_by"] or {}).get("rec_name"),
    )


def _line(row: Values, units: dict[int, Unit]) -> OrderLine:
    product = row["product"] or {}
    own = units.get(row["unit"])
    used = [own, units.get(product.get("purchase_uom") or 0), units.get(product.get("default_uom") or 0)]
    return OrderLine(
        no=row["no"],
        qty=number(row["quantity"]),
        uom=own.code if own else "EA",
        unit_price=row["unit_price"],
        description=row["description"] or "",
        buyer_item=product.get("code"),
        supplier_item=(row["product_supplier"] or {}).get("code"),
        uom_conversions=conversions([unit for unit in used if unit]) if own else {},
        promised_date=row["delivery_date"],
    )


def _tax(lines: list[Values]) -> OrderTax:
    """Exempt when no line is taxed. A rate is given only when every line has the same one: anything else is for a person."""
    taxes = [tuple(sorted((t["type"], t["rate"]) for t in row["taxes"])) for row in lines]
    if not any(taxes):
        return OrderTax(exempt=True)
    same = len(set(taxes)) == 1 and all(kind == "percentage" for kind, _ in taxes[0])
    return OrderTax(
        exempt=False, rate=sum((rate * 100 for _, rate in taxes[0]), Decimal(0)).normalize() if same else None
    )


def read_receipts(rest: TrytonRest, config: TrytonConfig, since: Cursor) -> Batch[Receipt]:
    """One receipt per shipment and order, from moves that are done: `actual_quantity` would count open moves too."""
    only = ["AND", SUPPLIED, ["state", "in", ["done", "cancelled"]], ["origin", "like", "purchase.line,%"]]
    moves, changed = _changed(rest, "stock.move", since, only, ("shipment",))
    began = rest.http.now()
    touched = None if since.since is None else sorted({row["shipment"] for row in moves if row["shipment"]})
    single = [row["id"] for row in moves if not row["shipment"]]
    rows = _moves(rest, only, touched, single)
    return Batch(_receipts(rest, config, rows, began.date()), advance(since, began, changed, config.overlap), began)


def _moves(rest: TrytonRest, only: list[Any], shipments: list[str] | None, single: list[int]) -> list[Values]:
    """All moves of the touched shipments, so that a receipt is always complete."""
    if shipments is None:
        return list(rest.pages("stock.move", [only], MOVE, 1000))
    parts: list[list[Any]] = [["shipment", "in", shipments[i : i + CHUNK]] for i in range(0, len(shipments), CHUNK)]
    if single:
        parts.append(["id", "in", single])
    return [row for part in parts for row in rest.pages("stock.move", [only, part], MOVE, 1000)]


def _receipts(rest: TrytonRest, config: TrytonConfig, moves: list[Values], today: date) -> tuple[Receipt, ...]:
    if not moves:
        return ()
    units = read_units(rest, config)
    places = _places(rest, sorted({_id(row["origin"]) for row in moves}))
    notes = _notes(rest, {row["shipment"] for row in moves if row["shipment"]})
    grouped: dict[tuple[str, str], list[Values]] = defaultdict(list)
    for row in moves:
        place = places.get(_id(row["origin"]))
        if place:
            grouped[row["shipment"] or f"move,{row['id']}", place[0]].append(row)
    return tuple(
        Receipt(
            id=f"{_short(source)}/{po}",
            po_number=po,
            date=max((row["effective_date"] or today for row in rows), default=today),
            lines=tuple(_receipt_line(row, places[_id(row["origin"])], units) for row in rows),
            packing_slip=notes.get(source, (None, None))[0],
            posted_by=notes.get(source, (None, None))[1],
        )
        for (source, po), rows in grouped.items()
    )


def _receipt_line(move: Values, place: tuple[str, str, int], units: dict[int, Unit]) -> ReceiptLine:
    """Quantity in the order line's unit when that is exact, else in the move's own, which is then named."""
    qty = number(move["quantity"]) if move["state"] == "done" else Decimal(0)
    own, wanted = units[move["unit"]], units.get(place[2])
    converted = convert(qty, own, wanted) if wanted else None
    if converted is not None and wanted is not None:
        qty, own = converted, wanted
    came = move["from_location"]["type"] == "supplier"
    lot = (move["lot"] or {}).get("number")
    return ReceiptLine(
        place[1], received=qty if came else Decimal(0), returned=Decimal(0) if came else qty, uom=own.code,
        lots=(lot,) if lot else (),
    )  # fmt: skip


def _places(rest: TrytonRest, line_ids: list[int]) -> dict[int, tuple[str, str, int]]:
    """Order line id -> (order number, line number, unit id)."""
    orders: dict[int, str] = {}
    for domain in _chunks(line_ids, "id"):
        for row in rest.pages("purchase.line", domain, ("purchase.number",), 1000):
            orders[row["purchase"]["id"]] = row["purchase"]["number"]
    found, rank = {}, dict.fromkeys(orders, 0)
    for domain in _chunks(sorted(orders), "purchase"):
        for row in rest.pages("purchase.line", [["type", "=", "line"], *domain], ("purchase", "unit"), 1000):
            rank[row["purchase"]] += 1
            found[row["id"]] = (orders[row["purchase"]], str(rank[row["purchase"]]), row["unit"])
    return found


def _notes(rest: TrytonRest, shipments: set[str]) -> dict[str, tuple[str | None, str | None]]:
    """Shipment -> (the supplier's delivery note, who received it)."""
    found = {}
    incoming = sorted(_id(name) for name in shipments if name.startswith("stock.shipment.in,"))
    for domain in _chunks(incoming, "id"):
        for row in rest.pages("stock.shipment.in", domain, ("reference", "received_by.rec_name")):
            found[f"stock.shipment.in,{row['id']}"] = (row["reference"], (row["received_by"] or {}).get("rec_name"))
    return found


def _id(reference: str) -> int:
    return int(reference.rsplit(",", 1)[1])


def _short(source: str) -> str:
    """`stock.shipment.in,7` -> `in-7`: an id of ours that is stable and readable."""
    model, record = source.rsplit(",", 1)
    return f"{model.rsplit('shipment.', 1)[-1]}-{record}"
