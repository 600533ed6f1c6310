-- Who has what (see the migration for PostgreSQL). On SQLite a mapping change writes to the rows of the users at once: the
-- tables of what is decided and not yet carried over stay empty, and the views are the tables of the users themselves.

CREATE TABLE unsettled_access (
    user_id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL,
    version INT NOT NULL,
    role_id CHAR(36),
    role_outcome TEXT NOT NULL,
    mapping_version INT NOT NULL,
    access TEXT NOT NULL,
    access_since BIGINT NOT NULL
);
CREATE INDEX idx_unsettled_access_role ON unsettled_access (tenant_id, role_id);

CREATE TABLE unsettled_employee_group (
    user_id CHAR(36) NOT NULL,
    employee_group_id CHAR(36) NOT NULL,
    tenant_id CHAR(36) NOT NULL,
    given INT NOT NULL,
    PRIMARY KEY (user_id, employee_group_id)
);
CREATE INDEX idx_unsettled_employee_group_group ON unsettled_employee_group (tenant_id, employee_group_id);

CREATE TABLE unsettled_unmapped_value (
    user_id CHAR(36) NOT NULL,
    tenant_id CHAR(36) NOT NULL,
    kind TEXT NOT NULL,
    value_key TEXT NOT NULL,
    value TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    held INT NOT NULL,
    PRIMARY KEY (user_id, kind, value_key)
);
CREATE INDEX idx_unsettled_unmapped_value_held ON unsettled_unmapped_value (tenant_id, held, kind, value_key);

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
