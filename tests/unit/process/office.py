"""The smallest Word and Excel files that are ones, and programs that stand in for LibreOffice."""

import io
import sys
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(*paragraphs: str, relations: str = "") -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>" for text in paragraphs)
    files = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{DOCUMENT}" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{WORDS}"><w:body>{body}</w:body></w:document>',
    }
    if relations:
        files["word/_rels/document.xml.rels"] = f'<Relationships xmlns="{RELATIONS}">{relations}</Relationships>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return out.getvalue()


def office_program(folder: Path, pages: bytes | None) -> str:
    """A program that is called as LibreOffice is, notes how, and writes these pages, or nothing."""
    (folder / "pages.pdf").write_bytes(pages or b"")
    program = folder / "soffice"
    program.write_text(
        f"#!{sys.executable}\n"
        "import os, pathlib, shutil, sys\n"
        f"here = pathlib.Path({str(folder)!r})\n"
        "here.joinpath('called').write_text(repr((sys.argv[1:], sorted(os.environ))))\n"
        "out = pathlib.Path(sys.argv[sys.argv.index('--outdir') + 1])\n"
        f"if {pages is not None}: shutil.copy(here / 'pages.pdf', out / 'document.pdf')\n"
    )
    program.chmod(0o755)
    return str(program)
