"""apdesk users: the people of the desk (embedded mode; with single sign-on they come from the provider)."""

import sys
from typing import Annotated

import typer

from pipeline.cli.output import print_json, print_table
from pipeline.domain.errors import InvalidInput
from pipeline.domain.records import User
from pipeline.domain.roles import Role

commands = typer.Typer(help="People of the desk: add, list, disable.", no_args_is_help=True)


@commands.command(epilog="Example:  apdesk users add una --name 'Una Reyes' --role AP_CLERK")
def add(
    user: Annotated[str, typer.Argument(help="Log-in name.")],
    role: Annotated[list[str], typer.Option(help="A role of the specification; repeat for more.")],
    name: Annotated[str, typer.Option(help="Full name.")] = "",
    email: Annotated[str, typer.Option(help="E-mail address.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Add a person or change one. Roles that may not be held together are refused (SOD-12)."""
    from pipeline.bootstrap import build_store
    from rules.duties import check

    unknown = [each for each in role if each not in Role.__members__]
    if unknown:
        raise InvalidInput(f"There is no role {', '.join(unknown)}.", f"Roles: {', '.join(str(r) for r in Role)}.")
    for position, each in enumerate(role):
        verdict = check("assign_role", "administrator", {"target_roles": role[:position], "new_role": each})
        if not verdict.allowed:
            raise InvalidInput(f"Nobody may hold {each} together with {', '.join(role[:position])} ({verdict.rule}).")
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    build_store().accounts.save_user(User(user, name or user, tuple(role), email=email), password)
    typer.echo(f"{user} may log in as {', '.join(role)}.")


@commands.command("list")
def list_users(as_json: Annotated[bool, typer.Option("--json", help="JSON Lines.")] = False) -> None:
    """Everybody with their roles."""
    from pipeline.bootstrap import build_store

    people = build_store().accounts.users()
    rows = [{"id": u.id, "name": u.name, "roles": list(u.roles), "active": u.active} for u in people]
    if as_json:
        print_json(rows)
    else:
        print_table(
            "People", ("id", "name", "roles", "active"), ((u.id, u.name, ", ".join(u.roles), u.active) for u in people)
        )


@commands.command(epilog="Example:  apdesk users disable una")
def disable(user: Annotated[str, typer.Argument(help="Log-in name.")]) -> None:
    """End a person's access at once, sessions included."""
    from dataclasses import replace

    from pipeline.bootstrap import build_store

    accounts = build_store().accounts
    known = accounts.user(user)
    if known is None:
        raise InvalidInput(f"There is no user {user}.", "See apdesk users list.")
    accounts.save_user(replace(known, active=False))
    typer.echo(f"{user} may no longer log in.")
