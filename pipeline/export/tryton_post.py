"""Posting a voucher into Tryton: find or adopt, compare, attach, validate, post (spec I.3, I.4).

Every step first looks at what is there, so a run that was cut off anywhere is simply run again. Tryton has no unique
constraint to lean on: our key stands in the invoice's description and is searched before anything is written.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pipeline.domain.erp import (
    BusinessRefusal,
    ErpError,
    OutcomeUnknown,
    PostMismatch,
    Voucher,
    VoucherStatus,
)
from pipeline.export.tryton_bills import INVOICE, STATUS, status_of
from pipeline.export.tryton_config import TrytonConfig
from pipeline.export.tryton_plan import OrderRow, Plan, plan_lines
from pipeline.export.tryton_units import read_units
from pipeline.export.tryton_wire import TrytonRest, Values

RANK = {"paid": 0, "posted": 0, "validated": 1, "draft": 2}
ORDER = (
    "number", "state", "party.code", "invoice_method", "invoice_address", "payment_term", "currency.code", "currency.digits",
)  # fmt: skip
LINE = (
    "purchase.number", "product.code", "product.template.account_category.account_expense.id", "unit", "description",
    "quantity", "quantity_to_invoice", "taxes.id", "moves.state",
)  # fmt: skip
DRAFT = ("invoice.id", "invoice.state", "invoice.description", "invoice.reference", "origin", "quantity")


class TrytonPoster:
    """Posts vouchers. Holds no state between calls."""

    def __init__(self, rest: TrytonRest, config: TrytonConfig) -> None:
        self._rest = rest
        self._config = config

    def post(self, voucher: Voucher, key: str) -> VoucherStatus:
        """The voucher's status after posting it, once, whatever happened before (see ErpGateway.post)."""
        if voucher.balance:
            raise BusinessRefusal(
                f"The voucher's parts miss its total by {voucher.balance} {voucher.currency}.", "Match again."
            )
        invoice = self._settled(key) or self._written(voucher, key)
        self._attach(invoice, voucher, key)
        self._book(invoice, voucher)
        status = self.status(key)
        if status is None or status.erp_id != str(invoice):
            raise OutcomeUnknown("Tryton's invoice changed hands while it was posted.", "It is looked up again.")
        if status.total != voucher.total:
            raise PostMismatch(voucher.total, status.total or Decimal(0), voucher.currency)
        return status

    def status(self, key: str) -> VoucherStatus | None:
        """The invoice under this key that is furthest on; a cancelled one only when there is no other."""
        rows = self._rest.search(INVOICE, self._tagged(key), STATUS)
        rows.sort(key=lambda row: (RANK.get(row["state"], 9), row["id"]))
        return status_of(rows[0], self._config) if rows else None

    def _tagged(self, key: str) -> list[Any]:
        return [
            ["type", "=", "in"],
            ["company", "=", self._config.company],
            ["description", "=", self._config.tag + key],
        ]

    def _settled(self, key: str) -> int | None:
        """Our invoice, if there is one. Of several (two workers at once) the one furthest on stays, then the oldest."""
        rows = self._rest.search(INVOICE, [*self._tagged(key), ["state", "!=", "cancelled"]], ["state"])
        rows.sort(key=lambda row: (RANK[row["state"]], row["id"]))
        for row in rows[1:]:
            if row["state"] == "draft":
                self._remove(row["id"])
        return rows[0]["id"] if rows else None

    def _remove(self, invoice: int) -> None:
        """Cancel and delete a draft; when somebody else was quicker, that is as good."""
        try:
            self._rest.action(INVOICE, invoice, "cancel")
            self._rest.delete(INVOICE, invoice)
        except BusinessRefusal:
            return

    def _written(self, voucher: Voucher, key: str) -> int:
        self._refuse_twin(voucher)
        try:
            self._write(voucher, key)
        except BusinessRefusal:
            # Another worker with this key may have just done it; then its invoice counts and nothing is refused.
            found = self._settled(key)
            if found is None:
                raise
            return found
        found = self._settled(key)
        if found is None:
            raise OutcomeUnknown("Tryton took the invoice and does not show it.", "It is looked up again.")
        return found

    def _refuse_twin(self, voucher: Voucher) -> None:
        domain = [
            ["type", "=", "in"],
            ["party.code", "=", voucher.supplier_id],
            ["reference", "=", voucher.invoice_number],
            ["state", "!=", "cancelled"],
        ]
        for row in self._rest.search(INVOICE, domain, ["number", "state", "invoice_date", "total_amount"]):
            raise BusinessRefusal(
                f"Tryton already has {voucher.invoice_number} of this supplier: {row['number'] or 'a draft'}, {row['state']}, "
                f"{row['invoice_date']}, {row['total_amount']}.",
                "Compare the two; nothing was posted.",
                "ERP_DUPLICATE",
            )

    def _write(self, voucher: Voucher, key: str) -> None:
        orders = self._orders(voucher)
        units = read_units(self._rest, self._config) if orders else {}
        cents = Decimal(1).scaleb(-self._digits(orders))
        drafts = self._drafts(orders)
        if self._propose(voucher, orders, drafts):
            drafts = self._drafts(orders)
        plan = plan_lines(voucher, orders, drafts, units, self._config.price_digits, cents)
        self._add_others(voucher, plan)
        head: Values = {
            "reference": voucher.invoice_number,
            "invoice_date": voucher.invoice_date,
            "description": self._config.tag + key,
        }
        if plan.base is None:
            self._create(voucher, head, plan, orders)
            return
        emptied = {row["invoice"]["id"] for row in drafts if row["id"] in plan.add}
        if plan.create:
            self._own_values(plan, self._rest.get(INVOICE, plan.base, ["party", "currency"]) or {})
        self._rest.update(INVOICE, plan.base, {**head, "lines": plan.operations(drafts)})
        self._drop_empty(emptied)

    def _orders(self, voucher: Voucher) -> dict[str, OrderRow]:
        numbers = sorted({line.po_number for line in voucher.lines if line.po_number})
        if not numbers:
            return {}
        heads = self._rest.search("purchase.purchase", [["number", "in", numbers]], ORDER)
        lines = self._rest.search("purchase.line", [["purchase.number", "in", numbers], ["type", "=", "line"]], LINE)
        found = {row["number"]: OrderRow(row, {}) for row in heads}
        for row in lines:
            mine = found[row["purchase"]["number"]].lines
            mine[str(len(mine) + 1)] = row
        for number, order in found.items():
            self._same_supplier(voucher, number, order.head)
        return found

    def _same_supplier(self, voucher: Voucher, number: str, head: Values) -> None:
        if head["party"]["code"] != voucher.supplier_id:
            raise BusinessRefusal(
                f"Order {number} is with {head['party']['code']} in Tryton, the invoice is of {voucher.supplier_id}.",
                "Tryton books an order's invoice on the order's own supplier.",
            )
        if head["currency"]["code"] != voucher.currency:
            raise BusinessRefusal(
                f"Order {number} is in {head['currency']['code']}, the invoice in {voucher.currency}."
            )

    def _digits(self, orders: dict[str, OrderRow]) -> int:
        return next((int(order.head["currency"]["digits"]) for order in orders.values()), 2)

    def _drafts(self, orders: dict[str, OrderRow]) -> list[Values]:
        """Lines of Tryton's own drafts for these orders. One that bears a reference is somebody's work: hands off."""
        origins = [f"purchase.line,{row['id']}" for order in orders.values() for row in order.lines.values()]
        if not origins:
            return []
        domain = [["origin", "in", origins], ["invoice.state", "=", "draft"], ["invoice.type", "=", "in"]]
        rows = self._rest.search("account.invoice.line", domain, DRAFT)
        return [row for row in rows if not row["invoice"]["reference"] and not row["invoice"]["description"]]

    def _propose(self, voucher: Voucher, orders: dict[str, OrderRow], drafts: list[Values]) -> bool:
        """Let Tryton draft invoices for `manual` orders that have none yet, so that accounts and taxes are its own."""
        pressed = False
        drafted = {row["origin"] for row in drafts}
        for number, order in orders.items():
            mine = [x for x in voucher.lines if x.po_number == number and x.qty is not None]
            wanted = [order.lines.get(x.po_line or "") for x in mine]
            missing = [
                r for r in wanted if r and f"purchase.line,{r['id']}" not in drafted and r["quantity_to_invoice"] > 0
            ]
            if order.head["invoice_method"] == "manual" and missing and voucher.total > 0:
                self._rest.action("purchase.purchase", order.head["id"], "manual_invoice")
                pressed = True
        return pressed

    def _add_others(self, voucher: Voucher, plan: Plan) -> None:
        """Charges, lines without an order, and what rounding leaves: lines of ours with accounts from the set-up."""
        extra = [(c.type, c.amount) for c in voucher.charges] + [
            (f"allowance:{a.type}", -a.amount) for a in voucher.allowances
        ]
        for kind, amount in extra:
            plan.create.append(self._plain(kind.partition(":")[2] or kind, amount, self._account(kind)))
        for line in voucher.lines:
            if line.po_number is None:
                account = self._account_of(line.gl) if line.gl else self._account("line")
                plan.create.append(self._plain(line.description or line.no, line.net, account))
        if plan.rounding:
            plan.create.append(self._plain("Rounding", plan.rounding, self._account("small_difference")))

    def _plain(self, description: str, amount: Decimal, account: int) -> Values:
        sign = -1 if amount < 0 else 1
        return {"description": description, "quantity": float(sign), "unit_price": abs(amount), "account": account}

    def _account(self, kind: str) -> int:
        accounts = self._config.accounts
        code = accounts.get(kind) or accounts.get(kind.partition(":")[0])
        if code is None:
            raise BusinessRefusal(
                f"No account is set for {kind!r}.", "Name one in the connector's `accounts`.", "ERP_CODING"
            )
        return self._account_of(code)

    def _account_of(self, code: str) -> int:
        rows = self._rest.search(
            "account.account", [["code", "=", code], ["company", "=", self._config.company]], ["closed"]
        )
        if not rows or rows[0]["closed"]:
            raise BusinessRefusal(f"Account {code} is not open in Tryton.", "Choose another account.", "ERP_CODING")
        return int(rows[0]["id"])

    def _create(self, voucher: Voucher, head: Values, plan: Plan, orders: dict[str, OrderRow]) -> None:
        order = next(iter(orders.values()), None)
        party = self._party(voucher.supplier_id)
        journals = self._rest.search("account.journal", [["type", "=", "expense"]], ["code"], 1)
        currencies = self._rest.search("currency.currency", [["code", "=", voucher.currency]], ["code"], 1)
        if not journals or not currencies:
            raise BusinessRefusal(f"Tryton lacks an expense journal or the currency {voucher.currency}.")
        values: Values = {
            **head,
            "type": "in",
            "company": self._config.company,
            "party": party["id"],
            "currency": currencies[0]["id"],
            "journal": journals[0]["id"],
            "account": self._payable(party),
            "invoice_address": order.head["invoice_address"] if order else party["addresses"][0]["id"],
            "payment_term": order.head["payment_term"] if order else (party["supplier_payment_term"] or {}).get("id"),
        }
        self._own_values(plan, values)
        self._rest.create(INVOICE, {**values, "lines": [["create", plan.create]]})

    def _party(self, code: str) -> Values:
        fields = ("addresses.id", "supplier_payment_term.id", "account_payable.id")
        rows = self._rest.search("party.party", [["code", "=", code]], fields)
        if not rows or not rows[0]["addresses"]:
            raise BusinessRefusal(
                f"Supplier {code} is not in Tryton or has no address there.", "Complete the supplier in Tryton."
            )
        return rows[0]

    def _payable(self, party: Values) -> int:
        if party["account_payable"]:
            return int(party["account_payable"]["id"])
        default = self._rest.search("account.configuration", [], ["default_account_payable.id"], 1)
        if not default or not default[0]["default_account_payable"]:
            raise BusinessRefusal(
                "Tryton has no payable account for this supplier.", "Set one in Tryton.", "ERP_CODING"
            )
        return int(default[0]["default_account_payable"]["id"])

    def _own_values(self, plan: Plan, head: Values) -> None:
        """Over the API nothing is defaulted: each line of ours names type, company, currency and party."""
        for values in plan.create:
            if values["account"] is None:
                raise BusinessRefusal(
                    f"Tryton has no expense account for {values['description']}.", "Set one.", "ERP_CODING"
                )
            values.update(
                type="line",
                invoice_type="in",
                company=self._config.company,
                currency=head["currency"],
                party=head["party"],
            )

    def _drop_empty(self, invoices: Iterable[int]) -> None:
        for invoice in sorted(invoices):
            row = self._rest.get(INVOICE, invoice, ["state", "lines"])
            if row and row["state"] == "draft" and not row["lines"]:
                self._remove(invoice)

    def _attach(self, invoice: int, voucher: Voucher, key: str) -> None:
        resource = f"{INVOICE},{invoice}"
        if not voucher.attachments:
            return
        there = {row["name"] for row in self._rest.search("ir.attachment", [["resource", "=", resource]], ["name"])}
        for file in voucher.attachments:
            if file.name not in there:
                values = {"name": file.name, "type": "data", "resource": resource, "data": file.data}
                self._rest.create("ir.attachment", {**values, "description": self._config.tag + key})

    def _book(self, invoice: int, voucher: Voucher) -> None:
        """Compare, validate, post. A total that differs takes the draft back out: nothing of it stays in Tryton."""
        now = self._rest.get(INVOICE, invoice, ["state", "total_amount"]) or {}
        if now.get("total_amount") != voucher.total:
            if now.get("state") == "draft":
                self._withdraw(invoice)
            raise PostMismatch(voucher.total, now.get("total_amount") or Decimal(0), voucher.currency)
        state = now["state"]
        for before, action in (("draft", "validate_invoice"), ("validated", "post")):
            if state == before:
                state = self._press(invoice, action, before)

    def _press(self, invoice: int, action: str, before: str) -> str:
        """The state after the button. A refusal counts only while the invoice has not moved on: another worker may
        have pressed first."""
        try:
            answer = self._rest.action(INVOICE, invoice, action, ("state",))
        except BusinessRefusal:
            answer = None
            if self._state(invoice) == before:
                raise
        return str(answer["state"]) if isinstance(answer, dict) and "state" in answer else self._state(invoice)

    def _state(self, invoice: int) -> str:
        return str((self._rest.get(INVOICE, invoice, ["state"]) or {}).get("state"))

    def _withdraw(self, invoice: int) -> None:
        """Delete our draft and have its orders draft anew, as if we had never been there."""
        row = self._rest.get(INVOICE, invoice, ["purchases.id"]) or {"purchases": []}
        self._remove(invoice)
        for order in row["purchases"]:
            try:
                self._rest.action("purchase.purchase", order["id"], "process")
            except ErpError:
                continue
