"""One upload to the documents inside it: attachments, members of archives; PDF and XML of one invoice joined."""

import io
import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from lxml import etree
from PIL import Image

from pipeline.domain.arrivals import UnpackedPart as UnpackedPart
from pipeline.domain.document import Limits, ReadStatus
from pipeline.intake.archives import members
from pipeline.intake.guard import inspect
from pipeline.intake.mail import MailPart, attachments, parse_mail
from pipeline.intake.mail_body import body_document
from pipeline.intake.outlook import outlook_attachments
from pipeline.intake.smime import signed_content
from pipeline.intake.tnef import is_tnef, tnef_attachments
from pipeline.intake.verdicts import Accepted, RefusalError, Refused

MAX_NAME = 120
MAX_DEPTH = 4
OPENED = ("eml", "zip", "msg", "p7m")
HEAD = 4096
# A MIME entity begins with headers, of which one says what it is.
ENTITY = re.compile(rb"(?:[A-Za-z-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)*?Content-Type\s*:", re.IGNORECASE)
LOGO_DOTS = 700_000
LOGO_NAME = re.compile(
    r"^(image\d{3,}|logo.*|outlook-.*|signature.*|banner.*|facebook.*|linkedin.*|twitter.*|icon.*)\.", re.I
)
RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(1, 10)), *(f"lpt{i}" for i in range(1, 10))}
)


def unpack(data: bytes, name: str, limits: Limits, with_inline: bool = False) -> tuple[UnpackedPart, ...]:
    """The parts of a mail, a signed envelope or a zip file, each looked at by the guard. Any other file is its own single part.

    A mail without attachments gives no parts. An upload that is refused as a whole gives one part with `refused`.
    Pictures of the mail's text (logos) are left out unless `with_inline`.
    """
    verdict = inspect(data, name, limits)
    if isinstance(verdict, Refused):
        return (UnpackedPart(safe_name(name), data, "application/octet-stream", refused=verdict),)
    if verdict.kind not in OPENED:
        return (UnpackedPart(safe_name(name), data, verdict.media_type),)
    try:
        parts = _without_repeats(_inside(data, name, verdict, limits, depth=1))
        total = sum(len(part.data) for part in parts)
        if total > limits.archive_bytes or len(parts) > limits.archive_members:
            raise RefusalError(Refused(ReadStatus.QUARANTINED, "The upload holds too many or too large files.", "BOMB"))
    except RefusalError as refusal:
        return (UnpackedPart(safe_name(name), data, verdict.media_type, refused=refusal.refused),)
    if verdict.kind == "eml" and not any(not part.inline for part in parts):
        parts += _body(data, limits)
    return join_companions(_unique_names([part for part in parts if with_inline or not part.inline]))


def _body(data: bytes, limits: Limits) -> list[UnpackedPart]:
    """The mail's own text where it is the invoice, looked at by the guard as any attachment."""
    found = body_document(parse_mail(data), limits)
    if found is None:
        return []
    verdict = inspect(found.data, found.name, limits)
    return [found] if isinstance(verdict, Accepted) else [replace(found, refused=verdict)]


def _inside(data: bytes, name: str, verdict: Accepted, limits: Limits, depth: int) -> Iterator[UnpackedPart]:
    if verdict.kind == "zip":
        for member, inner in members(data, limits):
            yield from _part(MailPart(member, inner, "", False), limits, depth)
        return
    if verdict.kind == "p7m":
        yield from _signed(data, name, limits, depth)
        return
    found = outlook_attachments(data, limits) if verdict.kind == "msg" else attachments(parse_mail(data), limits)
    for part in found:
        yield from _part(part, limits, depth)


def _signed(data: bytes, name: str, limits: Limits, depth: int) -> Iterator[UnpackedPart]:
    """What a signed envelope holds: a mail's parts, or one document under the envelope's own name."""
    content = signed_content(data)
    if ENTITY.match(content[:HEAD]):
        for part in attachments(parse_mail(content), limits):
            yield from _part(part, limits, depth)
        return
    yield from _part(MailPart(re.sub(r"\.p7[ms]$", "", name, flags=re.IGNORECASE), content, "", False), limits, depth)


def _part(part: MailPart, limits: Limits, depth: int) -> Iterator[UnpackedPart]:
    """A document as it is; a mail, archive or winmail.dat opened further, up to MAX_DEPTH levels."""
    name = safe_name(part.name)
    if is_tnef(part.data):
        for inner_name, inner in tnef_attachments(part.data):
            yield from _part(MailPart(inner_name, inner, "", False), limits, depth + 1)
        return
    verdict = inspect(part.data, name, limits)
    if isinstance(verdict, Refused):
        if part.inline and verdict.status is ReadStatus.REJECTED:
            yield UnpackedPart(name, part.data, part.declared_type, inline=True, refused=verdict)
        elif not _is_small_print(part, verdict):
            yield UnpackedPart(name, part.data, part.declared_type or "application/octet-stream", refused=verdict)
        return
    if verdict.kind in OPENED:
        if depth >= MAX_DEPTH:
            reason = "The file holds archives or mails within each other too many times."
            yield UnpackedPart(
                name, part.data, verdict.media_type, refused=Refused(ReadStatus.REJECTED, reason, "NESTED")
            )
            return
        yield from _opened(name, part.data, verdict, limits, depth + 1)
        return
    refused = None
    if part.damaged:
        reason = "The attachment was damaged on its way; ask for it again."
        refused = Refused(ReadStatus.REJECTED, reason, "DAMAGED")
    yield UnpackedPart(name, part.data, verdict.media_type, _is_logo(part, verdict), refused=refused)


def _opened(name: str, data: bytes, verdict: Accepted, limits: Limits, depth: int) -> Iterator[UnpackedPart]:
    try:
        yield from list(_inside(data, name, verdict, limits, depth))
    except RefusalError as refusal:
        yield UnpackedPart(name, data, verdict.media_type, refused=refusal.refused)


def _is_small_print(part: MailPart, verdict: Refused) -> bool:
    """Text, calendar and contact attachments are part of the letter, not documents that somebody must refuse."""
    quiet = ("text/", "application/ics", "application/pgp-keys")
    return verdict.status is ReadStatus.REJECTED and verdict.code == "KIND" and part.declared_type.startswith(quiet)


def _is_logo(part: MailPart, verdict: Accepted) -> bool:
    """A picture of the mail's text: shown inline or named like one, and far smaller than a page."""
    if verdict.kind not in ("png", "jpeg", "webp"):
        return False
    if not part.inline and not LOGO_NAME.match(part.name):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(part.data)) as image:
                return image.width * image.height < LOGO_DOTS or image.width > 3 * image.height
    except (OSError, ValueError, SyntaxError):
        return True


def safe_name(raw: str) -> str:
    """A plain file name: no folders, control or direction characters, reserved words; `document` when none is left."""
    text = unicodedata.normalize("NFC", raw.encode("utf-8", "replace").decode()).replace("\\", "/")
    text = "".join(c for c in text if c.isprintable() and unicodedata.category(c) not in ("Cf", "Co", "Cs"))
    name = PurePosixPath(text).name
    name = re.sub(r'[<>:"|?*\0]', "_", name).strip(" .")
    if len(name) > MAX_NAME:
        suffix = PurePosixPath(name).suffix[:10]
        name = name[: MAX_NAME - len(suffix)] + suffix
    if not name or name.split(".")[0].lower() in RESERVED:
        name = f"document_{name}" if name else "document"
    return name


def _without_repeats(parts: Iterator[UnpackedPart]) -> list[UnpackedPart]:
    """The same bytes attached twice count once."""
    return list({part.data: part for part in reversed(list(parts))}.values())[::-1]


def _unique_names(parts: list[UnpackedPart]) -> list[UnpackedPart]:
    taken: dict[str, int] = {}
    named = []
    for part in parts:
        key = part.name.lower()
        taken[key] = taken.get(key, 0) + 1
        if taken[key] > 1:
            path = PurePosixPath(part.name)
            part = replace(part, name=f"{path.stem} ({taken[key]}){path.suffix}")
        named.append(part)
    return named


def join_companions(parts: list[UnpackedPart]) -> tuple[UnpackedPart, ...]:
    """Each e-invoice XML put to the PDF of the same invoice: by file stem, by number in the PDF's name, or as the only
    pair. An XML that fits no PDF, or more than one, stays a document of its own."""
    pdfs = [part for part in parts if part.media_type == "application/pdf" and not part.refused]
    xmls = [part for part in parts if part.media_type == "application/xml" and not part.refused]
    pairs: dict[str, UnpackedPart] = {}
    joined: set[str] = set()
    for xml in xmls:
        number = _invoice_number(xml.data)
        if number is None:
            continue
        match = _partner(xml, number, [pdf for pdf in pdfs if pdf.name not in pairs], len(pdfs) == len(xmls) == 1)
        if match is not None:
            pairs[match.name] = xml
            joined.add(xml.name)
    return tuple(
        replace(part, companion=pairs[part.name].data) if part.name in pairs else part
        for part in parts
        if part.name not in joined
    )


def _partner(xml: UnpackedPart, number: str, pdfs: list[UnpackedPart], only_pair: bool) -> UnpackedPart | None:
    if only_pair and pdfs:
        return pdfs[0]
    same_stem = [pdf for pdf in pdfs if _stem(pdf.name) == _stem(xml.name)]
    same_number = [pdf for pdf in pdfs if _plain(number) in _plain(_stem(pdf.name))]
    return next((found[0] for found in (same_stem, same_number) if len(found) == 1), None)


def _stem(name: str) -> str:
    return PurePosixPath(name).stem.lower()


def _plain(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text.lower())


def _invoice_number(xml: bytes) -> str | None:
    """The number of a UBL, CII or cXML invoice; None when the XML is something else."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    name = etree.QName(root).localname
    if name in ("Invoice", "CreditNote"):
        found = root.xpath("./*[local-name()='ID']/text()")
    elif name in ("CrossIndustryInvoice", "CrossIndustryDocument"):
        found = root.xpath("./*[contains(local-name(),'ExchangedDocument')]/*[local-name()='ID']/text()")
    elif name == "cXML":
        found = root.xpath("./Request/InvoiceDetailRequest/InvoiceDetailRequestHeader/@invoiceID")
    else:
        return None
    number = str(found[0]).strip() if isinstance(found, list) and found else ""
    return number if len(_plain(number)) >= 1 else None
