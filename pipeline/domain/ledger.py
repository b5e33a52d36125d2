"""Reference data of the ledger: exchange rates, budgets, closed periods, and which accounts there are (spec 0.2.6, C.9)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipeline.domain.erp import GlAccount


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """Units of `to_currency` for one unit of `currency`, from a day on."""

    currency: str
    valid_from: date
    rate: Decimal
    to_currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a cost centre may still spend, in the legal entity's currency."""

    cost_center: str
    available: Decimal


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """The last day on which nothing may be posted any more; `*` is every legal entity without a row of its own."""

    closed_through: date
    legal_entity: str = "*"


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """Reference data of the ledger. None: nothing was told about it, so that what is stored stays."""

    rates: tuple[ExchangeRate, ...] | None = None
    accounts: tuple[GlAccount, ...] | None = None
    budgets: tuple[Budget, ...] | None = None
    closed: tuple[ClosedPeriod, ...] | None = None

    @property
    def told(self) -> bool:
        return any(part is not None for part in (self.rates, self.accounts, self.budgets, self.closed))
