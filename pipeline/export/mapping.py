"""Contracts to our nouns and back. One error class for data that cannot be taken, with the entity and its id."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from pipeline.domain.erp import (
    BadErpData,
    ContractPrice,
    GlAccount,
    ItemUom,
    SupplierXref,
    Voucher,
    VoucherStatus,
)
from pipeline.domain.invoice import PriorInvoice
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import BankAccount, Supplier
from pipeline.export import contracts as c

Fingerprint = Callable[[str, str], str]
Noun = TypeVar("Noun")

NOUNS: dict[str, type[Any]] = {
    "supplier": Supplier,
    "purchase_order": PurchaseOrder,
    "receipt": Receipt,
    "usage": UsageRecord,
    "billed": PriorInvoice,
    "contract_price": ContractPrice,
    "item_uom": ItemUom,
    "gl_account": GlAccount,
    "supplier_xref": SupplierXref,
    "voucher": Voucher,
    "voucher_status": VoucherStatus,
}


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {noun: TypeAdapter(noun) for noun in NOUNS.values()}


def to_contract(entity: str, noun: object) -> c.Contract:
    """Our noun as its contract."""
    return c.ENTITIES[entity].model_validate(noun)


def to_json(entity: str, noun: object) -> dict[str, Any]:
    """Our noun as the contract's JSON: decimals are strings, bytes base64, dates ISO."""
    return to_contract(entity, noun).model_dump(mode="json", exclude_none=True)


def from_json(entity: str, data: object, noun: type[Noun], fingerprint: Fingerprint | None = None) -> Noun:
    """The contract's JSON as our noun. Raises BadErpData naming entity, id and every field that is wrong.

    Bank account numbers become fingerprints here and go no further (A.6); without `fingerprint` they are refused.
    """
    where = f"{entity} {_id_of(data)}"
    try:
        model = _checked(entity, data)
        values = model.model_dump()
        if isinstance(model, c.SupplierV1):
            values["group"] = model.group or model.id
            values["banks"] = [_bank(bank, fingerprint, where) for bank in model.banks]
        found: Noun = _ADAPTERS[noun].validate_python(values)
        return found
    except ValidationError as problem:
        raise BadErpData(where, reasons(problem)) from None


def _checked(entity: str, data: object) -> c.Contract:
    """Validate values that came out of JSON already: base64 and ISO dates are still text."""
    return c.ENTITIES[entity].model_validate_json(json.dumps(data))


def _bank(bank: c.BankV1, fingerprint: Fingerprint | None, where: str) -> BankAccount:
    if bank.account:
        if fingerprint is None:
            raise BadErpData(where, "a bank account number came in where only fingerprints are taken")
        return BankAccount(fingerprint(bank.routing or "", bank.account), bank.account[-4:])
    if not bank.fingerprint:
        raise BadErpData(where, "a bank account without number and fingerprint")
    return BankAccount(bank.fingerprint, bank.last4)


def reasons(problem: ValidationError) -> str:
    """What is wrong in one line, without the values (they may be confidential)."""
    return "; ".join(f"{'.'.join(str(p) for p in e['loc']) or 'row'}: {e['msg']}" for e in problem.errors()[:5])


def _id_of(data: object) -> str:
    if isinstance(data, dict):
        for name in ("id", "number", "key", "invoice_number", "code", "case_id"):
            if data.get(name):
                return str(data[name])[:80]
    return "?"


def without_files(voucher: Voucher) -> Voucher:
    """The voucher without its documents' bytes, for a comparison or a log."""
    return replace(voucher, attachments=())
