"""Tables for people, JSON Lines for programs, progress bars on a terminal only."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def print_json(rows: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line, flushed as it comes."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A plain table; in a pipe without colours and as wide as its content."""
    from rich.console import Console
    from rich.table import Table

    console = Console() if sys.stdout.isatty() else Console(width=220, no_color=True)
    table = Table(title=title, title_justify="left", show_lines=False)
    for column in columns:
        right = column.lower() in ("total", "payable", "disputed", "count", "before", "after", "change")
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(table)


class Bar:
    """What a command tells of its progress."""

    def advance(self, stage: str, total_or_step: int) -> None:
        """A positive number adds work to `stage`, a negative one takes work done off."""


@contextmanager
def progress(enabled: bool = True) -> Iterator[Bar]:
    """Progress bars on a terminal, nothing in a pipe (contract)."""
    if not enabled or not sys.stderr.isatty():
        yield Bar()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        class Live(Bar):
            def advance(self, stage: str, total_or_step: int) -> None:
                task = tasks.setdefault(stage, bars.add_task(stage, total=0)) if stage not in tasks else tasks[stage]
                if total_or_step > 0:
                    bars.update(task, total=(bars.tasks[task].total or 0) + total_or_step)
                else:
                    bars.advance(task, -total_or_step)

        yield Live()
