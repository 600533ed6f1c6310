"""The ``gatehouse`` command: every failure is one clear line on stderr.

Exit codes: 0 done, 1 failed, 2 used wrongly; `mapping plan` has 2 for changes, so 1 for all that went wrong.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer
from typer.core import TyperGroup

from gatehouse.cli.commands import Commands
from gatehouse.errors import GatehouseError
from gatehouse.settings import SettingsError

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
        code = app(standalone_mode=False)
    except typer.TyperException as exc:
        _stop(exc)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or leaving would flush into it again
        sys.exit(1)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except GatehouseError as exc:
        _fail(_with_cause(exc), 1)
    except (SettingsError, ValueError, OSError) as exc:
        _fail(str(exc), 1)
    except Exception as exc:
        from gatehouse.client import ClientError  # noqa: PLC0415 - an HTTP client and much else: only where it is used

        if not isinstance(exc, ClientError):
            raise
        _fail(str(exc), 1)
    sys.exit(code if isinstance(code, int) else 0)


def _stop(misuse: typer.TyperException) -> NoReturn:
    """Wrong use of the command line; a group without its command shows its help."""
    message = misuse.format_message()
    if "\n" in message:
        typer.echo(message, err=True)
        sys.exit(misuse.exit_code)
    _fail(message, 1 if _two_means_changes(misuse) else misuse.exit_code)


def _two_means_changes(misuse: typer.TyperException) -> bool:
    context = getattr(misuse, "ctx", None)
    return context is not None and context.command.callback is not None and context.command.name == "plan"


def _with_cause(error: GatehouseError) -> str:
    """The sentence for clients, and for whoever sits at the machine what the database said."""
    return f"{error.message}: {error.__cause__}" if error.__cause__ else error.message


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"gatehouse: {' '.join(message.split())}", err=True)
    sys.exit(code)
