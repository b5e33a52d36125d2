"""The audit vocabulary (spec H.1). A name is never renamed and never reused."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    DOCUMENT_RECEIVED = "document.received"
    DOCUMENT_QUARANTINED = "document.quarantined"
    DOCUMENT_RELEASE_ASKED = "document.release_asked"
    DOCUMENT_RELEASED = "document.released"
    DOCUMENT_REJECTED = "document.rejected"
    DOCUMENT_SPLIT = "document.split"
    DOCUMENT_DISCARDED = "document.discarded"
    DOCUMENT_READ = "document.read"
    DOCUMENT_VIEWED = "document.viewed"
    CLASSIFIED = "classified"
    FIELD_EXTRACTED = "field.extracted"
    FIELD_CORRECTED = "field.corrected"
    FIELD_CONFIRMED = "field.confirmed"
    SUPPLIER_RESOLVED = "supplier.resolved"
    MATCH_RUN = "match.run"
    STATE_CHANGED = "invoice.state_changed"
    EXCEPTION_OPENED = "exception.opened"
    EXCEPTION_UPDATED = "exception.updated"
    EXCEPTION_RESOLVED = "exception.resolved"
    EXCEPTION_AUTO_CLEARED = "exception.auto_cleared"
    ITEM_CLAIMED = "item.claimed"
    ITEM_RELEASED = "item.released"
    ITEM_LOCK_BROKEN = "item.lock_broken"
    ITEM_REASSIGNED = "item.reassigned"
    ITEM_ESCALATED = "item.escalated"
    ITEM_ON_HOLD = "item.on_hold"
    ITEM_REPLIED = "item.replied"
    ITEM_NOTED = "item.noted"
    SLA_REMINDER = "sla.reminder"
    SLA_BREACHED = "sla.breached"
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_GIVEN = "approval.given"
    APPROVAL_REJECTED = "approval.rejected"
    APPROVAL_VOIDED = "approval.voided"
    APPROVAL_DELEGATED = "approval.delegated"
    SOD_DENIED = "sod.denied"
    AUTHZ_DENIED = "authz.denied"
    DUPLICATE_VERDICT = "duplicate.verdict"
    BANK_CALLBACK = "bank.callback"
    BANK_APPROVED = "bank.approved"
    BANK_REVEALED = "bank.revealed"
    POLICY_PROPOSED = "policy.proposed"
    POLICY_APPROVED = "policy.approved"
    POLICY_ACTIVATED = "policy.activated"
    MASTER_LOADED = "master.loaded"
    ERP_POST_REQUESTED = "erp.post.requested"
    ERP_POST_ACKED = "erp.post.acked"
    ERP_POST_REJECTED = "erp.post.rejected"
    ERP_RECONCILED = "erp.reconciled"
    ERP_RECONCILIATION_SIGNED = "erp.reconciliation.signed"
    INTEGRATION_FAILED = "integration.failed"
    INTEGRATION_RECOVERED = "integration.recovered"
    PHI_VIEWED = "phi.viewed"
    PHI_UNMASKED = "phi.unmasked"
    EXPORT_CREATED = "export.created"
    LOGIN = "login"
    LOGIN_FAILED = "login.failed"
    LOGOUT = "logout"
    ROLE_CHANGED = "role.changed"
    REPROCESSED = "invoice.reprocessed"
    REOPENED = "invoice.reopened"
    DECISION_UNDONE = "decision.undone"
    NOTICE_SENT = "notice.sent"
    TOKEN_CREATED = "token.created"
    TOKEN_REVOKED = "token.revoked"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: type user|system|model|integration, with the roles held at that moment (copied into the event)."""

    type: str
    id: str
    roles: tuple[str, ...] = ()
    session: str = ""
    ip: str = ""
    on_behalf_of: str | None = None
    name: str = ""


SYSTEM = Actor("system", "system", ("SYSTEM",))


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event before it is chained. `after` and `diff` are plain JSON values; no bank data, no patient data."""

    actor: Actor
    action: Action
    object_type: str
    object_id: str
    object_version: int = 0
    after: dict[str, Any] = field(default_factory=dict)
    diff: dict[str, Any] = field(default_factory=dict)
    before_hash: str = ""
    reason_code: str = ""
    comment: str = ""
    policy_version: str = ""
    engine_version: str = ""
    model_version: str = ""
    correlation_id: str = ""
    causation_id: str = ""
    source_ref: str = ""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """A chained event (H.2): `seq` is gap-free, `hash` = SHA-256(canonical JSON without hash || prev_hash)."""

    seq: int
    event_id: str
    occurred_at: datetime
    draft: EventDraft
    prev_hash: str
    hash: str
