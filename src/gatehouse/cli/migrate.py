"""``gatehouse migrate``."""

from __future__ import annotations

import asyncio

import typer

from gatehouse.services import runtime
from gatehouse.settings import Settings


def migrate() -> None:
    """Bring the database up to date; safe to run from several places at once."""
    applied = asyncio.run(runtime.migrate(Settings.load()))
    typer.echo("\n".join(f"applied {name}" for name in applied) or "nothing to do", err=True)
