"""Suppliers and our own facilities (spec A.6)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Facility:
    id: str
    name: str
    legal_entity: str
    tax_exempt: bool = True
    tax_rate: Decimal | None = None
    certificate_valid_to: date | None = None
    street: str = ""
    csz: str = ""
    dock: str = ""
    aliases: tuple[str, ...] = ()
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class RemitTo:
    id: str
    name: str = ""
    street: str = ""
    csz: str = ""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A known account: HMAC fingerprint and last four digits only; the number itself stays encrypted elsewhere."""

    fingerprint: str
    last4: str = ""


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier of the master. `group` allows sister companies to bill for each other (A.6 `group_id`)."""

    id: str
    name: str
    group: str
    status: str = "active"
    tax_id: str | None = None
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    gln: tuple[str, ...] = ()
    street: str = ""
    csz: str = ""
    phone: str = ""
    remit_tos: tuple[RemitTo, ...] = ()
    banks: tuple[BankAccount, ...] = ()
    accounts: dict[str, str] = field(default_factory=dict)
    payment_terms: str | None = None
    currency: str | None = None
    po_required: bool = True
    recurring: bool = False
    match_level: str | None = None
    tolerances: dict[str, Any] = field(default_factory=dict)
    invoice_amount_limit: Decimal | None = None
    reportable_1099: bool = False
    w9_on_file: bool = True
    excluded: bool = False
    referral_source: bool = False
    active_contract: bool = False
    critical: bool = False
    edited_by: str | None = None
    edited_on: date | None = None
