"""``gatehouse api-key``: what scripts and people sign in with at ``/graphql``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from gatehouse.cli import session
from gatehouse.records import iso_milliseconds
from gatehouse.services import api_keys, tenants

app = typer.Typer(help="Issue, list and revoke API keys.", no_args_is_help=True)


class Preset(StrEnum):
    """The ready-made sets of permissions."""

    VIEWER = "viewer"
    ACCOUNT_MANAGER = "account-manager"
    MAPPING_EDITOR = "mapping-editor"
    CONNECTION_ADMIN = "connection-admin"
    OWNER = "owner"


@app.command()
def issue(
    name: Annotated[str, typer.Option(help="Whom or what the key is for.")],
    preset: Annotated[Preset, typer.Option(help="Which permissions it carries.")],
    tenant: Annotated[
        list[str] | None, typer.Option(help="Slug of a tenant it may see; repeatable; none: all.")
    ] = None,
    expires_in_days: Annotated[int | None, typer.Option(help="Life in days; default: unlimited.")] = None,
    any_document: Annotated[
        bool, typer.Option("--any-document", help="It may send any document where only trusted ones are run.")
    ] = False,
) -> None:
    """Issue an API key and print it, alone; it is shown only this once."""
    typer.echo(session.run(lambda: _issue(name, preset, tenant or [], expires_in_days, any_document)))


@app.command("list")
def list_all() -> None:
    """List API keys: id, last four characters, preset, name, expiry, last use, revocation, tab-separated."""
    for key in session.look(api_keys.all_api_keys):
        times = (key.expires_at, key.last_used_at, key.revoked_at)
        shown = "\t".join(iso_milliseconds(moment) if moment else "-" for moment in times)
        typer.echo(f"{key.id}\t…{key.last_four}\t{key.preset}\t{key.name}\t{shown}")


@app.command()
def revoke(key_id: Annotated[UUID, typer.Argument(help="The key's id, from `gatehouse api-key list`.")]) -> None:
    """Revoke an API key; it stops working within a second."""
    session.run(lambda: api_keys.revoke_api_key(key_id, actor=session.actor(), origin=session.origin()))


async def _issue(name: str, preset: Preset, slugs: list[str], expires_in_days: int | None, any_document: bool) -> str:
    tenant_ids = [(await tenants.by_slug(slug)).id for slug in slugs]
    _, secret = await api_keys.issue_api_key(
        name=name,
        preset=preset,
        tenant_ids=tenant_ids,
        expires_in_days=expires_in_days,
        any_document=any_document,
        actor=session.actor(),
        origin=session.origin(),
    )
    return secret
