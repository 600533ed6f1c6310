"""The values that travel between the rings: frozen, typed, without behaviour that needs I/O.

Ids are UUIDv7 (RFC 9562 §5.7); times are aware UTC datetimes with microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from gatehouse.limits import DEFAULT_LIMITS, Limits

_ISO_FRACTIONS: Final = tuple([f".{millisecond:03d}Z" for millisecond in range(1_000)])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVENT_RETENTION_DAYS: Final = 400  # where a tenant does not say otherwise


def iso_milliseconds(moment: datetime) -> str:
    """``2026-11-25T02:24:41.123Z``: how every time is shown (RFC 7643 §2.3.5)."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def end_of_shown(moment: datetime) -> datetime:
    """The last moment that is shown as this one; one told to the microsecond is meant as it is.

    >>> end_of_shown(datetime(2026, 11, 25, 2, 24, 41, 123_000, UTC)).microsecond
    123999
    """
    return moment if moment.microsecond % 1_000 else moment + timedelta(microseconds=999)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z: how every time is stored.

    >>> to_microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_microseconds(value: int) -> datetime:
    """The inverse of :func:`to_microseconds`.

    >>> from_microseconds(1000005)
    datetime.datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=datetime.timezone.utc)
    """
    return _EPOCH + timedelta(0, 0, value)


def iso_of_microseconds(value: int) -> str:
    """The same text as :func:`iso_milliseconds` of the moment, at a fraction of its cost.

    >>> iso_of_microseconds(1764037481123456)
    '2025-11-25T02:24:41.123Z'
    """
    return _iso_second(value // 1_000_000) + _ISO_FRACTIONS[value // 1_000 % 1_000]


@lru_cache(maxsize=4_096)
def _iso_second(second: int) -> str:
    """Much is written within one second: a cycle's users, or an attribute and the user it belongs to."""
    return (_EPOCH + timedelta(0, second)).isoformat()[:19]


class ScimMode(StrEnum):
    """How closely a tenant is held to the RFCs: ``entra`` reads Entra's and Okta's dialects."""

    ENTRA = "entra"
    STRICT = "strict"


class UnknownAttributes(StrEnum):
    """What to do with attributes no schema knows: ignore with a warning in the history, or refuse."""

    IGNORE = "ignore"
    REJECT = "reject"


class TenantStatus(StrEnum):
    """Whether a tenant is served."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ARCHIVED = "ARCHIVED"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One Funnel customer ("community")."""

    id: UUID
    slug: str
    name: str
    status: TenantStatus
    scim_mode: ScimMode
    unknown_attributes: UnknownAttributes
    mapping_version: int
    version: int
    created_at: datetime
    updated_at: datetime
    event_retention_days: int = EVENT_RETENTION_DAYS  # of provisioning events, and of the access that users had before
    request_retention_days: int = 30  # of the request log


class ActorKind(StrEnum):
    """Who can cause an event."""

    SCIM_TOKEN = "SCIM_TOKEN"  # noqa: S105 - a kind, not a secret
    API_KEY = "API_KEY"
    ADMIN = "ADMIN"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: ``id`` is the credential's or API key's, ``display`` its label."""

    kind: ActorKind
    id: UUID | None
    display: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The request behind an event: our id, what the client calls it (``client-request-id``), and why a person sent it."""

    request_id: str
    correlation_id: str | None = None
    reason: str | None = None


class CredentialKind(StrEnum):
    """How a credential is used."""

    BEARER = "bearer"  # sent with each request
    CLIENT = "client"  # an OAuth client: id and secret are exchanged for tokens of an hour


@dataclass(frozen=True, slots=True)
class Credential:
    """With what Entra signs in for one tenant; the secret itself is not kept."""

    id: UUID
    tenant_id: UUID
    label: str
    last_four: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    kind: CredentialKind = CredentialKind.BEARER


class Permission(StrEnum):
    """What an API key may do, per tenant."""

    READ_DIRECTORY = "READ_DIRECTORY"
    READ_PII = "READ_PII"
    READ_RAW_REQUESTS = "READ_RAW_REQUESTS"
    EDIT_MAPPING = "EDIT_MAPPING"
    MANAGE_CREDENTIALS = "MANAGE_CREDENTIALS"
    MANAGE_TENANTS = "MANAGE_TENANTS"
    MANAGE_WEBHOOKS = "MANAGE_WEBHOOKS"
    EXPORT = "EXPORT"
    MANAGE_ADMINS = "MANAGE_ADMINS"


_READ: Final = frozenset({Permission.READ_DIRECTORY, Permission.READ_PII})

PRESETS: Final[dict[str, frozenset[Permission]]] = {
    "viewer": frozenset({Permission.READ_DIRECTORY}),
    "account-manager": _READ,
    "mapping-editor": _READ | {Permission.EDIT_MAPPING},
    "connection-admin": _READ
    | {Permission.READ_RAW_REQUESTS, Permission.MANAGE_CREDENTIALS, Permission.MANAGE_WEBHOOKS},
    "owner": frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions in one tenant, or in all of them when ``tenant_id`` is None."""

    tenant_id: UUID | None
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking at ``/graphql``."""

    id: UUID
    name: str
    kind: ActorKind
    grants: tuple[Grant, ...]
    any_document: bool = False  # where only trusted documents are run, this viewer may send others

    def permissions(self, tenant_id: UUID) -> frozenset[Permission]:
        """Everything granted in this tenant."""
        return frozenset().union(*(g.permissions for g in self.grants if g.tenant_id in {None, tenant_id}))

    def tenant_ids(self, permission: Permission) -> frozenset[UUID] | None:
        """The tenants where the permission is held; None means all of them."""
        holding = [g.tenant_id for g in self.grants if permission in g.permissions]
        if None in holding:
            return None
        return frozenset(tenant_id for tenant_id in holding if tenant_id is not None)

    @property
    def everywhere(self) -> frozenset[Permission]:
        """What is granted in every tenant there is or will be."""
        return frozenset().union(*(g.permissions for g in self.grants if g.tenant_id is None))

    @property
    def actor(self) -> Actor:
        """The viewer as the cause of an event."""
        return Actor(self.kind, self.id, self.name)


@dataclass(frozen=True, slots=True)
class Role:
    """A Funnel role of one tenant's catalogue."""

    id: UUID
    tenant_id: UUID
    key: str
    name: str
    privileged: bool
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class EmployeeGroup:
    """A Funnel group of one tenant's catalogue (not a SCIM Group)."""

    id: UUID
    tenant_id: UUID
    key: str
    name: str
    archived_at: datetime | None


class ResourceKind(StrEnum):
    """What an event is about."""

    USER = "User"
    GROUP = "Group"


class ScimOperation(StrEnum):
    """What a SCIM request asks for, as the request log has it; ``UNKNOWN`` for what is not offered."""

    DISCOVERY = "DISCOVERY"
    UNKNOWN = "UNKNOWN"
    LIST_USERS = "LIST_USERS"
    CREATE_USER = "CREATE_USER"
    READ_USER = "READ_USER"
    REPLACE_USER = "REPLACE_USER"
    PATCH_USER = "PATCH_USER"
    DELETE_USER = "DELETE_USER"
    LIST_GROUPS = "LIST_GROUPS"
    CREATE_GROUP = "CREATE_GROUP"
    READ_GROUP = "READ_GROUP"
    REPLACE_GROUP = "REPLACE_GROUP"
    PATCH_GROUP = "PATCH_GROUP"
    DELETE_GROUP = "DELETE_GROUP"
    LIST_EVERYTHING = "LIST_EVERYTHING"
    SEARCH_EVERYTHING = "SEARCH_EVERYTHING"
    SEARCH_USERS = "SEARCH_USERS"
    SEARCH_GROUPS = "SEARCH_GROUPS"
    BULK = "BULK"


class EventAction(StrEnum):
    """Mirrors ``provisioningAction`` of Microsoft Graph, plus ``restore`` (Graph calls it update)."""

    CREATE = "create"
    UPDATE = "update"
    DISABLE = "disable"
    RESTORE = "restore"
    DELETE = "delete"
    OTHER = "other"


class EventOutcome(StrEnum):
    """Mirrors ``provisioningStatusInfo.status`` of Microsoft Graph."""

    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"
    SKIPPED = "skipped"

    @property
    def severity(self) -> str:
        """How much it weighs: ``INFO``, ``WARNING`` or ``ERROR``."""
        return {EventOutcome.WARNING: "WARNING", EventOutcome.FAILURE: "ERROR"}.get(self, "INFO")


@dataclass(frozen=True, slots=True)
class Change:
    """One modified property: ``path`` in SCIM spelling, or ``role`` / ``employeeGroups`` for access."""

    path: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class ProvisioningEvent:
    """One thing that happened to a user or group."""

    id: UUID
    tenant_id: UUID
    occurred_at: datetime
    resource_kind: ResourceKind
    resource_id: UUID | None
    resource_name: str | None  # userName or displayName at that time
    action: EventAction
    outcome: EventOutcome
    actor: Actor
    origin: Origin
    changes: Sequence[Change] = ()
    mapping_version: int | None = None
    error_code: str | None = None  # vocabulary of Entra's provisioning logs, e.g. "DuplicateTargetEntries"
    reason: str | None = None
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A stored SCIM User. ``document`` is its JSON text in schema case, without ``id`` and ``meta``."""

    id: UUID
    tenant_id: UUID
    version: int
    document: str
    active: bool
    created_at: datetime
    last_modified_at: datetime
    mapping_version: int
    access: str  # JSON text of mapping.resolve.Access
    access_since: datetime = _EPOCH  # when the access, or whether it is in force, changed last
    override_until: datetime | None = None  # when the override within the access ends
    unsettled: bool = False  # the access was decided by a mapping change and is not yet in the row of the user


class ShownUser(NamedTuple):
    """Of a stored SCIM User what its representation needs; times in microseconds, as they are stored."""

    id: str
    version: int
    document: str
    created_at: int
    last_modified_at: int

    @classmethod
    def of(cls, user: UserRecord) -> ShownUser:
        """Of a user in full."""
        times = to_microseconds(user.created_at), to_microseconds(user.last_modified_at)
        return cls(str(user.id), user.version, user.document, *times)


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A stored SCIM Group without its members."""

    id: UUID
    tenant_id: UUID
    version: int
    display_name: str
    external_id: str | None
    created_at: datetime
    last_modified_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """A SCIM client that signed in: the tenant it speaks for, the request it makes, and how much that may ask for."""

    tenant: Tenant
    actor: Actor
    origin: Origin
    limits: Limits = DEFAULT_LIMITS
