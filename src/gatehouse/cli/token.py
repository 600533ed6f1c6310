"""``gatehouse token``: the bearer tokens that go into Entra ID."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from gatehouse.cli import session
from gatehouse.records import Credential, iso_milliseconds
from gatehouse.services import credentials, tenants
from gatehouse.settings import Settings

app = typer.Typer(help="Issue, list and revoke the bearer tokens of a tenant.", no_args_is_help=True)


@app.command()
def issue(
    slug: Annotated[str, typer.Argument(help="The tenant.")],
    label: Annotated[str, typer.Option(help="What the token is for, e.g. “Entra ID, production”.")],
    expires_in_days: Annotated[int | None, typer.Option(help="Life in days; default from the settings (365).")] = None,
) -> None:
    """Issue a bearer token and print it, alone; it is shown only this once."""
    days = expires_in_days if expires_in_days is not None else Settings.load().credential_max_age_days
    typer.echo(session.run(lambda: _issue(slug, label, days)))


@app.command("list")
def list_all(slug: Annotated[str, typer.Argument(help="The tenant.")]) -> None:
    """List tokens: id, last four characters, label, expiry, last use, revocation, tab-separated."""
    for credential in session.run(lambda: _list(slug)):
        times = (credential.expires_at, credential.last_used_at, credential.revoked_at)
        shown = "\t".join(iso_milliseconds(moment) if moment else "-" for moment in times)
        typer.echo(f"{credential.id}\t…{credential.last_four}\t{credential.label}\t{shown}")


@app.command()
def revoke(
    slug: Annotated[str, typer.Argument(help="The tenant.")],
    token_id: Annotated[UUID, typer.Argument(help="The token's id, from `gatehouse token list`.")],
) -> None:
    """Revoke a token; it stops working within a second."""
    session.run(lambda: _revoke(slug, token_id))


async def _issue(slug: str, label: str, days: int) -> str:
    tenant = await tenants.by_slug(slug)
    _, secret = await credentials.issue_token(
        tenant.id, label=label, expires_in_days=days, actor=session.actor(), origin=session.origin()
    )
    return secret


async def _list(slug: str) -> list[Credential]:
    tenant = await tenants.by_slug(slug)
    return await credentials.tenant_tokens(tenant.id)


async def _revoke(slug: str, token_id: UUID) -> None:
    tenant = await tenants.by_slug(slug)
    await credentials.revoke_token(tenant.id, token_id, actor=session.actor(), origin=session.origin())
