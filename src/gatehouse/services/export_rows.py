"""What a row of an export holds: the same columns in the same order in every format.

Times are as everywhere, ids are those of SCIM and of the tables. Without personal data in it, a row is masked as the
admin API masks it (:mod:`gatehouse.services.masking`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from gatehouse.mapping.resolve import Access
from gatehouse.mapping.rules import Mapping as Rules, MappingKind
from gatehouse.records import Change, ProvisioningEvent, from_microseconds, iso_milliseconds
from gatehouse.services import audit_trail, masking
from gatehouse.store.audit import AuditEntry
from gatehouse.store.directory import DirectoryUser
from gatehouse.store.jobs import ExportSubject
from gatehouse.store.request_log import Entry
from gatehouse.store.unmapped_values import SeenValue

Row = tuple[Any, ...]

COLUMNS: Final[Mapping[ExportSubject, tuple[str, ...]]] = {
    ExportSubject.USERS: (
        *("id", "userName", "externalId", "status", "displayName", "givenName", "familyName", "workEmail", "workPhone"),
        *("mobilePhone", "title", "userType", "department", "role", "roleOutcome", "employeeGroups", "overrideUntil"),
        *("mappingVersion", "version", "createdAt", "updatedAt", "deletedAt"),
    ),
    ExportSubject.PROVISIONING_EVENTS: (
        *("id", "occurredAt", "resourceKind", "resourceId", "resourceName", "action", "outcome", "errorCode", "reason"),
        *("httpStatus", "mappingVersion", "actorKind", "actor", "requestId", "correlationId", "changes"),
    ),
    ExportSubject.SCIM_REQUESTS: (
        *("id", "receivedAt", "method", "path", "operation", "status", "scimType", "detail", "durationMs", "scimId"),
        *("credentialId", "requestId", "correlationId", "ip", "userAgent", "body"),
    ),
    ExportSubject.AUDIT: (
        *(
            "id",
            "occurredAt",
            "actorKind",
            "actor",
            "action",
            "targetType",
            "targetId",
            "outcome",
            "reason",
            "attempts",
        ),
        *("lastAt", "requestId", "changes"),
    ),
    ExportSubject.MAPPING: ("kind", "value", "role", "employeeGroups", "note", "sinceVersion", "mappingVersion"),
    ExportSubject.UNMAPPED_VALUES: ("kind", "value", "users", "firstSeenAt", "ignored", "ignoredUntil", "ignoreReason"),
}
_ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The keys of roles and employee groups."""

    roles: Mapping[UUID, str]
    groups: Mapping[UUID, str]


def user_row(user: DirectoryUser, catalogue: Catalogue, moment: datetime, *, redacted: bool) -> Row:
    """A user with the access in force at the moment: none for who is disabled or deleted."""
    resource = user.resource
    name = resource.get("name") if isinstance(resource.get("name"), dict) else {}
    work = resource.get(_ENTERPRISE)
    access = Access.from_text(user.access).at(moment)
    personal = (
        *(resource.get("userName"), resource.get("externalId")),
        *(resource.get("displayName"), name.get("givenName"), name.get("familyName")),  # type: ignore[union-attr]
        *(_typed(resource.get("emails"), "work"), _typed(resource.get("phoneNumbers"), "work")),
        _typed(resource.get("phoneNumbers"), "mobile"),
    )
    shown = [masking.mask(text) if redacted and text else text for text in personal]
    groups = access.group_ids if user.in_force else ()
    role = catalogue.roles.get(access.role_id) if user.in_force and access.role_id else None
    return (
        *(str(user.id), *shown[:2], str(user.status), *shown[2:]),
        *(resource.get("title"), resource.get("userType"), work.get("department") if isinstance(work, dict) else None),
        *(role, str(access.role_outcome) if user.in_force else "INACTIVE"),
        [key for key in map(catalogue.groups.get, groups) if key],
        _moment(access.override.expires_at if access.override else None),
        *(user.mapping_version, user.version),
        *(_moment(user.created_at), _moment(user.last_modified_at), _moment(user.deleted_at)),
    )


def event_row(event: ProvisioningEvent, *, redacted: bool) -> Row:
    """A provisioning event."""
    name, reason = event.resource_name, event.reason
    if redacted:
        reason = masking.mask_sentence(reason, name, *masking.personal_texts(event.changes)) if reason else reason
        name = masking.mask(name) if name else name
    return (
        *(str(event.id), _moment(event.occurred_at), str(event.resource_kind), _id(event.resource_id), name),
        *(str(event.action), str(event.outcome), event.error_code, reason, event.http_status, event.mapping_version),
        *(str(event.actor.kind), event.actor.display, event.origin.request_id, event.origin.correlation_id),
        [_change(change, redacted=redacted) for change in event.changes],
    )


def request_row(entry: Entry, *, redacted: bool) -> Row:
    """A SCIM request; without personal data what is not whole JSON has no body."""
    detail, body = entry.detail, entry.body
    if redacted:
        document = _document(body)
        detail = masking.mask_sentence(detail, *masking.texts_of_body(document)) if detail else detail
        body = None if document is None else orjson.dumps(masking.mask_body(document)).decode()
    return (
        *(
            str(entry.id),
            _moment(from_microseconds(entry.received_at)),
            entry.method,
            entry.path,
            str(entry.operation),
            entry.status,
        ),
        *(entry.scim_type, detail, entry.duration_us // 1_000, _id(entry.resource_id), _id(entry.credential_id)),
        *(entry.request_id, entry.correlation_id, entry.ip, entry.user_agent, body),
    )


def audit_row(entry: AuditEntry, *, redacted: bool) -> Row:
    """An entry of the audit trail; what is about a person may be masked."""
    hidden = redacted and entry.target_type == "User"
    reason = audit_trail.masked_reason(entry) if redacted and audit_trail.is_about_a_person(entry) else entry.reason
    return (
        *(str(entry.id), _moment(entry.occurred_at), str(entry.actor.kind), entry.actor.display, entry.action),
        *(entry.target_type, entry.target_id, str(entry.outcome), reason, entry.attempts, _moment(entry.last_at)),
        entry.request_id,
        [_change(change, redacted=hidden) for change in entry.changes],
    )


def rule_rows(rules: Rules) -> Iterator[Row]:
    """The rules of a mapping: first those for roles, then those for employee groups."""
    version = rules.version
    for role_rule in rules.role_rules:
        role = rules.roles.get(role_rule.role_id)
        yield (str(MappingKind.ROLE), role_rule.value, role, [], role_rule.note, role_rule.since_version, version)
    for rule in rules.group_rules:
        keys = [key for key in map(rules.groups.get, rule.group_ids) if key]
        yield (str(MappingKind.GROUP), rule.value, None, keys, rule.note, rule.since_version, version)


def value_row(seen: SeenValue, moment: datetime, *, hidden: bool) -> Row:
    """A value without a rule."""
    value = masking.mask(seen.value.strip()) if hidden else seen.value.strip()
    ignored = seen.is_ignored(moment)
    until = seen.ignored_until if ignored else None
    return (
        *(str(seen.kind), value, seen.users, _moment(seen.first_seen_at), ignored, _moment(until)),
        seen.ignore_reason if ignored else None,
    )


def _change(change: Change, *, redacted: bool) -> dict[str, object]:
    shown = masking.mask_change(change) if redacted else change
    return {"path": shown.path, "before": shown.before, "after": shown.after}


def _moment(value: datetime | None) -> str | None:
    return None if value is None else iso_milliseconds(value)


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _typed(elements: object, kind: str) -> str | None:
    """The value of the first element of a type (canonical types compare without case)."""
    for element in elements if isinstance(elements, list) else ():
        if str(element.get("type", "")).lower() == kind:
            value: str | None = element.get("value")
            return value
    return None


def _document(body: str | None) -> object:
    try:
        return orjson.loads(body) if body else None
    except ValueError:
        return None
