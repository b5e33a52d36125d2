"""Checks of the document as a whole: what was read, the supplier, the dates (spec C.1, C.2, C.9 dates)."""

import re
from decimal import Decimal
from statistics import quantiles

from pipeline.domain.identifiers import squash
from pipeline.domain.invoice import InvoiceLine
from pipeline.match.run import HUNDRED, ONE, Run

INVOICE_CLASSES = ("invoice", "credit_note")
# Codes that reading may raise and that only inform.
_READING_WARNINGS = frozenset({"DOC_PHI", "CONF_CORROBORATED", "ROUNDING"})
_NET_DAYS = re.compile(r"\bn(?:et)?\s*\.?\s*(\d{1,3})\b", re.IGNORECASE)
_DISCOUNT = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*%?\s*[/,]\s*(\d{1,3})\b")
_NO_QUANTITY = ("text", "charge", "tax_only", "price_adjustment", "allowance")


def not_an_invoice(run: Run) -> bool:
    """DOC_NOT_INVOICE: the only finding, nothing else is looked at."""
    sentence = run.invoice.findings.get("DOC_NOT_INVOICE")
    if run.invoice.doc_class in INVOICE_CLASSES and sentence is None:
        return False
    run.hold("DOC_NOT_INVOICE", sentence or f"This is a {run.invoice.doc_class.replace('_', ' ')}, not an invoice.")
    return True


def check_document(run: Run) -> None:
    """What reading found, and fields that must be there."""
    invoice = run.invoice
    for code, sentence in invoice.findings.items():
        run.add(code, "warn" if code in _READING_WARNINGS else "hold", sentence)
    missing = [name for name, value in _needed(run) if value is None or value == ""]
    missing += [f"line {line.no} {what}" for line in invoice.lines for what in _line_gaps(line)]
    if missing:
        run.hold("DOC_MISSING_FIELD", f"Not found on the invoice: {', '.join(missing)}.", evidence=tuple(missing))
    if invoice.doubts:
        # What is certain was locked up at the door; what is only doubtful, or was released by two persons, stays in sight.
        run.warn("DOC_QUARANTINE", " ".join(invoice.doubts), evidence=invoice.doubts)
    if invoice.phi:
        run.warn("DOC_PHI", "Patient data was found; the image is masked and the item restricted.")
    _check_rate(run)
    _check_period(run)


def _needed(run: Run) -> list[tuple[str, object]]:
    invoice = run.invoice
    supplier = invoice.supplier_id or invoice.supplier_name or (invoice.supplier_ambiguous or None)
    return [
        ("supplier", supplier),
        ("invoice number", invoice.invoice_number),
        ("invoice date", invoice.invoice_date),
        ("currency", invoice.currency),
        ("total", invoice.total),
        ("lines", invoice.lines or None),
    ]


def _line_gaps(line: InvoiceLine) -> list[str]:
    """An item line needs an amount; a quantity is asked for where it is used."""
    if line.kind == "text" or line.net is not None:
        return []
    return [] if line.qty is not None and line.unit_price is not None else ["amount"]


def _check_rate(run: Run) -> None:
    """Without a rate no limit can be converted; the run goes on with the limits as they stand."""
    currency, rates = run.currency, run.facts.rates
    home = {f.currency for f in run.facts.facilities} or {"USD"}
    if currency and currency not in rates and currency not in home:
        run.hold("DOC_MISSING_FIELD", f"No exchange rate for {currency}: limits cannot be converted.")


def _check_period(run: Run) -> None:
    closed, day = run.facts.closed_through, run.invoice.invoice_date
    if closed is not None and day is not None and day <= closed:
        run.add("PERIOD_CLOSED", "info", f"The period of {day} is closed; post in the next open one, keep the date.")


def check_supplier(run: Run) -> None:
    """C.2 on the billing supplier's own record."""
    invoice, supplier = run.invoice, run.supplier
    if invoice.supplier_ambiguous:
        run.hold("SUP_AMBIGUOUS", "Two suppliers fit the invoice equally well.")
    if supplier is None:
        if not invoice.supplier_ambiguous and (invoice.supplier_id or invoice.supplier_name):
            run.hold("SUP_UNKNOWN", f"{invoice.supplier_name or invoice.supplier_id} is not in the supplier master.")
        return
    name = supplier.name
    if supplier.status != "active":
        run.hold("SUP_BLOCKED", f"{name} has status {supplier.status}.", expected="active", actual=supplier.status)
    if supplier.excluded:
        run.hold("SUP_EXCLUDED", f"{name} is on an exclusion list; only compliance may release.")
    if supplier.referral_source and not supplier.active_contract:
        run.hold("SUP_REFERRAL_NO_CONTRACT", f"{name} is a referral source without an active contract.")
    if supplier.reportable_1099 and not supplier.w9_on_file:
        run.hold("SUP_W9_MISSING", f"{name} is 1099-reportable and no W-9 is on file.")
    _check_payee(run)
    _check_supplier_limit(run)


def _check_payee(run: Run) -> None:
    invoice, supplier = run.invoice, run.supplier
    assert supplier is not None
    if invoice.remit_to_id and invoice.remit_to_id not in {r.id for r in supplier.remit_tos}:
        run.hold(
            "SUP_REMIT_MISMATCH",
            f"The remit-to address is not on file for {supplier.name}.",
            actual=invoice.remit_to_id,
        )
    if invoice.bank_fingerprint and invoice.bank_fingerprint not in {b.fingerprint for b in supplier.banks}:
        # The fingerprint, so that a call-back about one account never settles another.
        run.hold(
            "SUP_BANK_CHANGE",
            f"The bank account is not on file for {supplier.name}.",
            actual=f"account {invoice.bank_fingerprint[:16]}",
        )
    if invoice.stated_tax_id and squash(invoice.stated_tax_id) != squash(supplier.tax_id or ""):
        run.hold(
            "SUP_TAX_ID_MISMATCH",
            f"The printed tax id is not the one on file for {supplier.name}.",
            actual=f"tax id ending {invoice.stated_tax_id[-4:]}",
        )


def check_terms(run: Run) -> None:
    """TERMS_MISMATCH: billed terms worse for us than the order's or supplier's, which are used."""
    stated = terms_of(run.invoice.terms)
    texts = [order.payment_terms for order in run.orders] + [run.supplier.payment_terms if run.supplier else None]
    text = next((t for t in texts if terms_of(t)), None)
    agreed = terms_of(text)
    if stated and agreed and _worse(stated, agreed):
        run.warn(
            "TERMS_MISMATCH",
            f"Billed terms {run.invoice.terms}, agreed {text}; the agreed terms are used.",
            expected=text,
            actual=run.invoice.terms,
        )


def _check_supplier_limit(run: Run) -> None:
    invoice, supplier = run.invoice, run.supplier
    assert supplier is not None
    limit = supplier.invoice_amount_limit
    if limit is not None and invoice.total is not None and invoice.total * run.rate > limit:
        run.hold(
            "SUP_AMOUNT_LIMIT",
            f"Total {invoice.total} {run.currency} is above the supplier's limit of {limit}.",
            expected=str(limit),
            actual=str(invoice.total),
            variance_abs=invoice.total - limit / run.rate,
            limit=str(limit),
            limit_source=f"supplier {supplier.id}",
        )


Terms = tuple[int | None, Decimal, int]


def terms_of(text: str | None) -> Terms | None:
    """Net days, discount percent and discount days of "2/10 net 30"; None when nothing can be read."""
    if not text:
        return None
    discount = _DISCOUNT.search(text)
    net = _NET_DAYS.search(text)
    if not discount and not net:
        return None
    pct, days = (Decimal(discount[1]), int(discount[2])) if discount else (Decimal(0), 0)
    return (int(net[1]) if net else None), pct, days


def _worse(stated: Terms, agreed: Terms) -> bool:
    net, pct, days = stated
    agreed_net, agreed_pct, agreed_days = agreed
    shorter = net is not None and agreed_net is not None and net < agreed_net
    return shorter or pct < agreed_pct or (pct == agreed_pct and pct > 0 and days < agreed_days)


def check_dates(run: Run) -> None:
    """DATE_FUTURE, DATE_STALE."""
    day, as_of, policy = run.invoice.invoice_date, run.facts.as_of, run.policy
    if day is None:
        return
    age = (as_of - day).days
    if -age > policy.future_days:
        run.hold("DATE_FUTURE", f"The invoice date {day} is after {as_of}.", expected=f"<= {as_of}", actual=str(day))
    elif age > policy.stale_days:
        run.hold(
            "DATE_STALE",
            f"The invoice is {age} days old; the limit is {policy.stale_days} days.",
            actual=str(day),
            variance_abs=Decimal(age - policy.stale_days),
            limit=f"{policy.stale_days} days",
            limit_source="system policy",
        )


def check_anomaly(run: Run) -> None:
    """ANOM_AMOUNT: far above what this supplier usually bills. A warning, never a hold."""
    rules, history, total = run.policy.anomaly, run.facts.recent_totals, run.invoice.total
    if not rules.enabled or total is None or len(history) < max(2, rules.min_history):
        return
    q1, _, q3 = quantiles(history, n=4, method="inclusive")
    fence = q3 + rules.iqr_factor * (q3 - q1)
    if total > fence and total * run.rate > rules.above:
        run.warn(
            "ANOM_AMOUNT", f"Total {total} is far above the usual {fence:.2f} of this supplier.", limit=f"{fence:.2f}"
        )


def check_line_amounts(run: Run) -> None:
    """LINE_AMT_LIMIT (off unless the policy sets line_amount_limit)."""
    limit, source = run.tightest("line_amount_limit")
    if limit is None:
        return
    for line in run.invoice.lines:
        if line.kind not in _NO_QUANTITY and line.net is not None and line.net > limit:
            run.hold(
                "LINE_AMT_LIMIT",
                f"Line {line.no} bills {line.net}; the limit of one line is {limit}.",
                line.no,
                actual=str(line.net),
                variance_abs=line.net - limit,
                limit=str(limit),
                limit_source=source,
            )


# The names that the policy gives its thresholds, as fields are named.
FIELD_OF = {"supplier": "supplier_name"}


def check_confidence(run: Run, lines_matched: bool, total_closes: bool) -> None:
    """C.0.6: a critical field below its threshold needs an independent source, below the floor a person.

    The findings' evidence names the fields, so that the desk asks for the same ones.
    """
    rules = run.policy.confidence
    stated = run.invoice.field_confidence
    if not stated:
        return
    low: dict[str, str] = {}
    helped: dict[str, str] = {}
    for name, threshold in rules.critical.items():
        value = stated.get(name, ONE)
        if value >= threshold or (name == "po_number" and not run.invoice.po_number):
            continue
        source = {"total": total_closes, "supplier": lines_matched, "po_number": lines_matched}.get(name, False)
        asked = f"asked {threshold * HUNDRED:.0f} %" if threshold < ONE else "never enough alone under this policy"
        words = f"{name.replace('_', ' ')} read with {value * HUNDRED:.1f} %, {asked}"
        (helped if source and value >= rules.floor else low)[FIELD_OF.get(name, name)] = words
    if low:
        run.hold(
            "DOC_LOW_CONFIDENCE",
            f"Please confirm: {'; '.join(low.values())}.",
            evidence=tuple(low),
            limit_source="system policy",
        )
    if helped:
        run.warn(
            "CONF_CORROBORATED",
            f"Confirmed by order and arithmetic: {'; '.join(helped.values())}.",
            evidence=tuple(helped),
        )
