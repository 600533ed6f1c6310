"""``gatehouse tenant``."""

from __future__ import annotations

from typing import Annotated

import typer

from gatehouse.cli import session
from gatehouse.services import tenants

app = typer.Typer(help="Create and list tenants.", no_args_is_help=True)


@app.command()
def create(
    slug: Annotated[str, typer.Argument(help="Short name: lower-case letters, digits, hyphens.")],
    name: Annotated[str, typer.Option(help="Name for people.")],
    delimiter: Annotated[str, typer.Option(help="Splits userType into segments; taken literally.")] = "-",
) -> None:
    """Create a tenant and print its id."""
    tenant = session.run(
        lambda: tenants.create(slug, name=name, delimiter=delimiter, actor=session.actor(), origin=session.origin())
    )
    typer.echo(tenant.id)


@app.command("list")
def list_all() -> None:
    """List tenants: slug, id, status, name, tab-separated."""
    for tenant in session.run(tenants.list_all):
        typer.echo(f"{tenant.slug}\t{tenant.id}\t{tenant.status}\t{tenant.name}")
