"""apdesk sources: check the file of sources, poll them, or watch them."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.output import print_json, print_table

commands = typer.Typer(
    help="Mailboxes, SFTP servers, buckets and folders that documents come from.", no_args_is_help=True
)

File = Annotated[Path | None, typer.Argument(help="The TOML file (default: APDESK_SOURCES).")]
Json = Annotated[bool, typer.Option("--json", help="JSON Lines instead of a table.")]


def _path(file: Path | None) -> Path:
    from pipeline.config import load_settings
    from pipeline.domain.errors import InvalidInput

    chosen = file or load_settings().sources
    if chosen is None:
        raise InvalidInput("No sources are configured.", "Set APDESK_SOURCES or name the file.")
    return chosen


@commands.command(epilog="Example:  apdesk sources check sources.toml")
def check(file: File = None) -> None:
    """Read the file and name every mistake in it."""
    from pipeline.intake.sources import load_sources

    sources = load_sources(_path(file))
    typer.echo(f"{len(sources.names)} sources: {', '.join(sources.names) or 'none'}.")


@commands.command(epilog="Example:  apdesk sources poll --watch")
def poll(
    file: File = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until Ctrl-C; mailboxes with idle wake at once.")
    ] = False,
    every: Annotated[int, typer.Option(min=1, max=1700, help="Seconds between polls with --watch.")] = 60,
    as_json: Json = False,
) -> None:
    """Fetch what is new from every source. Exit code 5 when one of them is not available."""
    from pipeline.bootstrap import build_app, build_store
    from pipeline.intake.sources import load_sources
    from pipeline.process.collect import collect, wait

    path, app, memory = _path(file), build_app(), build_store().mail_memory
    while True:
        sources = load_sources(path)
        found = list(collect(app, sources, memory))
        rows = [
            {"name": each.name, "kind": each.kind, "taken": each.taken, "known": each.known}
            | {"refused": each.refused, "documents": len(each.documents), "problem": each.problem}
            for each in found
        ]
        if as_json:
            print_json(rows)
        elif not watch or any(row["taken"] or row["problem"] for row in rows):
            columns = ("name", "kind", "taken", "known", "refused", "documents", "problem")
            print_table("Sources", columns, (tuple(row[c] for c in columns) for row in rows))
        if not watch:
            raise typer.Exit(5 if any(each.problem for each in found) else 0)
        wait(sources, every)


@commands.command("supplier-link", epilog="Example:  apdesk sources supplier-link S-1001 --days 180")
def supplier_link(
    supplier: Annotated[str, typer.Argument(help="Id in the supplier master.")],
    days: Annotated[int, typer.Option(help="How long it lasts.")] = 180,
    end: Annotated[bool, typer.Option("--end", help="End every link of this supplier instead.")] = False,
) -> None:
    """A link to the supplier's own page: hand in documents, see what became of them. Shown once."""
    from pipeline.bootstrap import build_app
    from pipeline.domain.events import SYSTEM
    from pipeline.review import supplier_links

    app = build_app()
    if end:
        typer.echo(f"{supplier_links.revoke(app, SYSTEM, supplier)} links ended.")
        return
    link, secret = supplier_links.create(app, SYSTEM, supplier, days)
    typer.echo(f"{link.name}, until {link.ends_at:%Y-%m-%d}:\n/supplier/open/{secret}")
