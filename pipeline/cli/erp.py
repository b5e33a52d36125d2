"""apdesk erp: read the ERP, post, reconcile both ledgers, see what is owed and retry it, what failed (spec I)."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import print_json, print_table

if TYPE_CHECKING:
    from pipeline.app import App

commands = typer.Typer(
    help="The ERP on the other side: sync, post, reconcile, status, retry, failures.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="JSON Lines instead of a table.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business date (default: today).")]


def _app(as_of: datetime | None = None) -> "App":
    from pipeline.bootstrap import build_app
    from pipeline.domain.errors import InvalidInput

    app = build_app(as_of=as_of.date() if as_of else None)
    if app.erp is None or app.masters is None:
        raise InvalidInput("No ERP is configured.", "Set APDESK_ERP to the connector's TOML file (docs/erp.md).")
    return app


@commands.command(epilog="Example:  apdesk erp sync --full")
def sync(
    full: Annotated[bool, typer.Option("--full", help="Read everything, not only what changed.")] = False,
    as_of: Day = None,
    as_json: Json = False,
) -> None:
    """Read suppliers, orders, receipts and bills; then go on with the invoices that waited for them."""
    from pipeline.domain.erp import ErpBusy
    from pipeline.process.sync import sync_erp

    report, woken, moved = sync_erp(_app(as_of), full)
    rows = [
        {"stream": each.stream.value, "rows": each.rows, "changed": len(each.changed), "problem": each.error or ""}
        for each in report.streams
    ]
    if as_json:
        print_json([*rows, {"woken": len(woken), "moved": len(moved)}])
    else:
        print_table("Read", ("stream", "rows", "changed", "problem"), (tuple(row.values()) for row in rows))
        typer.echo(f"{len(woken)} waiting invoices matched again, {len(moved)} paid or cancelled there.", err=True)
    if report.failed:
        raise ErpBusy(f"{len(report.failed)} of {len(report.streams)} streams could not be read.")


@commands.command(epilog="Example:  apdesk erp post")
def post(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 200, as_of: Day = None, as_json: Json = False
) -> None:
    """Post what is approved and due, once. The schedules do it every minute."""
    from pipeline.process.dispatch import dispatch_outbox

    counts = dispatch_outbox(_app(as_of), limit)
    if as_json:
        print_json([counts])
    else:
        print_table("Posting", ("outcome", "count"), sorted(counts.items()) or [("nothing due", 0)])


@commands.command(
    epilog="Example:  apdesk erp reconcile --since 2026-01-01 --csv differences.csv   (exit 1: they differ)"
)
def reconcile(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Vouchers dated from here on (default: 90 days ago).")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the differences to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Our vouchers against the ERP's: what is missing or differs, and the repair proposed for each."""
    from dataclasses import asdict

    from pipeline.domain.events import SYSTEM
    from pipeline.process.ledger import reconciliation

    app = _app()
    report = reconciliation(app, since.date() if since else app.clock.today() - timedelta(days=90), SYSTEM)
    if csv:
        csv.write_text(report.csv(), encoding="utf-8", newline="")
    if as_json:
        print_json(asdict(each) for each in report.differences)
    else:
        columns = ("kind", "supplier_id", "invoice_number", "ours", "theirs", "repair", "message", "invoice_id")
        rows = (tuple(getattr(each, name) for name in columns) for each in report.differences)
        print_table(f"{report.ours} vouchers here, {report.theirs} there", columns, rows)
    if report.differences:
        raise typer.Exit(1)


@commands.command(epilog="Example:  apdesk erp status --json")
def status(as_json: Json = False) -> None:
    """Is the ERP read and may be posted; what is owed; what gave up and why."""
    from pipeline.process.erp_health import health

    app = _app()
    found = health(app)
    owed = [
        {
            "invoice_id": each.message.payload.get("invoice_id", ""),
            "state": "dead letter" if each.dead else "owed",
            "attempts": each.message.attempts,
            "next": each.due_at.isoformat(timespec="seconds") if each.due_at and not each.dead else "",
            "reason": each.error,
        }
        for each in app.outbox.owed(["post"])
    ]
    if as_json:
        print_json([found.row(), *owed])
        return
    print_table("ERP", ("what", "value"), found.row().items())
    print_table(
        "Owed to the ERP", ("invoice_id", "state", "attempts", "next", "reason"), (tuple(r.values()) for r in owed)
    )


@commands.command(epilog="Example:  apdesk erp retry 5f0c...   or   apdesk erp retry --all")
def retry(
    invoice: Annotated[str | None, typer.Argument(help="The invoice's id, as `apdesk erp status` shows it.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Everything that gave up.")] = False,
) -> None:
    """Owe a failed posting again, after its cause was fixed. The ERP is asked first; nothing is posted twice."""
    from pipeline.domain.errors import ApdeskError, InvalidInput
    from pipeline.domain.events import SYSTEM
    from pipeline.process.ledger import dead_letters
    from pipeline.process.ledger import retry as again

    app = _app()
    if (invoice is None) == (not every):
        raise InvalidInput("Name one invoice, or --all.")
    ids = [invoice] if invoice else [each.message.payload["invoice_id"] for each in dead_letters(app)]
    refused = 0
    for each in ids:
        try:
            typer.echo(f"{each}: {again(app, each, SYSTEM)}")
        except ApdeskError as problem:
            refused += 1
            typer.echo(f"{each}: {problem}", err=True)
    if refused:
        raise typer.Exit(1)


@commands.command(epilog="Example:  apdesk erp failures --json")
def failures(as_json: Json = False) -> None:
    """Failures of the connection by kind: how often, since when, how long, and how often they came back."""
    from pipeline.process.failures import recurrence

    with _app().unit_of_work() as work:
        found = work.erp.failures()
    rows = [
        {
            "operation": each.operation,
            "kind": each.kind,
            "state": "over" if each.resolved_at else "open",
            "times": each.count,
            "returned": each.returned,
            "minutes": each.minutes,
            "first": each.first_at.isoformat(timespec="seconds"),
            "last": each.last_at.isoformat(timespec="seconds"),
            "fingerprint": each.fingerprint,
            "reason": each.message,
        }
        for each in found
    ]
    if as_json:
        print_json(rows)
        return
    sums = recurrence(found)
    title = f"{sums.open} open, {sums.resolved} resolved, {sums.returned} came back within seven days"
    columns = ("operation", "kind", "state", "times", "returned", "last", "reason")
    print_table(title, columns, (tuple(row[name] for name in columns) for row in rows))
