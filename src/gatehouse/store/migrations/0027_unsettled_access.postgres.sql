-- What a mapping change has decided for many users at once. It is inserted while nobody waits, and holds from the commit
-- that advances tenant.mapping_version; from then on small batches carry it over to the rows of the users. Until then the
-- views below tell who has what: readers of access read them, and whoever changes a user carries that user over first.

-- "version" is that of the user whom the access was decided for. Like a log it refers to nothing: inserting locks no user
CREATE TABLE unsettled_access (
    user_id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL,
    version integer NOT NULL,
    role_id uuid,
    role_outcome text NOT NULL,
    mapping_version integer NOT NULL,
    access text NOT NULL,
    access_since bigint NOT NULL
);
CREATE INDEX idx_unsettled_access_role ON unsettled_access (tenant_id, role_id);

-- The employee groups that come ("given") or go
CREATE TABLE unsettled_employee_group (
    user_id uuid NOT NULL,
    employee_group_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    given boolean NOT NULL,
    PRIMARY KEY (user_id, employee_group_id)
);
CREATE INDEX idx_unsettled_employee_group_group ON unsettled_employee_group (tenant_id, employee_group_id);

-- Rows that user_unmapped_value will have
CREATE TABLE unsettled_unmapped_value (
    user_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    value_key text COLLATE "C" NOT NULL,
    value text NOT NULL,
    seen_at bigint NOT NULL,
    held boolean NOT NULL,
    PRIMARY KEY (user_id, kind, value_key)
);
CREATE INDEX idx_unsettled_unmapped_value_held ON unsettled_unmapped_value (tenant_id, held, kind, value_key);

-- Rows of nobody, which stay. PostgreSQL reads a table that it believes empty from end to end, and keeps such plans while
-- the table grows by a row for each user; one that has some pages it looks up by key, whatever its statistics say.
INSERT INTO unsettled_access (user_id, tenant_id, version, role_outcome, mapping_version, access, access_since)
SELECT gen_random_uuid(), CAST('00000000-0000-0000-0000-000000000000' AS uuid), 0, 'NONE', 0, repeat('-', 200), 0
FROM generate_series(1, 1000);
INSERT INTO unsettled_employee_group (user_id, employee_group_id, tenant_id, given)
SELECT gen_random_uuid(), gen_random_uuid(), CAST('00000000-0000-0000-0000-000000000000' AS uuid), false
FROM generate_series(1, 2000);
INSERT INTO unsettled_unmapped_value (user_id, tenant_id, kind, value_key, value, seen_at, held)
SELECT gen_random_uuid(), CAST('00000000-0000-0000-0000-000000000000' AS uuid), 'ROLE', '-', repeat('-', 100), 0, false
FROM generate_series(1, 1000);

CREATE VIEW user_now AS
SELECT u.id, u.tenant_id, u.version, u.document, u.user_name, u.user_name_key, u.external_id, u.active, u.display_name,
    u.display_name_key, u.given_name, u.given_name_key, u.family_name, u.family_name_key, u.title, u.title_key,
    u.user_type, u.user_type_key, u.created_at, u.last_modified_at, u.deleted_at, u.override_until,
    CASE WHEN n.user_id IS NULL THEN u.role_id ELSE n.role_id END AS role_id,
    coalesce(n.role_outcome, u.role_outcome) AS role_outcome,
    coalesce(n.mapping_version, u.mapping_version) AS mapping_version,
    coalesce(n.access, u.access) AS access,
    coalesce(n.access_since, u.access_since) AS access_since,
    n.user_id IS NOT NULL AS unsettled
FROM scim_user u LEFT JOIN unsettled_access n ON n.user_id = u.id;

-- By its role, a user is found by an index. One whose access is unsettled is not deleted
CREATE VIEW role_holder AS
SELECT u.tenant_id, u.id AS user_id, u.role_id, u.deleted_at
FROM scim_user u WHERE NOT EXISTS (SELECT 1 FROM unsettled_access n WHERE n.user_id = u.id)
UNION ALL
SELECT n.tenant_id, n.user_id, n.role_id, CAST(NULL AS bigint) FROM unsettled_access n;

CREATE VIEW user_employee_group_now AS
SELECT g.tenant_id, g.user_id, g.employee_group_id
FROM user_employee_group g WHERE NOT EXISTS (
    SELECT 1 FROM unsettled_employee_group n WHERE n.user_id = g.user_id AND n.employee_group_id = g.employee_group_id
)
UNION ALL
SELECT n.tenant_id, n.user_id, n.employee_group_id FROM unsettled_employee_group n WHERE n.given;

CREATE VIEW user_unmapped_value_now AS
SELECT v.tenant_id, v.user_id, v.kind, v.value_key, v.value, v.seen_at, v.held
FROM user_unmapped_value v WHERE NOT EXISTS (
    SELECT 1 FROM unsettled_unmapped_value n
    WHERE n.user_id = v.user_id AND n.kind = v.kind AND n.value_key = v.value_key
)
UNION ALL
SELECT n.tenant_id, n.user_id, n.kind, n.value_key, n.value, n.seen_at, n.held FROM unsettled_unmapped_value n;
