"""apdesk audit: verify, export, story (contract)."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.output import print_json

commands = typer.Typer(
    help="The tamper-evident log: verify it, export it, tell one document's story.", no_args_is_help=True
)


@commands.command(epilog="Example:  apdesk audit verify   (exit code 6 when the chain is broken)")
def verify() -> None:
    """Recompute the chain, check gaps and signed checkpoints, name the first bad record."""
    from pipeline.bootstrap import build_store
    from pipeline.domain.errors import AuditBroken

    verdict = build_store().verify_audit()
    if not verdict.intact:
        raise AuditBroken(
            f"The audit chain is broken at record {verdict.at}: {verdict.why}.", "Keep the store and call the auditor."
        )
    typer.echo(f"The audit chain is intact: {verdict.count} records, {verdict.checkpoints} signed checkpoints.")


@commands.command(epilog="Example:  apdesk audit seal   (for example before a backup)")
def seal() -> None:
    """Sign a checkpoint now, inside and outside the database; otherwise one is signed every 15 minutes or 1,000 records."""
    from pipeline.bootstrap import build_store

    typer.echo("Sealed." if build_store().seal_audit(force=True) else "There is nothing new to seal.")


@commands.command(epilog="Example:  apdesk audit export --out audit.jsonl")
def export(out: Annotated[Path | None, typer.Option("--out", help="File; standard output otherwise.")] = None) -> None:
    """Every record with its hashes, as JSON Lines. The export itself is recorded."""
    from pipeline.bootstrap import build_store

    rows = build_store().export_audit()
    if out is None:
        print_json(rows)
        return
    import json

    with out.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
    typer.echo(f"Written to {out}.", err=True)


@commands.command(epilog="Example:  apdesk audit story INV-1234")
def story(document: Annotated[str, typer.Argument(help="Document name, its id, the invoice's id or number.")]) -> None:
    """One document's life, in order, in words."""
    from pipeline.bootstrap import build_store

    for line in build_store().story(document):
        typer.echo(line)
