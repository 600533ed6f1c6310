"""The migrated database is what the models and the design say, and every model goes there and back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import takewhile
from typing import Any
from uuid import UUID

import pytest
from tests.fixtures import (
    NOW,
    insert,
    new_employee_group,
    new_group,
    new_group_rule,
    new_role,
    new_role_rule,
    new_tenant,
    new_user,
)
from tests.store import introspection
from tests.store.introspection import Column, Index, Reference
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from gatehouse.store import models
from gatehouse.store.database import Database, UniqueViolation, execute
from gatehouse.store.ids import uuid7

MODELS: list[type[Model]] = [getattr(models, name) for name in models.__all__]
POSTGRES_TYPES = {"INT": "integer", "BOOL": "boolean", "VARCHAR(64)": "character varying(64)"}
CURRENT = "deleted_at IS NULL"

# table: unique indexes, then the others; "?" marks those that hold for some rows: for those not deleted, unless said
UNIQUE = {
    "uid_tenant_slug": "tenant: slug",
    "uid_credential_token_hash": "credential: token_hash",
    "uid_credential_tenant": "credential: tenant_id, id",
    "uid_api_key_key_hash": "api_key: key_hash",
    "uid_dashboard_session_secret": "dashboard_session: secret_hash",
    "uid_role_key": "role: tenant_id, key",
    "uid_role_tenant": "role: tenant_id, id",
    "uid_employee_group_key": "employee_group: tenant_id, key",
    "uid_employee_group_tenant": "employee_group: tenant_id, id",
    "uid_scim_user_user_name_key": "scim_user: tenant_id, user_name_key ?",
    "uid_scim_user_tenant": "scim_user: tenant_id, id",
    "uid_scim_group_display_name_key": "scim_group: tenant_id, display_name_key ?",
    "uid_scim_group_tenant": "scim_group: tenant_id, id",
    "uid_role_rule_value_key": "role_rule: tenant_id, value_key",
    "uid_group_rule_value_key": "group_rule: tenant_id, value_key",
    "uid_group_rule_tenant": "group_rule: tenant_id, id",
    "uid_mapping_version_number": "mapping_version: tenant_id, number",
    "uid_unmapped_value_value_key": "unmapped_value: tenant_id, kind, value_key",
    "uid_job_tenant": "job: tenant_id, id",
    "uid_job_slot": "job: tenant_id, slot ? slot IS NOT NULL",
    "uid_mapping_plan_tenant": "mapping_plan: tenant_id, id",
    "uid_mapping_plan_idempotency_key": ("mapping_plan: tenant_id, idempotency_key ? idempotency_key IS NOT NULL"),
}
PLAIN = {
    "idx_credential_tenant": "credential: tenant_id, created_at, id",
    "idx_access_token_credential": "access_token: tenant_id, credential_id, expires_at",
    "idx_dashboard_session_expires": "dashboard_session: expires_at",
    "idx_dashboard_session_key": "dashboard_session: api_key_id",
    "idx_api_key_grant_api_key": "api_key_grant: api_key_id",
    "idx_api_key_grant_tenant": "api_key_grant: tenant_id",
    "idx_idempotency_key_expires_at": "idempotency_key: expires_at",
    "idx_scim_user_external_id": "scim_user: tenant_id, external_id",
    "idx_scim_user_display_name_key": "scim_user: tenant_id, display_name_key",
    "idx_scim_user_title_key": "scim_user: tenant_id, title_key, id",
    "idx_scim_user_user_type_key": "scim_user: tenant_id, user_type_key, id",
    "idx_scim_user_created_at": "scim_user: tenant_id, created_at, id, deleted_at",
    "idx_scim_user_family_name_key": "scim_user: tenant_id, family_name_key, id",
    "idx_scim_user_role": "scim_user: tenant_id, role_id",
    "idx_scim_user_last_modified_at": "scim_user: tenant_id, last_modified_at, id",
    "idx_scim_user_deleted_at": "scim_user: tenant_id, deleted_at ? deleted_at IS NOT NULL",
    "idx_scim_group_deleted_at": "scim_group: tenant_id, deleted_at ? deleted_at IS NOT NULL",
    "idx_scim_user_override_until": "scim_user: tenant_id, override_until ? override_until IS NOT NULL",
    "idx_user_value_value_key": "user_value: tenant_id, attribute, value_key",
    "idx_user_value_user": "user_value: tenant_id, user_id",
    "idx_user_employee_group_group": "user_employee_group: tenant_id, employee_group_id, user_id",
    "idx_scim_group_external_id": "scim_group: tenant_id, external_id",
    "idx_scim_group_created_at": "scim_group: tenant_id, created_at, id",
    "idx_group_member_user": "group_member: tenant_id, user_id",
    "idx_role_rule_role": "role_rule: tenant_id, role_id",
    "idx_group_rule_target_group": "group_rule_target: tenant_id, employee_group_id",
    "idx_user_unmapped_value_held": "user_unmapped_value: tenant_id, held, kind, value_key, user_id",
    "idx_user_unmapped_value_seen": "user_unmapped_value: tenant_id, kind, value_key, seen_at",
    "idx_unsettled_access_role": "unsettled_access: tenant_id, role_id",
    "idx_unsettled_employee_group_group": "unsettled_employee_group: tenant_id, employee_group_id",
    "idx_unsettled_unmapped_value_held": "unsettled_unmapped_value: tenant_id, held, kind, value_key",
    "idx_provisioning_event_occurred_at": "provisioning_event: tenant_id, occurred_at, id",
    "idx_provisioning_event_resource": "provisioning_event: tenant_id, resource_id, occurred_at, id",
    "idx_provisioning_event_request": "provisioning_event: tenant_id, request_id",
    "idx_provisioning_event_correlation": "provisioning_event: tenant_id, correlation_id",
    "idx_provisioning_event_resource_name": "provisioning_event: tenant_id, resource_name",
    "idx_provisioning_event_trouble": "provisioning_event: tenant_id, occurred_at, id ? outcome <> 'success'",
    "idx_provisioning_event_error_code": (
        "provisioning_event: tenant_id, error_code, occurred_at, id ? error_code IS NOT NULL"
    ),
    "idx_provisioning_event_commit_stamp": "provisioning_event: tenant_id, commit_stamp, id",
    "idx_request_log_tenant": "request_log: tenant_id, received_at, id",
    "idx_request_log_received_at": "request_log: received_at, id",
    "idx_request_log_request": "request_log: request_id",
    "idx_request_log_commit_stamp": "request_log: commit_stamp, id",
    "idx_request_log_correlation": "request_log: correlation_id ? correlation_id IS NOT NULL",
    "idx_request_log_resource": "request_log: tenant_id, resource_id, received_at, id ? resource_id IS NOT NULL",
    "idx_request_log_trouble": "request_log: tenant_id, received_at, id ? status >= 400",
    "idx_rejected_credential_last_seen_at": "rejected_credential: last_seen_at",
    "idx_audit_entry_occurred_at": "audit_entry: tenant_id, occurred_at, id",
    "idx_audit_entry_request": "audit_entry: request_id",
    "idx_audit_entry_all": "audit_entry: occurred_at, id",
    "idx_audit_entry_target": "audit_entry: target_id, occurred_at, id",
    "idx_mapping_plan_created_at": "mapping_plan: tenant_id, created_at, id",
    "idx_job_created_at": "job: tenant_id, created_at, id",
    "idx_access_history_until": "access_history: tenant_id, until",
    "idx_outbox_due": "outbox: done_at, available_at",
}
SQLITE_ONLY = {"idx_provisioning_event_newest": "provisioning_event: commit_stamp"}  # for the stamp of the next event
REFERENCES = {
    "tenant (id, default_role_id) -> role (tenant_id, id) RESTRICT",
    "credential (tenant_id) -> tenant (id) RESTRICT",
    "access_token (tenant_id, credential_id) -> credential (tenant_id, id) CASCADE",
    "cursor_key (tenant_id) -> tenant (id) CASCADE",
    "dashboard_session (api_key_id) -> api_key (id) CASCADE",
    "api_key_grant (api_key_id) -> api_key (id) CASCADE",
    "api_key_grant (tenant_id) -> tenant (id) RESTRICT",
    "role (tenant_id) -> tenant (id) RESTRICT",
    "employee_group (tenant_id) -> tenant (id) RESTRICT",
    "scim_user (tenant_id) -> tenant (id) RESTRICT",
    "scim_user (tenant_id, role_id) -> role (tenant_id, id) RESTRICT",
    "user_value (tenant_id, user_id) -> scim_user (tenant_id, id) CASCADE",
    "user_employee_group (tenant_id, user_id) -> scim_user (tenant_id, id) CASCADE",
    "user_employee_group (tenant_id, employee_group_id) -> employee_group (tenant_id, id) RESTRICT",
    "scim_group (tenant_id) -> tenant (id) RESTRICT",
    "group_member (tenant_id, group_id) -> scim_group (tenant_id, id) CASCADE",
    "group_member (tenant_id, user_id) -> scim_user (tenant_id, id) CASCADE",
    "role_rule (tenant_id, role_id) -> role (tenant_id, id) RESTRICT",
    "group_rule (tenant_id) -> tenant (id) RESTRICT",
    "group_rule_target (tenant_id, group_rule_id) -> group_rule (tenant_id, id) CASCADE",
    "group_rule_target (tenant_id, employee_group_id) -> employee_group (tenant_id, id) RESTRICT",
    "mapping_version (tenant_id) -> tenant (id) RESTRICT",
    "unmapped_value (tenant_id) -> tenant (id) RESTRICT",
    "user_unmapped_value (user_id) -> scim_user (id) CASCADE",
    "job (tenant_id) -> tenant (id) RESTRICT",
    "job_piece (tenant_id, job_id) -> job (tenant_id, id) CASCADE",
    "mapping_plan (tenant_id) -> tenant (id) RESTRICT",
    "mapping_plan_outlook (tenant_id, plan_id) -> mapping_plan (tenant_id, id) CASCADE",
    "mapping_plan_user (tenant_id, plan_id) -> mapping_plan (tenant_id, id) CASCADE",
}
PRIMARY_KEYS = {
    "access_token": ("token_hash",),
    "access_history": ("tenant_id", "user_id", "until"),
    "user_employee_group": ("tenant_id", "user_id", "employee_group_id"),
    "group_member": ("group_id", "user_id"),
    "group_rule_target": ("group_rule_id", "employee_group_id"),
    "mapping_plan_outlook": ("tenant_id", "plan_id", "number"),
    "mapping_plan_user": ("tenant_id", "plan_id", "place"),
    "job_piece": ("tenant_id", "job_id", "number"),
    "rejected_credential": ("fingerprint",),
    "cursor_key": ("tenant_id",),
    "idempotency_key": ("actor_id", "key"),
    "user_unmapped_value": ("user_id", "kind", "value_key"),
    "unsettled_access": ("user_id",),
    "unsettled_employee_group": ("user_id", "employee_group_id"),
    "unsettled_unmapped_value": ("user_id", "kind", "value_key"),
}
NOT_BY_TENANT = {"outbox"}  # drained for all tenants together


def expected_columns(model: type[Model], dialect: str) -> dict[str, Column]:
    expected = {}
    for name, column in model._meta.fields_db_projection.items():
        field = model._meta.fields_map[name]
        kind = field.get_for_dialect(dialect, "SQL_TYPE")
        if dialect == "postgres":
            kind = POSTGRES_TYPES.get(kind, kind)
        elif field.generated:
            kind = "INTEGER"  # SQLite numbers rows only under this name
        expected[column] = Column(kind.lower(), field.null)
    return expected


def expected_indexes(table: str, dialect: str) -> set[Index]:
    found = {Index("PK", PRIMARY_KEYS.get(table, ("id",)), unique=True, where="")}
    for name, text in (UNIQUE | PLAIN | (SQLITE_ONLY if dialect == "sqlite" else {})).items():
        of_table, _, rest = text.partition(": ")
        names, partial, where = rest.partition(" ?")
        if of_table == table:
            condition = (where.strip() or CURRENT) if partial else ""
            found.add(Index(name, tuple(names.split(", ")), name in UNIQUE, condition))
    return found


def serves(index: Index, reference: Reference) -> bool:
    """Whether the index finds the rows that refer to a given parent; ids differ between tenants anyway."""
    prefix = set(takewhile(lambda name: name in reference.columns, index.columns))
    found_by_unique = index.unique and prefix == set(index.columns)
    return bool(prefix) and (found_by_unique or set(reference.columns) - prefix <= {"tenant_id"})


async def test_every_table_has_its_model(database: Database) -> None:
    tables = await introspection.tables()

    assert tables == {model._meta.db_table for model in MODELS} | {"schema_migration"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
async def test_columns_are_those_of_the_model(database: Database, model: type[Model]) -> None:
    columns = await introspection.columns(model._meta.db_table)

    assert columns == expected_columns(model, database.dialect)


async def test_indexes_are_those_of_the_design(database: Database) -> None:
    for table in {model._meta.db_table for model in MODELS}:
        assert await introspection.indexes(table) == expected_indexes(table, database.dialect)


async def test_references_are_those_of_the_design(database: Database) -> None:
    found = set()
    for table in await introspection.tables():
        for reference in await introspection.references(table):
            own, targets = ", ".join(reference.columns), ", ".join(reference.targets)
            found.add(f"{table} ({own}) -> {reference.table} ({targets}) {reference.on_delete}")
            indexes = await introspection.indexes(table)
            assert any(serves(index, reference) for index in indexes), f"no index for {table} ({own})"

    assert found == REFERENCES


async def test_tables_with_tenants_are_found_by_tenant(database: Database) -> None:
    for table in await introspection.tables() - NOT_BY_TENANT:
        indexes = await introspection.indexes(table)
        if "tenant_id" in await introspection.columns(table):
            assert any(index.columns[0] == "tenant_id" for index in indexes), table


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_keys_compare_by_code_point(database: Database) -> None:
    compared_by_code_point = set()
    for table in await introspection.tables():
        collations = await introspection.collations(table)
        compared_by_code_point |= {name for name, collation in collations.items() if collation == "C"}
        keys = {name for name in collations if name.endswith("_key") or name in {"key", "external_id", "attribute"}}
        assert {collations[name] for name in keys} <= {"C"}, table

    assert len(compared_by_code_point) == 19


async def test_every_model_goes_there_and_back(database: Database) -> None:
    """With a value in every column; references go to the row of that table made before."""
    ids: dict[str, Any] = {}
    for model in IN_ORDER:
        row = sample_row(model, ids)
        created = await model.create(**row)
        if "id" in row:
            ids[f"{REFERRED_AS.get(model, model._meta.db_table)}_id"] = row["id"]
        key = model._meta.pk_attr
        stored = await model.get(**{key: getattr(created, key)})

        assert {name: getattr(stored, name) for name in row} == row

    assert set(IN_ORDER) == set(MODELS)


async def test_every_model_takes_null_where_it_may(database: Database) -> None:
    ids: dict[str, Any] = {}
    for model in IN_ORDER:
        nullable = {name for name in model._meta.fields_db_projection if model._meta.fields_map[name].null}
        row = sample_row(model, ids) | dict.fromkeys(nullable)
        created = await model.create(**row)
        if "id" in row:
            ids[f"{REFERRED_AS.get(model, model._meta.db_table)}_id"] = row["id"]
        key = model._meta.pk_attr
        stored = await model.get(**{key: getattr(created, key)})

        assert {name: getattr(stored, name) for name in nullable} == dict.fromkeys(nullable)


IN_ORDER: list[type[Model]] = [
    *(
        models.Tenant,
        models.Credential,
        models.AccessToken,
        models.ApiKey,
        models.ApiKeyGrant,
        models.DashboardSession,
        models.Role,
        models.EmployeeGroup,
    ),
    *(models.User, models.UserValue, models.UserEmployeeGroup, models.Group, models.GroupMember, models.RoleRule),
    *(models.GroupRule, models.GroupRuleTarget, models.MappingVersion, models.MappingPlan),
    *(models.MappingPlanOutlook, models.MappingPlanUser, models.ProvisioningEvent, models.RequestLog),
    *(
        models.AuditEntry,
        models.Outbox,
        models.RejectedCredential,
        models.CursorKey,
        models.IdempotencyKey,
        models.AccessHistory,
    ),
    *(models.UnmappedValue, models.UserUnmappedValue, models.Job, models.JobPiece),
    *(models.UnsettledAccess, models.UnsettledEmployeeGroup, models.UnsettledUnmappedValue),
]
REFERRED_AS: dict[type[Model], str] = {models.User: "user", models.Group: "group", models.MappingPlan: "plan"}


def sample_row(model: type[Model], ids: dict[str, Any]) -> dict[str, Any]:
    """Make a value for every column, none of them the default; generated ids are left to the database."""
    columns = (name for name in model._meta.fields_db_projection if not model._meta.fields_map[name].generated)
    return {name: ids.get(name) or _sample(model._meta.fields_map[name].field_type, name) for name in columns}


def _sample(kind: type, name: str) -> Any:
    samples = {str: f"{name} of Élan", bytes: b"\0\xff", bool: True, int: 7, UUID: uuid7(), datetime: NOW}
    return None if name == "default_role_id" else samples[kind]


async def test_defaults_of_models_are_those_of_the_tables(database: Database) -> None:
    tenant_id = (await new_tenant()).id  # gives none of the mapping settings
    role_id = uuid7()
    await insert("role", id=role_id, tenant_id=tenant_id, key="r", name="R", created_at=0)
    stored = await models.Tenant.get(id=tenant_id)
    role = await models.Role.get(id=role_id)

    names = ["delimiter", "role_attribute", "group_attribute", "empty_title", "unmapped_title", "unmapped_group"]
    values = [getattr(stored, name) for name in [*names, "default_role_id", "default_group_ids"]]
    assert (stored.event_retention_days, stored.request_retention_days) == (400, 30)
    assert values == ["-", "title", "userType", "ASSIGN_NONE", "ASSIGN_NONE", "ASSIGN_NONE", None, "[]"]
    assert role.privileged is False
    fresh = models.Tenant(slug="x", name="X", created_at=NOW, updated_at=NOW)
    assert [getattr(fresh, name) for name in [*names, "default_role_id", "default_group_ids"]] == values


async def test_moments_are_aware_and_compare(database: Database) -> None:
    tenant = await new_tenant()
    user = await new_user(tenant.id)
    half_past_eleven = NOW.astimezone(timezone(timedelta(hours=2)))
    later = NOW + timedelta(microseconds=1)

    assert (await models.User.get(id=user.id)).created_at.isoformat() == "2026-11-25T09:30:00.123456+00:00"
    assert await models.User.filter(created_at=half_past_eleven).count() == 1
    assert await models.User.filter(created_at__lt=later, created_at__gte=NOW, deleted_at=None).count() == 1
    assert await models.User.filter(created_at__gte=later).count() == 0


async def test_naive_moment_is_refused(database: Database) -> None:
    query = models.User.filter(created_at__lt=NOW.replace(tzinfo=None))

    with pytest.raises(TypeError, match="offset-naive"):
        await query.count()


async def test_relations_are_followed(database: Database) -> None:
    tenant = await new_tenant()
    role = await new_role(tenant.id)
    north = await new_employee_group(tenant.id, "north")
    ada = await new_user(tenant.id, role_id=role.id)
    await new_user(tenant.id, "bob@example.com")
    await insert("user_employee_group", user_id=ada.id, employee_group_id=north.id, tenant_id=tenant.id)
    await insert(
        "user_value", tenant_id=tenant.id, user_id=ada.id, attribute="emails", position=0, value_key="ada@example.com"
    )
    group = await new_group(tenant.id, "Leasing", ada.id)

    assert [u.id for u in await models.User.filter(employee_groups__key="north", role__key=role.key)] == [ada.id]
    assert [u.id for u in await models.User.filter(attribute_values__value_key="ada@example.com")] == [ada.id]
    user = await models.User.get(id=ada.id).prefetch_related("employee_groups", "role", "groups")
    assert ([g.key for g in user.employee_groups], user.role and user.role.key) == (["north"], "leasing-agent")
    assert [g.id for g in user.groups] == [group.id]


async def test_user_name_is_free_again_after_deletion(database: Database) -> None:
    tenant = await new_tenant()
    ada = await new_user(tenant.id, "Ada@example.com")
    with pytest.raises(UniqueViolation) as refused:
        await new_user(tenant.id, "ADA@example.com")
    await new_user((await new_tenant("other")).id, "ada@example.com")
    await execute("UPDATE scim_user SET deleted_at = $1 WHERE id = $2", 1, ada.id)
    await new_user(tenant.id, "ada@EXAMPLE.com")

    assert "user_name_key" in refused.value.what
    assert await models.User.filter(tenant_id=tenant.id, user_name_key="ada@example.com").count() == 2


LINKS = {
    "UPDATE scim_user SET role_id = $1 WHERE tenant_id = $2": "role",
    "UPDATE tenant SET default_role_id = $1 WHERE id = $2": "role",
    "UPDATE role_rule SET role_id = $1 WHERE tenant_id = $2": "role",
    "UPDATE user_employee_group SET employee_group_id = $1 WHERE tenant_id = $2": "employee_group",
    "UPDATE group_rule_target SET employee_group_id = $1 WHERE tenant_id = $2": "employee_group",
    "UPDATE user_employee_group SET user_id = $1 WHERE tenant_id = $2": "user",
    "UPDATE group_member SET user_id = $1 WHERE tenant_id = $2": "user",
    "UPDATE user_value SET user_id = $1 WHERE tenant_id = $2": "user",
}


@pytest.mark.parametrize(
    ("update", "target"), LINKS.items(), ids=[update.split()[1] + ":" + LINKS[update] for update in LINKS]
)
async def test_no_row_points_into_another_tenant(database: Database, update: str, target: str) -> None:
    acme, ours = await _tenant_with_links("acme")
    _, theirs = await _tenant_with_links("other")

    assert await execute(update, ours[target], acme) == 1
    with pytest.raises(IntegrityError):
        await execute(update, theirs[target], acme)


async def _tenant_with_links(slug: str) -> tuple[UUID, dict[str, UUID]]:
    """Add a tenant with one row in every table that refers to another; the ids that they refer to."""
    tenant_id = (await new_tenant(slug)).id
    role, group, user = await new_role(tenant_id), await new_employee_group(tenant_id), await new_user(tenant_id)
    await insert("user_employee_group", user_id=user.id, employee_group_id=group.id, tenant_id=tenant_id)
    await insert("user_value", tenant_id=tenant_id, user_id=user.id, attribute="emails", position=0)
    await new_group(tenant_id, "Leasing", user.id)
    await new_role_rule(tenant_id, "Agent", role.id)
    await new_group_rule(tenant_id, "north", group.id)
    return tenant_id, {"role": role.id, "employee_group": group.id, "user": user.id}


async def test_deleting_a_user_row_takes_its_index_along(database: Database) -> None:
    tenant = await new_tenant()
    ada = await new_user(tenant.id)
    await insert("user_value", tenant_id=tenant.id, user_id=ada.id, attribute="emails", position=0)
    await new_group(tenant.id, "Leasing", ada.id)
    with pytest.raises(IntegrityError):
        await execute("DELETE FROM tenant WHERE id = $1", tenant.id)
    await execute("DELETE FROM scim_user WHERE id = $1", ada.id)

    counts = [await model.all().count() for model in (models.Tenant, models.UserValue, models.GroupMember)]
    assert counts == [1, 0, 0]
