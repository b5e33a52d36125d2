"""Which queues an invoice's exceptions go to (spec E.2): one item per owner and queue, the primary code's leads."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from pipeline.domain.matching import Finding
from rules.owners import SLA_CLASSES, SlaClass, rank, sla_class
from rules.policy import Policy, RoutingRule

CATCH_ALL = RoutingRule(queue="AP_EXCEPTIONS")


@dataclass(frozen=True, slots=True)
class Context:
    """What routing rules may ask about the invoice. Amounts in legal entity currency; None is unknown."""

    facility: str | None = None
    dock: str | None = None
    department: str | None = None
    cost_center: str | None = None
    supplier: str | None = None
    supplier_tier: str | None = None
    categories: tuple[str, ...] = ()
    buyer: str | None = None
    phi: bool = False
    disputed: Decimal = Decimal(0)
    days_to_due: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One review item to open. `unroutable` counts as a defect metric: only the built-in catch-all fitted."""

    owner: str
    queue: str
    codes: tuple[str, ...]
    lines: tuple[str, ...]
    lead: bool
    sla: SlaClass
    assign: str = "least_loaded"
    restricted: bool = False
    unroutable: bool = False


def route(findings: Iterable[Finding], context: Context, policy: Policy) -> tuple[Route, ...]:
    """One Route per distinct (owner, queue) over holds and waits that a person must see; the lead first.

    A wait is parked, not reviewed, unless everything there is waits: then nothing is routed.
    """
    holds = sorted((f for f in findings if f.outcome == "hold"), key=lambda f: (rank(f.code), f.code, f.line or ""))
    groups: dict[tuple[str, str], list[tuple[Finding, RoutingRule, bool]]] = {}
    for finding in holds:
        rule, found = _rule_for(finding, context, policy)
        groups.setdefault((finding.owner, _queue_name(rule, context)), []).append((finding, rule, found))
    return tuple(_route(key, group, place == 0) for place, (key, group) in enumerate(groups.items()))


def _route(key: tuple[str, str], group: list[tuple[Finding, RoutingRule, bool]], lead: bool) -> Route:
    owner, queue = key
    _, rule, _ = group[0]
    return Route(
        owner=owner,
        queue=queue,
        codes=tuple(dict.fromkeys(f.code for f, _, _ in group)),
        lines=tuple(dict.fromkeys(f.line for f, _, _ in group if f.line)),
        lead=lead,
        sla=SLA_CLASSES[rule.sla] if rule.sla else _strictest(first.code for first, _, _ in group),
        assign=rule.assign,
        restricted=any(r.restricted for _, r, _ in group),
        unroutable=not all(found for _, _, found in group),
    )


def _strictest(codes: Iterable[str]) -> SlaClass:
    return min((sla_class(code) for code in codes), key=lambda cls: (cls.resolve_hours, cls.respond_hours))


def _rule_for(finding: Finding, context: Context, policy: Policy) -> tuple[RoutingRule, bool]:
    for rule in policy.routing:
        if _fits(rule, finding, context):
            return rule, True
    return CATCH_ALL, False


def _fits(rule: RoutingRule, finding: Finding, context: Context) -> bool:
    """Every stated condition holds. An unknown fact fits no condition."""
    at_risk = finding.disputed or context.disputed
    checks = (
        not rule.codes or any(fnmatchcase(finding.code, pattern) for pattern in rule.codes),
        not rule.owners or finding.owner in rule.owners,
        not rule.facilities or context.facility in rule.facilities,
        not rule.departments or context.department in rule.departments,
        not rule.cost_centers or context.cost_center in rule.cost_centers,
        not rule.suppliers or context.supplier in rule.suppliers,
        not rule.supplier_tiers or context.supplier_tier in rule.supplier_tiers,
        not rule.categories or not set(rule.categories).isdisjoint(context.categories),
        rule.phi is None or rule.phi == context.phi,
        rule.min_at_risk is None or at_risk >= rule.min_at_risk,
        rule.due_within_days is None
        or (context.days_to_due is not None and context.days_to_due <= rule.due_within_days),
    )
    return all(checks)


def _queue_name(rule: RoutingRule, context: Context) -> str:
    """The queue with its owner filled in; an unknown department is rerouted by AP, never given to a person by guess."""
    known = {
        "buyer": context.buyer,
        "dock": context.dock or context.facility,
        "department": context.department,
        "cost_center": context.cost_center,
        "facility": context.facility,
    }
    queue = rule.queue
    for name, value in known.items():
        if "{" + name + "}" in queue:
            if not value:
                return CATCH_ALL.queue if name == "cost_center" else f"{queue.split(':', 1)[0]}:UNASSIGNED"
            queue = queue.replace("{" + name + "}", value)
    return queue
