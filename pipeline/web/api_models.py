"""What the API takes: strict models; unknown keys are refused."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.document import Box
from pipeline.review.bulk import BulkAction
from pipeline.review.decision import Decision, DecisionKind

Name = Annotated[str, Field(max_length=80)]
Value = Annotated[str, Field(max_length=500)]
Words = Annotated[str, Field(max_length=2000)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(Strict):
    user: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=500)]


class KeyBody(Strict):
    """A key for a program: its name, what it may do, and for how many days."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    scopes: Annotated[list[Name], Field(min_length=1, max_length=50)]
    days: Annotated[int, Field(ge=1, le=365)] = 90


class ReasonBody(Strict):
    """An action that needs nothing but its reason."""

    reason: Annotated[str, Field(min_length=3, max_length=2000)]


Share = Annotated[float, Field(ge=0, le=1)]


class BoxBody(Strict):
    """A box on a page, in 0..1 of its sides, origin top left. `again`: by OCR even where words were read before."""

    x0: Share
    y0: Share
    x1: Share
    y1: Share
    again: bool = False

    def box(self) -> Box:
        """The box, whichever corner it was drawn from."""
        return Box(min(self.x0, self.x1), min(self.y0, self.y1), max(self.x0, self.x1), max(self.y0, self.y1))


class StandInBody(Strict):
    """Who stands in for whom, from when to when, and for what; without `delegate` an absence that nobody covers."""

    start: date
    end: date
    reason: Annotated[str, Field(min_length=3, max_length=500)]
    delegator: Name | None = None
    delegate: Name | None = None
    limit: Name | None = None
    departments: list[Name] = Field(default_factory=list, max_length=50)
    facilities: list[Name] = Field(default_factory=list, max_length=50)
    permitted_explicitly: bool = False


PageNo = Annotated[int, Field(ge=1, le=10_000)]


class SplitBody(Strict):
    """Page ranges, first and last page of each; `separators` are pages that belong to no invoice."""

    parts: Annotated[list[tuple[PageNo, PageNo]], Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(min_length=3, max_length=2000)]
    separators: Annotated[list[PageNo], Field(max_length=200)] = []


class DraftBody(Strict):
    """What was typed and confirmed so far."""

    fields: dict[Name, Value] = Field(max_length=400)
    confirmed: list[Name] = Field(default_factory=list, max_length=400)


class BulkBody(Strict):
    """One small action on at most 50 items (F.6); `value` is the person of `assign`, the words of the others."""

    action: BulkAction
    items: Annotated[list[Name], Field(min_length=1, max_length=200)]
    value: Value = ""


class ChosenItem(Strict):
    item_id: Name
    version: Annotated[int, Field(ge=0, le=2**31)]


class ChosenBody(Strict):
    """A bulk action on items as they were previewed."""

    action: BulkAction
    chosen: Annotated[list[ChosenItem], Field(min_length=1, max_length=200)]
    value: Value = ""


class ViewBody(Strict):
    """The queue's filter as its address has it: queue, q, sort, state."""

    query: Annotated[str, Field(max_length=500)]


class PolicyBody(Strict):
    """A policy as TOML, from when it is to hold, and why."""

    text: Annotated[str, Field(min_length=1, max_length=200_000)]
    effective_from: date
    note: Words


class SimulationBody(Strict):
    text: Annotated[str, Field(min_length=1, max_length=200_000)]
    since: date | None = None


class VerdictBody(Strict):
    verdict: Literal["activate", "refuse"]
    comment: Words = ""


class RepairBody(Strict):
    """One repair of one invoice; without `confirm` it is only shown."""

    invoice_id: Annotated[str, Field(min_length=1, max_length=100)]
    action: Literal["look_up", "retry", "mark_posted", "take_over"]
    confirm: bool = False


class FindingRef(Strict):
    code: Name
    line: Name | None = None


class CodingRow(Strict):
    gl: Name
    cost_center: Name
    amount: Name


class DecisionBody(Strict):
    """One human action on the version of the invoice that was seen."""

    kind: DecisionKind
    seen_version: Annotated[int, Field(ge=0, le=2**31)]
    item_id: Name | None = None
    fields: dict[Name, Value | None] = Field(default_factory=dict, max_length=2000)
    confirmed: list[Name] = Field(default_factory=list, max_length=2000)
    findings: list[FindingRef] = Field(default_factory=list, max_length=500)
    resolution_code: Name = ""
    root_cause: Name = ""
    reason: Words = ""
    po_number: Name | None = None
    links: dict[Name, tuple[Name, Name]] = Field(default_factory=dict, max_length=1000)
    coding: list[CodingRow] = Field(default_factory=list, max_length=200)
    until: date | None = None
    queue: Name = ""
    assignee: Name | None = None
    on_behalf_of: Name | None = None
    evidence: dict[Name, Value] = Field(default_factory=dict, max_length=20)

    def decision(self) -> Decision:
        return Decision(
            kind=self.kind, item_id=self.item_id, fields=dict(self.fields), confirmed=tuple(self.confirmed),
            findings=tuple((f.code, f.line) for f in self.findings), resolution_code=self.resolution_code,
            root_cause=self.root_cause, reason=self.reason, po_number=self.po_number, links=dict(self.links),
            coding=tuple((c.gl, c.cost_center, c.amount) for c in self.coding), until=self.until, queue=self.queue,
            assignee=self.assignee, on_behalf_of=self.on_behalf_of, evidence=dict(self.evidence),
        )  # fmt: skip
