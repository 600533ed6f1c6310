"""What every resolver may lean on: who asks, under which request id, and the loaders of this one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import strawberry

from gatehouse.api.front.rate_limit import Standing
from gatehouse.api.graphql.server import Server
from gatehouse.records import Origin, Permission, Viewer
from gatehouse.services import clock, deadline
from gatehouse.services.exports import ExportLimits
from gatehouse.services.live import Bell
from gatehouse.time_limit import TimeLimit

if TYPE_CHECKING:
    from gatehouse.api.graphql.loaders import Loaders


MAX_COST: Final = 50_000


class People(dict["UUID | str", bool]):
    """Whether the viewer holds READ_PII in a tenant, by its id as it was read; asked for each row of a list."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__()
        self._viewer = viewer

    def __missing__(self, tenant_key: UUID | str) -> bool:
        tenant_id = tenant_key if isinstance(tenant_key, UUID) else UUID(tenant_key)
        seen = self[tenant_key] = Permission.READ_PII in self._viewer.permissions(tenant_id)
        return seen


@dataclass(slots=True)
class Context:
    """One request."""

    viewer: Viewer
    request_id: str
    introspection: bool = True
    override_longest: timedelta = timedelta(days=90)
    now: datetime = field(default_factory=clock.now)  # one moment for the whole answer
    time_limit: TimeLimit | None = None
    mapping_change_timeout_s: float = 300.0
    bell: Bell = field(default_factory=Bell)
    public_url: str = ""
    export_limits: ExportLimits = field(default_factory=ExportLimits)
    max_cost: int = MAX_COST
    cost: int | None = None  # of the operation; None: not known yet
    server: Server = field(default_factory=Server)
    standing: Callable[[], Standing | None] = lambda: None  # of the viewer; None: there is no limit
    only_read: bool = False  # known for sure: nobody who follows need look
    columns: Mapping[int, frozenset[str] | None] = field(default_factory=dict)  # by id of a field's first node
    loaders: Loaders = field(init=False)
    people: People = field(init=False)
    _granted: dict[UUID, frozenset[Permission]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = People(self.viewer)

    def allow_mapping_change(self) -> None:
        """Put the end of the request off: a change of the mapping may reach a hundred thousand users."""
        if self.time_limit is not None:
            deadline.end_work_in(self.mapping_change_timeout_s)
            self.time_limit.end_in(self.mapping_change_timeout_s)

    def see_as(self, viewer: Viewer) -> None:
        """Go on for a viewer whose grants may have changed."""
        self.viewer = viewer
        self._granted, self.people = {}, People(viewer)

    def renew(self) -> None:
        """Begin another answer for a viewer who stays: nothing read for the one before is shown again."""
        self.now = clock.now()
        self.loaders.end()
        self.loaders = self.loaders.anew()
        self._granted, self.people = {}, People(self.viewer)

    @property
    def origin(self) -> Origin:
        """The request as the cause of what mutations do."""
        return Origin(self.request_id)

    def may(self, permission: Permission, tenant_id: UUID) -> bool:
        """Whether the viewer holds the permission in the tenant."""
        granted = self._granted.get(tenant_id)
        if granted is None:
            granted = self._granted[tenant_id] = self.viewer.permissions(tenant_id)
        return permission in granted

    def may_see_people(self, tenant_id: UUID) -> bool:
        """Whether the viewer holds READ_PII in the tenant."""
        return self.people[tenant_id]


Info = strawberry.Info[Context, None]


def shown_columns(info: Info) -> frozenset[str] | None:
    """The columns that a list needs to read for what the query shows of it; None: all."""
    nodes = info._raw_info.field_nodes  # noqa: SLF001 Strawberry has no public way to them
    return info.context.columns.get(id(nodes[0]))
