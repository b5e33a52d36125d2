"""Blocks above the items: letterheads, titles, parties, and the numbers and dates of the document."""

from collections.abc import Callable

from models.pages import captions
from models.pages import vocabulary as v
from models.pages.canvas import Piece
from models.pages.draft import Draft
from models.pages.formats import ID_PATTERNS, identifier
from models.pages.parties import Party

Block = Callable[[Draft, float, float, float], float]
Entry = tuple[str, str, str]  # caption, value, tag


def letterhead(d: Draft, x: float, y: float, width: float) -> float:
    """The supplier's name and address, as text; sometimes on one line, sometimes centred."""
    rng, c, who = d.rng, d.canvas, d.facts.supplier
    align = rng.choices(("left", "right", "center"), (70, 12, 18))[0]
    at = x if align == "left" else x + width if align == "right" else x + width / 2
    size = c.size * rng.choice((1.0, 1.0, 1.2, 1.5, 1.9, 2.3))
    bold = d.chance(0.6)
    plain = d.chance(0.22)  # nothing but an address block in the common type
    if plain:
        size, bold = c.size, False
    for line in _name_lines(d, who.name, width, size, bold):
        y = d.text(at, y, line, tag="supplier_name", size=size, bold=bold, align=align)
    if d.chance(0.1):
        y = d.text(at, y, d.pick(v.TRADES), align=align)
    tail = [] if plain else _address_tail(d, who)
    small = c.size if plain else c.size * rng.choice((0.8, 0.9, 1.0, 1.0))
    if d.chance(0.2):
        glue = rng.choice((" - ", ", ", " • ", " | ", " "))
        line = glue.join(who.lines)
        for part in c.wrap(line, width, small):
            y = d.text(at, y, part, tag="supplier_address", size=small, align=align)
    else:
        for line in who.lines:
            y = d.text(at, y, line, tag="supplier_address", size=small, align=align)
    for pieces in tail:
        y = d.text(at, y, pieces, size=small, align=align)
    return y


def _name_lines(d: Draft, name: str, width: float, size: float, bold: bool) -> list[str]:
    """A name as printed: broken where it must be, now and then where a designer liked it."""
    words = name.split()
    if len(words) > 2 and d.chance(0.08):
        at = d.rng.randrange(1, len(words))
        halves = [" ".join(words[:at]), " ".join(words[at:])]
        return [line for half in halves for line in d.canvas.wrap(half, width, size, bold)]
    return d.canvas.wrap(name, width, size, bold)


def _address_tail(d: Draft, who: Party) -> list[list[Piece]]:
    rng = d.rng
    out: list[list[Piece]] = []
    phone = (
        rng.choice(("Tel", "Tel:", "Phone", "Ph.", "T:", "Telefon", "Tél.", ""))
        if d.facts.style.language != "en"
        else rng.choice(("Tel", "Phone:", "Ph", "T", ""))
    )
    if d.chance(0.6):
        out.append([Piece(f"{phone} {who.phone}".strip())])
        if d.chance(0.3):
            out[-1].append(Piece(f"Fax {who.phone[:-2]}{rng.randrange(10, 99)}"))
    if d.chance(0.35):
        out.append([Piece(who.mail)])
    if d.chance(0.2):
        out.append([Piece(who.web)])
    if d.chance(0.4):
        out.append([Piece(d.caption("supplier_tax_id")), Piece(who.tax_id, "supplier_tax_id")])
    if d.chance(0.1):
        out.append(
            [Piece(f"{d.pick(captions.DECOYS)} {identifier(rng, rng.choice(ID_PATTERNS), d.facts.dates['order'])}")]
        )
    rng.shuffle(out)
    return out


def logo(d: Draft, x: float, y: float, _width: float) -> float:
    """A picture instead of words, or a few fancy words that are not the name."""
    if d.chance(0.25):
        word = d.facts.supplier.name.split()[0]
        d.text(x, y, word, tag="", size=d.canvas.size * 2.2, bold=True)
    return y + d.canvas.size * d.rng.uniform(2, 6)


def sender_line(d: Draft, x: float, y: float, width: float) -> float:
    """The small one-line sender above an address window, as German letters have it."""
    c, who = d.canvas, d.facts.supplier
    size = c.size * d.rng.uniform(0.6, 0.8)
    glue = d.rng.choice((" - ", ", ", " • ", " | ", " · "))
    parts = [who.name, *who.lines[:2]]
    pieces = []
    for n, part in enumerate(parts):
        end = glue.rstrip() if n + 1 < len(parts) and glue == ", " else ""
        pieces.append(Piece(part + end, "supplier_address" if n else "supplier_name"))
        if n + 1 < len(parts) and not end:
            pieces.append(Piece(glue.strip()))
    total = c.measure(" ".join(p.text for p in pieces), size)
    return d.text(x, y, pieces, size=size if total <= width else size * width / total) + c.size * 0.5


def title(d: Draft, x: float, y: float, width: float) -> float:
    """The document's title, perhaps with the number or the date on the same line."""
    rng, facts = d.rng, d.facts
    words = captions.TITLES[facts.style.language].get(facts.kind, ("",))
    text = rng.choice(words)
    align = rng.choice(("left", "right", "center"))
    at = x if align == "left" else x + width if align == "right" else x + width / 2
    size = d.canvas.size * rng.choice((1.0, 1.2, 1.5, 2.0, 2.6, 3.2))
    if d.chance(0.06) and text.isupper() and " " not in text:
        text = " ".join(text)
    pieces = [Piece(text)]
    if facts.kind in ("invoice", "credit_note") and d.chance(0.15):
        sign = rng.choice(("", "#", "No.", "Nr.", "N°", "n°", "-"))
        number = facts.numbers["invoice_number"]
        pieces += (
            [Piece(f"{sign}{number}", "invoice_number")]
            if sign == "#" and d.chance(0.5)
            else [Piece(sign), Piece(number, "invoice_number")]
        )
        d.printed.add("invoice_number")
        size = min(size, d.canvas.size * 1.8)
    if not text and len(pieces) == 1:
        return y
    return d.text(at, y, [p for p in pieces if p.text], size=size, bold=d.chance(0.6), align=align)


def party(name: str) -> Block:
    """An address block: `bill_to`, `sold_to`, `ship_to`, `remit_to` or `seller`, with or without its caption."""

    def block(d: Draft, x: float, y: float, width: float) -> float:
        facts, c = d.facts, d.canvas
        who = {
            "bill_to": facts.buyer,
            "sold_to": facts.buyer,
            "ship_to": facts.ship_to,
            "remit_to": facts.remit,
            "seller": facts.supplier,
        }[name]
        bare = name == "bill_to" and d.chance(0.24)
        if bare and d.chance(0.5 if facts.style.language == "de" else 0.12):
            y = sender_line(d, x, y, width)
        indent = 0.0
        if not bare:
            indent, y = _party_caption(d, name, x, y)
        if name == "bill_to" and d.chance(0.1):
            y = d.text(
                x + indent, y, [Piece(d.caption("account_no")), Piece(facts.numbers["account_no"], "account_no")]
            )
        if d.chance(0.07):
            y = _form(d, name, who, x, y)
        else:
            name_tag, rest_tag = _party_tags(d, name, who)
            for line in c.wrap(who.name, max(width - indent, 60), bold=d.bold_values):
                y = d.text(x + indent, y, line, tag=name_tag, bold=d.bold_values)
            for line in who.lines:
                y = d.text(x + indent, y, line, tag=rest_tag)
        return _party_tail(d, name, who, x + indent, y)

    return block


def _party_caption(d: Draft, name: str, x: float, y: float) -> tuple[float, float]:
    """The caption above or beside an address; returns the indent and the y of the address."""
    c = d.canvas
    label = d.caption(name, suffix=d.chance(0.6))
    if d.chance(0.15):
        c.put(x, y, label, bold=d.bold_captions)
        return c.measure(label + "  ", bold=d.bold_captions), y
    y = d.text(x, y, label, bold=d.bold_captions, size=c.size * d.rng.choice((0.8, 1.0, 1.0)))
    return 0.0, y + c.size * d.rng.choice((0, 0, 0.3))


def _party_tail(d: Draft, name: str, who: Party, x: float, y: float) -> float:
    """Lines below an address: telephone, contact, tax number, register numbers that mean nothing here."""
    rng = d.rng
    if name in ("bill_to", "ship_to") and d.chance(0.12):
        y = d.text(x, y, rng.choice((who.phone, f"Tel {who.phone}", f"Attn: {who.attention}", who.mail)))
    if d.chance(0.1):
        number = identifier(
            rng, rng.choice(("#############", "### ### ###", "### ### ### #####", "########")), d.facts.dates["order"]
        )
        y = d.text(
            x, y, f"{rng.choice(('GLN', 'GLN:', 'SIREN', 'SIRET :', 'DUNS', 'KvK', 'ID#', 'HRB', 'Site'))} {number}"
        )
    if name == "bill_to" and d.chance(0.08):
        y = d.text(x, y, [Piece(d.caption("buyer_tax")), Piece(who.tax_id)])
    if name == "seller" and d.chance(0.3):
        y = d.text(x, y, [Piece(d.caption("supplier_tax_id")), Piece(who.tax_id, "supplier_tax_id")])
    return y


def _form(d: Draft, name: str, who: Party, x: float, y: float) -> float:
    """An address as a form: "Name: ...", "Street: ..."; captions before every line."""
    captions_of = captions.FORM[d.facts.style.language]
    name_tag, rest_tag = _party_tags(d, name, who)
    tab = d.canvas.size * d.rng.uniform(5, 9)
    for n, line in enumerate((who.name, *who.lines)):
        label = captions_of[min(n, 2) * 2 + d.rng.randrange(2)]
        d.canvas.put(x, y, label + d.suffix)
        y = d.text(x + tab, y, line, tag=name_tag if n == 0 else rest_tag)
    return y


def _party_tags(d: Draft, name: str, who: Party) -> tuple[str, str]:
    if name in ("bill_to", "sold_to"):
        return "buyer_name", "bill_to"
    if name == "ship_to":
        return "ship_to", "ship_to"
    if name == "remit_to":
        return ("supplier_name" if who.name == d.facts.supplier.name else "remit_to"), "remit_to"
    return "supplier_name", "supplier_address"


def entries(d: Draft, share: float) -> list[Entry]:
    """Caption, value and tag of the document's numbers and dates, a random selection in random order."""
    facts, rng = d.facts, d.rng
    billing = facts.kind in ("invoice", "credit_note", "receipt")
    wanted: list[Entry] = []
    dated = facts.style.day(facts.dates["invoice_date"], rng)
    if billing:
        wanted.append((d.caption("invoice_number"), facts.numbers["invoice_number"], "invoice_number"))
        wanted.append((d.caption("invoice_date"), dated, "invoice_date"))
    else:
        wanted.append((d.pick(captions.DECOYS), facts.numbers["decoy3"], ""))
        wanted.append((d.pick(captions.DATE_DECOYS), dated, ""))
    options = _options(d, billing)
    wanted += [entry for chance, entry in options if rng.random() < chance * share]
    if d.chance(0.65):
        head, rest = wanted[:2], wanted[2:]
        rng.shuffle(rest)
        return head + rest
    rng.shuffle(wanted)
    return wanted


def _options(d: Draft, billing: bool) -> list[tuple[float, Entry]]:
    """Further entries, each with its chance; many only look like the wanted ones."""
    facts, rng = d.facts, d.rng
    options: list[tuple[float, Entry]] = [
        (0.85, (d.caption("po_number"), facts.numbers["po_number"], "po_number")),
        (0.5, (d.caption("account_no"), facts.numbers["account_no"], "account_no")),
        (0.7 if billing else 0.02, (d.caption("due_date"), facts.style.day(facts.dates["due_date"], rng), "due_date")),
        (0.45, (d.caption("terms"), facts.terms, "terms")),
        (0.15, (d.caption("despatch_ref"), facts.numbers["despatch_ref"], "despatch_ref")),
        (0.5, (d.pick(captions.DECOYS), facts.numbers["decoy1"], "")),
        (0.3, (d.pick(captions.DECOYS), facts.numbers["decoy2"], "")),
        (0.4, (d.pick(captions.DATE_DECOYS), facts.style.day(facts.dates["ship"], rng), "")),
        (0.2, (d.pick(captions.DATE_DECOYS), facts.style.day(facts.dates["order"], rng), "")),
        (0.06, (d.caption("period_end"), facts.style.day(facts.dates["period_end"], rng), "period_end")),
        (0.12, (d.caption("currency"), facts.style.currency, "currency")),
        (
            0.15,
            (
                rng.choice(("Ship Via", "Via", "Carrier", "Ship via", "Versandart", "FOB", "Transport")),
                rng.choice(v.CARRIERS),
                "",
            ),
        ),
        (
            0.15,
            (
                rng.choice(("Sales Rep", "Salesperson", "Rep", "Contact", "Bearbeiter", "Clerk", "Your contact")),
                facts.supplier.attention,
                "",
            ),
        ),
        (
            0.08,
            (rng.choice(captions.PAGE_WORD[facts.style.language]), rng.choice(("1 of 1", "1/1", "1", "1 of 2")), ""),
        ),
        (0.08, (d.caption("supplier_tax_id"), facts.supplier.tax_id, "supplier_tax_id")),
        (0.05, (d.caption("buyer_tax"), facts.buyer.tax_id, "")),
        (
            0.06 if billing else 0,
            (d.caption("amount_due"), facts.style.money(facts.due, True), "total" if d.due_only else "amount_due"),
        ),
    ]
    if facts.kind == "credit_note":
        options.append(
            (0.6, (d.caption("references_invoice"), facts.numbers["references_invoice"], "references_invoice"))
        )
    return options


def key_values(found: list[Entry]) -> Block:
    """Entries one below the other: value after the caption, at a tab, flush right, or below the caption."""

    def block(d: Draft, x: float, y: float, width: float) -> float:
        rng, c = d.rng, d.canvas
        how = rng.choices(("inline", "tab", "right", "below", "tight"), (28, 34, 20, 10, 8))[0]
        tab = min(
            max((c.measure(e[0], bold=d.bold_captions) for e in found), default=0) + c.size * rng.uniform(0.6, 3),
            width * 0.75,
        )
        step = c.line * rng.choice((1.0, 1.0, 1.15, 1.5))
        for caption, value, tag in found:
            if how == "inline":
                c.put(x, y, [Piece(caption), Piece(value, tag)], bold=d.bold_captions)
            elif how == "tight":
                c.put(x + width, y, [Piece(caption), Piece(value, tag)], align="right")
            else:
                c.put(x, y, caption, bold=d.bold_captions)
                if how == "below":
                    y += c.line
                    c.put(x, y, value, tag=tag, bold=d.bold_values)
                elif how == "tab":
                    c.put(x + tab, y, value, tag=tag, bold=d.bold_values)
                else:
                    c.put(x + width, y, value, tag=tag, bold=d.bold_values, align="right")
            y += step
        return y

    return block


def grid(found: list[Entry], per_row: int) -> Block:
    """Entries as a ruled or unruled table: a row of captions over a row of values, or cells of caption above value."""

    def block(d: Draft, x: float, y: float, width: float) -> float:
        c, rng = d.canvas, d.rng
        align = rng.choice(("left", "left", "center"))
        small = c.size * rng.choice((0.75, 0.9, 1.0))
        ruled = d.chance(0.5)
        for start in range(0, len(found), per_row):
            row = found[start : start + per_row]
            cell = width / len(row)
            if ruled:
                c.rule(x, y, x + width, y)
            for n, (caption, value, tag) in enumerate(row):
                at = x + n * cell + (cell / 2 if align == "center" else 2)
                label = caption.rstrip(": ") if d.chance(0.7) else caption
                c.put(at, y, label, size=small, bold=d.bold_captions, align=align)
                c.put(at, y + c.line * 1.05, value, tag=tag, bold=d.bold_values, align=align)
            y += c.line * rng.choice((2.2, 2.4, 2.8))
        return y

    return block


def sentence(found: list[Entry]) -> Block:
    """Entries in running text: "Invoice 123 of 3 May 2026, your order 77"."""

    def block(d: Draft, x: float, y: float, width: float) -> float:
        pieces: list[Piece] = []
        for caption, value, tag in found[:4]:
            pieces += [Piece(caption.rstrip(":")), Piece(value, tag), Piece(d.rng.choice(("", "-", "|", "/", "")))]
        line: list[Piece] = []
        used = 0.0
        for piece in [p for p in pieces if p.text]:
            wide = d.canvas.measure(piece.text + " ")
            if line and used + wide > width:
                y = d.text(x, y, line)
                line, used = [], 0.0
            line.append(piece)
            used += wide
        return d.text(x, y, line) if line else y

    return block
