"""Block trees: how a document is put together from bands, columns and blocks, all drawn at random."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from models.pages import captions, heads, rows, tables, totals
from models.pages import vocabulary as v
from models.pages.canvas import Canvas, Piece, draw_canvas
from models.pages.draft import Draft, draw_draft
from models.pages.facts import KINDS, draw_facts
from models.pages.formats import ID_PATTERNS, identifier
from models.pages.heads import Block

KIND_WEIGHTS = (66, 7, 3.5, 4, 3.5, 10, 2, 4)


def compose(rng: Random) -> Draft:
    """One finished document (one or more pages) with random facts and a random tree of blocks."""
    kind = rng.choices(KINDS, KIND_WEIGHTS)[0]
    facts = draw_facts(rng, "invoice" if kind == "other" else kind)
    if kind == "receipt":
        draft = draw_draft(rng, facts, draw_canvas(rng, "receipt" if rng.random() < 0.8 else "modern"))
        _receipt(draft)
    else:
        draft = draw_draft(rng, facts, draw_canvas(rng, "mono" if rng.random() < 0.14 else "modern"))
        {"statement": _statement, "other": _letter}.get(kind, _bill)(draft)
    if kind == "other":
        draft.facts = replace(draft.facts, kind="other")
    return draft


def band(d: Draft, y: float, blocks: list[Block], even: bool = False) -> float:
    """Blocks side by side; returns the y below the tallest, plus a random gap."""
    c, rng = d.canvas, d.rng
    shares = [1.0 if even else rng.uniform(0.8, 1.5) for _ in blocks]
    gutter = c.size * rng.uniform(0.8, 3) if len(blocks) > 1 else 0
    room = c.inner - gutter * (len(blocks) - 1)
    at, low = c.left, y
    for share, block in zip(shares, blocks, strict=True):
        wide = room * share / sum(shares)
        top = y + (c.size * rng.uniform(0, 3) if rng.random() < 0.15 else 0)
        low = max(low, block(d, at, top, wide))
        at += wide + gutter
    return low + c.line * d.gap * rng.uniform(0.3, 1.6)


def column(*blocks: Block) -> Block:
    """Blocks below one another as one block."""

    def block(d: Draft, x: float, y: float, width: float) -> float:
        for part in blocks:
            y = part(d, x, y, width) + d.canvas.size * d.rng.choice((0, 0.3, 1.0))
        return y

    return block


def empty(_d: Draft, _x: float, y: float, _width: float) -> float:
    """Nothing, as wide as its share."""
    return y


def _facts_block(d: Draft, found: list[heads.Entry]) -> Block:
    how = d.rng.choices(("list", "grid", "sentence"), (66, 26, 8))[0]
    if how == "list":
        return heads.key_values(found)
    return heads.grid(found, d.rng.choice((2, 3, 3, 4))) if how == "grid" else heads.sentence(found)


def _parties(d: Draft) -> list[Block]:
    rng = d.rng
    names = ["bill_to" if rng.random() < 0.85 else "sold_to"]
    names += [
        n
        for n, p in (("ship_to", 0.6), ("remit_to", 0.14), ("sold_to", 0.08), ("seller", 0.08))
        if rng.random() < p and n not in names
    ]
    if rng.random() < 0.2:
        rng.shuffle(names)
    return [heads.party(n) for n in names]


def _top(d: Draft, y: float) -> float:
    """Letterhead, title, numbers and parties in one of endless orders."""
    rng = d.rng
    found = heads.entries(d, rng.uniform(0.4, 1.2))
    main: Block = heads.letterhead if rng.random() < 0.86 else heads.logo
    if main is heads.logo and rng.random() < 0.4:
        main = column(heads.logo, heads.party("seller"))
    numbers = _facts_block(d, found)
    people = _parties(d)
    split = rng.random() < 0.25 and len(found) > 4
    wide = (
        heads.grid(found[len(found) // 2 :], min(len(found) - len(found) // 2, rng.randrange(3, 7))) if split else None
    )
    if split:
        numbers = _facts_block(d, found[: len(found) // 2])
    plan = rng.randrange(9)
    bands: list[list[Block]]
    if plan == 0:
        bands = [[main, column(heads.title, numbers)], people]
    elif plan == 1:
        bands = [[main, heads.title], [*people, numbers]]
    elif plan == 2:
        bands = [[column(heads.title, numbers), main], people]
    elif plan == 3:
        bands = [[heads.title], [main, numbers], people]
    elif plan == 4:
        bands = [[main], [heads.title], people, [numbers, empty] if rng.random() < 0.5 else [numbers]]
    elif plan == 5:
        bands = [[column(main, *people[:1]), column(heads.title, numbers, *people[1:])]]
    elif plan == 6:
        bands = [[main, people[0]], [heads.title], [numbers, *people[1:]]]
    elif plan == 7:
        bands = [[empty, main], [people[0], numbers], [heads.title], *([people[1:]] if people[1:] else [])]
    else:
        bands = [[main, numbers], [heads.title], people]
        rng.shuffle(bands)
    if wide:
        bands.insert(rng.randrange(1, len(bands) + 1), [wide])
    if d.facts.kind == "invoice" and not d.due_only and rng.random() < 0.05:
        bands.insert(rng.randrange(1, len(bands) + 1), [totals.account_summary, empty])
    for blocks in bands:
        if rng.random() < 0.1:
            rng.shuffle(blocks)
        y = band(d, y, blocks, even=rng.random() < 0.5)
    return y


def _again(d: Draft) -> tables.Again:
    """The head of a following page: little or much of the first page's head, and the table's captions."""
    rng, c, facts = d.rng, d.canvas, d.facts
    full = rng.random() < 0.3
    repeat = rng.random() < 0.85
    billing = facts.kind in ("invoice", "credit_note")

    def draw(cols: list[tables.Column]) -> float:
        y = c.left * 0.8
        if full:
            found = heads.entries(d, 0.3)
            y = band(d, y, [heads.letterhead, heads.key_values(found)])
        elif rng.random() < 0.8:
            pieces = [Piece(facts.supplier.name, "supplier_name")] if rng.random() < 0.6 else []
            if billing:
                pieces += [Piece(d.caption("invoice_number")), Piece(facts.numbers["invoice_number"], "invoice_number")]
            pieces.append(Piece(f"{rng.choice(captions.PAGE_WORD[facts.style.language])} {len(c.pages)}"))
            c.put(c.left, y, pieces)
            y += c.line * 2
        return tables.head(d, cols, y) if cols and repeat else y + c.line

    return draw


def _bill(d: Draft) -> None:
    """An invoice, credit note, order confirmation, packing slip or purchase order."""
    c, rng, facts = d.canvas, d.rng, d.facts
    y = _top(d, c.left * rng.uniform(0.5, 1.1))
    if rng.random() < 0.08:
        y = totals.notes(d, c.left, y, c.inner) + c.line
    if y > c.limit - 8 * c.line:
        c.new_page()
        y = c.left
    inset = c.inner * rng.choice((0, 0, 0, 0.04))
    again = _again(d)
    if rng.random() < 0.06:
        y = rows.stacked(d, c.left, y, c.inner, again)
    else:
        cols = tables.columns(d, c.left + inset, c.inner - 2 * inset)
        if rng.random() < 0.96:
            y = tables.head(d, cols, y)
        y = rows.rows(d, cols, y, c.line * rng.choice((0, 4, 9)), again)
    if facts.kind == "packing_slip":
        y = totals.notes(d, c.left, y + c.line, c.inner)
        return
    _bottom(d, y + c.line * rng.uniform(0.2, 2), again)


def _bottom(d: Draft, y: float, again: tables.Again) -> None:
    c, rng, facts = d.canvas, d.rng, d.facts
    sums = totals.sum_rows(d)
    billing = facts.kind in ("invoice", "credit_note", "receipt")
    if not billing:
        sums = [(caption, amount, "") for caption, amount, _ in sums]
    d.printed |= {tag for _, _, tag in sums}
    if y + c.line * (len(sums) * 1.6 + 2) > c.limit:
        c.new_page()
        y = again([])
    if rng.random() < 0.12 and c.limit - y > c.inner * 0.3:
        y = c.limit - c.line * (len(sums) * 1.7 + rng.uniform(2, 8))
    across = len(sums) >= 2 and rng.random() < 0.16
    main = totals.sums_across(sums) if across else totals.sums(sums)
    side: Block = rng.choice(
        (empty, totals.notes, totals.bank, empty, totals.tax_table if facts.tax and billing else empty)
    )
    wide = 1.0 if rng.random() < 0.1 else rng.uniform(0.28, 0.55)
    if across:
        y = main(d, c.left, y, c.inner)
    elif wide < 1 and rng.random() < 0.88:
        low = side(d, c.left, y + c.size * rng.choice((0, 1)), c.inner * (1 - wide) * 0.9)
        y = max(low, main(d, c.left + c.inner * (1 - wide), y, c.inner * wide))
    else:
        y = main(d, c.left, y, c.inner * wide)
    for block, chance in (
        (totals.tax_table, 0.12 if facts.tax and billing else 0),
        (totals.notes, 0.5),
        (totals.bank, 0.22 if billing else 0.02),
        (totals.ageing, 0.04),
        (totals.stub, 0.18 if facts.kind == "invoice" and facts.style.language == "en" else 0),
        (heads.party("remit_to"), 0.1 if billing else 0),
    ):
        if rng.random() < chance and y + c.line * 6 < c.height - 20:
            y = block(d, c.left, y + c.line * rng.uniform(0.5, 2.5), c.inner * rng.choice((1, 1, 0.6)))
    if rng.random() < 0.45 and y < c.height - 60:
        totals.footer(d)


def _receipt(d: Draft) -> None:
    """A till receipt: narrow, centred head, stacked items, cash and change."""
    c, rng, facts = d.canvas, d.rng, d.facts
    c.height = 6000.0
    y = heads.letterhead(d, c.left, 14, c.inner) + c.line * 0.5
    if rng.random() < 0.8:
        y = heads.title(d, c.left, y, c.inner)
    found = [e for e in heads.entries(d, 0.45) if c.measure(f"{e[0]} {e[1]}") < c.inner]
    needed = [e for e in found if e[2] in ("invoice_number", "invoice_date")]
    if rng.random() < 0.5:
        time = f"{rng.randrange(8, 22):02}:{rng.randrange(60):02}" + rng.choice(("", ":31", " PM"))
        found = [(a, f"{b} {time}" if t == "invoice_date" and rng.random() < 0.0 else b, t) for a, b, t in found]
    if rng.random() < 0.3:
        found = needed
    y = heads.key_values(found)(d, c.left, y, c.inner) + c.line * 0.5
    dateless = rng.random() < 0.25
    if dateless:
        stamp = facts.style.day(facts.dates["invoice_date"])
        y = d.text(
            c.left,
            y,
            [
                Piece(stamp, "invoice_date"),
                Piece(f"{rng.randrange(8, 22):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"),
                Piece(identifier(rng, rng.choice(ID_PATTERNS), facts.dates["ship"])),
            ],
        )
    if rng.random() < 0.2:
        y = heads.party("bill_to")(d, c.left, y, c.inner)
    again = _again(d)
    if rng.random() < 0.6:
        y = rows.stacked(d, c.left, y, c.inner, again)
    else:
        cols = tables.columns(d, c.left, c.inner)
        keep = {"description", "quantity", "unit_price", "line_total"}
        cols = tables.place(
            d,
            [col.name for col in cols if col.name in keep or (col.name == "sku" and rng.random() < 0.3)],
            c.left,
            c.inner,
        )
        y = tables.head(d, cols, y)
        y = rows.rows(d, cols, y, 0, again)
    y = totals.sums(totals.sum_rows(d))(d, c.left, y + c.line * 0.5, c.inner)
    if rng.random() < 0.6:
        cash = facts.due + rng.randrange(0, 50)
        s = facts.style
        paid = [
            (d.caption("cash"), s.money(cash, True), ""),
            (d.caption("change"), s.money(cash - facts.due, True), ""),
        ]
        y = totals.sums(paid)(d, c.left, y, c.inner)
    if facts.tax and rng.random() < 0.3:
        d.printed.add("tax_total")
        y = totals.tax_table(d, c.left, y + c.line, c.inner)
    y = totals.notes(d, c.left, y + c.line, c.inner)
    c.height = y + rng.uniform(10, 60)


def _statement(d: Draft) -> None:
    """A statement of account: a list of invoices, not an invoice; its numbers carry no tags."""
    c, rng, facts = d.canvas, d.rng, d.facts
    y = _top(d, c.left * 0.8)
    names = (
        ("Date", "Invoice", "PO", "Amount", "Balance")
        if rng.random() < 0.6
        else ("Invoice Date", "Invoice No", "Due Date", "Original", "Open")
    )
    wide = c.inner / len(names)
    for n, name in enumerate(names):
        c.put(c.left + n * wide, y, d.cased(name), bold=True)
    y += c.line * 1.4
    pattern, balance = rng.choice(ID_PATTERNS), facts.total * 0
    for item in facts.items[:25]:
        balance += item.total
        day = facts.dates["order"] - timedelta(days=rng.randrange(0, 90))
        cells = (
            facts.style.day(day),
            identifier(rng, pattern, day),
            identifier(rng, "PO-#####", day),
            facts.style.number(item.total, 2),
            facts.style.number(balance, 2),
        )
        for n, text in enumerate(cells):
            c.put(c.left + n * wide, y, text)
        y += c.line
    c.put(
        c.left + c.inner * 0.6,
        y + c.line,
        [
            Piece(rng.choice(("Total due", "Balance", "Account balance", "Please pay"))),
            Piece(facts.style.money(balance, True)),
        ],
        bold=True,
    )
    y += c.line * 3
    if rng.random() < 0.7:
        y = totals.ageing(d, c.left, y, c.inner)
    totals.notes(d, c.left, y + c.line, c.inner)


def _letter(d: Draft) -> None:
    """Anything else: terms and conditions, a cover letter, a separator sheet."""
    c, rng = d.canvas, d.rng
    y = c.left
    if rng.random() < 0.3:
        c.put(
            c.width / 2,
            c.height / 2,
            rng.choice(
                ("SEPARATOR", "BATCH SHEET", "This page intentionally left blank", "Patch T", "End of document")
            ),
            align="center",
            size=18,
        )
        return
    if rng.random() < 0.6:
        y = heads.letterhead(d, c.left, y, c.inner) + c.line
    y = d.text(
        c.left,
        y,
        rng.choice(
            (
                "TERMS AND CONDITIONS OF SALE",
                "Dear Customer,",
                "Sehr geehrte Damen und Herren,",
                "Conditions générales de vente",
                "NOTICE",
                "W-9",
                "REMITTANCE CHANGE NOTICE",
                "Certificate of conformity",
                "Hold harmless",
                "Cover sheet",
            )
        ),
        bold=True,
    )
    for _ in range(rng.randrange(3, 22)):
        sentences = " ".join(rng.choice(v.SMALL_PRINT[d.facts.style.language]) for _ in range(rng.randrange(1, 5)))
        y = (
            d.paragraph(c.left, y, c.inner, f"{rng.randrange(1, 30)}. {sentences}" if rng.random() < 0.5 else sentences)
            + c.size * 0.4
        )
        if y > c.limit:
            break


def paper(d: Draft) -> Canvas:
    """The finished pages."""
    return d.canvas
