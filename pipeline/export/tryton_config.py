"""What an installation of Tryton has to be told about us: company, codes of units and facilities, accounts for charges."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.erp import OVERLAP
from pipeline.domain.units import norm_unit

UNITS = {"u": "EA", "bx": "BX", "cs": "CS", "pk": "PK", "ct": "CT", "dz": "DZ"}


class TrytonConfig(BaseModel):
    """`units`: Tryton's symbol -> our code (others in upper case). `facilities`: warehouse code -> our facility id.

    `accounts`: charge type (spec A.3, `small_difference`, `allowance`) -> account code for lines without an order.
    `tag` begins the description of each invoice we book; the idempotency key follows it.
    """

    model_config = ConfigDict(frozen=True)

    database: str = "tryton"
    company: int = 1
    tag: str = "apdesk:"
    units: dict[str, str] = Field(default_factory=lambda: dict(UNITS))
    facilities: dict[str, str] = Field(default_factory=dict)
    accounts: dict[str, str] = Field(default_factory=dict)
    legal_entity: str | None = None
    price_digits: int = 4
    overlap: timedelta = OVERLAP

    def unit(self, symbol: str) -> str:
        return self.units.get(symbol) or norm_unit(symbol)

    def facility(self, warehouse: str | None) -> str | None:
        return self.facilities.get(warehouse, warehouse) if warehouse else None


def invoice_of(key: str) -> str:
    """Our invoice's id inside a posting key `post:<invoice id>:<content>`, empty when the key is of another make."""
    parts = key.split(":")
    return parts[1] if len(parts) >= 3 and parts[0] == "post" else ""
