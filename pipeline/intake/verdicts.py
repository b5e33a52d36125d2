"""What intake says of a file: taken as a kind, or refused with one plain sentence."""

from dataclasses import dataclass
from typing import NoReturn

from pipeline.domain.arrivals import Refused as Refused
from pipeline.domain.document import ReadStatus


@dataclass(frozen=True, slots=True)
class Accepted:
    """`media_type` by content, never by name; `kind` as in Limits.kinds."""

    media_type: str
    kind: str


class RefusalError(Exception):
    """Carries a refusal up to `inspect`; nothing outside the guard sees it."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.reason)
        self.refused = refused


def reject(reason: str, code: str) -> NoReturn:
    raise RefusalError(Refused(ReadStatus.REJECTED, reason, code))


def quarantine(reason: str, code: str) -> NoReturn:
    raise RefusalError(Refused(ReadStatus.QUARANTINED, reason, code))


def locked(reason: str) -> NoReturn:
    raise RefusalError(Refused(ReadStatus.PASSWORD, reason, "PASSWORD"))
