"""Column types that mean the same in both databases: exact money and UTC instants (spec 0.2)."""

import hashlib
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Numeric, String
from sqlalchemy.types import TypeDecorator, TypeEngine

BIG = BigInteger().with_variant(Integer, "sqlite")
LONGEST_KEY = 80
# Units of money for ordering and comparing in SQL: ten-thousandths, finer than any minor unit of ISO 4217.
PER_UNIT = 10_000
_MOST = 9_000_000_000_000_000_000
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime with microseconds. SQLite keeps it without a zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """Decimal kept exactly, its scale included: NUMERIC on PostgreSQL; its text on SQLite, which has no decimal type.

    Never compare or sort by it on SQLite: `units()` is for that.
    """

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = String() if dialect.name == "sqlite" else Numeric(asdecimal=True)
        return dialect.type_descriptor(kind)  # type: ignore[no-any-return]

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError("money is Decimal")
        return format(value, "f") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value)


def units(amount: Decimal | None) -> int | None:
    """An amount in whole ten-thousandths, for indexes; what is beyond 64 bits stays at the limit."""
    if amount is None or not amount.is_finite():
        return None
    scaled = int((amount * PER_UNIT).quantize(Decimal(1), context=_WIDE)) if abs(amount) < _MOST // PER_UNIT else _MOST
    return -_MOST if scaled == _MOST and amount < 0 else scaled


def key(text: str | None) -> str | None:
    """`text` as an index key: as it is, or its hash when it is too long for an index. None and empty become None."""
    if not text:
        return None
    text = clean(text)
    return text if len(text) <= LONGEST_KEY else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def clean(text: str) -> str:
    """Text that every database takes: without NUL, and without halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
