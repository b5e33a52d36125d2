"""The situation of a decision: the record, its open work, and who decides."""

from pipeline.app import App
from pipeline.domain.events import Actor
from pipeline.domain.records import InvoiceRecord
from pipeline.ports import UnitOfWork
from pipeline.review.case import Case
from pipeline.review.decision import Decision
from pipeline.review.route import ACTIVE


def open_case(app: App, work: UnitOfWork, record: InvoiceRecord, decision: Decision, actor: Actor) -> Case:
    items = tuple(work.items_of(record.id))
    chosen = next((i for i in items if i.id == decision.item_id), None)
    if chosen is None and decision.item_id is None:
        active = [i for i in items if i.state in ACTIVE]
        mine = [i for i in active if i.owner_role in actor.roles]
        chosen = next((i for i in (*mine, *active)), None)
    user = app.accounts.user(actor.id)
    manager = user.manager if user else None
    doubt = record.match is not None and any(f.code == "DOC_QUARANTINE" for f in record.match.holds)
    locked = doubt and work.get_document(record.document_id).status == "quarantined"
    return Case(record, items, chosen, decision, actor, app.clock.now(), work.masters, app.policy, manager, locked)
