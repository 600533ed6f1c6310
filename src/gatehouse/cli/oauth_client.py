"""``gatehouse oauth-client``: the OAuth clients with which Entra ID gets its tokens."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from gatehouse.cli import session
from gatehouse.cli.token import line
from gatehouse.records import Credential, CredentialKind
from gatehouse.services import managed_credentials, tenants
from gatehouse.settings import Settings

app = typer.Typer(help="Issue, list and revoke the OAuth clients of a tenant.", no_args_is_help=True)


@app.command()
def issue(
    slug: Annotated[str, typer.Argument(help="The tenant.")],
    label: Annotated[str, typer.Option(help="What the client is for, e.g. “Entra ID, production”.")],
    expires_in_days: Annotated[int | None, typer.Option(help="Life in days; default from the settings (365).")] = None,
) -> None:
    """Issue an OAuth client and print its id and secret, tab-separated; the secret is shown only this once."""
    days = expires_in_days if expires_in_days is not None else Settings.load().credential_max_age_days
    client, secret = session.run(lambda: _issue(slug, label, days))
    typer.echo(f"{client.id}\t{secret}")


@app.command("list")
def list_all(slug: Annotated[str, typer.Argument(help="The tenant.")]) -> None:
    """List OAuth clients: id, last four characters, label, expiry, last use, revocation, tab-separated."""
    for client in session.look(lambda: _list(slug)):
        typer.echo(line(client))


@app.command()
def revoke(
    slug: Annotated[str, typer.Argument(help="The tenant.")],
    client_id: Annotated[UUID, typer.Argument(help="The client's id, from `gatehouse oauth-client list`.")],
) -> None:
    """Revoke an OAuth client; it and the tokens it was given stop working within a second."""
    session.run(lambda: _revoke(slug, client_id))


async def _issue(slug: str, label: str, days: int) -> tuple[Credential, str]:
    tenant = await tenants.by_slug(slug)
    return await managed_credentials.issue_token(
        tenant.id,
        label=label,
        expires_in_days=days,
        actor=session.actor(),
        origin=session.origin(),
        kind=CredentialKind.CLIENT,
    )


async def _list(slug: str) -> list[Credential]:
    tenant = await tenants.by_slug(slug)
    return await managed_credentials.tenant_tokens(tenant.id, CredentialKind.CLIENT)


async def _revoke(slug: str, client_id: UUID) -> None:
    tenant = await tenants.by_slug(slug)
    await managed_credentials.revoke_token(
        tenant.id, client_id, actor=session.actor(), origin=session.origin(), kind=CredentialKind.CLIENT
    )
