"""The versions of a tenant's mapping: each as it was, what it changed, and whom that reached."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.mapping.diff import MappingDiff, diff
from gatehouse.mapping.rules import Mapping
from gatehouse.mapping.snapshot import restore
from gatehouse.records import Viewer
from gatehouse.services import live
from gatehouse.services.directory import is_visible, visible
from gatehouse.services.live import Bell, Step
from gatehouse.services.mapping_change import initial_version
from gatehouse.store import mapping as mappings, mapping_versions, tenants
from gatehouse.store.condition import Condition
from gatehouse.store.keyset import Page, PageRequest, Position, Sort, signature
from gatehouse.store.mapping_versions import NEWEST_FIRST, MappingSource, MappingVersion, Numbered

__all__ = ["NEWEST_FIRST", "MappingSource", "MappingVersion"]

Since = tuple[MappingVersion, int | None]
"""A version, and since which number what it changed is asked for; None: since the one before."""

_OLDEST_FIRST: Final = Sort("NUMBER")


async def get_version(tenant_id: UUID, number: int, *, path: str | None = None) -> MappingVersion:
    """One version.

    :param path: the input field to name in an error.
    :raises NotFound: the tenant has no such version.
    """
    found = (await versions_by_number([(tenant_id, number)])).get((tenant_id, number))
    if found is None:
        raise NotFound(f"the mapping has no version {number}", path=path)
    return found


async def versions_by_number(wanted: Collection[Numbered]) -> dict[Numbered, MappingVersion]:
    """The versions with these numbers, each of its tenant, as far as there are any."""
    found = await mapping_versions.by_numbers([tenant_id for tenant_id, _ in wanted], [number for _, number in wanted])
    missing = {tenant_id for tenant_id, number in wanted if (tenant_id, number) not in found}
    for tenant_id, first in (await _unrecorded(missing)).items():
        if (tenant_id, first.number) in wanted:
            found[tenant_id, first.number] = first
    return found


async def in_force(tenant_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The number of the version in force of each of several tenants in sight."""
    return await tenants.mapping_versions(tenant_ids)


async def follow(
    viewer: Callable[[], Viewer], tenant_id: UUID, after: Position | None, bell: Bell
) -> AsyncGenerator[tuple[MappingVersion, Position], None]:
    """Every version after a place, each with its own, oldest first; without a place: from now on.

    Numbers are given out under the lock of the tenant's row, so versions become visible in their order.

    :param viewer: who asks, as of now.
    :raises NotFound: the tenant is out of sight.
    :raises InvalidValue: the place is one of another list.
    """

    async def read(place: Position | None, _horizon: int) -> Step[MappingVersion]:
        if not is_visible(viewer(), tenant_id):
            raise NotFound("There is no such tenant", path="tenantId")
        if place is None:
            return Step(live.nothing(), live.behind(_OLDEST_FIRST, await tenants.mapping_version(tenant_id)))
        page = await mapping_versions.page(tenant_id, live.request_after(place, _OLDEST_FIRST))
        return Step(page, page.positions[-1] if page.rows else place)

    if after is not None and after.order == signature(NEWEST_FIRST):  # of the list of versions: a number is a place
        after = replace(after, order=signature([_OLDEST_FIRST]))
    async for row in live.follow(bell, after, read):
        yield row


async def versions_by_id(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, MappingVersion]:
    """The versions with these ids, as far as their tenants are in sight."""
    in_sight = visible(viewer)
    found = await mapping_versions.by_ids(in_sight, ids)
    # What is not recorded has the id of its tenant
    missing = [key for key in ids if key not in found and (in_sight is None or key in in_sight)]
    return {**found, **await _unrecorded(missing)}


async def pages(tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[MappingVersion]]:
    """The same page of the versions of each of several tenants in sight, newest first."""
    found = await mapping_versions.pages(tenant_ids, request)
    empty = [tenant_id for tenant_id, page in found.items() if not page.rows and not page.more]
    for tenant_id, first in (await _unrecorded(empty)).items():
        found[tenant_id] = _alone(first, request)
    return found


def _alone(first: MappingVersion, request: PageRequest) -> Page[MappingVersion]:
    """A page of a list that holds only what the tenant started with."""
    if request.after is not None or request.before is not None or request.limit == 0:
        return Page((), (), more=request.limit == 0 and request.after is None and request.before is None)
    return Page((first,), (Position(signature(request.sort), (first.number,), first.id),), more=False)


async def counts(tenant_ids: Sequence[UUID], _condition: Condition | None = None) -> dict[UUID, int]:
    """How many versions each of several tenants in sight has."""
    return {tenant_id: number or 1 for tenant_id, number in (await mapping_versions.counts(tenant_ids)).items()}


async def mappings_of(versions: Collection[MappingVersion]) -> dict[MappingVersion, Mapping]:
    """The rules and settings as they were at these versions."""
    in_force = await mappings.load_many(list({version.tenant_id for version in versions}))
    return {version: _mapping_at(version, in_force[version.tenant_id]) for version in versions}


def _mapping_at(version: MappingVersion, in_force: Mapping) -> Mapping:
    if in_force.version == version.number:
        return in_force
    return restore(
        version.document,
        version.rule_ids,
        version=version.number,
        roles=in_force.roles,
        groups=in_force.groups,
        namespace=version.tenant_id,
    )


async def differences(wanted: Collection[Since]) -> dict[Since, MappingDiff | None]:
    """What versions changed; None where there is no version to compare with. The first version changed nothing."""
    known = await versions_by_number({_earlier(since) for since in wanted})
    return {since: _difference(since, known.get(_earlier(since))) for since in wanted}


def _earlier(since: Since) -> Numbered:
    version, number = since
    return version.tenant_id, version.number - 1 if number is None else number


def _difference(since: Since, earlier: MappingVersion | None) -> MappingDiff | None:
    version, number = since
    if earlier is not None:
        return diff(earlier.document, version.document)
    return MappingDiff() if number is None else None


async def _unrecorded(tenant_ids: Collection[UUID]) -> dict[UUID, MappingVersion]:
    """What tenants started with, where nothing has changed it yet: the first change records it."""
    if not tenant_ids:
        return {}
    recorded = await mapping_versions.counts(list(tenant_ids))
    unchanged = [tenant_id for tenant_id, number in recorded.items() if not number]
    if not unchanged:
        return {}
    return {
        tenant.id: initial_version(
            tenant.id, await mappings.load(tenant.id, tenant.mapping_version), created_at=tenant.created_at
        )
        for tenant in await tenants.by_ids(unchanged)
    }
