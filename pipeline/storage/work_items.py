"""Review items in the database, and get-next (spec F.3)."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, nulls_last, or_, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.domain.errors import InvalidInput, StaleVersion
from pipeline.domain.records import ReviewItem
from pipeline.storage import codec
from pipeline.storage.rows import item_row
from pipeline.storage.tables import items


def of_invoice(connection: Connection, invoice_id: str) -> Sequence[ReviewItem]:
    """Every item of an invoice, oldest first."""
    query = select(items.c.body).where(items.c.invoice_id == invoice_id).order_by(items.c.opened_at, items.c.id)
    return [codec.load(ReviewItem, row.body) for row in connection.execute(query)]


def get(connection: Connection, item_id: str) -> ReviewItem:
    body = connection.execute(select(items.c.body).where(items.c.id == item_id)).scalar()
    if body is None:
        raise InvalidInput(f"There is no item {item_id[:80]}.")
    return codec.load(ReviewItem, body)


def add(connection: Connection, item: ReviewItem) -> None:
    try:
        with connection.begin_nested():
            connection.execute(insert(items).values(**item_row(item)))
    except IntegrityError as problem:
        raise InvalidInput(f"Item {item.id[:80]} exists already.") from problem


def save(connection: Connection, item: ReviewItem) -> ReviewItem:
    """Raises StaleVersion when somebody else saved meanwhile, InvalidInput when there is no such item."""
    saved = replace(item, version=item.version + 1)
    mine = (items.c.id == item.id) & (items.c.version == item.version)
    if connection.execute(update(items).where(mine).values(**item_row(saved))).rowcount != 1:
        current = connection.execute(select(items.c.version).where(items.c.id == item.id)).scalar()
        if current is None:
            raise InvalidInput(f"There is no item {item.id[:80]}.")
        raise StaleVersion("Somebody else changed this item meanwhile.", int(current))
    return saved


def claim_next(
    connection: Connection, queues: Sequence[str], user: str, now: datetime, lock_until: datetime
) -> ReviewItem | None:
    """The most urgent free item of these queues, claimed. A claim whose lock ran out is free again; an item assigned to
    somebody else is not. Rows that another claimer holds at this moment are skipped (PostgreSQL)."""
    free = or_(items.c.state == "OPEN", (items.c.state == "CLAIMED") & (items.c.lock_expires_at < now))
    for_me = or_(items.c.assignee.is_(None), items.c.assignee == user)
    query = (
        select(items.c.body)
        .where(free, for_me, items.c.queue.in_(list(queues)))
        .order_by(items.c.priority.desc(), nulls_last(items.c.due_at), items.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    body = connection.execute(query).scalar()
    if body is None:
        return None
    token = secrets.token_hex(16)
    item = codec.load(ReviewItem, body)
    return save(
        connection, replace(item, state="CLAIMED", claimed_by=user, lock_token=token, lock_expires_at=lock_until)
    )
