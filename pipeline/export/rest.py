"""ErpGateway over our own contract `/api/v1/erp`, for middleware that speaks to the ERP proper (spec I.1-I.4).

GET  /suppliers /purchase-orders /receipts /usage /billed /contract-prices /item-uoms /gl-accounts
     /supplier-xrefs   (the last four may be absent: 404)
     ?changed_since=<instant>&cursor=<next>&limit=<n>   -> {"items": [envelope], "next": text or null, "as_of": instant}
GET  /vouchers?since=<date>&cursor=<next>               -> the same, of ap.voucher_status.v1
GET  /vouchers/<key>                                    -> envelope of ap.voucher_status.v1, or 404
POST /vouchers   Idempotency-Key: <key>                 -> 201 (or 200: was there) and the status
     409: this key belongs to another voucher; 422 {"code", "message"}: a refusal; 423, 429, 503: later
"""

import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.domain.erp import (
    OVERLAP,
    BadErpData,
    Batch,
    BusinessRefusal,
    ContractPrice,
    Cursor,
    ErpMisconfigured,
    GlAccount,
    ItemUom,
    OutcomeUnknown,
    PostMismatch,
    SupplierXref,
    Voucher,
    VoucherState,
    VoucherStatus,
    advance,
    utc,
)
from pipeline.domain.invoice import PriorInvoice
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import Supplier
from pipeline.export.contracts import schema_name
from pipeline.export.http import Http
from pipeline.export.mapping import Fingerprint, from_json, reasons, to_json

Noun = TypeVar("Noun")
ROOT = "/api/v1/erp"
PAGE = 500


class Message(BaseModel):
    """An envelope before its payload is looked at."""

    model_config = ConfigDict(extra="ignore")
    message_id: str
    schema_name: str = Field(alias="schema")
    occurred_at: datetime
    version: str | None = None
    payload: dict[str, Any]


class Reply(BaseModel):
    """One page."""

    model_config = ConfigDict(extra="ignore")
    items: list[Message]
    next: str | None = None
    as_of: datetime


class _NoSuchPath(ErpMisconfigured):
    """The service answers 404 for a list."""


class RestGateway:
    """The ERP behind middleware. Authentication is the client's (`httpx.Client(auth=...)`, see `auth`)."""

    name = "rest"

    def __init__(self, client: httpx.Client, fingerprint: Fingerprint, page: int = PAGE, **http: Any) -> None:
        self._http = Http(client, "The ERP service", explain, **http)
        self._fingerprint = fingerprint
        self._page = page

    def suppliers(self, since: Cursor) -> Batch[Supplier]:
        return self._batch("suppliers", "supplier", Supplier, since, "id")

    def purchase_orders(self, since: Cursor) -> Batch[PurchaseOrder]:
        return self._batch("purchase-orders", "purchase_order", PurchaseOrder, since, "number")

    def receipts(self, since: Cursor) -> Batch[Receipt]:
        return self._batch("receipts", "receipt", Receipt, since, "id", "po_number")

    def billed(self, since: Cursor) -> Batch[PriorInvoice]:
        return self._batch("billed", "billed", PriorInvoice, since, "supplier_id", "invoice_number", "invoice_date")

    def usage(self, since: Cursor) -> Batch[UsageRecord]:
        return self._batch("usage", "usage", UsageRecord, since, "case_id", "po_number", "po_line")

    def contract_prices(self) -> Sequence[ContractPrice]:
        return self._optional("contract-prices", "contract_price", ContractPrice)

    def item_uoms(self) -> Sequence[ItemUom]:
        return self._optional("item-uoms", "item_uom", ItemUom)

    def accounts(self) -> Sequence[GlAccount]:
        return self._optional("gl-accounts", "gl_account", GlAccount)

    def supplier_xrefs(self) -> Sequence[SupplierXref]:
        return self._optional("supplier-xrefs", "supplier_xref", SupplierXref)

    def vouchers(self, since: date) -> Sequence[VoucherStatus]:
        return self._all("vouchers", "voucher_status", VoucherStatus, since=since.isoformat())

    def _batch(self, path: str, entity: str, noun: type[Noun], since: Cursor, *key: str) -> Batch[Noun]:
        """Changed rows of one stream. Of several versions of a row the one that occurred last counts."""
        params = {} if since.since is None else {"changed_since": since.since.isoformat()}
        latest: dict[str, Message] = {}
        as_of: datetime | None = None
        for reply in self._replies(path, params):
            as_of = as_of or utc(reply.as_of)
            for message in reply.items:
                row = "/".join(str(message.payload.get(name)) for name in key)
                if row not in latest or utc(message.occurred_at) >= utc(latest[row].occurred_at):
                    latest[row] = message
        as_of = as_of or self._http.now()
        changed = {row: (utc(m.occurred_at), m.version or _digest(m.payload)) for row, m in latest.items()}
        new = since.fresh({row: version for row, (_, version) in changed.items()})
        rows = tuple(self._noun(entity, noun, latest[row]) for row in new)
        return Batch(rows, advance(since, as_of, changed, OVERLAP), as_of)

    def _all(self, path: str, entity: str, noun: type[Noun], **params: str) -> tuple[Noun, ...]:
        return tuple(self._noun(entity, noun, m) for reply in self._replies(path, params) for m in reply.items)

    def _optional(self, path: str, entity: str, noun: type[Noun]) -> tuple[Noun, ...]:
        """A list that a service need not have."""
        try:
            return self._all(path, entity, noun)
        except _NoSuchPath:
            return ()

    def _noun(self, entity: str, noun: type[Noun], message: Message) -> Noun:
        wanted = schema_name(entity).rpartition(".")[0]
        if message.schema_name != wanted and not message.schema_name.startswith(wanted + "."):
            raise BadErpData(f"message {message.message_id}", f"{message.schema_name} where {wanted} is read")
        return from_json(entity, message.payload, noun, self._fingerprint)

    def _replies(self, path: str, params: dict[str, str]) -> Iterator[Reply]:
        cursor: str | None = None
        while True:
            query = {**params, "limit": str(self._page), **({"cursor": cursor} if cursor else {})}
            answer = self._http.send("GET", f"{ROOT}/{path}", params=query)
            if answer.status_code == 404:
                raise _NoSuchPath(f"The ERP service has no {path}.", "Check its address.")
            reply = _parsed(Reply, answer)
            yield reply
            if reply.next is None or reply.next == cursor:
                return
            cursor = reply.next

    def post(self, voucher: Voucher, key: str) -> VoucherStatus:
        """Look up, then send once with the key; an answer with another total is a mismatch (I.4)."""
        if voucher.balance:
            raise BusinessRefusal(
                f"The voucher's parts miss its total by {voucher.balance} {voucher.currency}.", "Match again."
            )
        status = self.status(key) or self._send(voucher, key)
        if status.state is VoucherState.REFUSED:
            raise BusinessRefusal(f"The ERP refuses: {status.reason or 'no reason given'}")
        if status.key != key:
            raise OutcomeUnknown("The ERP service answered for another voucher.", "It is looked up again.")
        if status.total is not None and status.total != voucher.total:
            raise PostMismatch(voucher.total, status.total, voucher.currency)
        return status

    def _send(self, voucher: Voucher, key: str) -> VoucherStatus:
        body = {
            "message_id": str(uuid.uuid4()),
            "schema": schema_name("voucher"),
            "source_system": "apdesk",
            "legal_entity": voucher.legal_entity,
            "occurred_at": datetime.now(UTC).isoformat(),
            "correlation_id": voucher.invoice_id,
            "payload": to_json("voucher", voucher),
        }
        answer = self._http.send("POST", f"{ROOT}/vouchers", json=body, headers={"Idempotency-Key": key})
        if answer.status_code == 404:
            raise ErpMisconfigured("The ERP service takes no vouchers.", "Check its address.")
        return self._status(answer)

    def status(self, key: str) -> VoucherStatus | None:
        answer = self._http.send("GET", f"{ROOT}/vouchers/{quote(key, safe='')}")
        return None if answer.status_code == 404 else self._status(answer)

    def _status(self, answer: httpx.Response) -> VoucherStatus:
        return self._noun("voucher_status", VoucherStatus, _parsed(Message, answer))


Model = TypeVar("Model", bound=BaseModel)


def _parsed(model: type[Model], answer: httpx.Response) -> Model:
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as problem:
        raise BadErpData(f"answer of {answer.request.url.path}", reasons(problem)) from None


def _digest(payload: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()[:16]


def explain(answer: httpx.Response) -> str:
    """The service's own words: `message`, or `detail` as many frameworks call it."""
    try:
        body = answer.json()
        return str(body.get("message") or body.get("detail") or "") or f"HTTP {answer.status_code}"
    except (ValueError, AttributeError):
        return f"HTTP {answer.status_code}"
