"""What all mutations share: check the permission that the field declares, act, and answer with data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import strawberry

from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.errors import user_error
from gatehouse.api.graphql.filters import given
from gatehouse.api.graphql.payloads import MutationPayload
from gatehouse.api.graphql.permission import changeable_tenant
from gatehouse.errors import GatehouseError
from gatehouse.records import Actor, Origin
from gatehouse.services import idempotency
from gatehouse.services.idempotency import Intent
from gatehouse.services.reasons import because

P = TypeVar("P", bound=MutationPayload)
_ENVELOPE: Final = frozenset({"tenant_id", "user_id", "reason", "client_mutation_id"})
_NOT_ASKED_FOR: Final = frozenset({"client_mutation_id", "idempotency_key"})
_NULL_IS_A_VALUE: Final = frozenset({"default_role_key"})  # everywhere else null reads as left out


class MutationInput(Protocol):
    """What the inputs of all mutations have; the other fields are the arguments of the service."""

    client_mutation_id: str | None


class TenantInput(MutationInput, Protocol):
    """Of mutations that change something of a tenant."""

    tenant_id: strawberry.ID


class UserInput(MutationInput, Protocol):
    """Of mutations that change one user."""

    user_id: strawberry.ID


class OnceInput(MutationInput, Protocol):
    """Of mutations that would do something twice if they were sent again."""

    idempotency_key: str | None


async def carry_out(
    info: Info, payload: type[P], input: TenantInput, act: Callable[[UUID], Awaitable[dict[str, Any]]]
) -> P:
    """Check that the viewer may change this of the tenant, act, and answer; expected failures become data."""

    async def act_in_tenant() -> dict[str, Any]:
        return await act(await changeable_tenant(info, input.tenant_id))

    return await answer(info, payload, input, act_in_tenant)


async def answer(info: Info, payload: type[P], input: MutationInput, act: Callable[[], Awaitable[dict[str, Any]]]) -> P:
    """Act, and answer; expected failures become data."""
    envelope: dict[str, Any] = {
        "request_id": strawberry.ID(info.context.request_id),
        "client_mutation_id": input.client_mutation_id or None,
        "user_errors": [],
    }
    try:
        result = await act()
    except GatehouseError as error:
        return payload(**{**envelope, "user_errors": [user_error(error)]})
    info.context.renew()  # what was read before, for another mutation of the document, is not shown any more
    return payload(**{**envelope, **result})


def who(info: Info, input: MutationInput | None = None) -> tuple[Actor, Origin]:
    """The cause of the change: who asked, and as :func:`cause`."""
    return info.context.viewer.actor, cause(info, input)


def cause(info: Info, input: MutationInput | None = None) -> Origin:
    """The request behind the change, and why it was sent.

    :param input: what may tell the reason; None: the service is told it as a value of its own.
    :raises InvalidValue: the reason cannot be kept.
    """
    return because(info.context.origin, given(getattr(input, "reason", None)))


def wanted(info: Info, input: OnceInput) -> Intent | None:
    """What the viewer wants done once; None without an idempotency key.

    :raises InvalidValue: the key is too long, or cannot be shown.
    """
    key = None if input.idempotency_key is strawberry.UNSET else input.idempotency_key
    asked = {name: value for name, value in vars(input).items() if name not in _NOT_ASKED_FOR}
    asked = {name: value for name, value in asked.items() if value is not strawberry.UNSET and value is not None}
    return idempotency.intent(info.context.viewer.id, info.field_name, key, asked)


def arguments(input: object | None) -> dict[str, Any]:
    """What the service takes beside the tenant or user: the fields of the input that were given."""
    fields = {} if input is None else vars(input)
    return {
        name: value
        for name, value in fields.items()
        if name not in _ENVELOPE and value is not strawberry.UNSET and (value is not None or name in _NULL_IS_A_VALUE)
    }
