"""The closed vocabularies of the schema: those of the inner rings under their own names, and the API's own."""

from __future__ import annotations

from enum import StrEnum

import strawberry

from gatehouse.mapping.explain import Standing, UserStatus
from gatehouse.mapping.findings import Severity
from gatehouse.mapping.resolve import Outcome
from gatehouse.mapping.rules import MappingKind, Policy as UnmappedPolicy
from gatehouse.mapping.syntax import DocumentFormat
from gatehouse.records import (
    ActorKind,
    EventAction,
    EventOutcome,
    Permission,
    ResourceKind,
    ScimMode,
    ScimOperation,
    TenantStatus,
    UnknownAttributes,
)
from gatehouse.services.attributes import AttributeSource
from gatehouse.services.audit_trail import AuditOutcome
from gatehouse.services.connection_health import HealthState
from gatehouse.services.exports import ExportFormat, ExportSubject, JobKind, JobStatus
from gatehouse.services.facets import FacetField
from gatehouse.services.insights import Bucket, TimeRange
from gatehouse.services.mapping_plans import PlanStatus
from gatehouse.services.versions import MappingSource

__all__ = [
    "ActorKind",
    "AuditOutcome",
    "Bucket",
    "DocumentFormat",
    "EventAction",
    "EventOrderField",
    "EventOutcome",
    "ExportFormat",
    "ExportSubject",
    "FacetField",
    "HealthState",
    "JobKind",
    "JobStatus",
    "MappingKind",
    "MappingSource",
    "Outcome",
    "Permission",
    "PlanStatus",
    "ResourceKind",
    "ScimMode",
    "ScimOperation",
    "ServerFeature",
    "Severity",
    "SortDirection",
    "Standing",
    "TenantOrderField",
    "TenantStatus",
    "TimeRange",
    "UnknownAttributes",
    "UnmappedPolicy",
    "UserErrorCode",
    "UserOrderField",
    "UserStatus",
]

strawberry.enum(Permission, description="What an API key may do, per tenant.")
strawberry.enum(ActorKind, description="Who can cause an event.")
strawberry.enum(TenantStatus, description="Whether a tenant is served.")
strawberry.enum(
    ScimMode,
    description=(
        "How closely SCIM clients are held to the RFCs: `ENTRA` reads the dialects of Entra ID and Okta, `STRICT` refuses"
        " what the letter does not allow."
    ),
)
strawberry.enum(
    UnknownAttributes,
    description="Attributes that no schema knows: `IGNORE` with a warning in the history, or `REJECT` the request.",
)
strawberry.enum(
    ScimOperation,
    description="What a SCIM request asks for; `UNKNOWN` for paths and methods that are not offered.",
)
strawberry.enum(MappingKind, description="Which kind of rule.")
strawberry.enum(DocumentFormat, description="The language of a mapping document.")
strawberry.enum(
    MappingSource,
    description=(
        "Where a mapping version came from: `INITIAL` is what the tenant started with, `UI` the dashboard, `API` a script,"
        " `FILE` a document, `ROLLBACK` an earlier version."
    ),
)
strawberry.enum(
    PlanStatus,
    description=(
        "Where a plan stands: only `READY` can be applied; `STALE` means that the mapping, or a user whom the plan"
        " touches, is not what it was."
    ),
)
strawberry.enum(AttributeSource, description="Who decides a value of a user.")
strawberry.enum(JobKind, description="What kind of work a job is.")
strawberry.enum(JobStatus, description="Where a job stands.")
strawberry.enum(ExportSubject, description="What is exported.")
strawberry.enum(ExportFormat, description="How the file of an export is written, in UTF-8.")
strawberry.enum(Severity, description="How much a finding or an event weighs.")
strawberry.enum(
    AuditOutcome, description="How an act ended: `DENIED` for want of a permission; `FAILED` for another reason."
)
strawberry.enum(
    FacetField,
    name="UserFacetField",
    description=(
        "What users can be counted by: role and groups in force, `ROLE_OUTCOME` how the role came about,"
        " `USER_TYPE_SEGMENT` the parts of userType between the tenant's delimiters."
    ),
)
strawberry.enum(TimeRange, description="How far back from now; `MONTH` is 30 days, `QUARTER` 90.")
strawberry.enum(
    HealthState, description="How a connection is; Entra ID tells nobody but its administrators, so this is a forecast."
)
strawberry.enum(Bucket, description="The length of the parts of a time range; days and hours of UTC.")
strawberry.enum(ResourceKind, description="What a provisioning event is about.")
strawberry.enum(
    EventAction, description="What was done, in the vocabulary of Entra's provisioning logs, plus `RESTORE`."
)
strawberry.enum(EventOutcome, description="How it ended, in the vocabulary of Entra's provisioning logs.")
strawberry.enum(
    Outcome,
    description=(
        "How a piece of access came about: `MAPPED` by a rule, `DEFAULTED` or `KEPT_PREVIOUS` by a policy, `UNMAPPED`"
        " (a value without a rule), `EMPTY` (no value), `OVERRIDDEN` by an administrator, `INACTIVE` (on record, but"
        " the user is disabled, deleted, or not provisioned yet), `UNKNOWN` (not recorded)."
    ),
)
strawberry.enum(
    UserStatus,
    description="Where a user stands: `DISABLED` keeps the access on record without force, `DELETED` is gone from SCIM.",
)
strawberry.enum(
    Standing,
    name="AccessStatus",
    description=(
        "Where a user stood at a moment: only `ACTIVE` puts access in force; `NOT_CREATED` was not provisioned yet,"
        " `NOT_RECORDED` was, but the record of access begins later."
    ),
)
strawberry.enum(
    UnmappedPolicy, name="UnmappedPolicy", description="What an empty value, or one without a rule, leads to."
)


@strawberry.enum(description="Which way an order runs: `ASC` puts missing values last, `DESC` puts them first.")
class SortDirection(StrEnum):
    """Directions."""

    ASC = "ASC"
    DESC = "DESC"


@strawberry.enum(description="What users can be ordered by; `USER_NAME` and `FAMILY_NAME` need READ_PII.")
class UserOrderField(StrEnum):
    """Fields of users with an index."""

    USER_NAME = "USER_NAME"
    FAMILY_NAME = "FAMILY_NAME"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"


@strawberry.enum(description="What tenants can be ordered by.")
class TenantOrderField(StrEnum):
    """Fields of tenants."""

    SLUG = "SLUG"
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


@strawberry.enum(description="What a server may have switched on or off.")
class ServerFeature(StrEnum):
    """Settings that decide what clients can do."""

    ENTRA_SIGN_IN = "ENTRA_SIGN_IN"
    GRAPHIQL = "GRAPHIQL"
    INTROSPECTION = "INTROSPECTION"
    METRICS = "METRICS"
    TRUSTED_DOCUMENTS = "TRUSTED_DOCUMENTS"


@strawberry.enum(description="What events can be ordered by.")
class EventOrderField(StrEnum):
    """Fields of events with an index."""

    OCCURRED_AT = "OCCURRED_AT"


@strawberry.enum(description="Why a mutation did nothing: one word for each kind of expected failure.")
class UserErrorCode(StrEnum):
    """Clients branch on it, people read the message."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    NOT_UNIQUE = "NOT_UNIQUE"
    IN_USE = "IN_USE"
    STALE_VERSION = "STALE_VERSION"
    STALE_PLAN = "STALE_PLAN"
    IMPACT_LIMIT_EXCEEDED = "IMPACT_LIMIT_EXCEEDED"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    FORBIDDEN = "FORBIDDEN"
    UNSUPPORTED = "UNSUPPORTED"
