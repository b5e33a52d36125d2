"""What a look-up touches, whatever the machine is doing besides: rows read and tables scanned, from the databases' own plans.

PostgreSQL: EXPLAIN (ANALYZE). SQLite: EXPLAIN QUERY PLAN, which names scans but counts no rows.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event

from pipeline.storage.store import Store

LARGE = ("prior_invoices", "prior_orders", "purchase_orders", "receipts", "usage_records", "invoices", "invoice_orders")

SMALL = 200


@dataclass(slots=True)
class Touched:
    """`rows`: read by all scans, those that were thrown away again too (None: the database does not say)."""

    statements: int = 0
    rows: int | None = None
    scanned: list[str] = field(default_factory=list)
    server_ms: float = 0.0


@contextmanager
def heard(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """The SELECTs that are executed meanwhile."""
    found: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            found.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(store.engine, "before_cursor_execute", hear)


def touched(store: Store, action: Callable[[], object]) -> Touched:
    """Run `action` once and explain every SELECT that it made."""
    with heard(store) as statements:
        action()
    with store.engine.connect() as connection:
        explain = _sqlite if store.engine.dialect.name == "sqlite" else _postgres
        result = Touched(len(statements))
        for statement, parameters in statements:
            explain(connection, statement, parameters, result)
    return result


def _sqlite(connection: Connection, statement: str, parameters: Any, result: Touched) -> None:
    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
        words = str(row[3]).split()
        if words[:1] == ["SCAN"] and words[1] in LARGE and "USING" not in words:
            result.scanned.append(words[1])


def _postgres(connection: Connection, statement: str, parameters: Any, result: Touched) -> None:
    raw = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar()
    whole = (json.loads(raw) if isinstance(raw, str) else raw)[0]
    result.server_ms += whole["Execution Time"] + whole["Planning Time"]
    result.rows = (result.rows or 0) + _walk(whole["Plan"], result)


def _walk(plan: dict[str, Any], result: Touched) -> int:
    rows = 0
    if "Scan" in plan["Node Type"]:
        dropped = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        rows = round((plan["Actual Rows"] + dropped) * plan["Actual Loops"])
        # A table of a page or two is read whole on purpose.
        if plan["Node Type"] == "Seq Scan" and plan.get("Relation Name") in LARGE and rows > SMALL:
            result.scanned.append(plan["Relation Name"])
    return rows + sum(_walk(child, result) for child in plan.get("Plans", ()))
