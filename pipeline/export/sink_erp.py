"""InvoiceSink over any ErpGateway: what the outbox dispatcher calls (spec I.3, I.4)."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from pipeline.domain.erp import Attachment, BusinessRefusal, PostingPaused, VoucherState
from pipeline.domain.records import InvoiceRecord
from pipeline.export.voucher import OrderOf, voucher_of
from pipeline.ports import ErpGateway

FilesOf = Callable[[InvoiceRecord], Sequence[Attachment]]
IN_LEDGER = (VoucherState.POSTED, VoucherState.PAID)


class ErpSink:
    """Posts records. `order_of` finds an order of the masters, `files_of` the documents that go with a record.

    `posting_allowed` is the kill switch: while it says no, postings stay owed and nothing is lost (I.8).
    """

    def __init__(
        self,
        gateway: ErpGateway,
        order_of: OrderOf,
        files_of: FilesOf,
        posting_allowed: Callable[[], bool] = lambda: True,
    ) -> None:
        self.name = gateway.name
        self._gateway = gateway
        self._order_of, self._files_of = order_of, files_of
        self._allowed = posting_allowed

    def deliver(self, record: InvoiceRecord, key: str) -> str:
        """The voucher's number in the ERP. The same key twice is one posting; `pending` raises ErpBusy and is asked again."""
        if not self._allowed():
            raise PostingPaused("Posting is switched off.", "It goes on when it is switched on.")
        voucher = voucher_of(record, self._order_of, self._files_of(record))
        status = self._gateway.post(voucher, key)
        if status.state in IN_LEDGER:
            return status.voucher_no or status.erp_id or key
        if status.state is VoucherState.VOID:
            raise BusinessRefusal("The ERP has cancelled this voucher.", "Look it up there.", "ERP_VOID")
        raise PostingPaused(
            f"The ERP holds it as {status.state.value} and has not confirmed it yet.", "It is asked again."
        )

    def total_of(self, key: str) -> Decimal | None:
        """What the ERP holds under `key`; None when nothing (I.4: query before retry)."""
        status = self._gateway.status(key)
        return status.total if status and status.state is not VoucherState.REFUSED else None
