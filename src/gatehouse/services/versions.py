"""The versions of a tenant's mapping: each as it was, what it changed, and whom that reached."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
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
from gatehouse.store.keyset import Page, PageRequest, Position, Sort, signature
from gatehouse.store.mapping_versions import NEWEST_FIRST, MappingSource, MappingVersion

__all__ = ["NEWEST_FIRST", "MappingSource", "MappingVersion"]

_OLDEST_FIRST: Final = Sort("NUMBER")


async def get_version(tenant_id: UUID, number: int, *, path: str | None = None) -> MappingVersion:
    """One version.

    :param path: the input field to name in an error.
    :raises NotFound: the tenant has no such version.
    """
    found = (await versions_by_number(tenant_id, [number])).get(number)
    if found is None:
        raise NotFound(f"the mapping has no version {number}", path=path)
    return found


async def versions_by_number(tenant_id: UUID, numbers: Sequence[int]) -> dict[int, MappingVersion]:
    """The versions with these numbers, as far as there are any."""
    found = await mapping_versions.by_numbers(tenant_id, numbers)
    if len(found) < len(set(numbers)):
        first = await _unrecorded(tenant_id)
        if first is not None and first.number in numbers:
            found[first.number] = first
    return found


async def in_force(tenant_id: UUID) -> int:
    """The number of the version in force of a tenant in sight."""
    return await tenants.mapping_version(tenant_id)


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
            return Step(live.nothing(), live.behind(_OLDEST_FIRST, await in_force(tenant_id)))
        page = await mapping_versions.page(tenant_id, live.request_after(place, _OLDEST_FIRST))
        return Step(page, page.positions[-1] if page.rows else place)

    if after is not None and after.order == signature(NEWEST_FIRST):  # of the list of versions: a number is a place
        after = replace(after, order=signature([_OLDEST_FIRST]))
    async for row in live.follow(bell, after, read):
        yield row


async def version_by_id(viewer: Viewer, version_id: UUID) -> MappingVersion | None:
    """The version with this id, if its tenant is in sight."""
    found = await mapping_versions.by_id(visible(viewer), version_id)
    in_sight = visible(viewer)
    if found is not None or (in_sight is not None and version_id not in in_sight):
        return found
    try:
        return await _unrecorded(version_id)  # which has the id of its tenant
    except NotFound:
        return None


async def page(tenant_id: UUID, request: PageRequest) -> Page[MappingVersion]:
    """A page of the versions of a tenant in sight, newest first."""
    first = await _unrecorded(tenant_id)
    if first is None:
        return await mapping_versions.page(tenant_id, request)
    if request.after is not None or request.before is not None or request.limit == 0:
        return Page((), (), more=request.limit == 0 and request.after is None and request.before is None)
    return Page((first,), (Position(signature(request.sort), (first.number,), first.id),), more=False)


async def count(tenant_id: UUID) -> int:
    """How many versions there are."""
    return await mapping_versions.count(tenant_id) or 1


async def mapping_at(version: MappingVersion) -> Mapping:
    """The rules and settings as they were at a version."""
    in_force = await mappings.load(version.tenant_id)
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


async def difference(version: MappingVersion, earlier: int | None) -> MappingDiff | None:
    """What a version changed; None if there is no version to compare with.

    :param earlier: since which version; None: since the one before. The first version changed nothing.
    """
    number = version.number - 1 if earlier is None else earlier
    known = await versions_by_number(version.tenant_id, [number])
    if number in known:
        return diff(known[number].document, version.document)
    return MappingDiff() if earlier is None else None


async def _unrecorded(tenant_id: UUID) -> MappingVersion | None:
    """What the tenant started with, while nothing has changed it yet: the first change records it."""
    if await mapping_versions.count(tenant_id):
        return None
    tenant = await tenants.get(tenant_id)
    return initial_version(tenant_id, await mappings.load(tenant_id), created_at=tenant.created_at)
