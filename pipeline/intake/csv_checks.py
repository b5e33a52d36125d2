"""What one row cannot show: keys given twice, children without their parent, and files that stand or fall together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Key = tuple[Any, ...]
Numbered = Sequence[tuple[int, Any]]

# What names a row. Files that are not here may hold equal rows.
KEYS: dict[str, tuple[str, ...]] = {
    "facilities": ("id",),
    "items": ("supplier_id", "buyer_item"),
    "suppliers": ("id",),
    "supplier_aliases": ("supplier_id", "alias"),
    "supplier_accounts": ("supplier_id", "account_no"),
    "supplier_banks": ("supplier_id", "fingerprint"),
    "supplier_remit_tos": ("supplier_id", "remit_id"),
    "purchase_orders": ("number",),
    "purchase_order_lines": ("po_number", "no"),
    "receipts": ("id",),
    "prior_invoices": ("supplier_id", "type", "invoice_number"),
    "exchange_rates": ("currency", "to_currency", "valid_from"),
    "gl_accounts": ("code",),
    "budgets": ("cost_center",),
    "closed_periods": ("legal_entity",),
}
# Child file -> (parent file, the child's columns, the parent's columns).
PARENTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    **dict.fromkeys(
        ("supplier_aliases", "supplier_accounts", "supplier_banks", "supplier_remit_tos"),
        ("suppliers", ("supplier_id",), ("id",)),
    ),
    "purchase_order_lines": ("purchase_orders", ("po_number",), ("number",)),
    "receipt_lines": ("receipts", ("receipt_id", "po_number"), ("id", "po_number")),
    "prior_invoice_lines": (
        "prior_invoices",
        ("supplier_id", "invoice_number"),
        ("supplier_id", "invoice_number"),
    ),
}


def family(name: str) -> tuple[str, ...]:
    """The files that are loaded together or not at all: a parent and its children."""
    parent = PARENTS[name][0] if name in PARENTS else name
    return (parent, *(child for child, (owner, _, _) in PARENTS.items() if owner == parent))


def cross_check(tables: Mapping[str, Numbered]) -> dict[str, list[str]]:
    """Problems by file, each with its line."""
    found: dict[str, list[str]] = {}
    for name, rows in tables.items():
        problems = [*_twice(name, rows), *_orphans(name, rows, tables)]
        if problems:
            found[name] = problems
    return found


def _twice(name: str, rows: Numbered) -> Iterator[str]:
    if name not in KEYS:
        return
    key = _getter(KEYS[name])
    first: dict[Key, int] = {}
    for line, row in rows:
        before = first.setdefault(key(row), line)
        if before != line:
            yield f"{name}.csv, line {line}: {_shown(KEYS[name], key(row))} stands in line {before} already."


def _orphans(name: str, rows: Numbered, tables: Mapping[str, Numbered]) -> Iterator[str]:
    if name not in PARENTS or not rows:
        return
    parent, own, theirs = PARENTS[name]
    if parent not in tables:
        yield f"{name}.csv: it can only be loaded together with {parent}.csv."
        return
    key, known = _getter(own), {_getter(theirs)(row) for _, row in tables[parent]}
    for line, row in rows:
        if key(row) not in known:
            yield f"{name}.csv, line {line}: {_shown(own, key(row))} is not in {parent}.csv."


def _getter(names: tuple[str, ...]) -> Callable[[Any], Key]:
    return lambda row: tuple(getattr(row, name) for name in names)


def _shown(names: tuple[str, ...], key: Key) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(names, key, strict=True))
