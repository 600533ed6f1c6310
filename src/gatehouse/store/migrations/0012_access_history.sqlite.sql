-- What access every user had at any moment: the row of scim_user tells since when what it says holds, access_history what
-- held before. An override is part of the access; beside it stands when it ends.
ALTER TABLE scim_user ADD COLUMN access_since BIGINT NOT NULL DEFAULT 0;
UPDATE scim_user SET access_since = CAST(strftime('%s', 'now') AS INTEGER) * 1000000;
ALTER TABLE scim_user ADD COLUMN override_until BIGINT;
CREATE INDEX idx_scim_user_override_until ON scim_user (tenant_id, override_until) WHERE override_until IS NOT NULL;

-- One row for each state that ended: it held from "since" until just before "until". Like the logs it refers to nothing
CREATE TABLE access_history (
    tenant_id CHAR(36) NOT NULL,
    user_id CHAR(36) NOT NULL,
    until BIGINT NOT NULL,
    since BIGINT NOT NULL,
    active INT NOT NULL,
    mapping_version INT NOT NULL,
    access TEXT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, until)
) WITHOUT ROWID;

-- As in 0001; few users have an override, and each user's access changed a few times
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('scim_user', 'idx_scim_user_override_until', '100 20 1'),
    ('access_history', 'access_history', '300000 60000 3 1');
ANALYZE sqlite_schema;
