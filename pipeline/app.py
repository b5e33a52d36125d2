"""App: the filled sockets and the policy, handed to receive, advance and decide."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.domain.arrivals import Looked, Refused, UnpackedPart
from pipeline.domain.document import Box, Document, Limits, Page, Upload
from pipeline.domain.reading import BoxReading, Reading
from pipeline.domain.records import InvoiceRecord
from pipeline.ports import (
    Accounts,
    BlobStore,
    Clock,
    DocumentReader,
    ErpGateway,
    InvoiceSink,
    MasterWriter,
    Notifier,
    Outbox,
    PageImages,
    Queries,
    UnitOfWork,
)
from rules.policy import Policy


@dataclass(frozen=True)
class App:
    """`rematch(work, record, trigger)` resolves, matches and routes a record again inside the caller's transaction and
    returns it saved; `trigger` is intake | receipt_event | po_change | manual | pre_post (A.9).

    `masters()` opens a writer for the sync with `erp`. `stale()` names the ERP's streams that are too old for posting
    without a person (I.2, I.8). `posting_allowed()` is the kill switch (I.8). `look(data, name)` guards and unpacks an
    upload in a killable child; without it nothing is received. `sign(data)` gives the audit key's public half and its
    signature in hex. `simulate(app, policy, since)` gives the invoices that policy would decide otherwise, and the money
    that moves by currency (E.1). `scan(data)` asks the virus scanner where one is configured.
    `render(part, upload)` makes pages of a refused part that can have some: a PDF with a password on file,
    a Word or Excel document. `acknowledge(key, x12)` takes a 997 to its partner
    and says where it went. `order_authority(document)`: whether it came from our own order system (decision 0016).
    `read_box(sha256, page, box, rotation, skew)` reads one box of a page again in a killable child.
    `read_part(pages)` reads pages that a person called one invoice, in a killable child.
    `renew(app)` gives the same app under the policy that is in force at this moment, itself when that is unchanged (E.1)."""

    clock: Clock
    unit_of_work: Callable[[], UnitOfWork]
    blobs: BlobStore
    queries: Queries
    accounts: Accounts
    outbox: Outbox
    policy: Policy
    limits: Limits
    reader: DocumentReader
    images: PageImages
    rematch: Callable[[UnitOfWork, InvoiceRecord, str], InvoiceRecord]
    notifier: Notifier
    sink: InvoiceSink | None = None
    erp: ErpGateway | None = None
    masters: Callable[[], AbstractContextManager[MasterWriter]] | None = None
    stale: Callable[[], Sequence[str]] | None = None
    posting_allowed: Callable[[], bool] | None = None
    secret: bytes = b""
    look: Callable[[bytes, str], Looked] | None = None
    sign: Callable[[bytes], tuple[str, str]] | None = None
    simulate: Callable[["App", Policy, date | None], tuple[list[dict[str, Any]], dict[str, dict[str, str]]]] | None = (
        None
    )
    scan: Callable[[bytes], Refused | None] | None = None
    render: Callable[[UnpackedPart, Upload], UnpackedPart] | None = None
    acknowledge: Callable[[str, str], str] | None = None
    order_authority: Callable[[Document], bool] | None = None
    read_box: Callable[[str, int, Box, int, float], Sequence[BoxReading]] | None = None
    read_part: Callable[[tuple[Page, ...]], Reading] | None = None
    renew: Callable[["App"], "App"] | None = None

    def current(self) -> "App":
        """This app under the policy in force now; cheap enough to ask before every request."""
        return self.renew(self) if self.renew else self
