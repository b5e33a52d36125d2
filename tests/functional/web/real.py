"""The sample hospital's store, copied for one test module, with people who may log in."""

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.app import App
from pipeline.domain.records import InvoiceRecord, ReviewItem, User
from tests.fakes.desk import PASSWORD, PEOPLE

ACTIVE = ("OPEN", "CLAIMED", "PENDING_EXTERNAL")
MORE = (
    User("lead2", "Lee Lead", ("AP_SUPERVISOR",)), User("item", "Ivo Item", ("ITEM_MASTER",)),
    User("contract", "Coco Contract", ("CONTRACTING",)), User("deptmanager", "Dee Manager", ("DEPT_MANAGER",)),
)  # fmt: skip


@dataclass
class RealDesk:
    """What `Visitor` asks of a desk, by invoice number, over a real store."""

    app: App
    ids: dict[str, str]

    @property
    def accounts(self) -> Any:
        return self.app.accounts

    def record(self, name: str) -> InvoiceRecord:
        with self.app.unit_of_work() as work:
            return work.get_invoice(self.ids.get(name, name))

    def items(self, name: str) -> list[ReviewItem]:
        with self.app.unit_of_work() as work:
            return list(work.items_of(self.ids.get(name, name)))

    def item(self, name: str, owner: str | None = None) -> ReviewItem:
        return next(i for i in self.items(name) if i.state in ACTIVE and owner in (None, i.owner_role))

    def actions(self, name: str) -> list[str]:
        return [str(e.draft.action) for e in self.app.queries.events(self.ids.get(name, name), limit=1000)]

    def holds(self, name: str) -> set[str]:
        match = self.record(name).match
        return {f.code for f in match.holds} if match else set()

    def found(self, *codes: str, state: str = "IN_REVIEW") -> str:
        """The number of an invoice whose holds are exactly these."""
        numbers = [n for n, i in self.ids.items() if self.holds(i) == set(codes) and self.record(i).state == state]
        assert numbers, f"the sample has no invoice held for {codes} only"
        return numbers[0]


def copied(home: Path, target: Path) -> None:
    """A second installation with the same content; the first stays as it is."""
    for name in ("documents", "keys"):
        shutil.copytree(home / name, target / name)
    if (home / "checkpoints.jsonl").exists():
        shutil.copy(home / "checkpoints.jsonl", target / "checkpoints.jsonl")
    source, copy = sqlite3.connect(home / "apdesk.sqlite"), sqlite3.connect(target / "apdesk.sqlite")
    source.backup(copy)
    source.close()
    copy.close()


def desk_over(app: App) -> RealDesk:
    for person in (*PEOPLE, *MORE):
        app.accounts.save_user(person, PASSWORD)
    rows = app.queries.invoices(limit=1000)
    return RealDesk(app, {row["invoice_number"] or row["id"]: row["id"] for row in rows})
