"""A small ERP behind our REST contract, in memory: the other side in tests, and a reference for middleware."""

import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from threading import Lock
from typing import Any

import uvicorn
from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse

from pipeline.export.contracts import Envelope, VoucherV1, schema_name

ROOT = "/api/v1/erp"
PATHS = {
    "suppliers": "supplier",
    "purchase-orders": "purchase_order",
    "receipts": "receipt",
    "usage": "usage",
    "billed": "billed",
    "contract-prices": "contract_price",
    "item-uoms": "item_uom",
    "gl-accounts": "gl_account",
    "supplier-xrefs": "supplier_xref",
}


@dataclass
class Ledger:
    """What the service holds. `rows[path]` are (changed at, payload); vouchers by key."""

    rows: dict[str, list[tuple[datetime, dict[str, Any]]]] = field(default_factory=lambda: {p: [] for p in PATHS})
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    posted: int = 0

    def put(self, path: str, payload: dict[str, Any], at: datetime | None = None) -> None:
        self.rows[path].append((at or datetime.now(UTC), payload))

    def post(self, key: str, payload: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            if key in self.statuses:
                return (
                    (200, self.statuses[key])
                    if self.bodies[key] == payload
                    else (409, _no("ERP_KEY_REUSED", "Another voucher."))
                )
            for status in self.statuses.values():
                if (status["supplier_id"], status["invoice_number"]) == (
                    payload["supplier_id"],
                    payload["invoice_number"],
                ):
                    return 422, _no("ERP_DUPLICATE", "This supplier's number is booked already.")
            self.posted += 1
            names = ("supplier_id", "invoice_number", "total", "currency")
            status = {"key": key, "state": "posted", "voucher_no": f"V{self.posted:05d}", "erp_id": str(self.posted)}
            status |= {name: payload[name] for name in names} | {"open_amount": payload["total"]}
            self.statuses[key], self.bodies[key] = status, payload
            return 201, status

    def pay(self, key: str, when: str) -> None:
        self.statuses[key] |= {"state": "paid", "open_amount": "0", "paid_on": when}


def _no(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}


def envelope(entity: str, payload: dict[str, Any], at: datetime | None = None) -> dict[str, Any]:
    moment = (at or datetime.now(UTC)).isoformat()
    name = f"{entity}/{payload.get('id') or payload.get('number') or payload.get('key')}/{moment}"
    return {
        "message_id": name,
        "schema": schema_name(entity),
        "source_system": "test",
        "occurred_at": moment,
        "payload": payload,
    }


def build(ledger: Ledger) -> FastAPI:
    app = FastAPI()

    def page(items: list[dict[str, Any]], limit: int, cursor: str | None) -> dict[str, Any]:
        start = int(cursor or 0)
        more = start + limit < len(items)
        after = str(start + limit) if more else None
        return {"items": items[start : start + limit], "next": after, "as_of": datetime.now(UTC).isoformat()}

    @app.get(ROOT + "/vouchers")
    def vouchers(since: str, limit: int = 100, cursor: str | None = None) -> dict[str, Any]:
        return page([envelope("voucher_status", s) for s in ledger.statuses.values()], limit, cursor)

    @app.get(ROOT + "/vouchers/{key}")
    def voucher(key: str) -> Any:
        status = ledger.statuses.get(key)
        return envelope("voucher_status", status) if status else JSONResponse(_no("NOT_FOUND", "No such voucher."), 404)

    @app.post(ROOT + "/vouchers")
    async def post(request: Request, idempotency_key: str = Header()) -> Any:
        body = Envelope[VoucherV1].model_validate(await request.json())
        code, answer = ledger.post(idempotency_key, body.payload.model_dump(mode="json"))
        return JSONResponse(envelope("voucher_status", answer) if code < 300 else answer, code)

    @app.get(ROOT + "/{path}")
    def rows(path: str, changed_since: datetime | None = None, limit: int = 100, cursor: str | None = None) -> Any:
        if path not in PATHS:
            return JSONResponse(_no("NOT_FOUND", "No such stream."), 404)
        found = [(at, row) for at, row in ledger.rows[path] if changed_since is None or at >= changed_since]
        return page([envelope(PATHS[path], row, at) for at, row in found], limit, cursor)

    return app


def billed_total(ledger: Ledger) -> Decimal:
    return sum((Decimal(status["total"]) for status in ledger.statuses.values()), Decimal(0))


class Served:
    """The service on a free local port, in a thread."""

    def __init__(self, app: FastAPI) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(5)
