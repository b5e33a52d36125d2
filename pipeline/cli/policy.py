"""apdesk policy: check, test, simulate, diff (contract)."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import print_json, print_table
from pipeline.domain.errors import InvalidPolicy

if TYPE_CHECKING:
    from rules.policy import Policy

commands = typer.Typer(help="Policy as data: check a file, run scenarios, replay history.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="JSON Lines instead of a table.")]


@commands.command(epilog="Example:  apdesk policy check my-policy.toml")
def check(file: Annotated[Path, typer.Argument(help="Policy as TOML.")], as_json: Json = False) -> None:
    """Name every mistake of a policy file at once. Changes nothing."""
    from pipeline.match.simulate import check_policy
    from rules.load import load_policy

    problems = check_policy(file)
    if as_json:
        print_json([{"file": str(file), "valid": not problems, "problems": problems}])
        if problems:
            raise typer.Exit(InvalidPolicy.exit_code)
        return
    if problems:
        raise InvalidPolicy(problems)
    policy = load_policy(file)
    typer.echo(f"{file} is a valid policy: {policy.meta.policy_id} {policy.meta.version}, hash {policy.hash[:12]}.")
    for sentence in _on_risk(policy):
        typer.echo(sentence)


def _on_risk(policy: "Policy") -> list[str]:
    from rules.risk import findings, in_words, shipped_evidence

    rules, evidence = policy.confidence, shipped_evidence()
    return [in_words(found, rules, evidence) for found in findings(rules, evidence)]


@commands.command(epilog="Example:  apdesk policy risk --max-error-rate 0.01")
def risk(
    max_error_rate: Annotated[str, typer.Option(help="Share of wrong values that is acceptable.")] = "0.001",
    evidence: Annotated[str, typer.Option(help="real documents only, or all (generated ones too).")] = "real",
    as_json: Json = False,
) -> None:
    """What error rate the measured documents vouch for, per field and confidence. Changes nothing."""
    from pipeline.domain.errors import InvalidInput
    from rules.risk import finding, share, shipped_evidence

    held = shipped_evidence()
    try:
        rate = Decimal(max_error_rate)
    except ArithmeticError as error:
        raise InvalidInput("--max-error-rate is a number between 0 and 1, such as 0.001.") from error
    if not 0 < rate < 1 or evidence not in held.steps:
        raise InvalidInput(f"A rate between 0 and 1, and evidence of {', '.join(held.steps) or 'nothing'}.")
    rows: list[tuple[object, ...]] = []
    for name, steps in sorted(held.steps[evidence].items()):
        found = finding(held, evidence, name, rate)
        for step in steps:
            mark = "vouched for" if found.step == step else ""
            rows.append((name, f"{step.at:.2f}", step.n, step.errors, share(step.bound), mark))
        if found.step is None:
            rows.append((name, "", "", "", "", "NOT vouched for: never by confidence alone"))
    columns = ("field", "confidence", "values", "wrong", "at_most", "verdict")
    if as_json:
        print_json(dict(zip(columns, row, strict=True)) for row in rows)
        return
    print_table(f"At most {share(rate)} wrong, with {held.confidence * 100:.0f} % certainty", columns, rows)


@commands.command(epilog="Example:  apdesk policy test scenarios.yaml --json")
def test(file: Annotated[Path, typer.Argument(help="Scenario file (YAML).")], as_json: Json = False) -> None:
    """Run the matching engine over scenarios and compare with what is expected."""
    from pipeline.match.scenarios import compare, load_scenarios, run_scenario

    failed = 0
    rows = []
    for scenario in load_scenarios(file):
        outcome = run_scenario(scenario)
        differences = compare(scenario, outcome)
        failed += bool(differences)
        if as_json:
            print_json([{"id": scenario.id, **outcome, "passed": not differences, "differences": differences}])
        else:
            rows.append((scenario.id, scenario.title, outcome["status"], "; ".join(differences) or "as expected"))
    if not as_json:
        print_table("Scenarios", ("id", "title", "status", "result"), rows)
        typer.echo(f"{len(rows) - failed} of {len(rows)} as expected.")
    if failed:
        raise typer.Exit(4)


@commands.command(epilog="Example:  apdesk policy simulate stricter.toml --since 2026-03-01")
def simulate(
    file: Annotated[Path, typer.Argument(help="The other policy (TOML).")],
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Invoices received since then.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business date of every check (default: today).")
    ] = None,
    as_json: Json = False,
) -> None:
    """What would have been decided otherwise under another policy, with the money. Changes nothing.

    Both policies see the facts as they are today: only the policy differs. A positive payable change is money that would
    be paid at once and is not now.
    """
    from pipeline.bootstrap import build_app
    from pipeline.process.simulate import simulate_history
    from rules.load import load_policy

    other = load_policy(file)
    app = build_app(as_of=as_of.date() if as_of else None)
    rows, moved = simulate_history(app, other, since.date() if since else None)
    if as_json:
        print_json([*rows, {"moved": moved}])
        return
    if not rows:
        typer.echo("No decision would change.")
        return
    columns = ("document", "number", "currency", "total", "before", "after", "payable_change", "disputed_change", "why")
    print_table("Decisions that flip", columns, (tuple(row[c] for c in columns) for row in rows))
    for (before, after, currency), (count, paid) in _by_flip(rows).items():
        what = f"{before} to {after}" if before != after else f"{before} as before, for other reasons or amounts"
        typer.echo(f"{count} x {what}: {paid} {currency} more would be paid at once.")
    for currency, sums in sorted(moved.items()):
        typer.echo(
            f"{currency}: {sums['payable']} more would be paid at once, {sums['disputed']} more would be disputed."
        )


def _by_flip(rows: list[dict[str, Any]]) -> dict[tuple[str, str, str], tuple[int, Decimal]]:
    """How many decisions flip from what to what, and the money that moves with them."""
    found: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for row in rows:
        key = (row["before"], row["after"], row["currency"] or "?")
        count, paid = found.get(key, (0, Decimal(0)))
        found[key] = (count + 1, paid + Decimal(row["payable_change"]))
    return dict(sorted(found.items()))


@commands.command(epilog="Example:  apdesk policy diff old.toml new.toml")
def diff(
    old: Annotated[Path, typer.Argument(help="The policy that is left (TOML).")],
    new: Annotated[Path, typer.Argument(help="The policy that would follow (TOML).")],
    as_json: Json = False,
) -> None:
    """Every setting that differs between two policies."""
    from pipeline.match.simulate import diff_policies
    from rules.load import load_policy

    rows = diff_policies(load_policy(old), load_policy(new))
    if as_json:
        print_json({"setting": row.path, "before": row.old, "after": row.new} for row in rows)
    elif rows:
        print_table("Differences", ("setting", "before", "after"), ((row.path, row.old, row.new) for row in rows))
    else:
        typer.echo("No setting differs.")
