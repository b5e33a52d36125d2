"""What people at the hospital do inside Tryton: order, receive, return, pay. Over its APIs, as its own client would."""

import base64
import json
from datetime import date
from decimal import Decimal
from typing import Any

import httpx

from pipeline.export.tryton_wire import TrytonRest, Values, decode, encode

USER, PASSWORD = "invoice-bot", "Demo-only-pw-1"


class Buyer:
    def __init__(self, url: str, database: str, key: str) -> None:
        self.rest = TrytonRest(httpx.Client(base_url=url, timeout=60), database, key, 1)
        self._rpc = httpx.Client(
            base_url=f"{url}/{database}/", timeout=60, headers={"Content-Type": "application/json"}
        )

    def order(
        self, lines: list[tuple[str, int, str]], method: str = "manual", when: date = date(2026, 11, 2)
    ) -> Values:
        """A confirmed order: (item, quantity, price) of one supplier. Returns id and number."""
        seller = self._seller(lines[0][0])
        rows = [self._line(*line) for line in lines]
        warehouse = self.rest.search("stock.location", [["code", "=", "MC"]], ["id"])[0]["id"]
        order = self.rest.create(
            "purchase.purchase",
            {
                "company": 1, "party": seller["id"], "invoice_address": seller["addresses"][0]["id"], "currency": 1,
                "payment_term": seller["supplier_payment_term"]["id"], "warehouse": warehouse, "invoice_method": method,
                "purchase_date": when, "lines": [["create", rows]],
            },
        )  # fmt: skip
        self.rest.action("purchase.purchase", order, "quote")
        self.rest.action("purchase.purchase", order, "confirm")
        found = self.rest.get("purchase.purchase", order, ["number", "party.code", "state"])
        assert found is not None
        return found

    def _seller(self, item: str) -> Values:
        fields = ["party.id", "party.code", "party.addresses.id", "party.supplier_payment_term.id"]
        found: Values = self.rest.search("purchase.product_supplier", [["template.products.code", "=", item]], fields)[
            0
        ]["party"]
        return found

    def _line(self, item: str, quantity: int, price: str) -> Values:
        fields = ["purchase_uom.id", "template.product_suppliers.id", "template.account_category.supplier_taxes.id"]
        product = self.rest.search("product.product", [["code", "=", item]], fields)[0]
        template = product["template"]
        return {
            "type": "line", "product": product["id"], "product_supplier": template["product_suppliers"][0]["id"],
            "unit": product["purchase_uom"]["id"], "quantity": float(quantity), "description": item,
            "unit_price": Decimal(price),
            "taxes": [["add", [t["id"] for t in template["account_category"]["supplier_taxes"]]]],
        }  # fmt: skip

    def receive(self, order: int, quantities: dict[str, int], note: str, when: date = date(2026, 11, 9)) -> None:
        """Receive so much of each item, in the order's own units; what is left stays open."""
        fields = ["product.id", "product.code", "quantity", "product.lot_required"]
        moves = self.rest.search("stock.move", [["purchase", "=", order], ["state", "=", "draft"]], fields)
        used = []
        for move in moves:
            wanted = quantities.get(move["product"]["code"])
            if not wanted:
                continue
            values: dict[str, Any] = {"quantity": float(wanted)}
            if move["product"]["lot_required"]:
                number = f"LOT-{move['id']}"
                values["lot"] = self.rest.create("stock.lot", {"number": number, "product": move["product"]["id"]})
            self.rest.update("stock.move", move["id"], values)
            used.append(move["id"])
        self._ship(order, used, note, when)

    def _ship(self, order: int, moves: list[int], note: str, when: date) -> None:
        place = self.rest.search("stock.location", [["code", "=", "MC"]], ["input_location.id", "storage_location.id"])[
            0
        ]
        party = (self.rest.get("purchase.purchase", order, ["party"]) or {})["party"]
        shipment = self.rest.create(
            "stock.shipment.in",
            {
                "company": 1, "supplier": party, "reference": note, "warehouse": place["id"], "effective_date": when,
                "warehouse_input": place["input_location"]["id"], "warehouse_storage": place["storage_location"]["id"],
                "incoming_moves": [["add", moves]],
            },
        )  # fmt: skip
        self.rest.action("stock.shipment.in", shipment, "receive")
        self.rest.action("stock.shipment.in", shipment, "do")

    def invoices(self, order: int, *fields: str) -> list[Values]:
        names = ["state", "reference", "description", "total_amount", "number", *fields]
        return self.rest.search("account.invoice", [["purchases", "=", order]], names)

    def pay(self, invoice: int, amount: Decimal, when: date = date(2026, 11, 20)) -> None:
        """The `pay` wizard, cash."""
        session = self._login()
        name = "account.invoice.pay"
        wizard, start, end = self._call(session, f"wizard.{name}.create", [])
        context = {"company": 1, "active_id": invoice, "active_ids": [invoice], "active_model": "account.invoice"}
        method = self.rest.search("account.invoice.payment.method", [], ["id"], 1)[0]["id"]
        first = self._call(session, f"wizard.{name}.execute", [wizard, {}, start], context)
        values = {k: v for k, v in first["view"]["defaults"].items() if not k.endswith(".")}
        values |= {"amount": amount, "payment_method": method, "date": when}
        self._call(session, f"wizard.{name}.execute", [wizard, {first["view"]["state"]: values}, "choice"], context)
        self._call(session, f"wizard.{name}.delete", [wizard], context)
        assert end

    def _login(self) -> str:
        user, token, *_ = self._call("", "common.db.login", [USER, {"password": PASSWORD}, "en"], None)
        return base64.b64encode(f"{USER}:{user}:{token}".encode()).decode()

    def _call(self, session: str, method: str, params: list[Any], context: Values | None = {"company": 1}) -> Any:  # noqa: B006
        body = {"id": 1, "method": method, "params": params if context is None else [*params, context]}
        headers = {"Authorization": f"Session {session}"} if session else {}
        answer = self._rpc.post("rpc/", content=json.dumps(body, default=encode), headers=headers)
        found = json.loads(answer.content, object_hook=decode)
        assert "error" not in found, found
        return found["result"]
