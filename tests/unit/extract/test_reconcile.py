from decimal import Decimal

from pipeline.extract.geometry import Token
from pipeline.extract.money import Money
from pipeline.extract.reconcile import reconcile


def money(role: str, value: str, score: float = 0.9, row: int = 0, **more: object) -> Money:
    token = Token(value, 0, row * 10, 10, row * 10 + 8, 1.0, 1)
    return Money(role, Decimal(value), score, (token,), 1, row * 10.0, role.split("_")[0], "right", row=row, **more)  # type: ignore[arg-type]


def test_the_total_that_closes_wins_over_a_better_label() -> None:
    found = [
        money("subtotal", "100.00", row=1),
        money("tax_total", "19.00", row=2),
        money("total", "119.00", 0.7, row=3),
        money("total", "500.00", 0.9, row=9),
    ]
    choice = reconcile(found, Decimal("100.00"))
    assert choice.total is not None
    assert choice.total.value == Decimal("119.00")
    assert choice.closed
    assert choice.summed


def test_several_tax_rows_are_summed() -> None:
    found = [
        money("subtotal", "473.00", row=1),
        money("tax_total", "19.25", row=2),
        money("tax_total", "37.62", row=3),
        money("total", "529.87", row=4),
    ]
    assert sum(m.value for m in reconcile(found, None).tax) == Decimal("56.87")


def test_discounts_lower_and_charges_raise() -> None:
    found = [
        money("subtotal", "100.00", row=1),
        money("discount", "10.00", row=2),
        money("freight", "5.00", row=3),
        money("total", "95.00", row=4),
    ]
    choice = reconcile(found, None)
    assert choice.closed
    assert [m.value for m in choice.charges] == [Decimal("5.00")]
    assert [m.value for m in choice.discounts] == [Decimal("10.00")]


def test_payments_lead_to_the_amount_due() -> None:
    found = [money("total", "215.14", row=1), money("prepaid", "50.00", row=2), money("amount_due", "165.14", row=3)]
    choice = reconcile(found, None)
    assert choice.due is not None
    assert choice.prepaid is not None
    assert choice.due_closed


def test_nothing_found_gives_nothing() -> None:
    assert reconcile([], Decimal("5.00")).total is None
