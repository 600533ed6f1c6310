-- Values without a rule. A row of unmapped_value tells when the value was first seen and whether it is to be ignored; it
-- stays when the value gets a rule. A row of user_unmapped_value tells that a user has, or had ("held" is false), the value.
-- Requests only ever add to the first table, so that no two of them wait for each other because of a common title.

CREATE TABLE unmapped_value (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    kind text NOT NULL,
    value_key text COLLATE "C" NOT NULL,
    value text NOT NULL,
    first_seen_at bigint NOT NULL,
    ignored_at bigint,
    ignored_until bigint,
    ignore_reason text
);
CREATE UNIQUE INDEX uid_unmapped_value_value_key ON unmapped_value (tenant_id, kind, value_key);

CREATE TABLE user_unmapped_value (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    value_key text COLLATE "C" NOT NULL,
    value text NOT NULL,
    seen_at bigint NOT NULL,
    held boolean NOT NULL,
    PRIMARY KEY (tenant_id, user_id, kind, value_key),
    FOREIGN KEY (tenant_id, user_id) REFERENCES scim_user (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_user_unmapped_value_held ON user_unmapped_value (tenant_id, held, kind, value_key, user_id);
CREATE INDEX idx_user_unmapped_value_seen ON user_unmapped_value (tenant_id, kind, value_key, seen_at);

-- Those whom the mapping has left without a rule so far. Nobody wrote down when that was: at the latest when they changed
-- last. Longer keys than an index holds follow with the next change of their user.
INSERT INTO user_unmapped_value (tenant_id, user_id, kind, value_key, value, seen_at, held)
SELECT u.tenant_id, u.id, f.kind, f.decision ->> 'normalised', min(coalesce(f.decision ->> 'value', f.decision ->> 'segment', '')),
    u.last_modified_at, true
FROM scim_user u CROSS JOIN LATERAL (
    SELECT 'ROLE' AS kind, CAST(u.access AS json) -> 'role' AS decision
    UNION ALL
    SELECT 'GROUP', g.decision FROM json_array_elements(CAST(u.access AS json) -> 'groups') AS g (decision)
) f
WHERE u.deleted_at IS NULL AND f.decision ->> 'ruleId' IS NULL AND f.decision ->> 'normalised' <> ''
    AND octet_length(f.decision ->> 'normalised') <= 2000
GROUP BY u.tenant_id, u.id, f.kind, f.decision ->> 'normalised', u.last_modified_at;
INSERT INTO unmapped_value (id, tenant_id, kind, value_key, value, first_seen_at)
SELECT gen_random_uuid(), v.tenant_id, v.kind, v.value_key, min(v.value), min(v.seen_at)
FROM user_unmapped_value v
GROUP BY v.tenant_id, v.kind, v.value_key;
