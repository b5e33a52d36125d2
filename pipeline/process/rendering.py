"""Files that are an invoice but not yet pages: encrypted PDFs whose password is on file, Word and Excel documents.

They become an ordinary PDF in a killable child when they come in; the file as it was sent stays the container document. The
same file gives the same PDF as long as the same program makes it.
"""

import io
import logging
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
from pydantic import TypeAdapter, ValidationError

from pipeline.domain.arrivals import Refused, UnpackedPart
from pipeline.domain.document import Limits, ReadStatus, Upload
from pipeline.intake.guard import inspect
from pipeline.process.pool import Exit, ReaderPool, Request

log = logging.getLogger(__name__)

HEAD = struct.Struct(">Q")
PDF = "application/pdf"
CONVERTED = {"a Word document": ".docx", "an Excel workbook": ".xlsx"}
CONVERSION_SECONDS = 60.0
LOCKED = "The PDF is protected by a password; ask the sender for an open copy."
WRONG = "The PDF is protected by a password, and none of those on file opens it; ask the sender for the new one."
NOT_HERE = "The file is {what}, which cannot be turned into pages here (LibreOffice is not installed); send a PDF."
FAILED = "The file is {what}, which LibreOffice could not turn into pages; send a PDF."
# Macros never run, links are never followed: a new profile for each conversion says so.
_COMMON, _SCRIPTING = "/org.openoffice.Office", "/org.openoffice.Office.Common/Security/Scripting"
SETTINGS = (
    (_SCRIPTING, "MacroSecurityLevel", "3"),
    (_SCRIPTING, "DisableMacrosExecution", "true"),
    (_SCRIPTING, "DisableActiveContent", "true"),
    (f"{_COMMON}.Writer/Content/Update", "Link", "2"),
    (f"{_COMMON}.Calc/Content/Update", "Link", "2"),
)
PROFILE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    + "".join(
        f'<item oor:path="{path}"><prop oor:name="{name}"><value>{value}</value></prop></item>'
        for path, name, value in SETTINGS
    )
    + "</oor:items>"
)


@dataclass(frozen=True, slots=True)
class Task:
    """What a child is asked. `passwords` go to it over the socket only: not by environment, argument, file or log."""

    kind: str
    what: str = ""
    passwords: tuple[str, ...] = ()
    program: str = ""


TASK: TypeAdapter[Task] = TypeAdapter(Task)
REFUSED: TypeAdapter[Refused | None] = TypeAdapter(Refused | None)


class ChildRenderer:
    """App.render over a pool that is opened at first use."""

    def __init__(
        self,
        pool: Callable[[], ReaderPool],
        passwords: Callable[[Upload], tuple[str, ...]],
        program: str | None,
    ) -> None:
        self._pool, self._passwords, self._program = pool, passwords, program

    def __call__(self, part: UnpackedPart, upload: Upload) -> UnpackedPart:
        """The part as pages when it can be made so, else as it was with the reason. Anything else comes back unchanged."""
        task = self._task(part, upload)
        if task is None:
            return part
        if task.kind == "office" and not task.program:
            return _refused(part, NOT_HERE.format(what=task.what))
        result = self._pool().read(Request(part.name, asked(task, part.data), part.name, CONVERSION_SECONDS))
        try:
            refused, pages = answered(result.data or b"")
        except (ValidationError, ValueError, struct.error):
            log.warning("Making pages of a file ended as %s", result.exit)
            if task.kind == "pdf":
                return part
            return _refused(part, FAILED.format(what=task.what), broke=result.exit is not Exit.OK)
        if refused is not None:
            return replace(part, refused=refused)
        return replace(part, data=pages, media_type=PDF, refused=None)

    def _task(self, part: UnpackedPart, upload: Upload) -> Task | None:
        if part.refused is None:
            return None
        if part.refused.code == "PASSWORD" and b"%PDF-" in part.data[:1024]:
            words = self._passwords(upload)
            return Task("pdf", passwords=words) if words else None
        if part.refused.code == "OFFICE" and part.data.startswith(b"PK"):
            what = next((each for each in CONVERTED if each in part.refused.reason), None)
            return Task("office", what, program=self._program or "") if what else None
        return None


def _refused(part: UnpackedPart, reason: str, broke: bool = False) -> UnpackedPart:
    status = ReadStatus.QUARANTINED if broke else ReadStatus.REJECTED
    return replace(part, refused=Refused(status, reason, "BROKE" if broke else "OFFICE"))


def asked(task: Task, data: bytes) -> bytes:
    """A task and its file as one message."""
    head = TASK.dump_json(task)
    return HEAD.pack(len(head)) + head + data


def answered(message: bytes) -> tuple[Refused | None, bytes]:
    """A child's answer taken apart. Raises ValueError when it makes no sense."""
    (length,) = HEAD.unpack_from(message)
    refused = REFUSED.validate_json(message[HEAD.size : HEAD.size + length])
    pages = message[HEAD.size + length :]
    if (refused is None) != pages.startswith(b"%PDF-"):
        raise ValueError("neither pages nor a reason")
    return refused, pages


def render(message: bytes, limits: Limits) -> bytes:
    """What the child runs: a task in, a reason or a PDF out. The PDF has passed the guard."""
    (length,) = HEAD.unpack_from(message)
    task = TASK.validate_json(message[HEAD.size : HEAD.size + length])
    data = message[HEAD.size + length :]
    made = opened(data, task.passwords) if task.kind == "pdf" else converted(data, task, limits)
    if isinstance(made, bytes):
        verdict = inspect(made, "pages.pdf", limits)
        made = verdict if isinstance(verdict, Refused) else made
    head = REFUSED.dump_json(made if isinstance(made, Refused) else None)
    return HEAD.pack(len(head)) + head + (made if isinstance(made, bytes) else b"")


def opened(data: bytes, passwords: Sequence[str]) -> bytes | Refused:
    """The PDF without its encryption, by the first password that fits; the same bytes each time."""
    for word in passwords:
        try:
            with pikepdf.open(io.BytesIO(data), password=word) as document:
                return _written(document)
        except pikepdf.PasswordError:
            continue
        except (pikepdf.PdfError, ValueError, RuntimeError, TypeError, KeyError):
            return Refused(ReadStatus.REJECTED, "The PDF is damaged and cannot be opened.", "DAMAGED")
    return Refused(ReadStatus.PASSWORD, WRONG if passwords else LOCKED, "PASSWORD")


def _written(document: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    document.save(out, encryption=False, deterministic_id=True)
    return out.getvalue()


def converted(data: bytes, task: Task, limits: Limits) -> bytes | Refused:
    """A Word or Excel file as PDF by LibreOffice, without dates, so that the same file gives the same pages."""
    suffix = CONVERTED[task.what]
    with tempfile.TemporaryDirectory(prefix="apdesk-office-") as folder:
        home = Path(folder)
        (home / "profile" / "user").mkdir(parents=True)
        (home / "profile" / "user" / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
        source, target = home / f"document{suffix}", home / "document.pdf"
        source.write_bytes(data)
        _run(task.program, home, source)
        if not target.is_file() or target.is_symlink() or target.stat().st_size > limits.file_bytes:
            return Refused(ReadStatus.REJECTED, FAILED.format(what=task.what), "OFFICE")
        try:
            with pikepdf.open(target) as document:
                if "/Info" in document.trailer:
                    del document.trailer["/Info"]
                if "/Metadata" in document.Root:
                    del document.Root["/Metadata"]
                for name in ("/ID", "/DocChecksum"):
                    if name in document.trailer:
                        del document.trailer[name]
                return _written(document)
        except (pikepdf.PdfError, ValueError, RuntimeError):
            return Refused(ReadStatus.REJECTED, FAILED.format(what=task.what), "OFFICE")


def _run(program: str, home: Path, source: Path) -> None:
    """One conversion. No time limit of its own: the pool ends the whole session, LibreOffice's helpers too."""
    command = [
        program, "--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck", "--nofirststartwizard",
        f"-env:UserInstallation={(home / 'profile').as_uri()}", "--convert-to", "pdf", "--outdir", str(home), str(source),
    ]  # fmt: skip
    bare = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home)}
    subprocess.run(
        command,
        cwd=home,
        env=bare,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def find_office(chosen: str | None = None) -> str | None:
    """The LibreOffice program: the one that is set (`none`: never any), else what the search path has."""
    if chosen:
        return shutil.which(chosen) if chosen != "none" else None
    return shutil.which("soffice") or shutil.which("libreoffice")
