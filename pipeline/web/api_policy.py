"""/api/v1 for the policy with its two persons, and for the audit log (spec E.1, H.4)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from pipeline.domain.desk import PolicyVersion
from pipeline.domain.events import Action
from pipeline.review.policies import difference, parse_policy, propose, settle, version_of
from pipeline.web.api_models import PolicyBody, SimulationBody, VerdictBody
from pipeline.web.audit import PAGE, find
from pipeline.web.events_view import event_row
from pipeline.web.policy import SHOWN, Number
from pipeline.web.security import Person, desk_of, requires

router = APIRouter(prefix="/api/v1")


def version_row(version: PolicyVersion) -> dict[str, Any]:
    """A version without its text."""
    return {
        "number": version.number, "state": version.state, "hash": version.hash, "author": version.author,
        "effective_from": version.effective_from.isoformat(), "proposed_at": version.proposed_at.isoformat(),
        "note": version.note, "approver": version.approver,
        "decided_at": version.decided_at.isoformat() if version.decided_at else None,
    }  # fmt: skip


@router.get("/policy", dependencies=[requires("policy.view")])
def show_policy(request: Request) -> dict[str, Any]:
    """The policy in force by its hash, and all versions."""
    app = desk_of(request)
    with app.unit_of_work() as work:
        versions = work.desk.policy_versions()
    meta = app.policy.meta
    return {
        "policy_id": meta.policy_id, "version": meta.version, "hash": app.policy.hash,
        "versions": [version_row(version) for version in versions],
    }  # fmt: skip


@router.get("/policy/versions/{number}", dependencies=[requires("policy.view")])
def show_version(request: Request, number: Number) -> dict[str, Any]:
    """One version with its TOML and what it changes against the policy in force."""
    app, version = desk_of(request), version_of(desk_of(request), number)
    changes = difference(app.policy, parse_policy(version.text))
    rows = [{"setting": name, "now": old, "then": new} for name, old, new in changes]
    return {**version_row(version), "text": version.text, "changes": rows}


@router.post("/policy/simulations")
def simulate(request: Request, body: SimulationBody, person: Person = requires("policy.simulate")) -> dict[str, Any]:
    """Past invoices under another policy: which decisions flip and how much money moves. Nothing is kept."""
    app, other = desk_of(request), parse_policy(body.text)
    flips, moved = app.simulate(app, other, body.since) if app.simulate is not None else ([], {})
    return {"hash": other.hash, "count": len(flips), "flips": flips[:SHOWN], "moved": moved}


@router.post("/policy/versions", status_code=201)
def propose_version(request: Request, body: PolicyBody, person: Person = requires("policy.propose")) -> dict[str, Any]:
    """Propose a policy; somebody else activates it (SOD-10). All its mistakes are named at once."""
    text = body.text.replace("\r\n", "\n")
    return version_row(propose(desk_of(request), person.actor, text, body.effective_from, body.note))


@router.post("/policy/versions/{number}/verdict")
def decide_version(
    request: Request, number: Number, body: VerdictBody, person: Person = requires("policy.activate")
) -> dict[str, Any]:
    """Activate or refuse, by somebody who did not write it."""
    activate = body.verdict == "activate"
    return version_row(settle(desk_of(request), person.actor, number, activate=activate, comment=body.comment))


@router.get("/events", dependencies=[requires("audit.view")])
def events(
    request: Request,
    object_id: Annotated[str, Query(max_length=100)] = "",
    who: Annotated[str, Query(max_length=100)] = "",
    action: Action | None = None,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> dict[str, Any]:
    """The audit log in order, 200 at a time; `next` is the `after` of the following page."""
    found = find(request, object_id, who, str(action or ""), after)
    rows = [event_row(event) for event in found[:PAGE]]
    return {"events": rows, "next": found[PAGE - 1].seq if len(found) > PAGE else None}
