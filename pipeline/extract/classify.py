"""What kind of document some pages are: words and layout as features, a rule of title words, evidence with both."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.domain.document import Kind, Page
from pipeline.domain.reading import KindGuess
from pipeline.extract.dates import fold

# Titles by kind; the first words of a page or its large words decide before its body does.
TITLES: dict[Kind, tuple[str, ...]] = {
    Kind.CREDIT_NOTE: (
        r"credit (?:note|memo|memorandum|invoice)",
        r"gutschrift",
        r"stornorechnung",
        r"rechnungskorrektur",
        r"\bavoir\b",
        r"note de credit",
        r"creditnota",
        r"creditfactuur",
        r"return credit",
    ),
    Kind.STATEMENT: (
        r"statement of accounts?",
        r"account statement",
        r"monthly statement",
        r"customer statement",
        r"open item statement",
        r"kontoauszug",
        r"releve de compte",
        r"rekeningoverzicht",
        r"kontouebersicht",
        r"past due (?:notice|statement)",
        r"aging summary",
    ),
    Kind.ORDER_ACK: (
        r"(?:sales )?order (?:acknowledge?ment|confirmation)",
        r"acknowledge?ment of (?:your )?order",
        r"auftragsbestatigung",
        r"auftragsbestaetigung",
        r"confirmation de commande",
        r"accuse de reception de commande",
        r"orderbevestiging",
    ),
    Kind.PACKING_SLIP: (
        r"pack(?:ing|age) (?:slip|list)",
        r"delivery (?:note|ticket|slip|receipt)",
        r"shipping (?:list|memo)",
        r"lieferschein",
        r"bon de livraison",
        r"bordereau de livraison",
        r"pakbon",
        r"leveringsbon",
        r"bill of lading",
        r"despatch note",
    ),
    Kind.PURCHASE_ORDER: (
        r"^purchase order\b",
        r"^order form",
        r"^bestellung\b",
        r"^bon de commande",
        r"^inkooporder",
        r"blanket order",
    ),
    Kind.OTHER: (
        r"^(?:price )?quot(?:e|ation)\b",
        r"^sales quote",
        r"^angebot\b",
        r"^devis\b",
        r"^offerte\b",
        r"pro[ -]?forma",
        r"remittance advice",
        r"zahlungsavis",
        r"^mahnung",
        r"payment reminder",
        r"terms and conditions",
        r"w-9\b",
        r"dunning",
        r"certificate of",
        r"return authorization",
        r"^estimate\b",
        r"kostenvoranschlag",
        r"zahlungserinnerung",
        r"rappel de paiement",
    ),
    Kind.INVOICE: (
        r"\b(?:tax |commercial |service |sales |weekly |final |vat )?invoice\b",
        r"rechnung\b",
        r"\bfacture\b",
        r"\bfactuur\b",
        r"\bfattura\b",
        r"\bfactura\b",
        r"\bbill\b",
    ),
    Kind.RECEIPT: (r"\breceipt\b", r"kassenbon", r"quittung", r"ticket de caisse", r"kassabon", r"cash (?:sale|bill)"),
}
SOLE = "the only title that stands alone"
_TITLES = {kind: tuple(re.compile(p) for p in patterns) for kind, patterns in TITLES.items()}
_BODY: tuple[tuple[Kind, str, float], ...] = (
    (Kind.STATEMENT, r"\b(?:1|0)\s?-\s?30\b.*\b31\s?-\s?60\b", 2.5),
    (Kind.STATEMENT, r"over 90|90\+|balance forward|previous balance", 1.2),
    (Kind.STATEMENT, r"statement date", 1.5),
    (Kind.PACKING_SLIP, r"packed by|cartons?\b.*carrier|qty (?:ordered|shipped).*lot", 1.2),
    (Kind.PACKING_SLIP, r"this is not an invoice|not a bill|do not pay", 1.0),
    (Kind.ORDER_ACK, r"do not pay|this is not an invoice", 0.8),
    (Kind.ORDER_ACK, r"thank you for your order|estimated ship|promis(?:e|ed) date|we confirm", 1.0),
    (
        Kind.CREDIT_NOTE,
        r"credit (?:no|number|memo|date|total)\b|original invoice|credited|amount credited|ref(?:erence)? invoice",
        1.0,
    ),
    (
        Kind.INVOICE,
        r"invoice (?:no|number|#|date|total)|rechnungs(?:nummer|nr|datum|betrag)|facture n"
        r"|date (?:de )?facture|factuurnummer",
        1.6,
    ),
    (Kind.INVOICE, r"(?:amount|balance|total) due|please pay|net a payer|zahlbar|remit to|payment terms", 0.8),
    (Kind.RECEIPT, r"\bcash\b|\bchange\b|\bcashier\b|\btill\b|tendered|gst summary", 1.0),
    (Kind.OTHER, r"valid until|quote valid|expires", 1.0),
    (Kind.PURCHASE_ORDER, r"please supply|vendor signature|buyer signature|deliver by|ship via.*fob", 0.8),
)
_COMPILED = tuple((kind, re.compile(pattern), weight) for kind, pattern, weight in _BODY)


@dataclass(frozen=True, slots=True)
class PageText:
    """The words of some pages for classification: lines from the top, the largest line, counts."""

    lines: tuple[str, ...]
    large: tuple[str, ...]
    narrow: bool
    words: int

    @property
    def all(self) -> str:
        return "\n".join(self.lines)


def page_text(pages: Sequence[Page]) -> PageText:
    """Lines by position, and those that are set large."""
    from pipeline.extract.geometry import lay_out

    lines: list[str] = []
    large: list[str] = []
    count = 0
    for page in pages[:3]:
        sheet = lay_out(page)
        count += len(page.words)
        for row in sheet.rows:
            for segment in row.segments:
                text = fold(segment.text)
                if segment.height > 1.35 * sheet.line and len(text) < 60:
                    large.append(text)
            lines.append(fold(row.text))
    narrow = bool(pages) and pages[0].height > 1.7 * pages[0].width
    return PageText(tuple(lines), tuple(large), narrow, count)


def keyword_scores(text: PageText) -> tuple[Counter[Kind], dict[Kind, list[str]]]:
    """Points by kind from titles and body words, and the words that gave them."""
    scores: Counter[Kind] = Counter()
    evidence: dict[Kind, list[str]] = {kind: [] for kind in Kind}

    def add(kind: Kind, points: float, words: str) -> None:
        scores[kind] += points  # type: ignore[assignment]
        evidence[kind].append(words)

    head = [part for line in text.lines[:14] for part in re.split(r"\s{2,}", line)]
    alone: list[Kind] = []
    for kind, patterns in _TITLES.items():
        best = 0.0
        said = ""
        for pattern in patterns:
            for part, weight in [*((p, 3.6) for p in text.large), *((p, 2.2) for p in head)]:
                match = pattern.search(part)
                if match:
                    # A short part is a title; the same words in a sentence are not.
                    short = 1.0 if len(part) - len(match[0]) <= 4 else 0.75 if len(part) < 32 else 0.35
                    early = weight * short
                    if early > best:
                        best, said = early, f"title '{match[0]}'"
        if best:
            add(kind, best, said)
        if any(pattern.fullmatch(part.strip(" :.")) for part in head[:16] for pattern in patterns):
            alone.append(kind)
    if len(alone) == 1:
        add(alone[0], 1.6, SOLE)
    for kind, pattern, weight in _COMPILED:
        if match := pattern.search(text.all):
            add(kind, weight, f"words '{match[0][:40]}'")
    if text.narrow and text.words < 260:
        add(Kind.RECEIPT, 1.2, "the shape of a till roll")
    if scores[Kind.CREDIT_NOTE] >= 2.0 and scores[Kind.CREDIT_NOTE] >= 0.5 * scores[Kind.INVOICE]:
        scores[Kind.CREDIT_NOTE] += 1  # credit notes repeat the word invoice in their references
    return scores, evidence


class KeywordClassifier:
    """The rule of title words by itself: used when no trained model is at hand, and to split files."""

    def __call__(self, pages: Sequence[Page]) -> KindGuess:
        """The kind with the most points; its probability grows with the lead over the next."""
        scores, evidence = keyword_scores(page_text(pages))
        ranked = scores.most_common(2)
        if not ranked or ranked[0][1] < 1.0:
            return KindGuess(Kind.OTHER, 0.5, ("no title known",))
        kind, points = ranked[0]
        lead = points - (ranked[1][1] if len(ranked) > 1 else 0.0)
        return KindGuess(kind, round(min(0.99, 0.55 + 0.12 * lead + 0.03 * points), 3), tuple(evidence[kind]))


class CombinedClassifier:
    """A trained model and the rule together: agreement strengthens, disagreement lowers the probability."""

    def __init__(self, model: Callable[[Sequence[Page]], KindGuess]) -> None:
        self._model = model
        self._rule = KeywordClassifier()

    def __call__(self, pages: Sequence[Page]) -> KindGuess:
        """The model's kind unless the rule is surer; evidence of both."""
        learned, ruled = self._model(pages), self._rule(pages)
        if learned.kind is ruled.kind:
            doubt = (1 - learned.probability) * (1 - ruled.probability) * 2
            return KindGuess(
                learned.kind,
                round(max(learned.probability, min(0.995, 1 - doubt)), 4),
                ruled.evidence + learned.evidence,
            )
        if ruled.kind is Kind.CREDIT_NOTE and learned.kind is Kind.INVOICE and SOLE in ruled.evidence:
            # To pay a credit is the dearest mistake: its title decides, and the doubt stays in the probability.
            return KindGuess(ruled.kind, 0.9, (*ruled.evidence, f"but {learned.kind.value}: {learned.evidence[:2]}"))
        winner = learned if learned.probability >= ruled.probability else ruled
        other = ruled if winner is learned else learned
        share = winner.probability / (winner.probability + other.probability)
        return KindGuess(
            winner.kind,
            round(share * 0.95, 4),
            (*winner.evidence, f"but {other.kind.value}: {', '.join(other.evidence[:2])}"),
        )
