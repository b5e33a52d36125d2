"""The contracts: schemas on disk fit the code, and what passes through them comes out as it was."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.erp import Attachment, BadErpData, Voucher, VoucherLine
from pipeline.domain.invoice import Charge
from pipeline.domain.orders import OrderLine, OrderTax, PurchaseOrder, Receipt
from pipeline.domain.supplier import Supplier
from pipeline.export.contracts import ENTITIES
from pipeline.export.mapping import from_json, to_json
from pipeline.export.schemas import schema_text

FOLDER = Path(__file__).parents[3] / "docs" / "schemas"
amounts = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=6)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_schema_on_disk_is_that_of_the_code(entity: str) -> None:
    assert (FOLDER / f"ap.{entity}.v1.json").read_text(encoding="utf-8") == schema_text(entity, ENTITIES[entity])


def test_no_other_schema_lies_there() -> None:
    assert {file.name for file in FOLDER.glob("*.json")} == {f"ap.{entity}.v1.json" for entity in ENTITIES}


@given(qty=amounts, price=amounts, text=words, size=amounts)
def test_an_order_survives_json(qty: Decimal, price: Decimal, text: str, size: Decimal) -> None:
    line = OrderLine("1", qty, "BX", price, text, uom_conversions={"BX": size}, promised_date=date(2026, 1, 2))
    order = PurchaseOrder(text, "S", "open", "USD", date(2026, 1, 1), (line,), tax=OrderTax(False, Decimal("6.25")))
    assert from_json("purchase_order", to_json("purchase_order", order), PurchaseOrder) == order


@given(data=st.binary(max_size=200), net=amounts)
def test_a_voucher_survives_json(data: bytes, net: Decimal) -> None:
    files = (Attachment("a.pdf", "application/pdf", data),)
    lines = (VoucherLine("1", net, "PO", "1", Decimal("2.5"), "BX", receipt_ids=("R1",)),)
    voucher = Voucher(
        "i",
        "S",
        "invoice",
        "N",
        date(2026, 1, 1),
        "USD",
        net,
        lines,
        charges=(Charge("freight", net),),
        attachments=files,
    )
    assert from_json("voucher", to_json("voucher", voucher), Voucher) == voucher


def test_an_amount_as_a_json_number_is_refused_with_its_place() -> None:
    receipt: dict[str, Any] = {"id": "R7", "po_number": "P", "date": "2026-01-01"}
    receipt["lines"] = [{"po_line": "1", "received": 1.5}]
    with pytest.raises(BadErpData, match=r"receipt R7: lines\.0\.received: .*strings"):
        from_json("receipt", receipt, Receipt)


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "1,5", "abc"])
def test_an_amount_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(BadErpData):
        from_json("receipt", {"id": "R", "po_number": "P", "date": "2026-01-01", "lines": [{"po_line": "1", "received": wrong}]}, Receipt)  # fmt: skip


def test_fields_of_a_later_minor_version_are_ignored() -> None:
    receipt = from_json(
        "receipt", {"id": "R", "po_number": "P", "date": "2026-01-01", "lines": [], "colour": "red"}, Receipt
    )
    assert receipt == Receipt("R", "P", date(2026, 1, 1), ())


def test_an_account_number_becomes_a_fingerprint_and_stays_out_of_errors() -> None:
    data = {"id": "S", "name": "N", "banks": [{"routing": "12", "account": "9876543210"}]}
    supplier = from_json("supplier", data, Supplier, lambda routing, account: "fp")
    assert [(b.fingerprint, b.last4) for b in supplier.banks] == [("fp", "3210")]
    with pytest.raises(BadErpData) as caught:
        from_json("supplier", data, Supplier)
    assert "9876543210" not in str(caught.value)
