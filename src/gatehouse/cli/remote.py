"""Commands that speak to a running server: its address and API key, which tenant is meant, results as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

import orjson
import typer

from gatehouse.client import Gatehouse
from gatehouse.client.results import Tenant

T = TypeVar("T")

TenantOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--tenant", envvar="GATEHOUSE_TENANT", help="Slug of the tenant; default: the only one in sight."),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, in the names of the GraphQL schema.")]


def run(use_case: Callable[[Gatehouse], Awaitable[T]]) -> T:
    """Run it against the server that GATEHOUSE_URL names.

    :raises ClientError: it failed.
    """
    return asyncio.run(_run(use_case))


async def _run(use_case: Callable[[Gatehouse], Awaitable[T]]) -> T:
    async with Gatehouse() as gatehouse:
        return await use_case(gatehouse)


async def chosen_tenant(gatehouse: Gatehouse, slug: str | None) -> Tenant:
    """The tenant of that slug; without slug the only one.

    :raises ValueError: there is none, or more than one to choose from.
    """
    if slug is not None:
        if (found := await gatehouse.tenant(by={"slug": slug})) is None:
            raise ValueError(f"tenant {slug!r} not found")
        return found
    in_sight = []
    async for tenant in gatehouse.tenants():
        in_sight.append(tenant)
        if len(in_sight) > 1:
            raise ValueError("several tenants are in sight: name one with --tenant")
    if not in_sight:
        raise ValueError("no tenant is in sight")
    return in_sight[0]


def print_json(value: object) -> None:
    """Results of the client as JSON, with the names that their fields have in the schema."""
    typer.echo(orjson.dumps(_as_sent(value), option=orjson.OPT_INDENT_2).decode())


def _as_sent(value: object) -> Any:
    if is_dataclass(value):
        return {_camel(each.name): _as_sent(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple | list):
        return [_as_sent(each) for each in value]
    return value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)
