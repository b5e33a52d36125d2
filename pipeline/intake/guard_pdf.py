"""PDFs at the door: locked, damaged, active, disguised or exploding ones are found without drawing a page."""

import io
import re
import zlib
from collections.abc import Iterator

import pikepdf

from pipeline.domain.document import Limits
from pipeline.intake.verdicts import locked, quarantine, reject

ACTIONS = {
    "/JavaScript": "runs a script when it is opened",
    "/Launch": "starts a program",
    "/SubmitForm": "sends data to another computer",
    "/ImportData": "loads data from another file",
    "/GoToE": "opens a file on another computer",
    "/GoToR": "opens a file on another computer",
    "/Rendition": "plays media with a script",
}
ARCHIVE_END, TAIL = b"PK\x05\x06", 70_000
PROGRAM_NAMES = re.compile(
    r"\.(exe|dll|com|scr|bat|cmd|ps1|vbs?|jse?|jar|msi|lnk|hta|wsf|sh|app|docm|xlsm|pptm)$", re.IGNORECASE
)
# A comment of at least one cipher block, with the blanks before it.
PADDING = re.compile(rb"[ \t]*%[^\r\n]{16,}")
LEAST_PADDINGS = 4
MAX_PADDED = 200_000
MAX_OBJECTS = 200_000
MAX_INNER = 20_000
MAX_UNPACKED = 60_000_000
MAX_DRAWINGS = 20_000
MAX_SIDE_POINTS = 14_400
EMBEDDED_CHECKED = 40
LOCKED = "The PDF is protected by a password; ask the sender for an open copy."
DAMAGED = "The PDF is damaged and cannot be opened; ask the sender for a new copy."


def check_pdf(data: bytes, start: int, limits: Limits) -> None:
    """Raises RefusalError unless the PDF may come in. `start` is where its header stands."""
    _check_disguise(data, start)
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            if document.is_encrypted and not document.user_password_matched:
                locked(LOCKED)
            _check_pages(document, limits)
            if document.is_encrypted:
                _check_encryption(document)
            _check_objects(document, limits)
            _check_attachments(document)
    except pikepdf.PasswordError:
        locked(LOCKED)
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError, KeyError, OverflowError, AttributeError, IndexError):
        reject(DAMAGED, "DAMAGED")


def _check_disguise(data: bytes, start: int) -> None:
    """Other programs may take the same bytes for something else than a PDF."""
    if data[:2] in (b"MZ", b"PK") or (start and data[:4] in (b"GIF8", b"\x89PNG", b"\xff\xd8\xff\xe0", b"\x7fELF")):
        quarantine("The file is a PDF and something else at the same time.", "POLYGLOT")
    end = data.rfind(b"%%EOF")
    if ARCHIVE_END in data[max(end, len(data) - TAIL, 0) :] or b"PK\x03\x04" in data[:start]:
        quarantine("The PDF has an archive hidden at its end.", "POLYGLOT")


def _check_pages(document: pikepdf.Pdf, limits: Limits) -> None:
    count = len(document.pages)
    if count == 0:
        reject("The PDF has no pages.", "EMPTY")
    if count > limits.pages:
        reject(f"The PDF has {count} pages; at most {limits.pages} are taken.", "PAGES")
    for page in document.pages:
        box = [float(v) for v in page.mediabox]
        _check_padding(page.obj.get("/Contents"))
        unit = float(page.obj.get("/UserUnit", 1))
        width, height = abs(box[2] - box[0]) * unit, abs(box[3] - box[1]) * unit
        if not (0.5 <= width <= MAX_SIDE_POINTS and 0.5 <= height <= MAX_SIDE_POINTS):
            reject("A page of the PDF has an impossible size.", "SHAPE")


def _check_encryption(document: pikepdf.Pdf) -> None:
    """A document that opens without a password must be encrypted as a whole and show something."""
    seal = document.encryption
    plain = [str(method).endswith(".none") for method in (seal.stream_method, seal.string_method)]
    # Before version 4 there are no crypt filters: everything is encrypted alike, and none is named.
    if seal.V >= 4 and any(plain) and not all(plain):
        # Parts that nobody had to encrypt can be slipped in and carry the rest away (direct exfiltration, "PDFex" 2019).
        quarantine("Only a part of the PDF is encrypted, so that anybody could have changed the rest.", "PARTLY")
    if not any(_shows(page.obj) for page in document.pages):
        locked("The PDF is protected, and its pages are blank without the password; ask the sender for an open copy.")


def _shows(page: pikepdf.Object) -> bool:
    contents = page.get("/Contents")
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    drawn = any(isinstance(part, pikepdf.Stream) and part.read_raw_bytes().strip() for part in parts)
    return drawn or len(page.get("/Annots", ())) > 0


def _check_padding(contents: pikepdf.Object | None) -> None:
    """Drawing instructions padded with comments to whole cipher blocks: how altered encrypted files are built."""
    if not isinstance(contents, pikepdf.Stream) or "/Filter" in contents:
        return
    raw = contents.read_raw_bytes()[:MAX_PADDED]
    padding = PADDING.findall(raw)
    if len(padding) >= LEAST_PADDINGS and 2 * sum(map(len, padding)) > len(raw.strip()):
        quarantine("Most of a page's drawing is filling, as in encrypted documents that were altered.", "PADDED")


def _check_objects(document: pikepdf.Pdf, limits: Limits) -> None:
    """One walk over all objects: active content, pictures too large, streams that explode."""
    unpacked = 0
    forms: dict[tuple[int, int], pikepdf.Stream] = {}
    for count, item in enumerate(document.objects):
        if count > MAX_OBJECTS:
            reject("The PDF has too many parts to be an invoice.", "SIZE")
        if isinstance(item, pikepdf.Stream):
            _check_picture(item, limits)
            unpacked += _unpacked_size(item, MAX_UNPACKED - unpacked)
            if unpacked >= MAX_UNPACKED:
                quarantine("The PDF unpacks to far more than a document can hold.", "BOMB")
            if item.get("/Subtype") == "/Form":
                forms[item.objgen] = item
        for inner in _dictionaries(item):
            _check_action(inner)
    if len(forms) > 1:
        _check_fan_out(forms)


def _check_action(item: pikepdf.Object) -> None:
    kind = str(item.get("/S", ""))
    if kind in ACTIONS:
        quarantine(f"The PDF {ACTIONS[kind]}.", "ACTIVE")
    if "/JS" in item:
        quarantine(f"The PDF {ACTIONS['/JavaScript']}.", "ACTIVE")
    if str(item.get("/Subtype", "")) in ("/RichMedia", "/Movie", "/3D"):
        quarantine("The PDF holds media that can run scripts.", "ACTIVE")


def _dictionaries(item: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The object's own dictionary and those written directly inside it; what it refers to is walked on its own."""
    stack, seen = [item], 0
    while stack and seen < MAX_INNER:
        seen += 1
        current = stack.pop()
        if isinstance(current, pikepdf.Dictionary | pikepdf.Stream):
            yield current
            children = [current.get(key) for key in current.keys()]  # noqa: SIM118 (a stream is no mapping)
        elif isinstance(current, pikepdf.Array):
            children = list(current)
        else:
            continue
        stack.extend(c for c in children if isinstance(c, pikepdf.Dictionary | pikepdf.Array) and not c.is_indirect)


def _check_picture(item: pikepdf.Stream, limits: Limits) -> None:
    if item.get("/Subtype") != "/Image":
        return
    width, height = int(item.get("/Width", 0)), int(item.get("/Height", 0))
    bits = 1 if item.get("/ImageMask", False) else int(item.get("/BitsPerComponent", 8))
    colours = {"/DeviceRGB": 3, "/DeviceCMYK": 4}.get(str(item.get("/ColorSpace", "")), 1)
    if width * height * bits * colours / 8 > 3 * limits.page_pixels or width * height > 16 * limits.page_pixels:
        reject("A picture in the PDF has far more dots than a page can have.", "PIXELS")


def _unpacked_size(item: pikepdf.Stream, limit: int) -> int:
    """Bytes after all Flate filters, counted up to the limit without keeping them; 0 for other filters."""
    filters = item.get("/Filter")
    names = [str(f) for f in filters] if isinstance(filters, pikepdf.Array) else [str(filters)] if filters else []
    if not names or any(name not in ("/FlateDecode", "/Fl") for name in names):
        return 0
    raw = item.read_raw_bytes()
    if len(names) == 1 and len(raw) < 40_000:
        return 0
    for _ in names[:-1]:
        raw = _inflate(raw, limit)[0]
    return _inflate(raw, limit, keep=False)[1] if len(names) <= 4 else limit


def _inflate(raw: bytes, limit: int, keep: bool = True) -> tuple[bytes, int]:
    inflater, kept, size = zlib.decompressobj(), bytearray(), 0
    try:
        rest = raw
        while rest and size < limit and not inflater.eof:
            chunk = inflater.decompress(rest, 1_000_000)
            size += len(chunk)
            if keep:
                kept += chunk
            rest = inflater.unconsumed_tail
    except zlib.error:
        pass
    return bytes(kept), size


def _check_fan_out(forms: dict[tuple[int, int], pikepdf.Stream]) -> None:
    """How often forms are drawn when each may draw others many times over; a form that draws itself never ends."""
    counted: dict[tuple[int, int], int] = {}

    def drawings(key: tuple[int, int], path: frozenset[tuple[int, int]]) -> int:
        if key in path:
            quarantine("The PDF draws a part of itself within itself without end.", "BOMB")
        if key not in counted:
            total = 1
            for child, times in _children(forms[key], forms):
                total = min(MAX_DRAWINGS + 1, total + times * drawings(child, path | {key}))
            counted[key] = total
        return counted[key]

    for key in forms:
        if drawings(key, frozenset()) > MAX_DRAWINGS:
            quarantine("The PDF draws the same part millions of times.", "BOMB")


def _children(
    form: pikepdf.Stream, forms: dict[tuple[int, int], pikepdf.Stream]
) -> Iterator[tuple[tuple[int, int], int]]:
    resources = form.get("/Resources")
    inner = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    if not isinstance(inner, pikepdf.Dictionary):
        return
    content = form.read_bytes()
    for name, child in inner.as_dict().items():
        if isinstance(child, pikepdf.Stream) and child.objgen in forms:
            times = len(re.findall(re.escape(name.encode()) + rb"\s+Do\b", content))
            if times:
                yield child.objgen, times


def _check_attachments(document: pikepdf.Pdf) -> None:
    for count, (name, spec) in enumerate(document.attachments.items()):
        if count >= EMBEDDED_CHECKED:
            return
        if PROGRAM_NAMES.search(spec.filename or name):
            quarantine("The PDF carries a program as an attachment.", "MALWARE")
        data = spec.get_file().read_bytes()[:2_000_000]
        if data[:2] == b"MZ" or data.startswith(b"\x7fELF") or b"EICAR-STANDARD-ANTIVIRUS" in data:
            quarantine("The PDF carries a program as an attachment.", "MALWARE")
