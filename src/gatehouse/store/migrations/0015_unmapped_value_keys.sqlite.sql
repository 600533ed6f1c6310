-- A user's values are found, and its user checked, by ids alone: with the tenant before them PostgreSQL, as long as it has no
-- statistics, may choose an index that leads to the whole tenant, row by row. Here it is the same, so that it is the same.

CREATE TABLE new_user_unmapped_value (
    tenant_id CHAR(36) NOT NULL,
    user_id CHAR(36) NOT NULL REFERENCES scim_user (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    value_key TEXT NOT NULL,
    value TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    held INT NOT NULL,
    PRIMARY KEY (user_id, kind, value_key)
) WITHOUT ROWID;
INSERT INTO new_user_unmapped_value (tenant_id, user_id, kind, value_key, value, seen_at, held)
    SELECT tenant_id, user_id, kind, value_key, value, seen_at, held FROM user_unmapped_value;
DROP TABLE user_unmapped_value;
ALTER TABLE new_user_unmapped_value RENAME TO user_unmapped_value;
CREATE INDEX idx_user_unmapped_value_held ON user_unmapped_value (tenant_id, held, kind, value_key, user_id);
CREATE INDEX idx_user_unmapped_value_seen ON user_unmapped_value (tenant_id, kind, value_key, seen_at);

-- As in 0014; dropping the table has taken what was said there along
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('user_unmapped_value', 'user_unmapped_value', '100000 2 1 1'),
    ('user_unmapped_value', 'idx_user_unmapped_value_held', '100000 20000 20000 10000 200 1'),
    ('user_unmapped_value', 'idx_user_unmapped_value_seen', '100000 20000 10000 200 1');
ANALYZE sqlite_schema;
