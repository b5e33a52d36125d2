"""Pairing of lines (spec B.2-B.4): which PO line an invoice line is tied to, and when nobody may guess."""

from typing import Any

from pipeline.match.scoring import sizes_differ
from tests.unit.match.build import line, order, order_line, outcome, receipt


def words(no: str, text: str, **changes: Any) -> dict[str, Any]:
    return line(no, **{"supplier_item": None, "description": text, **changes})


def links(got: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(m["invoice_line"], m["po_line"], m["qty_base"]) for m in got["line_matches"]]


def goods(*amounts: str) -> list[dict[str, Any]]:
    return [receipt(amount, str(n)) for n, amount in enumerate(amounts, 1)]


SAME = {"buyer_item": "A", "supplier_item": "V-A1"}


def test_equal_items_are_filled_in_promised_order_and_the_rest_stays_on_the_last() -> None:
    ordered = [order_line("1", **SAME, promised_date="2026-03-08"), order_line("2", **SAME, promised_date="2026-03-05")]
    got = outcome({"lines": [line(qty="21", net="525.00")]}, orders=[order(lines=ordered)], receipts=goods("10", "10"))
    assert links(got) == [("1", "2", "10"), ("1", "1", "11")]
    assert got["holds"] == ["QTY_OVER_ORDERED@1", "QTY_OVER_RECEIVED@1"]
    assert got["disputed_amount"] == "25.00"


def test_split_lines_fill_all_equal_items_before_the_rest() -> None:
    ordered = [order_line("1", **SAME), order_line("2", **SAME, qty="5")]
    lines = [
        line("1", "10"),
        line("2", "4", net="100.00", supplier_item="V-A1"),
        line("3", "1", net="25.00", supplier_item="V-A1"),
    ]
    got = outcome({"lines": lines}, orders=[order(lines=ordered)], receipts=goods("10", "5"))
    taken = {po_line: sum(int(qty) for _, other, qty in links(got) if other == po_line) for po_line in ("1", "2")}
    assert (got["status"], taken) == ("AUTO_APPROVED", {"1": 10, "2": 5})


def test_an_exact_quantity_goes_to_the_line_that_has_room() -> None:
    ordered = [order_line("1", **SAME, qty="10"), order_line("2", **SAME, qty="20")]
    lines = [line("1", "20", net="500.00"), line("2", "10", supplier_item="V-A1")]
    got = outcome({"lines": lines}, orders=[order(lines=ordered)], receipts=goods("10", "20"))
    assert (got["status"], links(got)) == ("AUTO_APPROVED", [("1", "2", "20"), ("2", "1", "10")])


def test_words_alone_need_nearly_all_words() -> None:
    ordered = [order(lines=[order_line(description="gauze sponge sterile cotton white")])]
    assert (
        outcome({"lines": [words("1", "gauze sponge sterile cotton white")]}, orders=ordered)["status"]
        == "AUTO_APPROVED"
    )
    # 4 of 5 words: 0.72 is a pair, but not a touchless one; 1 of 5 is none.
    assert outcome({"lines": [words("1", "gauze sponge sterile cotton")]}, orders=ordered)["holds"] == [
        "LINE_AMBIGUOUS@1"
    ]
    assert outcome({"lines": [words("1", "gauze", price="9.00", net="90.00")]}, orders=ordered)["holds"] == [
        "LINE_UNMATCHED@1"
    ]


def test_other_sizes_never_pair_by_words() -> None:
    ordered = [order(lines=[order_line(description="cortical screw titanium 3.5 mm x 26 mm")])]
    got = outcome(
        {"lines": [words("1", "cortical screw titanium 3.5 mm x 28 mm", price="9.00", net="90.00")]}, orders=ordered
    )
    assert got["holds"] == ["LINE_UNMATCHED@1"]
    assert sizes_differ("tube 6 mm", "tube 8mm")
    assert not sizes_differ("syringe 10 ml", "syringe 10 ml 100 pcs")
    assert sizes_differ("scrub top XL", "scrub top M")


def test_two_items_with_the_same_words_and_price_are_ambiguous() -> None:
    text = "scrub top ceil processed"
    alike = [order_line("1", description=text), order_line("2", description=text)]
    got = outcome({"lines": [words("1", text)]}, orders=[order(lines=alike)], receipts=goods("10", "10"))
    assert got["holds"] == ["LINE_AMBIGUOUS@1"]
    dear = [order_line("1", description=text, unit_price="99.00"), order_line("2", description=text)]
    got = outcome({"lines": [words("1", text)]}, orders=[order(lines=dear)], receipts=goods("10", "10"))
    assert (got["status"], links(got)) == ("AUTO_APPROVED", [("1", "2", "10")])


def test_known_substitutes_warn_and_hold_for_implants() -> None:
    def swap(**changes: Any) -> dict[str, Any]:
        ordered = [order(lines=[order_line(cross_references=["V-NEW"], **changes)])]
        return outcome({"lines": [line(supplier_item="V-NEW")]}, orders=ordered)

    assert (swap()["status"], swap()["warns"]) == ("AUTO_APPROVED", ["LINE_SUBSTITUTE@1"])
    assert swap(category="implants")["holds"] == ["LINE_SUBSTITUTE@1"]
    assert swap(supplier_item=None)["warns"] == []


def test_package_level_and_misread_identifiers() -> None:
    ordered = [order(lines=[order_line(gtin_packages=["10012345678902"], supplier_item="V-12S45")])]
    by_package = line(supplier_item=None, gtin="10012345678902", description="")
    assert outcome({"lines": [by_package]}, orders=ordered)["status"] == "AUTO_APPROVED"
    misread = line(supplier_item="V-12545", description="", source="ocr")
    assert outcome({"lines": [misread]}, orders=ordered)["status"] == "AUTO_APPROVED"
    typed = line(supplier_item="V-12545", description="", price="9.00", net="90.00")
    assert outcome({"lines": [typed]}, orders=ordered)["holds"] == ["LINE_UNMATCHED@1"]


def test_a_line_uses_only_the_order_that_it_names() -> None:
    second = order(number="PO-2")
    got = outcome({"lines": [line(), line("2", po_number="PO-2", supplier_item="V-A1")]},
                  orders=[order(), second], receipts=[receipt(), {**receipt(), "id": "G2", "po_number": "PO-2"}])  # fmt: skip
    assert [(m["invoice_line"], m["po_number"]) for m in got["line_matches"]] == [("1", "PO-1"), ("2", "PO-2")]
    assert got["status"] == "AUTO_APPROVED"


def test_the_only_subset_is_linked_and_two_are_none() -> None:
    def summary(amount: str, *prices: str) -> list[str]:
        ordered = [order_line(str(n), qty="1", unit_price=price) for n, price in enumerate(prices, 1)]
        got = outcome({"lines": [words("1", "as per order", qty="1", price=amount, net=amount)]},
                      orders=[order(lines=ordered)], receipts=goods(*("1" for _ in prices)))  # fmt: skip
        return [*got["holds"], *(m["po_line"] for m in got["line_matches"])]

    assert summary("30.00", "10.00", "20.00", "50.00") == ["LINE_AMBIGUOUS@1", "1", "2"]
    assert summary("30.00", "10.00", "20.00", "30.00", "99.00") == ["LINE_UNMATCHED@1"]
    assert summary("80.02", "30.00", "50.00") == ["LINE_AMBIGUOUS@1", "1", "2"]
    assert summary("80.03", "30.00", "50.00") == ["LINE_UNMATCHED@1"]


def test_an_item_without_net_counts_nothing_and_is_held_elsewhere() -> None:
    got = outcome({"lines": [line(net=None, price=None)], "total": "250.00", "lines_total": "250.00"})
    assert "DOC_MISSING_FIELD" in got["holds"]
