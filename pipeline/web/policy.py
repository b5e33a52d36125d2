"""The policy: in force, its versions, what another one would change, and its two persons (spec E.1, SOD-10)."""

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Path, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from pipeline.domain.errors import InvalidInput, InvalidPolicy
from pipeline.review.policies import difference, parse_policy, propose, settle, version_of
from pipeline.web.render import page
from pipeline.web.security import Person, desk_of, requires
from rules.policy import Policy

router = APIRouter()
Number = Annotated[int, Path(ge=1, le=10**9)]
SHOWN = 200  # rows of a simulation on the page; the money covers all


@router.get("/policy", dependencies=[requires("policy.view")])
def show_policy(request: Request) -> Response:
    app = desk_of(request)
    with app.unit_of_work() as work:
        versions, in_force = work.desk.policy_versions(), work.desk.policy_in_force(app.clock.today())
    behind = in_force is not None and in_force.hash != app.policy.hash
    return page(
        request, "policy.html", nav="policy", policy=app.policy, rows=list(flatten(app.policy)), versions=versions,
        behind=behind, today=app.clock.today().isoformat(),
    )  # fmt: skip


@router.post("/policy/compare")
def compare(
    request: Request,
    file: Annotated[UploadFile, File()],
    simulate: Annotated[bool, Form()] = False,
    since: Annotated[str, Form(max_length=10)] = "",
    person: Person = requires("policy.simulate"),
) -> Response:
    """What an uploaded policy would change: its settings, and on request past invoices and money. Nothing is kept."""
    try:
        text = file.file.read(400_000).decode("utf-8")
        other = parse_policy(text)
    except UnicodeDecodeError as problem:
        raise InvalidInput("The file is no text in UTF-8.") from problem
    except InvalidPolicy as problem:
        return page(request, "policy_change.html", 422, nav="policy", problems=problem.problems, version=None, text="")
    return _change(request, other, text=text, version=None, since=_day(since) if simulate else None, simulate=simulate)


@router.get("/policy/versions/{number}", dependencies=[requires("policy.view")])
def show_version(request: Request, number: Number) -> Response:
    version = version_of(desk_of(request), number)
    return _change(request, parse_policy(version.text), text=version.text, version=version)


@router.post("/policy/versions/{number}/simulate")
def simulate_version(
    request: Request,
    number: Number,
    since: Annotated[str, Form(max_length=10)] = "",
    person: Person = requires("policy.simulate"),
) -> Response:
    version = version_of(desk_of(request), number)
    return _change(
        request, parse_policy(version.text), text=version.text, version=version, since=_day(since), simulate=True
    )


def _change(
    request: Request, other: Policy, *, text: str, version: Any, since: date | None = None, simulate: bool = False
) -> Response:
    app = desk_of(request)
    flips: list[dict[str, Any]] | None = None
    moved: dict[str, dict[str, str]] = {}
    if simulate and app.simulate is not None:
        flips, moved = app.simulate(app, other, since)
    return page(
        request, "policy_change.html", nav="policy", problems=[], version=version, text=text, hash=other.hash,
        changes=difference(app.policy, other), flips=flips[:SHOWN] if flips is not None else None,
        flip_count=len(flips or ()), moved=moved, today=app.clock.today().isoformat(),
    )  # fmt: skip


@router.post("/policy/propose")
def propose_version(
    request: Request,
    text: Annotated[str, Form(max_length=200_000)],
    effective_from: Annotated[date, Form()],
    note: Annotated[str, Form(max_length=2000)],
    person: Person = requires("policy.propose"),
) -> Response:
    version = propose(desk_of(request), person.actor, text.replace("\r\n", "\n"), effective_from, note)
    return RedirectResponse(f"/policy/versions/{version.number}", 303)


@router.post("/policy/versions/{number}/decide")
def decide_version(
    request: Request,
    number: Number,
    verdict: Annotated[str, Form(pattern="^(activate|refuse)$")],
    comment: Annotated[str, Form(max_length=2000)] = "",
    person: Person = requires("policy.activate"),
) -> Response:
    """Activate or refuse: by somebody who did not write it."""
    settle(desk_of(request), person.actor, number, activate=verdict == "activate", comment=comment)
    return RedirectResponse(f"/policy/versions/{number}", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as problem:
        raise InvalidInput(f"{text!r} is no date.") from problem


def flatten(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """`section.key` and its value, for any nesting of dataclasses, models, mappings and sequences."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    elif hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flatten(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple | set | frozenset):
        parts = [dict(flatten(v)) for v in value]
        yield path, "; ".join(", ".join(f"{k} {v}".strip() for k, v in part.items()) for part in parts) or "none"
    else:
        empty = "–" if path.startswith("meta.") else "not checked"
        yield path, empty if value is None or value == "" else str(value)
