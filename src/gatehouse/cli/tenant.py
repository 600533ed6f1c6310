"""``gatehouse tenant``."""

from __future__ import annotations

from typing import Annotated

import typer

from gatehouse.cli import session
from gatehouse.records import ScimMode, Tenant, UnknownAttributes, iso_milliseconds
from gatehouse.services import tenants
from gatehouse.services.reasons import because
from gatehouse.services.tenants import TenantChange, TenantChanges

app = typer.Typer(help="Create, list and change tenants.", no_args_is_help=True)


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
    """List tenants: slug, id, status, name, SCIM mode, what becomes of unknown attributes; tab-separated."""
    for tenant in session.look(tenants.list_all):
        shown = (tenant.slug, tenant.id, tenant.status, tenant.name, tenant.scim_mode, tenant.unknown_attributes)
        typer.echo("\t".join(str(part) for part in shown))


@app.command()
def show(slug: Annotated[str, typer.Argument(help="Which tenant.")]) -> None:
    """Show a tenant: one property a line, name and value tab-separated."""
    tenant = session.look(lambda: tenants.by_slug(slug))
    for name, value in _shown(tenant).items():
        typer.echo(f"{name}\t{value}")


@app.command()
def update(
    slug: Annotated[str, typer.Argument(help="Which tenant.")],
    *,
    name: Annotated[str | None, typer.Option(help="New name for people.")] = None,
    scim_mode: Annotated[
        ScimMode | None, typer.Option(help="entra reads the dialects of Entra ID and Okta; strict holds to the RFCs.")
    ] = None,
    unknown_attributes: Annotated[
        UnknownAttributes | None, typer.Option(help="Ignore attributes that no schema knows, or reject the request.")
    ] = None,
    event_retention_days: Annotated[
        int | None, typer.Option(help="For how long provisioning events and past access are kept: 30 to 3,650.")
    ] = None,
    request_retention_days: Annotated[
        int | None, typer.Option(help="For how long the request log is kept: 1 to 400.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; goes into the audit trail.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
) -> None:
    """Change a tenant; prints what changed: property, before, after, tab-separated. Servers go by it within a second."""
    given = {
        "name": name,
        "scim_mode": scim_mode,
        "unknown_attributes": unknown_attributes,
        "event_retention_days": event_retention_days,
        "request_retention_days": request_retention_days,
    }
    changes = TenantChanges(**{key: value for key, value in given.items() if value is not None})  # type: ignore[typeddict-item]
    if not changes:
        raise typer.BadParameter("say what to change, such as --name or --scim-mode")
    run = session.look if dry_run else session.run
    changed = run(lambda: _update(slug, changes, reason=reason, dry_run=dry_run))
    for change in changed.changes:
        typer.echo(f"{change.path}\t{change.before}\t{change.after}")


async def _update(slug: str, changes: TenantChanges, *, reason: str | None, dry_run: bool) -> TenantChange:
    tenant = await tenants.by_slug(slug)
    return await tenants.update(
        session.actor(), because(session.origin(), reason), tenant.id, expected_version=None, dry_run=dry_run, **changes
    )


def _shown(tenant: Tenant) -> dict[str, object]:
    return {
        "slug": tenant.slug,
        "id": tenant.id,
        "name": tenant.name,
        "status": tenant.status,
        "scim-mode": tenant.scim_mode,
        "unknown-attributes": tenant.unknown_attributes,
        "event-retention-days": tenant.event_retention_days,
        "request-retention-days": tenant.request_retention_days,
        "mapping-version": tenant.mapping_version,
        "version": tenant.version,
        "created": iso_milliseconds(tenant.created_at),
        "updated": iso_milliseconds(tenant.updated_at),
    }
