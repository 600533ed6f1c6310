"""The commands by name. Each is imported when it is used: a server has no need of a client, nor a script of a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Final

import typer
from typer.main import get_group

_PLACES: Final = {
    "serve": "serve:serve",
    "migrate": "migrate:migrate",
    "schema": "schema:schema",
    "simulate": "simulate.command:simulate",
    "demo": "demo:demo",
    "export": "export:export",
    "tenant": "tenant:app",
    "token": "token:app",
    "oauth-client": "oauth_client:app",
    "api-key": "api_key:app",
    "mapping": "mapping:app",
    "user": "user:app",
}


class Commands(Mapping[str, Any]):
    """What :class:`typer.core.TyperGroup` takes as its commands."""

    def __getitem__(self, name: str) -> Any:
        """Import and make the command."""
        module, attribute = _PLACES[name].split(":")
        found = getattr(import_module(f"gatehouse.cli.{module}"), attribute)
        holder = typer.Typer(rich_markup_mode=None)
        if isinstance(found, typer.Typer):
            holder.add_typer(found, name=name)
        else:
            holder.command(name)(found)
        return get_group(holder).commands[name]

    def __iter__(self) -> Iterator[str]:
        """All of them, in the order of the help."""
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)
