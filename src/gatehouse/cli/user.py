"""``gatehouse user``: questions about one person, answered by a server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import typer

from gatehouse.cli.paper import paper, words
from gatehouse.cli.remote import JsonOption, TenantOption, chosen_tenant, print_json, run
from gatehouse.client import UNSET, Gatehouse
from gatehouse.client.inputs import UserBy
from gatehouse.client.results import Access, EmployeeGroup, Role, User, WhyNot

app = typer.Typer(help="Ask a server about one person (GATEHOUSE_URL, GATEHOUSE_API_KEY).", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Without a callback typer would make the only command the group itself."""


@app.command()
def why(
    user: Annotated[str, typer.Argument(help="userName, e-mail address, SCIM id or Entra's object id.")],
    *,
    as_of: Annotated[str | None, typer.Option(help="A moment such as 2026-11-25T09:30:00Z; default: now.")] = None,
    not_role: Annotated[str | None, typer.Option(help="Key of a role: why the user does not have it.")] = None,
    not_group: Annotated[str | None, typer.Option(help="Key of a group: why the user does not have it.")] = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a person has a role and employee groups, or has not, now or at a past moment."""
    moment = None if as_of is None else _moment(as_of)
    if not_role is not None and not_group is not None:
        raise typer.BadParameter("ask for a role or a group, one of the two")
    if not_role is None and not_group is None:
        access = run(lambda gatehouse: _why(gatehouse, tenant, user, moment))
        print_json(access) if as_json else _show_access(access)
        return
    wanted = _Wanted("role", not_role) if not_role is not None else _Wanted("group", not_group or "")
    answer = run(lambda gatehouse: _why_not(gatehouse, tenant, user, moment, wanted))
    print_json(answer) if as_json else _show_why_not(answer)


@dataclass(frozen=True)
class _Wanted:
    """A role or a group, by key."""

    kind: Literal["role", "group"]
    key: str


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a moment", param_hint="--as-of") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _why(gatehouse: Gatehouse, slug: str | None, name: str, moment: datetime | None) -> Access:
    user = await _found(gatehouse, slug, name)
    access = await gatehouse.why(by={"id": user.id}, as_of=moment)
    if access is None:
        raise ValueError(f"user {name!r} not found")
    return access


async def _why_not(
    gatehouse: Gatehouse, slug: str | None, name: str, moment: datetime | None, wanted: _Wanted
) -> WhyNot:
    user = await _found(gatehouse, slug, name)
    tenant_id = user.tenant.id if user.tenant else (await chosen_tenant(gatehouse, slug)).id
    wanted_id = await _id_of(gatehouse, tenant_id, wanted)
    answer = await gatehouse.why_not(
        by={"id": user.id},
        role_id=wanted_id if wanted.kind == "role" else UNSET,
        group_id=wanted_id if wanted.kind == "group" else UNSET,
        as_of=moment,
    )
    if answer is None:
        raise ValueError(f"user {name!r} not found")
    return answer


async def _id_of(gatehouse: Gatehouse, tenant_id: str, wanted: _Wanted) -> str:
    known: tuple[Role | EmployeeGroup, ...]
    if wanted.kind == "role":
        known = await gatehouse.roles(tenant_id=tenant_id, include_archived=True)
    else:
        known = await gatehouse.employee_groups(tenant_id=tenant_id, include_archived=True)
    for each in known:
        if each.key == wanted.key:
            return each.id
    raise ValueError(f"the tenant has no {wanted.kind} {wanted.key!r}")


async def _found(gatehouse: Gatehouse, slug: str | None, name: str) -> User:
    """The user whom the name means; an id in SCIM finds deleted users too.

    :raises ValueError: nobody is called so.
    """
    uuid = _uuid(name)
    if uuid is not None and (found := await gatehouse.user(by={"scimId": uuid})):
        return found
    tenant = await chosen_tenant(gatehouse, slug)
    ways: list[UserBy] = [
        {"userName": {"tenantId": tenant.id, "value": name}},
        {"email": {"tenantId": tenant.id, "value": name}},
        {"externalId": {"tenantId": tenant.id, "value": name}},
    ]
    for by in ways:
        if found := await gatehouse.user(by=by):
            return found
    raise ValueError(f"user {name!r} not found in tenant {tenant.slug!r}")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _show_access(access: Access) -> None:
    console = paper()
    console.print(words(access.summary, "bold"))
    for sentence in (access.role.sentence, *(group.sentence for group in access.groups)):
        console.print(words(f"  {sentence}"))


def _show_why_not(answer: WhyNot) -> None:
    console = paper()
    if answer.granted:
        console.print("The user has it.")
    for heading, sentences in (("In the way:", answer.blockers), ("It would come by:", answer.would_grant_if)):
        if sentences:
            console.print(words(heading, "bold"))
        for sentence in sentences:
            console.print(words(f"  {sentence}"))
