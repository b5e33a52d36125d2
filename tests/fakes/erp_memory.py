"""ports.ErpMemory in plain dictionaries."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.domain.erp import GlAccount, IntegrationFailure, SignOff, SupplierConflict, SupplierXref


@dataclass
class FakeErpMemory:
    account_list: list[GlAccount] = field(default_factory=list)
    xref_list: list[SupplierXref] = field(default_factory=list)
    failed: dict[str, IntegrationFailure] = field(default_factory=dict)
    signed: list[SignOff] = field(default_factory=list)

    def accounts(self) -> Sequence[GlAccount]:
        return self.account_list

    def xrefs(self, supplier_id: str | None = None) -> Sequence[SupplierXref]:
        return [x for x in self.xref_list if supplier_id in (None, x.supplier_id)]

    def conflicts(self) -> Sequence[SupplierConflict]:
        return []

    def failures(self) -> Sequence[IntegrationFailure]:
        return sorted(self.failed.values(), key=lambda f: f.last_at, reverse=True)

    def failure(self, fingerprint: str) -> IntegrationFailure | None:
        return self.failed.get(fingerprint)

    def save_failure(self, failure: IntegrationFailure) -> None:
        self.failed[failure.fingerprint] = failure

    def sign_offs(self, limit: int = 30) -> Sequence[SignOff]:
        return sorted(self.signed, key=lambda s: s.at, reverse=True)[:limit]

    def save_sign_off(self, one: SignOff) -> None:
        self.signed.append(one)
