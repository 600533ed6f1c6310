"""How the keys of a loader become few calls: one for each different argument, or for each tenant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping as Lookup, Sequence
from typing import TypeVar
from uuid import UUID

from gatehouse.services.unmapped_values import Key

A = TypeVar("A", bound=Hashable)
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

TenantKey = tuple[UUID, Key]  # a value without a rule, of a tenant


async def by_argument(
    keys: Sequence[tuple[K, A]], load: Callable[[list[K], A], Awaitable[dict[K, T]]]
) -> list[T | None]:
    """Answer keys of (id, argument) with one call per different argument."""
    wanted: dict[A, dict[K, None]] = {}
    for row_id, argument in keys:
        wanted.setdefault(argument, {})[row_id] = None
    found = {argument: await load(list(ids), argument) for argument, ids in wanted.items()}
    return [found[argument].get(row_id) for row_id, argument in keys]


async def required(keys: Sequence[tuple[K, A]], load: Callable[[list[K], A], Awaitable[dict[K, T]]]) -> list[T]:
    """As :func:`by_argument`, where every key has an answer."""
    return [value for value in await by_argument(keys, load) if value is not None]


async def by_tenant(
    keys: Sequence[TenantKey], load: Callable[[UUID, list[Key]], Awaitable[Lookup[Key, T]]]
) -> dict[TenantKey, T]:
    """Load values with one call per tenant."""
    wanted: dict[UUID, list[Key]] = {}
    for tenant_id, key in keys:
        wanted.setdefault(tenant_id, []).append(key)
    found = {tenant_id: await load(tenant_id, several) for tenant_id, several in wanted.items()}
    return {(tenant_id, key): value for tenant_id, values in found.items() for key, value in values.items()}
