"""The first look at foreign bytes: what are they really, and may they come in? (issue: bad input; ASVS 5.0 V5)

By content, never by name. Cheap checks come before any decoder runs; no decoder is given more than it may unpack.
"""

import re

import magic

from pipeline.domain.document import Limits, ReadStatus
from pipeline.intake.archives import check_links, check_zip, office_kind
from pipeline.intake.guard_image import IMAGE_KINDS, check_image
from pipeline.intake.guard_pdf import check_pdf
from pipeline.intake.guard_xml import check_xml
from pipeline.intake.outlook import is_outlook
from pipeline.intake.smime import is_envelope, signed_content
from pipeline.intake.verdicts import Accepted, RefusalError, Refused, locked, quarantine, reject

# The standard test file of virus scanners, split so that this source is not taken for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PDF_WITHIN = 1024
HEAD = 4096
PROGRAMS = (b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"L\0\0\0\x01\x14\x02\0")
SCRIPT = re.compile(rb"\s*(#!|<\?php|<%@|@echo off|<script|WScript\.|Set-ExecutionPolicy)", re.IGNORECASE)
MAIL_HEADER = re.compile(
    rb"(from|to|cc|subject|date|received|return-path|delivered-to|message-id|mime-version|content-type|reply-to"
    rb"|x-[a-z-]+|dkim-signature|authentication-results|sender|list-[a-z]+|references|in-reply-to)[ \t]*:",
    re.IGNORECASE,
)
PLAIN_NAMES = {
    "text/plain": "plain text",
    "text/html": "a web page",
    "text/csv": "a table of plain text",
    "text/rtf": "a rich-text document",
    "application/json": "a data file",
    "image/gif": "a GIF picture",
    "image/bmp": "a BMP picture",
    "image/jp2": "a JPEG 2000 picture",
    "application/postscript": "a PostScript file",
    "application/msword": "an old Word document",
    "application/vnd.ms-excel": "an old Excel workbook",
    "application/vnd.ms-outlook": "an Outlook message file",
    "application/vnd.ms-tnef": "an Outlook winmail.dat",
    "application/gzip": "a gzip archive",
    "application/x-tar": "a tar archive",
    "application/x-7z-compressed": "a 7-Zip archive",
    "application/x-rar": "a RAR archive",
}


def inspect(data: bytes, name: str, limits: Limits) -> Accepted | Refused:
    """Accepted with type and kind, or refused with status, one plain sentence and a code. No content makes it raise."""
    try:
        verdict = _look(data, name, limits)
    except RefusalError as refusal:
        return refusal.refused
    except RecursionError:
        return Refused(ReadStatus.REJECTED, "The file is nested too deeply to be a document.", "NESTED")
    except MemoryError:
        return Refused(ReadStatus.QUARANTINED, "The file needs more memory than a document may take.", "MEMORY")
    if verdict.kind not in limits.kinds:
        return Refused(ReadStatus.REJECTED, f"Files of the kind {verdict.kind.upper()} are not taken here.", "KIND")
    return verdict


def _look(data: bytes, name: str, limits: Limits) -> Accepted:
    if not data:
        reject("The file is empty.", "EMPTY")
    if len(data) > limits.file_bytes:
        reject(f"The file is larger than {limits.file_bytes // 1_000_000} MB.", "SIZE")
    if EICAR in data:
        quarantine("The file holds the test pattern of virus scanners.", "MALWARE")
    _refuse_programs(data)
    pdf_at = data[:PDF_WITHIN].find(b"%PDF-")
    if pdf_at > 0 and _is_mail(data, name, ""):
        return Accepted("message/rfc822", "eml")
    if pdf_at >= 0:
        check_pdf(data, pdf_at, limits)
        return Accepted("application/pdf", "pdf")
    media_type = _sniff(data)
    if media_type in IMAGE_KINDS:
        check_image(data, media_type, limits)
        return Accepted(media_type, IMAGE_KINDS[media_type])
    return _text_or_container(data, name, media_type, limits)


def _text_or_container(data: bytes, name: str, media_type: str, limits: Limits) -> Accepted:
    start = data[:HEAD].lstrip(b"\xef\xbb\xbf\r\n\t \0")
    if start.startswith(b"ISA") and len(start) > 3 and not start[3:4].isalnum():
        return Accepted("application/edi-x12", "edi")
    if start.startswith((b"UNA", b"UNB+")):
        reject("The file is an EDIFACT message; send X12, UBL or a PDF.", "KIND")
    if data.startswith(b"PK"):
        return _zip(data, limits)
    if is_envelope(data):
        signed_content(data)
        return Accepted("application/pkcs7-mime", "p7m")
    if is_outlook(data) and "_VBA_PROJECT".encode("utf-16-le") not in data:
        return Accepted("application/vnd.ms-outlook", "msg")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        _old_office(data, media_type)
    if _is_xml(data, start):
        check_xml(data)
        return Accepted("application/xml", "xml")
    if _is_mail(data, name, media_type):
        return Accepted("message/rfc822", "eml")
    _other_archive(data, media_type)
    what = PLAIN_NAMES.get(media_type, f"of the kind {media_type}")
    reason = f"The file is {what}, not an invoice document; send a PDF, a scan or an e-invoice."
    raise RefusalError(Refused(ReadStatus.REJECTED, reason, "KIND"))


def _refuse_programs(data: bytes) -> None:
    if data[:2] == b"MZ" or data.startswith(PROGRAMS):
        quarantine("The file is a program or a shortcut, not a document.", "PROGRAM")
    if SCRIPT.match(data[:200]):
        reject("The file is a script, not a document.", "SCRIPT")


def _sniff(data: bytes) -> str:
    try:
        return magic.from_buffer(data[:262_144], mime=True)
    except magic.MagicException:
        return "application/octet-stream"


def _is_xml(data: bytes, start: bytes) -> bool:
    plain = start.replace(b"\0", b"")
    if not plain.startswith(b"<") and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return False
    plain = plain.lstrip(b"\xff\xfe")
    return plain.startswith(b"<") and not re.match(rb"<(!doctype\s+html|html|head|body|svg)\b", plain, re.IGNORECASE)


def _is_mail(data: bytes, name: str, media_type: str) -> bool:
    if data[:5] == b"From ":
        data = data.partition(b"\n")[2]
    lines = re.split(rb"\r\n|\n|\r", data[:HEAD].lstrip(b"\r\n"), maxsplit=6)
    headers = sum(bool(MAIL_HEADER.match(line)) for line in lines[:6])
    named = name.lower().endswith(".eml") or media_type == "message/rfc822"
    return bool(headers and (named or headers >= 2))


def _zip(data: bytes, limits: Limits) -> Accepted:
    kind = office_kind(data, limits)
    if kind == "macros":
        quarantine("The Office file holds macros.", "MACRO")
    check_zip(data, limits)
    if kind:
        check_links(data, limits)
        reject(f"The file is {kind}; save it as PDF and send that.", "OFFICE")
    return Accepted("application/zip", "zip")


def _old_office(data: bytes, media_type: str) -> None:
    if "EncryptedPackage".encode("utf-16-le") in data:
        locked("The Office file is protected by a password; send a PDF.")
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        quarantine("The Office file holds macros.", "MACRO")
    what = PLAIN_NAMES.get(media_type, "an old Office file")
    reject(f"The file is {what}; save it as PDF and send that.", "OFFICE")


def _other_archive(data: bytes, media_type: str) -> None:
    if data[:6] == b"7z\xbc\xaf\x27\x1c":
        if b"\x06\xf1\x07\x01" in data:
            locked("The 7-Zip archive is protected by a password; send the documents themselves.")
        reject("The file is a 7-Zip archive; send a zip file or the documents themselves.", "ARCHIVE")
    if data[:2] == b"\x1f\x8b":
        quarantine("The file is a gzip archive, which is not unpacked here; send the document itself.", "ARCHIVE")
    if media_type == "application/x-tar" or data[257:262] == b"ustar":
        quarantine("The file is a tar archive, which is not unpacked here; send the documents themselves.", "ARCHIVE")
    if data[:4] == b"Rar!":
        reject("The file is a RAR archive; send a zip file or the documents themselves.", "ARCHIVE")
