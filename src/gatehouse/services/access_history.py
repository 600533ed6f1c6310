"""What access did a user have at a moment, and by which mapping? Recorded with each change, so nothing is worked out anew."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.mapping.explain import Standing
from gatehouse.mapping.resolve import Access, Outcome, RoleDecision
from gatehouse.mapping.rules import Mapping
from gatehouse.mapping.snapshot import restore
from gatehouse.store import access_history, mapping as mappings, mapping_versions
from gatehouse.store.access_history import PastAccess
from gatehouse.store.directory import DirectoryUser

__all__ = ["AccessState", "PastAccess", "mappings_at", "past_access", "state_at"]

_NOTHING: Final = Access(RoleDecision(Outcome.EMPTY), ())
_KEPT: Final = 256
_kept: OrderedDict[tuple[UUID, int], Mapping] = OrderedDict()


@dataclass(frozen=True, slots=True)
class AccessState:
    """Where a user stood at a moment: the access on record, and by which mapping version it was decided.

    ``mapping_version`` is None where nothing was decided, or nothing is recorded.
    """

    status: Standing
    access: Access
    mapping_version: int | None


async def past_access(user_ids: Sequence[UUID], moment: datetime) -> dict[UUID, PastAccess]:
    """What users in sight had at a moment, as far as it was something else than now, and is recorded."""
    return await access_history.at(user_ids, moment)


def state_at(user: DirectoryUser, moment: datetime, past: PastAccess | None) -> AccessState:
    """Tell where a user stood.

    :param past: what :func:`past_access` found for this moment.
    """
    if moment < user.created_at:
        return AccessState(Standing.NOT_CREATED, _NOTHING, None)
    if moment >= user.access_since:
        return AccessState(Standing(user.status), Access.from_text(user.access).at(moment), user.mapping_version)
    if past is None:
        return AccessState(Standing.NOT_RECORDED, _NOTHING, None)
    status = Standing.ACTIVE if past.active else Standing.DISABLED
    return AccessState(status, Access.from_text(past.access).at(moment), past.mapping_version)


async def mappings_at(tenant_id: UUID, versions: Sequence[int]) -> dict[int, Mapping]:
    """The mapping of a tenant at each of these versions; the one in force for a version that was never recorded."""
    found = {version: _kept[tenant_id, version] for version in versions if (tenant_id, version) in _kept}
    missing = [version for version in versions if version not in found]
    if not missing:
        return found
    current = await mappings.load(tenant_id, max(missing))
    found[current.version] = current
    recorded = [version for version in missing if version != current.version]
    for kept in await mapping_versions.find_many(tenant_id, recorded) if recorded else ():
        mapping = restore(
            kept.document,
            kept.rule_ids,
            version=kept.number,
            roles=current.roles,
            groups=current.groups,
            namespace=tenant_id,
        )
        found[kept.number] = _kept[tenant_id, kept.number] = mapping
    while len(_kept) > _KEPT:
        _kept.popitem(last=False)
    return {version: found.get(version, current) for version in versions}
