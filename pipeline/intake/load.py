"""Load: master and purchasing data from CSV files (contract: file names and columns; docs/csv.md).

A file with a bad row is not loaded at all; every bad row is named with file, line and reason. Loading again updates.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from pipeline.domain.errors import InvalidInput
from pipeline.intake.csv_rows import FILES, Row
from pipeline.intake.masters import Assembled, assemble


class MasterWriter(Protocol):
    """Where masters go: one transaction for one load."""

    def write_masters(self, masters: Assembled, source: str) -> None: ...


@dataclass(frozen=True, slots=True)
class FileReport:
    """`status`: loaded | absent | refused."""

    name: str
    rows: int
    status: str


@dataclass(slots=True)
class LoadReport:
    files: list[FileReport] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def load_directory(store: MasterWriter, folder: Path) -> LoadReport:
    """Load what the folder holds. Raises InvalidInput when it is no folder or holds none of the files."""
    if not folder.is_dir():
        raise InvalidInput(
            f"{folder} is not a folder.", "Name the folder that holds suppliers.csv and the other files."
        )
    report = LoadReport()
    tables: dict[str, Sequence[Row]] = {}
    for name, model in FILES.items():
        path = folder / f"{name}.csv"
        if not path.exists():
            report.files.append(FileReport(path.name, 0, "absent"))
            continue
        rows, problems = read_rows(path, model)
        report.problems += problems
        report.files.append(FileReport(path.name, len(rows), "refused" if problems else "loaded"))
        if not problems:
            tables[name] = rows
    if not tables and not report.problems:
        raise InvalidInput(f"{folder} holds none of the expected files.", "See docs/csv.md for their names.")
    masters, problems = assemble(tables)
    report.problems += problems
    store.write_masters(masters, str(folder))
    return report


def read_rows(path: Path, model: type[Row]) -> tuple[list[Row], list[str]]:
    """The rows of one file and what is wrong with it, in words."""
    rows: list[Row] = []
    problems: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = model.needed() - set(reader.fieldnames or ())
            if missing:
                return [], [f"{path.name}: the columns {', '.join(sorted(missing))} are missing."]
            for raw in reader:
                row, faults = _row(raw, model)
                problems += [f"{path.name}, line {reader.line_num}: {fault}." for fault in faults]
                if row is not None:
                    rows.append(row)
    except (csv.Error, UnicodeDecodeError) as problem:
        return [], [f"{path.name}: this is no CSV file in UTF-8: {problem}."]
    return rows, problems


def _row(raw: dict[str | None, object], model: type[Row]) -> tuple[Row | None, Iterable[str]]:
    if None in raw or any(value is None for value in raw.values()):
        return None, ["it has another number of columns than the head"]
    filled = {key: value for key, value in raw.items() if value != ""}
    try:
        return model.model_validate(filled), ()
    except ValidationError as problem:
        return None, [
            f"{'.'.join(map(str, e['loc'])) or 'row'}: {e['msg'].removeprefix('Value error, ')}"
            for e in problem.errors()
        ]
