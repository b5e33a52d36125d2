"""apdesk audit patterns | credits: the periodic reviews of spec C.1 and C.9."""

from datetime import datetime
from typing import Annotated

import typer

from pipeline.cli.output import print_json, print_table

AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business date (default: today).")]
Json = Annotated[bool, typer.Option("--json", help="JSON Lines instead of a table.")]


def patterns(as_of: AsOf = None, as_json: Json = False) -> None:
    """Round amounts, totals just below a limit, weekend dates, unbroken numbers, digits unlike nature. Never a hold."""
    from pipeline.bootstrap import build_app
    from pipeline.process.periodic import pattern_report

    app = build_app(as_of=as_of.date() if as_of else None)
    rows = pattern_report(app, app.clock.today())
    if as_json:
        print_json(rows)
        return
    print_table(
        "Patterns", ("supplier_id", "kind", "message"), ((r["supplier_id"], r["kind"], r["message"]) for r in rows)
    )
    typer.echo(f"{len(rows)} patterns.")


def credits_owed(
    as_of: AsOf = None,
    open_items: Annotated[bool, typer.Option("--open", help="Put each before its buyer.")] = False,
    as_json: Json = False,
) -> None:
    """Returns and short payments older than 30 days for which no credit note came."""
    from pipeline.bootstrap import build_app
    from pipeline.process.periodic import owed_credits

    app = build_app(as_of=as_of.date() if as_of else None)
    rows = owed_credits(app, app.clock.today(), open_items=open_items)
    if as_json:
        print_json(rows)
        return
    columns = ("supplier_id", "invoice_number", "amount", "currency", "message")
    print_table("Credits owed", columns, (tuple(row[c] for c in columns) for row in rows))
    typer.echo(f"{len(rows)} credits are missing.")


def add_to(group: typer.Typer) -> None:
    """Hang the commands on the audit group."""
    group.command("patterns", epilog="Example:  apdesk audit patterns --as-of 2026-03-31 --json")(patterns)
    group.command("credits", epilog="Example:  apdesk audit credits --open")(credits_owed)
