"""The daily commands: load, ingest, run, status, reprocess (contract)."""

import importlib
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.extract import walk
from pipeline.cli.output import print_json, print_table, progress

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE")]
Json = Annotated[bool, typer.Option("--json", help="JSON Lines instead of a table.")]


class ChannelName(StrEnum):
    email = "email"
    portal = "portal"
    scan = "scan"
    edi = "edi"
    api = "api"


def add_to(cli: typer.Typer) -> None:
    cli.command(epilog="Example:  apdesk load exports/csv")(load)
    cli.command(epilog="Example:  apdesk ingest mail/*.eml --channel email")(ingest)
    cli.command(epilog="Example:  apdesk run --as-of 2026-03-20")(run)
    cli.command(epilog="Example:  apdesk status --json | jq .status")(status)
    cli.command(epilog="Example:  apdesk reprocess --supplier SUP-101 --since 2026-03-01 --dry-run")(reprocess)


def load(
    folder: Annotated[Path, typer.Argument(help="Folder with suppliers.csv, purchase_orders.csv, ... (docs/csv.md).")],
    as_json: Json = False,
) -> None:
    """Load master and purchasing data from CSV files. Loading again updates; a bad row names file, line and reason."""
    from pipeline.bootstrap import build_store
    from pipeline.intake.load import load_directory

    report = load_directory(build_store(), folder)
    rows = [{"file": f.name, "rows": f.rows, "status": f.status} for f in report.files]
    if as_json:
        print_json(rows)
        print_json({"problem": problem} for problem in report.problems)
    else:
        print_table("Loaded", ("file", "count", "status"), ((r["file"], r["rows"], r["status"]) for r in rows))
        for problem in report.problems:
            typer.echo(problem, err=True)
    if report.problems:
        raise typer.Exit(2)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; a mail gives one document per attachment.")],
    channel: Annotated[
        ChannelName | None, typer.Option(help="Where it came from; guessed from the file otherwise.")
    ] = None,
    received_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Received date; otherwise the mail's own, or today.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Store and register documents. The same bytes again give no second document."""
    from pipeline.bootstrap import build_app
    from pipeline.process.ingest import ingest_file

    app = build_app()
    day = received_on.date() if received_on else None
    rows: list[dict[str, Any]] = []
    files = list(walk(paths))
    with progress() as bar:
        bar.advance("ingest", len(files))
        for file in files:
            rows += ingest_file(app, file, str(channel) if channel else None, day)
            bar.advance("ingest", -1)
    if as_json:
        print_json(rows)
        return
    columns = ("document", "part", "channel", "received_on", "status", "reason")
    print_table("Ingested", columns, (tuple(row[c] for c in columns) for row in rows))


def run(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business date of every check (default: today).")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Documents read at the same time.")] = 2,
    direct: Annotated[bool, typer.Option("--direct", help="The same steps without Prefect recording the run.")] = False,
    as_json: Json = False,
) -> None:
    """One pass over everything pending, through the flows, in order of arrival."""
    day = as_of.date() if as_of else None
    if direct:
        from pipeline.bootstrap import build_app, build_store
        from pipeline.process.advance import run_pass

        with progress() as bar:
            states = run_pass(build_app(as_of=day), jobs, bar.advance)
        build_store().seal_audit()
    else:
        states = _flow("process_pending", "run_once")(day, jobs)
    if as_json:
        print_json([states])
    else:
        print_table("Run", ("state", "count"), sorted(states.items()) or [("nothing pending", 0)])


def status(as_json: Json = False) -> None:
    """Per invoice: where it stands, why, and what is payable."""
    from pipeline.bootstrap import build_app

    rows = list(build_app().queries.status_rows())
    if as_json:
        print_json(rows)
        return
    columns = ("document", "part", "supplier_id", "invoice_number", "total", "status", "exceptions", "payable_now")
    print_table("Invoices", columns, (tuple(_cell(row[c]) for c in columns) for row in rows))


def reprocess(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Received on or after.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Received on or before.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Supplier id.")] = None,
    status: Annotated[str | None, typer.Option(help="Status, for example HOLD.")] = None,
    channel: Annotated[ChannelName | None, typer.Option(help="Only this channel.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before changing.")] = False,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business date (default: today).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read and match a batch again. Prints what changes and why before it changes anything."""
    from pipeline.bootstrap import build_app
    from pipeline.process.reprocess import Selection, changes

    def day(value: datetime | None) -> date | None:
        return value.date() if value else None

    app = build_app(as_of=day(as_of))
    wanted = Selection(day(since), day(until), supplier, status, str(channel) if channel else None)
    with progress() as bar:
        plan = changes(app, wanted, bar.advance)
    rows = [change.row() for change in plan]
    if as_json:
        print_json(rows)
    else:
        columns = ("document", "number", "before", "after", "why")
        print_table("Would change" if dry_run else "Changes", columns, (tuple(row[c] for c in columns) for row in rows))
    if dry_run or not rows:
        return
    if not yes and not as_json:
        typer.confirm(f"Change these {len(rows)} invoices?", abort=True)
    done = _flow("reprocess", "reprocess_batch_once")([change.invoice_id for change in plan], day(as_of))
    typer.echo(f"{done} invoices reprocessed.", err=True)


def _flow(module: str, name: str) -> Any:
    """A door of the flows. By name, because flows stand above the command line (import contracts)."""
    return getattr(importlib.import_module(f"flows.{module}"), name)


def _cell(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list | tuple) else value
