"""apdesk extract: stateless reading of files (contract)."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.output import print_json, print_table, progress
from pipeline.domain.errors import InvalidInput


def add_to(cli: typer.Typer) -> None:
    cli.command(
        epilog="Examples:  apdesk extract invoice.pdf   |   apdesk extract inbox/ --jobs 2 --json > read.jsonl",
    )(extract)


def extract(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders: pdf, tiff, png, jpg, xml, edi, eml, zip.")],
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Files read at the same time.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines, one per invoice found.")] = False,
    table: Annotated[bool, typer.Option("--table", help="A table for people instead of JSON Lines.")] = False,
) -> None:
    """Read invoices off files: fields with confidence, page, box and source. Keeps no state."""
    from pipeline.bootstrap import build_reader
    from pipeline.process.outcome import to_json

    files = list(walk(paths))
    reader = build_reader(jobs)
    rows: list[dict[str, Any]] = []
    with progress() as bar:
        bar.advance("read", len(files))
        requests = ((file.read_bytes(), str(file), None) for file in files)
        for file, readings in zip(files, reader.read_many(requests, jobs), strict=True):
            found = [to_json(str(file), reading) for reading in readings]
            if table and not as_json:
                rows += found
            else:
                print_json(found)
            bar.advance("read", -1)
    if table and not as_json:
        print_table(
            "Read", ("document", "kind", "status", "supplier", "number", "date", "total", "reason"), map(_row, rows)
        )


def walk(paths: list[Path]) -> Iterator[Path]:
    """The files named, and those in the folders named, in a stable order; hidden files are skipped.

    Raises InvalidInput for a path that is not there.
    """
    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                folders.sort()
                yield from (Path(folder) / name for name in sorted(names) if not name.startswith("."))
        elif path.is_file():
            yield path
        else:
            raise InvalidInput(f"There is no file or folder {path}.", "Check the path.")


def _row(line: dict[str, Any]) -> tuple[Any, ...]:
    def field(name: str) -> Any:
        return line["fields"].get(name, {}).get("value")

    head = (line["doc"], line["kind"], line["status"])
    return (*head, *(field(n) for n in ("supplier_name", "invoice_number", "invoice_date", "total")), line["reason"])
