"""Who may do what: permissions of the roles of spec 0.1. Amount limits (E.4) and duties (E.7) come on top."""

from collections.abc import Iterable

CLERKS = frozenset({"AP_CLERK", "AP_SUPERVISOR", "AP_MANAGER"})
LEADS = frozenset({"AP_SUPERVISOR", "AP_MANAGER"})
APPROVERS = frozenset(
    {"AP_SUPERVISOR", "DEPT_MANAGER", "DEPT_DIRECTOR", "FACILITY_CFO", "SYSTEM_CFO", "COMPLIANCE", "AP_MANAGER"}
)
RESOLVERS = CLERKS | {
    "BUYER", "RECEIVING", "ITEM_MASTER", "CONTRACTING", "VENDOR_MASTER", "TAX", "CLINICAL_DEPT", "COST_CENTER_OWNER",
    "DEPT_MANAGER", "DEPT_DIRECTOR", "COMPLIANCE", "INTEGRATION_ADMIN", "FACILITY_CFO", "SYSTEM_CFO",
}  # fmt: skip
READERS = RESOLVERS | {"AUDITOR", "POLICY_ADMIN"}
# SOD-08: these roles look and administer; they never approve, release or correct.
HANDS_OFF = frozenset({"POLICY_ADMIN", "INTEGRATION_ADMIN", "AUDITOR"})

PERMISSIONS: dict[str, frozenset[str]] = {
    "queue.view": RESOLVERS,
    "invoice.view": READERS - {"POLICY_ADMIN"},
    "invoice.decide": RESOLVERS - HANDS_OFF,
    "invoice.correct": CLERKS | {"CLINICAL_DEPT", "COMPLIANCE"},
    "invoice.link": CLERKS | {"BUYER"},
    "invoice.code": CLERKS | {"COST_CENTER_OWNER", "DEPT_MANAGER"},
    # Beside the clerks, the owner of a hold whose permitted actions include REJECT_TO_SUPPLIER (C.1-C.9).
    "invoice.reject": CLERKS | {"BUYER", "VENDOR_MASTER", "RECEIVING", "ITEM_MASTER", "CONTRACTING", "CLINICAL_DEPT"},
    "invoice.withdraw": LEADS,
    "invoice.reopen": LEADS,
    "variance.accept": frozenset({"BUYER", "AP_SUPERVISOR", "DEPT_MANAGER", "DEPT_DIRECTOR", "FACILITY_CFO"}),
    "duplicate.verdict": CLERKS,
    "approval.decide": APPROVERS,
    "bank.verify": frozenset({"VENDOR_MASTER"}),
    "bank.reveal": frozenset({"VENDOR_MASTER", "AP_MANAGER"}),
    "compliance.clear": frozenset({"COMPLIANCE"}),
    "item.work": RESOLVERS - HANDS_OFF,
    "item.reassign": LEADS,
    "document.upload": CLERKS | {"BUYER"},
    "document.split": CLERKS | {"CLINICAL_DEPT"},
    "document.original": RESOLVERS | {"AUDITOR"},
    "phi.view": frozenset({"CLINICAL_DEPT", "COMPLIANCE"}),
    "overview.view": LEADS | {"AUDITOR"},
    "audit.view": frozenset({"AUDITOR", "AP_MANAGER", "COMPLIANCE"}),
    "access.view": frozenset({"AUDITOR", "AP_MANAGER", "COMPLIANCE"}),
    "quarantine.view": LEADS | {"COMPLIANCE"},
    "quarantine.decide": LEADS | {"COMPLIANCE"},
    "evidence.export": frozenset({"AUDITOR", "AP_MANAGER", "COMPLIANCE"}),
    "policy.view": READERS,
    "erp.sign_off": LEADS,
    "erp.repair": LEADS | {"INTEGRATION_ADMIN"},
    "policy.propose": frozenset({"POLICY_ADMIN"}),
    "policy.simulate": frozenset({"POLICY_ADMIN", "AP_MANAGER"}),
    "policy.activate": frozenset({"AP_MANAGER"}),
    "delegation.manage": APPROVERS | {"BUYER"},
    "team.manage": LEADS,
    "bulk.act": CLERKS,
    "token.manage": READERS,
    "token.oversee": frozenset({"INTEGRATION_ADMIN"}),
    "self": READERS,
}


def allowed(roles: Iterable[str], permission: str) -> bool:
    """True when one of `roles` carries `permission`. An unknown permission is a programming error."""
    return not PERMISSIONS[permission].isdisjoint(roles)


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    held = frozenset(roles)
    return frozenset(name for name, holders in PERMISSIONS.items() if not holders.isdisjoint(held))


def hands_off(roles: Iterable[str]) -> bool:
    """Whether SOD-08 keeps this person from approving, releasing or correcting anything."""
    return not HANDS_OFF.isdisjoint(roles)
