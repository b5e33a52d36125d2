"""The long-running commands and the doctor: serve, flows serve, doctor (contract)."""

import importlib
import importlib.metadata
import shutil
import sys
from datetime import datetime
from typing import Annotated

import typer

flow_commands = typer.Typer(help="Prefect: the schedules of this installation.", no_args_is_help=True)


def add_to(cli: typer.Typer) -> None:
    cli.command(epilog="Example:  apdesk serve --port 8080")(serve)
    cli.command(epilog="Example:  apdesk doctor")(doctor)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port.", min=1, max=65535)] = 8080,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business date of every check (default: today).")
    ] = None,
) -> None:
    """The review desk and the API."""
    import uvicorn

    from pipeline.bootstrap import build_app
    from pipeline.config import load_settings
    from pipeline.web.app import create_app
    from pipeline.web.oidc import load_provider

    chosen = load_settings().oidc
    provider = load_provider(chosen) if chosen else None
    typer.echo(f"The desk is on http://{host}:{port} (Ctrl-C stops it).", err=True)
    uvicorn.run(
        create_app(build_app(as_of=as_of.date() if as_of else None), provider=provider),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
    )


@flow_commands.command("serve", epilog="Example:  apdesk flows serve")
def flows_serve() -> None:
    """Run the schedules: mail, scan folder, processing, outbox, nightly audit check."""
    importlib.import_module("flows.deployments").serve_all()


def doctor() -> None:
    """What is installed, what is missing: one line each. Exit code 3 when something needed is missing."""
    lines = [*_programs(), *_packages(), *_home()]
    for ok, text in lines:
        typer.echo(f"{'ok     ' if ok else 'MISSING'} {text}")
    if not all(ok for ok, _ in lines):
        raise typer.Exit(3)


def _programs() -> list[tuple[bool, str]]:
    tesseract = shutil.which("tesseract")
    found = [(True, f"python {sys.version.split()[0]}")]
    hint = tesseract or "not found; install tesseract-ocr: scans get no second opinion without it"
    return [*found, (tesseract is not None, f"tesseract: {hint}")]


def _packages() -> list[tuple[bool, str]]:
    wanted = (
        "prefect",
        "fastapi",
        "sqlalchemy",
        "pypdfium2",
        "pdfplumber",
        "faster-paddle",
        "onnxruntime",
        "python-magic",
    )
    rows = []
    for name in wanted:
        try:
            rows.append((True, f"{name} {importlib.metadata.version(name)}"))
        except importlib.metadata.PackageNotFoundError:
            rows.append((False, f"{name}: not installed; run make setup"))
    return rows


def _home() -> list[tuple[bool, str]]:
    """The store, the policy, the partners, what converts Word documents."""
    from pipeline.bootstrap import build_store, load_active_policy, partners_of
    from pipeline.config import load_settings
    from pipeline.process.rendering import find_office

    settings = load_settings()
    office = find_office(settings.soffice)
    rows = [(True, f"home: {settings.home.resolve()}")]
    rows.append((True, f"Word and Excel: {f'through {office}' if office else 'refused, LibreOffice is not installed'}"))
    try:
        partners_of(settings)
        store = build_store()
        rows.append((True, f"database: {store.engine.dialect.name}"))
        policy = load_active_policy(settings)
        rows.append((True, f"policy: {policy.meta.policy_id} {policy.meta.version} ({policy.hash[:12]})"))
    except Exception as problem:
        rows.append((False, str(problem)))
    return rows
