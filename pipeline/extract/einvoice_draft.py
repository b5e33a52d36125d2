"""A reading under construction: values are put in as they are found, and what is malformed is noted in plain words."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from pipeline.domain.document import Kind, ReadStatus
from pipeline.domain.reading import Extracted, ReadCharge, Reading, ReadLine, ReadTax, Source
from pipeline.extract.einvoice_xml import Node, day, number, text

MALFORMED = "DOC_MALFORMED_EINVOICE"

# UNCL 1001 by meaning (spec A.1 `type`).
CREDIT_CODES = frozenset({"381", "396", "261", "262", "81", "83", "308", "420", "458", "532"})
TYPE_BY_CODE = {
    **dict.fromkeys(CREDIT_CODES, "credit_note"),
    "383": "debit_note",
    "384": "corrected",
    "386": "prepayment",
    "389": "self_billed",
}
# Documents that look like an invoice but ask for no payment.
NO_INVOICE_CODES = frozenset({"325", "310", "220", "351"})


@dataclass
class Draft:
    """Collects what one electronic invoice says; `done` makes the reading."""

    source: Source
    fields: dict[str, Extracted] = field(default_factory=dict)
    lines: list[ReadLine] = field(default_factory=list)
    charges: list[ReadCharge] = field(default_factory=list)
    taxes: list[ReadTax] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def put(self, name: str, value: str | None, raw: str | None = None) -> None:
        """Set a field once; an empty value sets nothing."""
        if value and name not in self.fields:
            self.fields[name] = Extracted(value, 1.0, self.source, raw or value)

    def put_amount(self, name: str, node: Node | None, *paths: str) -> None:
        value = self.amount(node, *paths)
        if value is not None:
            self.put(name, plain(value))

    def put_day(self, name: str, node: Node | None, *paths: str) -> None:
        raw = text(node, *paths)
        found = day(raw)
        if raw and not found:
            self.problems.append(f"{name.replace('_', ' ').capitalize()} “{raw[:40]}” is no date.")
        self.put(name, found.isoformat() if found else None, raw)

    def amount(self, node: Node | None, *paths: str) -> Decimal | None:
        """A decimal at the first path that has text; text that is no number is a problem, never zero."""
        raw = text(node, *paths)
        value = number(raw)
        if raw and value is None:
            self.problems.append(f"“{raw[:40]}” in {paths[0].rsplit('/', 1)[-1]} is no number.")
        return value

    def done(self, kind: Kind, invoice_type: str, engine: str) -> Reading:
        findings = ((MALFORMED, " ".join(dict.fromkeys(self.problems))),) if self.problems else ()
        return Reading(
            status=ReadStatus.OK,
            kind=kind,
            page_range=None,
            pages=0,
            invoice_type=invoice_type,
            fields=self.fields,
            lines=_numbered(self.lines),
            charges=tuple(self.charges),
            taxes=tuple(self.taxes),
            findings=findings,
            engines={"einvoice": engine},
        )


def _numbered(lines: list[ReadLine]) -> tuple[ReadLine, ...]:
    """Lines with unique numbers (spec A.2): a missing one is counted, a repeated one gets its place as a suffix."""
    seen: set[str] = set()
    numbered = []
    for place, line in enumerate(lines, 1):
        name = line.no or str(place)
        if name in seen:
            name = f"{name}#{place}"
        seen.add(name)
        numbered.append(replace(line, no=name))
    return tuple(numbered)


def kind_of(code: str | None, credit_root: bool = False) -> tuple[Kind, str]:
    """Document kind and invoice type for a UNCL 1001 code."""
    if credit_root or code in CREDIT_CODES:
        return Kind.CREDIT_NOTE, "credit_note"
    if code in NO_INVOICE_CODES:
        return Kind.OTHER, "invoice"
    return Kind.INVOICE, TYPE_BY_CODE.get(code or "", "invoice")


def plain(value: Decimal) -> str:
    """Plain notation with a point, never an exponent."""
    return format(value, "f")
