"""Blocks below the items: sums, tax tables, remittance stubs, bank details, small print, page footers."""

from decimal import Decimal

from models.pages import captions
from models.pages import vocabulary as v
from models.pages.canvas import Piece
from models.pages.draft import Draft
from models.pages.heads import Block

BANKS = ("First National Bank", "Sparkasse", "Volksbank", "BNP Paribas", "Rabobank", "Commerce Bank", "HDFC Bank")
Row = tuple[str, str, str]  # caption, printed amount, tag


def sum_rows(d: Draft) -> list[Row]:
    """The rows of the sums in order; what is printed varies, but the arithmetic of the printed rows closes."""
    facts, rng, s = d.facts, d.rng, d.facts.style
    credit = facts.kind == "credit_note"
    charged = bool(facts.charges) or bool(facts.tax)
    rows: list[Row] = []
    if charged or rng.random() < 0.6:
        rows.append((d.caption("subtotal"), s.money(facts.subtotal, True), "subtotal"))
    charges = [(d.caption(name), s.money(amount, True), name) for name, amount in facts.charges]
    taxes = _tax_rows(d)
    rows += [*taxes, *charges] if rng.random() < 0.35 else [*charges, *taxes]
    due_only = d.due_only
    total = d.caption("credit_total" if credit and rng.random() < 0.5 else "amount_due" if due_only else "total")
    rows.append((total, s.money(facts.total, True), "total"))
    if facts.prepaid:
        rows.append(
            (d.caption("prepaid"), s.money(-facts.prepaid if rng.random() < 0.5 else facts.prepaid, True), "prepaid")
        )
    if facts.prepaid or (not due_only and rng.random() < 0.14):
        if not facts.prepaid and rng.random() < 0.5:
            rows.append((d.caption("prepaid"), s.money(Decimal(0), True), "prepaid"))
        rows.append((d.caption("amount_due"), s.money(facts.due, True), "amount_due"))
    return rows


def _tax_rows(d: Draft) -> list[Row]:
    facts, rng, s = d.facts, d.rng, d.facts.style
    taxes = facts.taxes
    if not facts.tax:
        return [(d.caption("tax_total"), s.money(Decimal(0), True), "tax_total")] if rng.random() < 0.45 else []
    if len(taxes) == 1 or rng.random() < 0.2:
        label = d.caption("tax_total")
        style = rng.random()
        if style < 0.4 and taxes[0][0] and "%" not in label:
            percent = f"{taxes[0][0]}".replace(".", s.decimal)
            label = rng.choice(
                (
                    f"{label} {percent}%",
                    f"{label} ({percent}%)",
                    f"{percent}% {label}",
                    f"{percent} % {label}",
                    f"{label} {percent} %",
                    f"{label} {percent}% {d.rng.choice(('on', 'auf', 'sur', 'of'))} {s.number(taxes[0][1], 2)}",
                )
            )
        return [(label, s.money(facts.tax, True), "tax_total")]
    rows = []
    for rate, base, amount in taxes:
        text = f"{d.cased(rng.choice(captions.CAPTIONS[s.language]['tax_part']))} {rate}%".replace(".", s.decimal)
        if rng.random() < 0.15:
            text += f" {s.number(base, 2)}"
        rows.append((text, s.money(amount, True), "tax_amount"))
    if rng.random() < 0.3:
        rows.append((d.caption("tax_total"), s.money(facts.tax, True), "tax_total"))
    return rows


def sums(rows: list[Row]) -> Block:
    """The sums one below the other: captions left or right aligned, amounts at the right edge."""

    def block(d: Draft, x: float, y: float, width: float) -> float:
        rng, c = d.rng, d.canvas
        how = rng.choices(("right", "left", "near", "gap"), (35, 35, 20, 10))[0]
        step = c.line * rng.choice((1.0, 1.1, 1.3, 1.7))
        widest = max(c.measure(r[1]) for r in rows)
        strong = d.chance(0.5)
        bigger = rng.choice((1.0, 1.0, 1.15, 1.4))
        for caption, amount, tag in rows:
            final = tag in ("total", "amount_due")
            size = c.size * (bigger if final else 1.0)
            bold = strong and final
            if how == "right":
                c.put(x + width - widest * bigger - c.size * 1.5, y, caption, size=size, bold=bold, align="right")
            elif how == "left":
                c.put(x, y, caption, size=size, bold=bold)
            if how in ("right", "left"):
                c.put(x + width, y, amount, tag=tag, size=size, bold=bold, align="right")
            elif how == "near":
                c.put(x + width, y, [Piece(caption), Piece(amount, tag)], size=size, bold=bold, align="right")
            else:
                c.put(x, y, caption, size=size, bold=bold)
                c.put(x + width * 0.55, y, amount, tag=tag, size=size, bold=bold)
            y += max(step, size * c.leading)
        return y

    return block


def sums_across(rows: list[Row]) -> Block:
    """The sums as a table of one row: captions over amounts."""

    def block(d: Draft, x: float, y: float, width: float) -> float:
        c, cells = d.canvas, list(rows)
        if d.facts.taxes and d.chance(0.35):
            head = d.rng.choice(captions.COLUMNS[d.facts.style.language]["tax_rate"])
            rate = f"{d.facts.taxes[0][0]}".replace(".", d.facts.style.decimal)
            cells.insert(d.rng.randrange(len(cells)), (head, f"{rate}{d.rng.choice(('%', ' %', ''))}", "tax_rate"))
        wide = width / len(cells)
        align = d.rng.choice(("center", "left", "right"))
        for n, (caption, amount, tag) in enumerate(cells):
            at = x + n * wide + {"center": wide / 2, "left": 2.0, "right": wide - 4}[align]
            lines = c.wrap(caption, wide - 4, bold=d.bold_captions)
            for k, line in enumerate(lines[:2]):
                c.put(at, y + k * c.line, line, bold=d.bold_captions, align=align)
            c.put(at, y + c.line * 2.2, amount, tag=tag, align=align)
        return y + c.line * 3.6

    return block


def tax_table(d: Draft, x: float, y: float, width: float) -> float:
    """Rate, base, tax, gross per rate; when this is the only place the tax is printed it carries the tax tags."""
    facts, c, s = d.facts, d.canvas, d.facts.style
    lone = "tax_total" not in d.printed and "tax_amount" not in d.printed
    heads = {
        "en": ("VAT %", "Net", "VAT", "Gross"),
        "de": ("MwSt %", "Netto", "MwSt", "Brutto"),
        "fr": ("Taux", "Base HT", "Montant TVA", "TTC"),
        "nl": ("BTW %", "Grondslag", "BTW bedrag", "Totaal"),
    }[s.language]
    count = d.rng.choice((3, 4))
    wide = width / count
    tag = ("tax_total" if len(facts.taxes) == 1 else "tax_amount") if lone else ""
    d.printed.add("tax_total")
    for n in range(count):
        c.put(x + (n + 1) * wide - 3, y, heads[n], bold=d.bold_captions, align="right")
    y += c.line * 1.2
    for rate, base, amount in facts.taxes:
        for n, (text, name) in enumerate(
            (
                (f"{rate}".replace(".", s.decimal) + d.rng.choice(("%", "", " %")), "tax_rate"),
                (s.number(base, 2), ""),
                (s.number(amount, 2), tag),
                (s.number(base + amount, 2), ""),
            )[:count]
        ):
            c.put(x + (n + 1) * wide - 3, y, text, tag=name, align="right")
        y += c.line
    return y + c.size * 0.4


def stub(d: Draft, x: float, y: float, width: float) -> float:
    """The tear-off part that repeats number, date and total beside the address to pay to."""
    facts, c, rng, s = d.facts, d.canvas, d.rng, d.facts.style
    c.put(
        x,
        y,
        rng.choice(
            (
                "PLEASE RETURN THIS PORTION WITH PAYMENT",
                "Remittance Advice",
                "Detach and return with payment",
                "- - - - - - - - - - - - -",
                "REMITTANCE COPY",
                "Please return this stub",
            )
        ),
        bold=True,
    )
    y += c.line * 1.5
    pairs = [
        (d.caption("account_no"), facts.numbers["account_no"], "account_no"),
        (d.caption("invoice_number"), facts.numbers["invoice_number"], "invoice_number"),
        (d.caption("invoice_date"), s.day(facts.dates["invoice_date"]), "invoice_date"),
        (d.caption("due_date"), s.day(facts.dates["due_date"]), "due_date"),
        (d.caption("amount_due"), s.money(facts.due, True), "total" if d.due_only else "amount_due"),
        ("Amount enclosed", "$________", ""),
    ]
    pairs = [p for p in pairs if rng.random() < 0.75]
    right = y
    for caption, value, tag in pairs:
        c.put(x + width * 0.6, right, caption)
        c.put(x + width, right, value, tag=tag, align="right")
        right += c.line
    left = y
    left = d.text(x, left, d.caption("remit_to"))
    left = d.text(
        x, left, facts.remit.name, tag="supplier_name" if facts.remit.name == facts.supplier.name else "remit_to"
    )
    for line in facts.remit.lines:
        left = d.text(x, left, line, tag="remit_to")
    return max(left, right)


def account_summary(d: Draft, x: float, y: float, width: float) -> float:
    """The box of utilities and carriers: what was owed and paid before, and what is due now."""
    facts, c, s = d.facts, d.canvas, d.facts.style
    before = facts.total * d.rng.choice((1, 1, 2)) + d.rng.randrange(0, 90)
    old, paid, new, due = {
        "en": ("Previous Balance", "Payments Received", "New Charges", "Total Amount Due"),
        "de": ("Saldo Vormonat", "Zahlungen", "Rechnungsbetrag", "Zu zahlender Betrag"),
        "fr": ("Solde précédent", "Paiements reçus", "Nouveaux montants", "Montant à payer"),
        "nl": ("Vorig saldo", "Ontvangen betalingen", "Nieuwe kosten", "Te betalen bedrag"),
    }[s.language]
    rows = [
        (old, s.money(before, True), ""),
        (paid, s.money(-before, True), ""),
        (new, s.money(facts.total, True), "total"),
        (due, s.money(facts.due, True), "amount_due"),
    ]
    if d.chance(0.4):
        day = s.day(facts.dates["due_date"])
        rows.append((d.caption("due_date"), day, "due_date"))
    for caption, value, tag in rows:
        c.put(x, y, d.cased(caption), bold=d.bold_captions)
        c.put(x + width, y, value, tag=tag, align="right")
        y += c.line
    return y


def bank(d: Draft, x: float, y: float, width: float) -> float:
    """Bank details, as lines or in running text."""
    c = d.canvas
    pieces = [Piece(d.caption("bank_account")), Piece(d.facts.bank["bank_account"], "bank_account")]
    routing = [Piece(d.caption("bank_routing")), Piece(d.facts.bank["bank_routing"], "bank_routing")]
    if d.chance(0.6):
        y = d.text(x, y, d.caption("bank"), bold=d.bold_captions)
    if d.chance(0.5):
        y = d.text(
            x,
            y,
            d.rng.choice(BANKS),
        )
    if d.chance(0.3) and c.measure(" ".join(p.text for p in pieces + routing)) < width:
        return d.text(x, y, [*pieces, *routing])
    y = d.text(x, y, pieces)
    return d.text(x, y, routing) if d.chance(0.8) else y


def notes(d: Draft, x: float, y: float, width: float) -> float:
    """Small print, terms in words, thanks; full of numbers and dates that mean nothing."""
    language = d.facts.style.language
    size = d.canvas.size * d.rng.choice((0.75, 0.85, 1.0))
    for _ in range(d.rng.randrange(1, 4)):
        y = d.paragraph(x, y, width, d.rng.choice(v.SMALL_PRINT[language]), size)
    if d.chance(0.12):
        y = _payable(d, x, y, width)
    if d.chance(0.2):
        y = d.text(x, y, [Piece(d.caption("terms")), Piece(d.facts.terms, "terms")])
    if d.chance(0.12) and d.facts.kind == "invoice":
        words = {"en": "Please pay by", "de": "Zahlbar bis zum", "fr": "À régler avant le", "nl": "Te betalen voor"}[
            language
        ]
        y = d.text(x, y, [Piece(words), Piece(d.facts.style.day(d.facts.dates["due_date"]), "due_date")])
    if d.chance(0.1):
        c = {"en": "All amounts in", "de": "Alle Beträge in", "fr": "Montants exprimés en", "nl": "Bedragen in"}[
            language
        ]
        y = d.text(x, y, [Piece(c), Piece(d.facts.style.currency, "currency")])
    return y


def _payable(d: Draft, x: float, y: float, width: float) -> float:
    """The firm to pay, in running text, with or without its address."""
    who = d.facts.remit
    tag = "supplier_name" if who.name == d.facts.supplier.name else "remit_to"
    line = [Piece(d.caption("remit_to")), Piece(who.name + ("," if d.chance(0.5) else ""), tag)]
    if d.chance(0.6):
        line += [Piece(part, "remit_to") for part in who.lines[-2:]]
    total = d.canvas.measure(" ".join(p.text for p in line))
    return d.text(x, y, line, size=d.canvas.size * min(1.0, width / total))


def ageing(d: Draft, x: float, y: float, width: float) -> float:
    """An ageing table of the account: amounts that belong to no invoice."""
    c, s = d.canvas, d.facts.style
    heads = ("Current", "1-30", "31-60", "61-90", "Over 90", "Balance")
    wide = width / len(heads)
    for n, text in enumerate(heads):
        c.put(x + (n + 1) * wide, y, text, align="right")
        c.put(
            x + (n + 1) * wide,
            y + c.line,
            s.number(d.facts.total * d.rng.choice((0, 0, 1, 2)) if n < 5 else d.facts.total * 3, 2),
            align="right",
        )
    return y + c.line * 2.3


def footer(d: Draft) -> None:
    """The foot of the last page: the supplier's name, address, register and bank, small and centred or in columns."""
    c, who, rng = d.canvas, d.facts.supplier, d.rng
    size = c.size * rng.choice((0.65, 0.75, 0.85))
    y = c.height - rng.uniform(14, 30)
    columns = d.chance(0.35)
    named = d.chance(0.7)
    if columns:
        blocks: list[list[list[Piece]]] = [
            [[Piece(who.name, "supplier_name")]] + [[Piece(line, "supplier_address")] for line in who.lines],
            [[Piece(f"Tel. {who.phone}")], [Piece(who.mail)], [Piece(who.web)]],
            [
                [Piece(d.caption("bank_account")), Piece(d.facts.bank["bank_account"], "bank_account")],
                [Piece(d.caption("bank_routing")), Piece(d.facts.bank["bank_routing"], "bank_routing")],
            ],
            [
                [Piece(d.caption("supplier_tax_id")), Piece(who.tax_id, "supplier_tax_id")],
                [Piece(f"HRB {rng.randrange(1000, 99999)}")],
            ],
        ]
        blocks = blocks[: rng.randrange(2, 5)]
        for n, lines in enumerate(blocks):
            for k, pieces in enumerate(lines[:4]):
                c.put(c.left + n * c.inner / len(blocks), y - 4 * size * 1.2 + k * size * 1.2, pieces, size=size)
        return
    glue = rng.choice(("-", "•", "|", "·"))
    line: list[Piece] = [Piece(who.name, "supplier_name")] if named else []
    for part in who.lines[: rng.randrange(0, 3)] if named else ():
        line += [Piece(glue), Piece(part, "supplier_address")]
    if d.chance(0.3):
        line += [Piece(glue), Piece(d.caption("supplier_tax_id")), Piece(who.tax_id, "supplier_tax_id")]
    if line:
        c.put(c.width / 2, y - size * 1.3, line, size=size, align="center")
    if d.chance(0.4):
        number = len(c.pages)
        word = rng.choice(captions.PAGE_WORD[d.facts.style.language])
        c.put(
            c.width / 2 if d.chance(0.5) else c.width - c.right,
            y,
            f"{word} {number} {rng.choice(('of', '/', 'von', 'sur'))} {number}",
            size=size,
            align="right",
        )
