"""The tables as Tortoise sees them: columns only.

The SQL files in ``store/migrations/`` make the tables and own defaults, indexes and references; a test compares the two.
Writes of the directory and the mapping are SQL batches (:mod:`gatehouse.store.database`); models serve the reads that
are composed at run time. The primary key of a link table is its pair of ids. Tortoise can name one column only:
filter link models, never ``save()`` them.
"""

from gatehouse.store.models.catalogue import EmployeeGroup, Role
from gatehouse.store.models.directory import (
    AccessHistory,
    Group,
    GroupMember,
    UnsettledAccess,
    UnsettledEmployeeGroup,
    User,
    UserEmployeeGroup,
    UserValue,
)
from gatehouse.store.models.history import AuditEntry, Outbox, ProvisioningEvent, RejectedCredential, RequestLog
from gatehouse.store.models.jobs import Job, JobPiece
from gatehouse.store.models.mapping import (
    GroupRule,
    GroupRuleTarget,
    MappingPlan,
    MappingPlanOutlook,
    MappingPlanUser,
    MappingVersion,
    RoleRule,
    UnmappedValue,
    UnsettledUnmappedValue,
    UserUnmappedValue,
)
from gatehouse.store.models.tenants import (
    AccessToken,
    ApiKey,
    ApiKeyGrant,
    Credential,
    CursorKey,
    DashboardSession,
    IdempotencyKey,
    Tenant,
)

__all__ = [
    "AccessHistory",
    "AccessToken",
    "ApiKey",
    "ApiKeyGrant",
    "AuditEntry",
    "Credential",
    "CursorKey",
    "DashboardSession",
    "EmployeeGroup",
    "Group",
    "GroupMember",
    "GroupRule",
    "GroupRuleTarget",
    "IdempotencyKey",
    "Job",
    "JobPiece",
    "MappingPlan",
    "MappingPlanOutlook",
    "MappingPlanUser",
    "MappingVersion",
    "Outbox",
    "ProvisioningEvent",
    "RejectedCredential",
    "RequestLog",
    "Role",
    "RoleRule",
    "Tenant",
    "UnmappedValue",
    "UnsettledAccess",
    "UnsettledEmployeeGroup",
    "UnsettledUnmappedValue",
    "User",
    "UserEmployeeGroup",
    "UserUnmappedValue",
    "UserValue",
]
