-- Who has what. On SQLite a mapping change writes to the rows of the users at once, so these are the tables themselves
-- (see the migration for PostgreSQL).

CREATE VIEW user_now AS
SELECT u.id, u.tenant_id, u.version, u.document, u.user_name, u.user_name_key, u.external_id, u.active, u.display_name,
    u.display_name_key, u.given_name, u.given_name_key, u.family_name, u.family_name_key, u.title, u.title_key,
    u.user_type, u.user_type_key, u.created_at, u.last_modified_at, u.deleted_at, u.override_until,
    u.role_id, u.role_outcome, u.mapping_version, u.access, u.access_since, 0 AS unsettled
FROM scim_user u;

CREATE VIEW role_holder AS SELECT u.tenant_id, u.id AS user_id, u.role_id, u.deleted_at FROM scim_user u;

CREATE VIEW user_employee_group_now AS
SELECT g.tenant_id, g.user_id, g.employee_group_id FROM user_employee_group g;

CREATE VIEW user_unmapped_value_now AS
SELECT v.tenant_id, v.user_id, v.kind, v.value_key, v.value, v.seen_at, v.held FROM user_unmapped_value v;
