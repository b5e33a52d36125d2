"""Standing in for somebody (spec E.6): create, list, end; whose authority a decision uses, with both persons tested."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

from pipeline.app import App
from pipeline.domain.desk import StandIn
from pipeline.domain.errors import InvalidInput, NotAllowed
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.records import InvoiceRecord, User
from pipeline.ports import Masters, UnitOfWork
from pipeline.review.case import po_numbers
from pipeline.review.decision import Decision, DecisionKind
from pipeline.review.permissions import allowed, hands_off
from pipeline.review.route import next_step
from rules import duties
from rules.delegation import MAX_DAYS, Delegation, problems_of
from rules.policy import Policy

# What a stand-in may do for somebody: the chain, and what needs the same authority.
DELEGABLE = frozenset({DecisionKind.APPROVE, DecisionKind.RETURN, DecisionKind.ACCEPT})


def create(
    app: App, actor: Actor, *, delegator: str, delegate: str, start: date, end: date, reason: str,
    limit: Decimal | None = None, facilities: tuple[str, ...] = (), departments: tuple[str, ...] = (),
    permitted_explicitly: bool = False,
) -> StandIn:  # fmt: skip
    """A new delegation; without a delegate an absence that nobody covers, whose steps go to the manager (E.6).

    Raises InvalidInput with every reason why it may not be made, NotAllowed for the wrong person."""
    if not allowed(actor.roles, "delegation.manage"):
        raise NotAllowed("Your roles hold nothing that could be delegated.", "E.6")
    people = {user.id: user for user in app.accounts.users() if user.active}
    if permitted_explicitly and "AP_MANAGER" not in actor.roles:
        raise NotAllowed("Only an AP manager permits a delegate of a lower role.", "E.6")
    one = StandIn(
        uuid4().hex[:16], delegator, delegate, start, end, reason.strip(), actor.id, app.clock.now(), limit, facilities,
        departments, permitted_explicitly=permitted_explicitly,
    )  # fmt: skip
    with app.unit_of_work() as work:
        existing = [known for known in work.desk.delegations() if known.ended_at is None]
        problems = _problems(one, people, existing, app.clock.today())
        if problems:
            raise InvalidInput(" ".join(problems))
        work.desk.save_delegation(one)
        _record(work, actor, one, "created")
        work.commit()
    return one


def _problems(one: StandIn, people: dict[str, User], existing: list[StandIn], today: date) -> list[str]:
    if not one.delegate:
        return _absence_problems(one, people, today)
    unknown = [name for name in (one.delegator, one.delegate) if name not in people]
    if unknown:
        return [f"{name} is nobody who works here." for name in unknown]
    roles = {user.id: user.roles for user in people.values()}
    found = problems_of(_rule(one), roles, [_rule(known) for known in existing])
    if one.end < today:
        found.append("It would be over already.")
    # No chains, from either end: who stands in for somebody hands nothing on, and who handed on takes nothing in.
    if any(d.delegator == one.delegate and d.start <= one.end and one.start <= d.end for d in existing):
        found.append(f"{one.delegate} is away and has a stand-in.")
    if any(hands_off(roles[name]) for name in (one.delegator, one.delegate)):
        found.append("Policy, integration and audit roles approve nothing (SOD-08).")
    verdict = duties.check("assign_role", one.delegate, {"target_roles": [*roles[one.delegator], *roles[one.delegate]]})
    if not verdict.allowed:
        found.append(f"{verdict.reason} ({verdict.rule})")
    return found


def _absence_problems(one: StandIn, people: dict[str, User], today: date) -> list[str]:
    """An absence hands nothing to anybody, so only its person and its dates are asked."""
    found = [] if one.delegator in people else [f"{one.delegator} is nobody who works here."]
    if one.end < max(one.start, today) or (one.end - one.start).days + 1 > MAX_DAYS:
        found.append(f"An absence lasts 1 to {MAX_DAYS} days and is not over already.")
    creator = people.get(one.created_by)
    if one.created_by != one.delegator and (creator is None or "AP_MANAGER" not in creator.roles):
        found.append("Only the person herself or an AP manager enters it.")
    return found


def _rule(one: StandIn) -> Delegation:
    return Delegation(
        one.delegator, one.delegate, one.start, one.end, one.reason, one.created_by, one.facilities, one.departments,
        one.limit, one.permitted_explicitly,
    )  # fmt: skip


def end(app: App, actor: Actor, delegation_id: str) -> StandIn:
    """End it now: by the delegator, the delegate or an AP manager."""
    with app.unit_of_work() as work:
        one = next((d for d in work.desk.delegations() if d.id == delegation_id), None)
        if one is None:
            raise InvalidInput(f"There is no delegation {delegation_id[:40]}.")
        if actor.id not in (one.delegator, one.delegate) and "AP_MANAGER" not in actor.roles:
            raise NotAllowed("Only the two persons or an AP manager end a delegation.", "E.6")
        if one.ended_at is not None:
            return one
        done = replace(one, ended_at=app.clock.now(), ended_by=actor.id)
        work.desk.save_delegation(done)
        _record(work, actor, done, "ended")
        work.commit()
    return done


def _record(work: UnitOfWork, actor: Actor, one: StandIn, what: str) -> None:
    after = {
        "what": what, "delegator": one.delegator, "delegate": one.delegate, "start": one.start.isoformat(),
        "end": one.end.isoformat(), "limit": one.limit, "facilities": list(one.facilities),
        "departments": list(one.departments),
    }  # fmt: skip
    work.record(EventDraft(actor, Action.APPROVAL_DELEGATED, "delegation", one.id, after=after, comment=one.reason))


def listed(app: App, actor: Actor) -> list[StandIn]:
    """One's own; an AP manager sees all."""
    with app.unit_of_work() as work:
        return list(work.desk.delegations(None if "AP_MANAGER" in actor.roles else actor.id))


def in_force(app: App, work: UnitOfWork, delegate: str) -> list[tuple[StandIn, User]]:
    """The delegations that `delegate` may use today, with the active person behind each."""
    today = app.clock.today()
    found = [d for d in work.desk.delegations(delegate) if d.delegate == delegate and d.ended_at is None]
    live = [(d, app.accounts.user(d.delegator)) for d in found if d.start <= today <= d.end]
    return [(d, user) for d, user in live if user is not None and user.active]


def acting(app: App, work: UnitOfWork, record: InvoiceRecord, decision: Decision, actor: Actor) -> Actor:
    """The actor with the authority that the decision claims. Raises NotAllowed (E.6) when it is not hers to use.

    The roles of both persons stand in the event; the duties test both (E.7).
    """
    if decision.on_behalf_of is None:
        return actor
    if decision.kind not in DELEGABLE:
        raise NotAllowed("Only approvals and acceptances are delegated.", "E.6")
    mine = [(d, user) for d, user in in_force(app, work, actor.id) if user.id == decision.on_behalf_of]
    fitting = next((user for d, user in mine if covers(d, record, app.policy, work.masters)), None)
    if fitting is None:
        raise NotAllowed(f"You do not stand in for {decision.on_behalf_of[:40]} here.", "E.6")
    return replace(actor, roles=tuple(dict.fromkeys((*actor.roles, *fitting.roles))), on_behalf_of=fitting.id)


def covers(one: StandIn, record: InvoiceRecord, policy: Policy, masters: Masters) -> bool:
    """Whether scope and limit include this invoice. What cannot be compared is not covered."""
    invoice = record.invoice
    if one.facilities and (invoice is None or invoice.ship_to not in one.facilities):
        return False
    if one.departments and not _within(one.departments, record, masters):
        return False
    if one.limit is None:
        return True
    if invoice is None or invoice.total is None:
        return False
    rate = Decimal(1) if invoice.currency == "USD" else policy.fx_to_usd.get(invoice.currency or "")
    return rate is not None and abs(invoice.total * rate) <= one.limit


def _within(departments: tuple[str, ...], record: InvoiceRecord, masters: Masters) -> bool:
    """Whether every order, or else every coded line, belongs to one of these departments or cost centres (E.2)."""
    orders = [order for number in po_numbers(record) if (order := masters.find_order(number)) is not None]
    owners = [{o.department, *(line.cost_center for line in o.lines)} - {None} for o in orders]
    owners = owners or [{coding.cost_center} for coding in record.coding]
    return bool(owners) and all(found & set(departments) for found in owners)


def stands_in_for(app: App, work: UnitOfWork, record: InvoiceRecord, actor: Actor) -> str | None:
    """For whom this person could take the open approval step, when it is not her own."""
    match = record.match
    step = next_step(record, match) if match and record.state == "AWAITING_APPROVAL" else None
    if match is None or step is None or match.approval_chain[step] in actor.roles:
        return None
    role = match.approval_chain[step]
    return next(
        (
            u.id
            for d, u in in_force(app, work, actor.id)
            if role in u.roles and covers(d, record, app.policy, work.masters)
        ),
        None,
    )
