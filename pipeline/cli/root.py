"""The root command and how the groups hang on it."""

from typing import Annotated

import typer

import pipeline
from pipeline.cli import audit, erp, extract, periodic, policy, serve, sources, users, work

cli = typer.Typer(
    name="apdesk",
    help="Takes in supplier invoices, reads them, matches them three ways, and decides or asks.",
    epilog="State lives under APDESK_HOME (default ./var). Add --debug to any command for a traceback.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        print(f"apdesk {pipeline.__version__}")
        raise typer.Exit


@cli.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """The options of apdesk itself."""


extract.add_to(cli)
work.add_to(cli)
serve.add_to(cli)
cli.add_typer(policy.commands, name="policy")
periodic.add_to(audit.commands)
cli.add_typer(audit.commands, name="audit")
cli.add_typer(serve.flow_commands, name="flows")
cli.add_typer(sources.commands, name="sources")
cli.add_typer(erp.commands, name="erp")
cli.add_typer(users.commands, name="users")
