"""The ``gatehouse`` command: every failure is one clear line on stderr.

Exit codes: 0 done, 1 failed, 2 used wrongly; `mapping plan` has 2 for changes, so 1 for all that went wrong.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import typer
from typer.core import TyperGroup

from gatehouse.cli.commands import Commands
from gatehouse.ending import fail, in_words

app = TyperGroup(
    name="gatehouse",
    help="Receives a customer's people from Microsoft Entra ID and governs what they may do.",
    commands=Commands(),  # type: ignore[arg-type]  # only read
    no_args_is_help=True,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line and exit."""
    try:
        with in_words():
            code = _run()
    except Exception as exc:
        from gatehouse.client import ClientError  # noqa: PLC0415 - an HTTP client and much else: only where it is used

        if not isinstance(exc, ClientError):
            raise
        fail(str(exc), 1)
    sys.exit(code if isinstance(code, int) else 0)


def _run() -> object:
    try:
        return app(standalone_mode=False)
    except typer.TyperException as exc:
        _stop(exc)
    except typer.Abort:
        sys.exit(130)


def _stop(misuse: typer.TyperException) -> NoReturn:
    """Wrong use of the command line; a group without its command shows its help."""
    message = misuse.format_message()
    if "\n" in message:
        typer.echo(message, err=True)
        sys.exit(misuse.exit_code)
    fail(message, 1 if _two_means_changes(misuse) else misuse.exit_code)


def _two_means_changes(misuse: typer.TyperException) -> bool:
    context = getattr(misuse, "ctx", None)
    return context is not None and context.command.callback is not None and context.command.name == "plan"
