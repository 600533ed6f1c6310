"""``gatehouse token``: the bearer tokens that go into Entra ID."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from gatehouse.cli import session
from gatehouse.records import Credential, iso_milliseconds
from gatehouse.services import managed_credentials, rejected_credentials, tenants
from gatehouse.services.rejected_credentials import Rejected
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
    for credential in session.look(lambda: _list(slug)):
        typer.echo(line(credential))


def line(credential: Credential) -> str:
    """How a list shows a credential."""
    times = (credential.expires_at, credential.last_used_at, credential.revoked_at)
    shown = "\t".join(iso_milliseconds(moment) if moment else "-" for moment in times)
    return f"{credential.id}\t…{credential.last_four}\t{credential.label}\t{shown}"


@app.command()
def revoke(
    slug: Annotated[str, typer.Argument(help="The tenant.")],
    token_id: Annotated[UUID, typer.Argument(help="The token's id, from `gatehouse token list`.")],
) -> None:
    """Revoke a token; it stops working within a second."""
    session.run(lambda: _revoke(slug, token_id))


@app.command()
def rejected(
    slug: Annotated[str | None, typer.Argument(help="Only this tenant's tokens; default: all that was tried.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="So many, the latest first.")] = 100,
) -> None:
    """List secrets that were tried and refused, tab-separated.

    Last attempt, attempts, reason, kind, fingerprint, address, tenant and label; a dash where there is none.
    """
    for found, tenant in session.look(lambda: _rejected(slug, limit)):
        shown = (found.prefix, found.fingerprint, found.last_ip, tenant, found.label)
        facts = (iso_milliseconds(found.last_seen_at), str(found.attempts), found.reason)
        typer.echo("\t".join([*facts, *(part or "-" for part in shown)]))


async def _issue(slug: str, label: str, days: int) -> str:
    tenant = await tenants.by_slug(slug)
    _, secret = await managed_credentials.issue_token(
        tenant.id, label=label, expires_in_days=days, actor=session.actor(), origin=session.origin()
    )
    return secret


async def _list(slug: str) -> list[Credential]:
    tenant = await tenants.by_slug(slug)
    return await managed_credentials.tenant_tokens(tenant.id)


async def _rejected(slug: str | None, limit: int) -> list[tuple[Rejected, str | None]]:
    """Each with its tenant's slug."""
    tenant_id = (await tenants.by_slug(slug)).id if slug else None
    slugs = {tenant.id: tenant.slug for tenant in await tenants.list_all()}
    found = await rejected_credentials.recently_rejected(tenant_id=tenant_id, limit=limit)
    return [(one, slugs[one.tenant_id] if one.tenant_id else None) for one in found]


async def _revoke(slug: str, token_id: UUID) -> None:
    tenant = await tenants.by_slug(slug)
    await managed_credentials.revoke_token(tenant.id, token_id, actor=session.actor(), origin=session.origin())
