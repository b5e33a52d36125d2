"""Load: master and purchasing data from CSV files (contract: file names and columns; docs/csv.md).

A file with a bad row is not loaded at all, nor are the files that belong to it (an order's lines without their order would
be half a load); every bad row is named with file, line and reason. Loading again updates; what a load does not bring stays.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from pipeline.domain.errors import InvalidInput
from pipeline.intake.csv_checks import cross_check, family
from pipeline.intake.csv_rows import FILES, Row
from pipeline.intake.masters import Assembled, assemble


class MasterWriter(Protocol):
    """Where masters go: one transaction for one load."""

    def write_masters(self, masters: Assembled, source: str) -> None: ...


@dataclass(frozen=True, slots=True)
class FileReport:
    """`status`: loaded | absent | refused (it has a bad row) | kept back (a file that belongs to it has one)."""

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
    read: dict[str, list[tuple[int, Row]]] = {}
    problems: dict[str, list[str]] = {}
    for name, model in FILES.items():
        path = folder / f"{name}.csv"
        if path.exists():
            read[name], problems[name] = read_rows(path, model)
    if not read:
        raise InvalidInput(f"{folder} holds none of the expected files.", "See docs/csv.md for their names.")
    whole = {name: rows for name, rows in read.items() if not problems[name]}
    for name, more in cross_check(whole).items():
        # A parent that was refused itself already says so; its children need not repeat it.
        if not any(problems.get(relative) for relative in family(name)):
            problems[name] = more
    good = {n: [row for _, row in rows] for n, rows in read.items() if not any(map(problems.get, family(n)))}
    if good:
        store.write_masters(assemble(good), str(folder))
    return LoadReport(
        [_report(name, read, problems, good) for name in FILES],
        [problem for name in FILES for problem in problems.get(name, ())],
    )


def _report(
    name: str, read: Mapping[str, list[tuple[int, Row]]], problems: Mapping[str, list[str]], good: Mapping[str, object]
) -> FileReport:
    if name not in read:
        return FileReport(f"{name}.csv", 0, "absent")
    if problems[name]:
        return FileReport(f"{name}.csv", len(read[name]), "refused")
    return FileReport(f"{name}.csv", len(read[name]), "loaded" if name in good else "kept back")


def read_rows(path: Path, model: type[Row]) -> tuple[list[tuple[int, Row]], list[str]]:
    """The rows of one file with their lines, and what is wrong with it, in words."""
    rows: list[tuple[int, Row]] = []
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
                    rows.append((reader.line_num, row))
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
