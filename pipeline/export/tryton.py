"""ErpGateway over Tryton 8.2's REST interface. Tryton runs as its own process; nothing of it is imported here."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import httpx

from pipeline.domain.erp import (
    Batch,
    ContractPrice,
    Cursor,
    GlAccount,
    ItemUom,
    SupplierXref,
    Voucher,
    VoucherStatus,
    advance,
)
from pipeline.domain.invoice import PriorInvoice
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import Supplier
from pipeline.export.mapping import Fingerprint
from pipeline.export.tryton_bills import read_billed, read_vouchers
from pipeline.export.tryton_config import TrytonConfig
from pipeline.export.tryton_orders import read_orders, read_receipts
from pipeline.export.tryton_party import read_accounts, read_item_uoms, read_prices, read_suppliers, read_xrefs
from pipeline.export.tryton_post import TrytonPoster
from pipeline.export.tryton_wire import TrytonRest


class TrytonGateway:
    """The ERP is Tryton. `key` is an application key of a technical user; `fingerprint` turns bank accounts into HMACs."""

    name = "tryton"

    def __init__(
        self, client: httpx.Client, key: str, config: TrytonConfig, fingerprint: Fingerprint, **http: Any
    ) -> None:
        self._rest = TrytonRest(client, config.database, key, config.company, **http)
        self._config = config
        self._fingerprint = fingerprint
        self._poster = TrytonPoster(self._rest, config)

    def suppliers(self, since: Cursor) -> Batch[Supplier]:
        return read_suppliers(self._rest, self._config, since, self._fingerprint)

    def purchase_orders(self, since: Cursor) -> Batch[PurchaseOrder]:
        return read_orders(self._rest, self._config, since)

    def receipts(self, since: Cursor) -> Batch[Receipt]:
        return read_receipts(self._rest, self._config, since)

    def billed(self, since: Cursor) -> Batch[PriorInvoice]:
        return read_billed(self._rest, self._config, since)

    def usage(self, since: Cursor) -> Batch[UsageRecord]:
        """Tryton's purchasing keeps no usage of consigned goods."""
        now = self._rest.http.now()
        return Batch((), advance(since, now, {}, self._config.overlap), now)

    def contract_prices(self) -> Sequence[ContractPrice]:
        return read_prices(self._rest, self._config)

    def item_uoms(self) -> Sequence[ItemUom]:
        return read_item_uoms(self._rest, self._config)

    def accounts(self) -> Sequence[GlAccount]:
        return read_accounts(self._rest, self._config.company)

    def supplier_xrefs(self) -> Sequence[SupplierXref]:
        return read_xrefs(self._rest)

    def post(self, voucher: Voucher, key: str) -> VoucherStatus:
        return self._poster.post(voucher, key)

    def status(self, key: str) -> VoucherStatus | None:
        return self._poster.status(key)

    def vouchers(self, since: date) -> Sequence[VoucherStatus]:
        return read_vouchers(self._rest, self._config, since)
