"""Who holds which roles, which pairs of them do not go together, and who did two duties on one invoice (spec 0.1, E.7).

A report for the second line of control (monthly): it changes nothing. What a rule forbids is refused when somebody acts;
what stands here beside it is for a manager's eye.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from pipeline.app import App
from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import Action, AuditEvent
from pipeline.domain.records import InvoiceRecord, User
from pipeline.ports import Masters
from pipeline.review.case import is_critical, po_numbers
from pipeline.review.permissions import HANDS_OFF, permissions_of
from rules import duties

LONGEST = 366  # days that one report may cover
SHOWN = 1000
# What nobody should be able to do who only looks and administers (SOD-08), and what makes a person an actor.
DECIDES = frozenset({"invoice.decide", "approval.decide", "variance.accept", "bank.verify", "policy.activate"})


@dataclass(frozen=True, slots=True)
class RolePair:
    """Two roles of one person that one person may not hold; `rule` says by which rule."""

    user: User
    roles: tuple[str, str]
    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class DoubleDuty:
    """Two duties that one person did on one invoice. `rule` is empty where no rule forbids it."""

    invoice_id: str
    person: str
    duties: tuple[str, str]
    rule: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AccessReport:
    """`people` with every role; `days` is how far back the acts were looked at. `cut`: more double duties than shown."""

    made_at: datetime
    days: int
    people: tuple[User, ...]
    pairs: tuple[RolePair, ...]
    doubles: tuple[DoubleDuty, ...]
    cut: bool = False


@dataclass
class _Acts:
    """Who did which duty on one invoice: person -> duty -> last moment."""

    by: dict[str, dict[str, datetime]] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)

    def add(self, person: str | None, duty: str, at: datetime) -> None:
        if person:
            self.by.setdefault(person, {})[duty] = at


def access_report(app: App, days: int = 30) -> AccessReport:
    """The report over the acts of the last `days`. Raises InvalidInput for a span that makes no sense."""
    if not 1 <= days <= LONGEST:
        raise InvalidInput(f"A report covers 1 to {LONGEST} days.")
    people = tuple(sorted(app.accounts.users(), key=lambda user: (not user.active, user.name.lower(), user.id)))
    found = sorted(_doubles(app, days), key=lambda d: (not d.rule, d.invoice_id, d.person, d.duties))
    pairs = tuple(pair for user in people if user.active for pair in role_pairs(user))
    return AccessReport(app.clock.now(), days, people, pairs, tuple(found[:SHOWN]), len(found) > SHOWN)


def role_pairs(user: User) -> Iterator[RolePair]:
    """Every incompatible pair among a person's roles (SOD-12), and an administrator's with any that decides (SOD-08)."""
    for first, second in combinations(sorted(set(user.roles)), 2):
        verdict = duties.check("assign_role", user.id, {"target_roles": [first], "new_role": second})
        if not verdict.allowed:
            yield RolePair(user, (first, second), verdict.rule or "SOD-12", verdict.reason)
            continue
        admin = {first, second} & HANDS_OFF
        other = {first, second} - HANDS_OFF
        if admin and other and DECIDES & permissions_of(other):
            words = "Who administers or audits does not approve, release or correct."
            yield RolePair(user, (first, second), "SOD-08", words)


def _doubles(app: App, days: int) -> Iterator[DoubleDuty]:
    since = app.clock.now() - timedelta(days=days)
    acts: dict[str, _Acts] = {}
    for event in app.queries.events_of([str(action) for action in _DUTY_OF], since):
        duty = _duty(event)
        if duty and event.draft.object_type == "invoice" and event.draft.actor.type in ("user", "integration"):
            mine = acts.setdefault(event.draft.object_id, _Acts())
            mine.add(event.draft.actor.id, duty, event.occurred_at)
            if duty == "approved":
                person = event.draft.actor.id
                mine.steps[person] = mine.steps.get(person, 0) + 1
    decided = [key for key, found in acts.items() if any(DECIDED & set(by) for by in found.by.values())]
    with app.unit_of_work() as work:
        for invoice_id in decided:
            _purchasing(work.masters, work.get_invoice(invoice_id), acts[invoice_id])
    for invoice_id, found in acts.items():
        yield from _of_invoice(invoice_id, found)


DECIDED = frozenset({"approved", "accepted"})
_DUTY_OF = {
    Action.FIELD_CORRECTED: "corrected", Action.EXCEPTION_RESOLVED: "accepted", Action.APPROVAL_GIVEN: "approved",
    Action.BANK_CALLBACK: "called", Action.BANK_APPROVED: "bank_approved", Action.DUPLICATE_VERDICT: "judged_duplicate",
}  # fmt: skip
# What E.7 forbids to one person on one invoice.
_FORBIDDEN: dict[frozenset[str], str] = {
    frozenset({"corrected", "approved"}): "SOD-01", frozenset({"corrected", "accepted"}): "SOD-01",
    frozenset({"bought", "accepted"}): "SOD-02", frozenset({"received", "approved"}): "SOD-03",
    frozenset({"received", "accepted"}): "SOD-03", frozenset({"called", "bank_approved"}): "SOD-06",
}  # fmt: skip


def _duty(event: AuditEvent) -> str:
    """The duty that an event is; empty for what is none (an item closed, an immaterial value)."""
    duty, decision = _DUTY_OF[event.draft.action], event.draft.after.get("decision")
    if duty == "accepted":
        return {"accept_variance": "accepted", "compliance_clear": "cleared"}.get(str(decision), "")
    if duty == "corrected":
        if str(decision) in ("link_po", "link_line"):
            return "linked"
        if decision == "code_gl":
            return "coded"
        return "corrected" if any(is_critical(name) for name in event.draft.diff) else "edited"
    return duty


def _purchasing(masters: Masters, record: InvoiceRecord, acts: _Acts) -> None:
    """Who bought and who received, as far as they also acted here."""
    for number in po_numbers(record):
        order = masters.find_order(number)
        buyers = {order.buyer_user, order.requester} if order else set()
        names = [(name, "bought") for name in buyers]
        names += [(receipt.posted_by, "received") for receipt in masters.receipts(number)]
        for name, duty in names:
            if name in acts.by:
                acts.add(name, duty, max(acts.by[name].values()))


def _of_invoice(invoice_id: str, acts: _Acts) -> Iterable[DoubleDuty]:
    for person, did in acts.by.items():
        if acts.steps.get(person, 0) > 1:
            yield DoubleDuty(invoice_id, person, ("approved", "approved"), "SOD-07", did["approved"])
        for first, second in combinations(sorted(did), 2):
            rule = _FORBIDDEN.get(frozenset({first, second}), "")
            yield DoubleDuty(invoice_id, person, (first, second), rule, max(did[first], did[second]))
