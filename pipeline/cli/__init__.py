"""The command line: one module per group of commands. Heavy imports stay inside the commands, so that --help is quick."""

import sys

from pipeline.domain.errors import ApdeskError


def main() -> None:
    """Entry point `apdesk`: errors become one sentence and an exit code (contract); a traceback only with --debug."""
    from pipeline.cli.root import cli

    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        cli()
    except ApdeskError as problem:
        if debug:
            raise
        print(f"apdesk: {problem}", file=sys.stderr)
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as problem:
        if debug:
            raise
        print(f"apdesk: unexpected: {problem!r}. Run it again with --debug and report what it prints.", file=sys.stderr)
        sys.exit(15)
