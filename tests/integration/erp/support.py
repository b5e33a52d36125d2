"""What the tests over an ERP of the tests share: the day, people, and invoices up to a certain point."""

from dataclasses import replace
from datetime import date

from pipeline.domain.events import Actor
from tests.contract.erp.worlds import RestWorld
from tests.integration.erp.desk import Desk, gloves

TODAY, SINCE = date(2026, 11, 12), date(2026, 1, 1)
LEAD = Actor("user", "sam", ("AP_SUPERVISOR",))


def approved(desk: Desk, world: RestWorld, number: str) -> str:
    """An invoice over an order that came whole: approved untouched, its posting owed. Returns its id."""
    order = world.order(10)
    world.receive(order, 10, f"DN-{number}")
    desk.sync()
    invoice = desk.receive(*gloves(order, number, "10", "8.95", TODAY), TODAY)
    assert desk.record(invoice).state == "AUTO_APPROVED", desk.holds(invoice)
    return invoice


def refused(desk: Desk, invoice: str) -> None:
    """The posting was refused for good, as after an account that is closed there."""
    with desk.store.unit_of_work() as work:
        work.save_invoice(replace(work.get_invoice(invoice), state="POST_FAILED", reason="Account 5.1.1 is closed."))
        work.commit()
    (message,) = desk.store.outbox.lease(["post"], 10, 60)
    desk.store.outbox.failed(message.id, "Account 5.1.1 is closed.", None)
