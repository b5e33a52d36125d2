"""Write predictions for the e-invoice and X12 sets of a benchmark folder, to be scored by its score.py.

Usage: python -m tests.benchmarks.bench_einvoice [BENCH_DIR] [OUT.jsonl]
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from models.beside import beside
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import Reading
from pipeline.extract.einvoice import cross_check, embedded_xml, read_einvoice
from pipeline.extract.x12 import read_x12
from pipeline.ocr.text_layer import read_text_layer

SETS = ("einvoice_xml", "einvoice_pdf_original", "hospital_edi")


def say(*words: object) -> None:
    sys.stderr.write(" ".join(map(str, words)) + "\n")


def read(path: Path) -> Reading | None:
    data = path.read_bytes()
    if path.suffix == ".pdf":
        xml = embedded_xml(data)
        found = read_einvoice(xml) if xml else None
        if found:
            for finding in cross_check(found, read_text_layer(data)):
                say(path.name, *finding)
        return found
    if path.suffix == ".edi":
        return next(iter(read_x12(data)), None)
    return read_einvoice(data)


def as_json(doc: str, reading: Reading, seconds: float) -> dict[str, Any]:
    names = ("description", "sku", "quantity", "unit", "unit_price", "line_total")
    lines = [{n: None if getattr(line, n) is None else str(getattr(line, n)) for n in names} for line in reading.lines]
    fields = {name: {"value": f.value, "confidence": f.confidence} for name, f in reading.fields.items()}
    return {"doc": doc, "seconds": seconds, "fields": fields, "lines": lines, "kind": reading.kind}


def main() -> None:
    bench = Path(sys.argv[1]) if len(sys.argv) > 1 else beside("bench", "score.py")
    out = Path(sys.argv[2] if len(sys.argv) > 2 else "einvoice.jsonl")
    if not bench.is_dir():
        say(f"{bench} is absent: nothing measured.")
        return
    with out.open("w", encoding="utf-8") as file:
        for path in sorted(
            p for name in SETS for p in (bench / name).glob("*.*") if p.suffix in (".xml", ".pdf", ".edi")
        ):
            start = time.perf_counter()
            try:
                found = read(path)
            except InvalidInput as error:
                say(path.name, error)
                continue
            if found is None:
                say(path.name, "is no e-invoice")
                continue
            for name, text in found.findings:
                say(path.name, name, text)
            doc = f"{path.parent.name}/{path.stem}"
            file.write(json.dumps(as_json(doc, found, time.perf_counter() - start)) + "\n")


if __name__ == "__main__":
    main()
