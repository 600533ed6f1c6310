-- Values without a rule. A row of unmapped_value tells when the value was first seen and whether it is to be ignored; it
-- stays when the value gets a rule. A row of user_unmapped_value tells that a user has, or had ("held" is false), the value.
-- Requests only ever add to the first table, so that no two of them wait for each other because of a common title.

CREATE TABLE unmapped_value (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    value_key TEXT NOT NULL,
    value TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    ignored_at BIGINT,
    ignored_until BIGINT,
    ignore_reason TEXT
);
CREATE UNIQUE INDEX uid_unmapped_value_value_key ON unmapped_value (tenant_id, kind, value_key);

CREATE TABLE user_unmapped_value (
    tenant_id CHAR(36) NOT NULL,
    user_id CHAR(36) NOT NULL,
    kind TEXT NOT NULL,
    value_key TEXT NOT NULL,
    value TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    held INT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, kind, value_key),
    FOREIGN KEY (tenant_id, user_id) REFERENCES scim_user (tenant_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX idx_user_unmapped_value_held ON user_unmapped_value (tenant_id, held, kind, value_key, user_id);
CREATE INDEX idx_user_unmapped_value_seen ON user_unmapped_value (tenant_id, kind, value_key, seen_at);

-- Those whom the mapping has left without a rule so far. Nobody wrote down when that was: at the latest when they changed
-- last. Longer keys than an index holds follow with the next change of their user.
INSERT INTO user_unmapped_value (tenant_id, user_id, kind, value_key, value, seen_at, held)
SELECT tenant_id, user_id, kind, value_key, min(value), seen_at, 1
FROM (
    SELECT u.tenant_id, u.id AS user_id, 'ROLE' AS kind, json_extract(u.access, '$.role.normalised') AS value_key,
        coalesce(json_extract(u.access, '$.role.value'), '') AS value, u.last_modified_at AS seen_at
    FROM scim_user u
    WHERE u.deleted_at IS NULL AND json_extract(u.access, '$.role.ruleId') IS NULL
    UNION ALL
    SELECT u.tenant_id, u.id, 'GROUP', json_extract(g.value, '$.normalised'),
        coalesce(json_extract(g.value, '$.segment'), ''), u.last_modified_at
    FROM scim_user u, json_each(u.access, '$.groups') g
    WHERE u.deleted_at IS NULL AND json_extract(g.value, '$.ruleId') IS NULL
) f
WHERE value_key <> '' AND length(CAST(value_key AS BLOB)) <= 2000
GROUP BY tenant_id, user_id, kind, value_key, seen_at;
INSERT INTO unmapped_value (id, tenant_id, kind, value_key, value, first_seen_at)
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8'
        || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
    v.tenant_id, v.kind, v.value_key, min(v.value), min(v.seen_at)
FROM user_unmapped_value v
GROUP BY v.tenant_id, v.kind, v.value_key;

-- As in 0001; a value has many users, a user few values
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('unmapped_value', 'uid_unmapped_value_value_key', '2000 400 200 1'),
    ('user_unmapped_value', 'user_unmapped_value', '100000 20000 2 1 1'),
    ('user_unmapped_value', 'idx_user_unmapped_value_held', '100000 20000 20000 10000 200 1'),
    ('user_unmapped_value', 'idx_user_unmapped_value_seen', '100000 20000 10000 200 1');
ANALYZE sqlite_schema;
